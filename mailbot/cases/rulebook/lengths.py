"""
How long a promise runs, and on which moment of which day something of it happens.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from mailbot.cases.rulebook.working_days import Calendar


class Unit(StrEnum):
    WORKING_HOUR = "working hour"
    HOUR = "hour"
    WORKING_DAY = "working day"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Within:
    """
    How long a promise runs: until an instant if in hours, else until a local day.
    """

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def is_in_hours(self) -> bool:
        return self.unit in {Unit.HOUR, Unit.WORKING_HOUR}

    def instant_after(self, received_at: datetime, calendar: Calendar) -> datetime:
        """
        The instant at which a clock of hours runs out.
        """
        if self.unit is Unit.WORKING_HOUR:
            return calendar.plus_working_hours(received_at, self.count)
        return received_at.astimezone(UTC) + timedelta(hours=self.count)

    def day_after(self, received_on: date, calendar: Calendar) -> date:
        """
        The last local day of a clock of days; the day of receipt is day zero.
        """
        if self.unit is Unit.WORKING_DAY:
            return calendar.plus_working_days(received_on, self.count)
        # Calendar days are counted and never moved, off a weekend or a holiday.
        return received_on + timedelta(days=self.count * (7 if self.unit is Unit.WEEK else 1))


class Side(StrEnum):
    """
    From which day a moment is counted.
    """

    LAST_DAY = "before"
    RECEIPT = "after receipt"


@dataclass(frozen=True)
class Moment:
    """
    A time on a local day: the last day of the promise, so many days before it,
    or so many days after the day of receipt.
    """

    clock: time
    count: int = 0
    unit: Unit = Unit.DAY
    side: Side = Side.LAST_DAY

    @property
    def needs_last_day(self) -> bool:
        return self.side is Side.LAST_DAY

    def instant(self, received_on: date, last_day: date, calendar: Calendar) -> datetime:
        start, count = (last_day, -self.count) if self.needs_last_day else (received_on, self.count)
        day = (
            calendar.plus_working_days(start, count)
            if self.unit is Unit.WORKING_DAY
            else start + timedelta(days=count)
        )
        return calendar.at(day, self.clock)


@dataclass(frozen=True)
class AtOnce:
    """
    The instant of receipt itself.
    """
