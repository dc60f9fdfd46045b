"""
A month as the firm's own wall calendar has it.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

from mailbot.cases.rulebook.working_days import ONE_DAY, Calendar
from mailbot.mail.words import month_words

_SPELT = re.compile(r"(\d{4})-(\d{2})")

#: Those that have a year before them and one after, as dates here have them.
_YEARS = range(1900, 9000)

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


@dataclass(frozen=True)
class Span:
    """
    Months in their order, and in which of them an instant lies.
    """

    months: Sequence[Month]
    calendar: Calendar

    @cached_property
    def begins(self) -> list[datetime]:
        return [each.begins(self.calendar) for each in self.months]

    @cached_property
    def ends(self) -> list[datetime]:
        return [each.ends(self.calendar) for each in self.months]

    def of(self, instant: datetime) -> Month | None:
        """
        None where it lies in none of them.
        """
        number = bisect_right(self.begins, instant) - 1
        is_inside = number >= 0 and instant < self.ends[number]
        return self.months[number] if is_inside else None


def last_whole(now: datetime, calendar: Calendar) -> Month:
    return month_of(now, calendar).before


def month_named(text: str) -> Month | None:
    """
    The month that "2026-12" names; None if it names none.
    """
    found = _SPELT.fullmatch(text.strip())
    if not found or not 1 <= int(found[2]) <= TWELVE or int(found[1]) not in _YEARS:
        return None
    return Month(date(int(found[1]), int(found[2]), 1))
