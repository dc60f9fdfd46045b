"""
The little language in which the rulebook writes its clocks, and what it means.

    within = "3 working days"                          how long the promise runs
    acts = "at once"                                   when mailbot acts of itself
    due = "17:00"                                      the last moment of the last day
    steps = [{ at = "09:00, 1 working day before", does = "warn" }]

A promise is a value; `book` turns it and an instant of receipt into an obligation.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from mailbot.cases.illegal import Illegal, aware
from mailbot.cases.obligation import Does, Obligation, Step
from mailbot.cases.rulebook.workdays import END_OF_DAY, Calendar

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


@dataclass(frozen=True, kw_only=True)
class PlannedStep:
    at: Moment
    does: Does


@dataclass(frozen=True, kw_only=True)
class Promise:
    """
    One promise of the published code, before anybody has complained.
    """

    name: str
    clause: str
    within: Within
    acts: AtOnce | Moment
    #: The time on the last day; None where the hours themselves give the instant.
    due: time | None = None
    steps: tuple[PlannedStep, ...] = ()

    def __post_init__(self) -> None:
        if (self.due is None) is not self.within.is_in_hours:
            raise Illegal(f"{self.name}: {self.within} with due {self.due}")

    def book(self, received_at: datetime, calendar: Calendar, number: int = 1) -> Obligation:
        """
        What is owed from that instant on: the receipt of the complaint, or
        whatever starts this promise. *number* says which of several it is.

        Its steps are in the order of time. One may lie before the receipt, as
        when a complaint is entered late: it is booked all the same.
        """
        received_on = calendar.local_day(aware(received_at))
        if self.due is None:
            due_at = self.within.instant_after(received_at, calendar)
            last_day = calendar.local_day(due_at)
        else:
            last_day = self.within.day_after(received_on, calendar)
            due_at = calendar.at(last_day, self.due)
        acts_at = (
            self.acts.instant(received_on, last_day, calendar)
            if isinstance(self.acts, Moment)
            else received_at.astimezone(UTC)
        )
        return self._booked(
            number,
            acts_at,
            due_at,
            [(each.does, each.at.instant(received_on, last_day, calendar)) for each in self.steps],
            since=received_at,
        )

    def book_agreed(self, at: datetime, calendar: Calendar, number: int) -> Obligation:
        """
        What is owed once an instant was agreed: it acts then, and is due at the
        next due time of a working day; steps count back from that day.
        """
        due = self.due or calendar.closes
        day = calendar.local_day(aware(at))
        if not calendar.is_working_day(day) or at > calendar.at(day, due):
            day = calendar.next_working_day(day)
        return self._booked(
            number,
            at,
            calendar.at(day, due),
            [(each.does, each.at.instant(day, day, calendar)) for each in self.steps],
        )

    def book_month(self, first: date, calendar: Calendar, number: int) -> Obligation:
        """
        What is owed within the month that begins on *first*: it acts on that day
        and is due on the month's last.
        """
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        acts = self.acts.clock if isinstance(self.acts, Moment) else calendar.opens
        due = self.due or calendar.closes
        return self._booked(
            number,
            calendar.at(first, acts),
            calendar.at(last, due),
            [(each.does, each.at.instant(first, last, calendar)) for each in self.steps],
        )

    def _booked(
        self,
        number: int,
        acts_at: datetime,
        due_at: datetime,
        between: list[tuple[Does, datetime]],
        since: datetime | None = None,
    ) -> Obligation:
        steps = [
            Step(does=does, at=at, promise=self.name, number=number)
            for does, at in [(Does.ACT, acts_at), *between, (Does.DUE, due_at)]
        ]
        return Obligation(
            promise=self.name,
            number=number,
            clause=self.clause,
            acts_at=acts_at,
            due_at=due_at,
            steps=tuple(sorted(steps, key=lambda step: step.at)),
            since=since,
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
