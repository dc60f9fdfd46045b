"""
[hours] of code.toml: when the firm is open.
"""

from datetime import date, time
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from mailbot.cases.rulebook.clock_language import parse_clock
from mailbot.cases.rulebook.table import Day, Table, written
from mailbot.cases.rulebook.working_days import END_OF_DAY, Calendar

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise ValueError(f'expected one of {", ".join(WEEKDAYS)}, got "{text}"')
    return WEEKDAYS.index(text)


def _opening(text: str) -> time:
    clock = parse_clock(text)
    if clock == END_OF_DAY:
        raise ValueError('expected a time from "00:00" to "23:59", got "24:00"')
    return clock


class Hours(Table):
    opens: Annotated[time, written(_opening)]
    closes: Annotated[time, written(_opening)]
    days: Annotated[tuple[Annotated[int, written(_weekday)], ...], Field(min_length=1)]
    holidays_checked_on: Day | None = None
    extra_holidays: tuple[Day, ...] = ()
    removed_holidays: tuple[Day, ...] = ()

    @field_validator("closes")
    @classmethod
    def _opens_first(cls, closes: time, info: ValidationInfo) -> time:
        opens = info.data.get("opens")
        if opens is not None and closes <= opens:
            raise ValueError(f"must be later than opens ({opens:%H:%M}), got {closes:%H:%M}")
        return closes

    @field_validator("removed_holidays")
    @classmethod
    def _not_both(cls, removed: tuple[date, ...], info: ValidationInfo) -> tuple[date, ...]:
        for each in removed:
            if each in info.data.get("extra_holidays", ()):
                raise ValueError(f"{each} is in extra_holidays too: keep it in one of them")
        return removed

    def calendar(self, zone: ZoneInfo) -> Calendar:
        return Calendar(
            zone=zone,
            opens=self.opens,
            closes=self.closes,
            weekdays=frozenset(self.days),
            extra_holidays=frozenset(self.extra_holidays),
            removed_holidays=frozenset(self.removed_holidays),
        )
