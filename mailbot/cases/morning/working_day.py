"""
The working day that begins, and when its mails are due.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from mailbot.cases.rulebook.working_days import END_OF_DAY, Calendar


@dataclass(frozen=True, kw_only=True)
class Morning:
    """
    The working day that begins: from the opening before this one to the next two.
    """

    #: The opening of the working day before; what happened since then is news.
    since: datetime
    opens: datetime
    #: The local midnight at which the working day before ended, and the next one.
    last_day_ended: datetime
    midnight: datetime
    #: The local midnights before the next working day and before the one after it.
    today_ends: datetime
    next_ends: datetime
    today: date
    next_day: date


def morning(now: datetime, calendar: Calendar) -> Morning | None:
    """
    The morning whose mails are due at *now*; None outside working hours. Mail of the
    morning that comes in the evening helps nobody.
    """
    today = calendar.local_day(now)
    if not calendar.is_working_day(today):
        return None
    opens = calendar.at(today, calendar.opens)
    if not opens <= now < calendar.at(today, calendar.closes):
        return None
    before = calendar.previous_working_day(today)
    following = calendar.next_working_day(today)
    return Morning(
        since=calendar.at(before, calendar.opens),
        opens=opens,
        last_day_ended=calendar.at(before, END_OF_DAY),
        midnight=calendar.at(today, END_OF_DAY),
        today_ends=calendar.at(following, time.min),
        next_ends=calendar.at(calendar.next_working_day(following), time.min),
        today=today,
        next_day=following,
    )
