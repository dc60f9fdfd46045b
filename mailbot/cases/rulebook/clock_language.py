"""
The little language in which the rulebook writes its clocks, and what it means.

    within = "3 working days"                          how long the promise runs
    acts = "at once"                                   when mailbot acts of itself
    due = "17:00"                                      the last moment of the last day
    steps = [{ at = "09:00, 1 working day before", does = "warn" }]

A promise is a value; `book` turns it and an instant of receipt into an obligation.
"""

import re
from datetime import time

from mailbot.cases.rulebook.lengths import AtOnce, Moment, Side, Unit, Within
from mailbot.cases.rulebook.working_days import END_OF_DAY

LENGTHS = '"24 working hours", "48 hours", "3 working days", "42 days" or "6 weeks"'
MOMENTS = (
    '"09:00", "09:00, 1 working day before", "09:00, 14 days before" '
    'or "17:00, 1 working day after receipt"'
)
_LENGTH = re.compile(r"([1-9]\d{0,2}) (working hour|working day|hour|day|week)s?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_MOMENT = re.compile(
    r"(?P<clock>[^,]*)(, (?P<count>[1-9]\d{0,2}) (?P<unit>working day|day)s? (?P<side>before|after receipt))?"
)


def parse_within(text: str) -> Within:
    """
    The length that *text* writes, or ValueError with what may be written.
    """
    found = _LENGTH.fullmatch(text)
    if not found:
        raise ValueError(f'expected a length such as {LENGTHS}, got "{text}"')
    return Within(int(found[1]), Unit(found[2]))


def parse_clock(text: str) -> time:
    """
    The time of day that *text* writes, or ValueError. "24:00" is END_OF_DAY.
    """
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ValueError(f'expected a time such as "09:00" or "24:00", got "{text}"')
    return time(int(found[1]), int(found[2])) if found[1] else END_OF_DAY


def parse_moment(text: str) -> Moment:
    """
    The moment that *text* writes, or ValueError with what may be written.
    """
    found = _MOMENT.fullmatch(text)
    if not found or not _CLOCK.fullmatch(found["clock"]):
        raise ValueError(f'expected a moment such as {MOMENTS}, got "{text}"')
    clock = parse_clock(found["clock"])
    if not found["count"]:
        return Moment(clock)
    return Moment(clock, int(found["count"]), Unit(found["unit"]), Side(found["side"]))


def parse_acts(text: str) -> AtOnce | Moment:
    """
    As parse_moment, and "at once".
    """
    if text == "at once":
        return AtOnce()
    try:
        return parse_moment(text)
    except ValueError:
        raise ValueError(
            f'expected "at once" or a moment such as {MOMENTS}, got "{text}"'
        ) from None
