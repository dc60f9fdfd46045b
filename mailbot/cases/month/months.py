"""
A month as the firm's own wall calendar has it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from mailbot.cases.rulebook.working_days import ONE_DAY, Calendar
from mailbot.mail.words import month_words

_SPELT = re.compile(r"(\d{4})-(\d{2})")

#: A year beside which a month is seen.
TWELVE = 12


@dataclass(frozen=True, order=True)
class Month:
    #: Its first day.
    first: date

    @property
    def name(self) -> str:
        """
        "2026-12".
        """
        return f"{self.first:%Y-%m}"

    @property
    def words(self) -> str:
        return month_words(self.first)

    @property
    def before(self) -> "Month":
        return Month((self.first - ONE_DAY).replace(day=1))

    @property
    def following(self) -> "Month":
        return Month((self.first.replace(day=28) + 4 * ONE_DAY).replace(day=1))

    def year_before(self) -> tuple["Month", ...]:
        """
        The twelve months before it, the oldest first.
        """
        months = [self.before]
        while len(months) < TWELVE:
            months.append(months[-1].before)
        return tuple(reversed(months))

    def begins(self, calendar: Calendar) -> datetime:
        return calendar.at(self.first, time.min)

    def ends(self, calendar: Calendar) -> datetime:
        """
        The local midnight after its last day, which belongs to the next one.
        """
        return self.following.begins(calendar)


def month_of(instant: datetime, calendar: Calendar) -> Month:
    return Month(calendar.local_day(instant).replace(day=1))


def last_whole(now: datetime, calendar: Calendar) -> Month:
    return month_of(now, calendar).before


def month_named(text: str) -> Month | None:
    """
    The month that "2026-12" names; None if it names none.
    """
    found = _SPELT.fullmatch(text.strip())
    if not found or not 1 <= int(found[2]) <= TWELVE or int(found[1]) < 1:
        return None
    return Month(date(int(found[1]), int(found[2]), 1))
