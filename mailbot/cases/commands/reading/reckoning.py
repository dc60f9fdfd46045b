"""
From where spoken days and times are counted, and the doubt that they may leave.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from mailbot.cases.rulebook.working_days import Calendar

EXAMPLES = 'write a day and a time, such as "tue 14:00" or "25/11/2026 2pm"'

#: Behind a time that was doubted, and is meant.
ANYWAY = re.compile(r",? anyway[.!]?\s*$", re.IGNORECASE)

#: As they are said; "a" and "an" are one.
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            *("a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"),
        ),
        start=1,
    )
    for word in words.split()
}

#: Hours, days and minutes of a year have no more.
_MOST_DIGITS = 6


class Doubtful(ValueError):  # noqa: N818 - it is a doubt, not a failure
    """
    Words that may mean several things, or nothing; str() says what to write.
    """


@dataclass(frozen=True)
class Reckoning:
    """
    From where a day without a year is counted, and which way.
    """

    now: datetime
    calendar: Calendar
    #: True for what is to come, False for what has been.
    is_ahead: bool = True

    @property
    def today(self) -> date:
        return self.calendar.local_day(self.now)


def number_of(word: str) -> int | None:
    """
    "3" and "three" as 3; None for what is no number, or none that anybody counts to.
    """
    if word.isascii() and word.isdecimal() and len(word) <= _MOST_DIGITS:
        return int(word)
    return NUMBERS.get(word)
