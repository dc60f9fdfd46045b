"""
A complaint told as a table: what happens, and who gets which letter when.

    day date         time  | what happens     | the customer gets | our people get
     42 Thu  6 May   09:00 |                  | adr-rights        | Rhian: warning

Dates are local. A line without a date goes on with the one above it. The day, its
weekday and its date have to agree; a table that errs is no evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

#: To whom, by first name, which template.
Letter = tuple[str, str]

CUSTOMER = "customer"


@dataclass(frozen=True)
class Line:
    """
    One instant of a story.
    """

    day: int
    at: datetime
    happens: tuple[str, ...] = ()
    letters: tuple[Letter, ...] = ()


def told(table: str, received_on: date) -> tuple[Line, ...]:
    """
    The lines of a table, in its order.
    """
    lines: list[Line] = []
    for row in filter(str.strip, table.splitlines()):
        when, happens, to_customer, to_staff = (each.strip() for each in row.split("|"))
        line = _dated(when, received_on) if when else lines.pop()
        letters = [(CUSTOMER, each.strip()) for each in to_customer.split(",") if each.strip()]
        for each in filter(str.strip, to_staff.split(",")):
            name, _, template = each.partition(":")
            letters.append((name.strip(), template.strip()))
        lines.append(
            replace(
                line,
                happens=(*line.happens, *filter(None, [happens])),
                letters=tuple(sorted((*line.letters, *letters))),
            )
        )
    return tuple(lines)


def _dated(when: str, received_on: date) -> Line:
    number, weekday, day_of_month, month, clock = when.split()
    day = received_on + timedelta(days=int(number))
    stated = f"{weekday} {int(day_of_month)} {month}"
    assert stated == f"{day:%a} {day.day} {day:%b}", f"day {number} is {day:%a %d %b}, not {stated}"
    at = datetime.combine(day, time.fromisoformat(clock), tzinfo=LONDON)
    return Line(int(number), at)


def as_words(lines: Iterable[Line]) -> list[str]:
    """
    The letters of each instant at which there were any, for people to compare.
    """
    return [
        f"day {each.day}, {each.at:%a %d %b %Y %H:%M}: "
        + ", ".join(f"{name} {template}" for name, template in each.letters)
        for each in lines
        if each.letters
    ]
