"""
The firm's calendar: which days and hours count, and where on the clock they lie.

Local dates and aware UTC instants go in and come out; a naive datetime never does.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.cases.model import Illegal, aware

#: datetime.time has no 24:00. This value stands for it: a rulebook speaks in
#: whole minutes, so it cannot be meant otherwise.
END_OF_DAY = time.max

ONE_DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """
    The bank holidays of England and Wales in that year, substitute days included.
    """
    # Wales has no holidays of its own; the package keeps both under ENG.
    return frozenset(_united_kingdom()(subdiv="ENG", years=year))


@cache
def _united_kingdom() -> Any:
    """
    The package's class of that name, from its own file: by the front door every country
    of the world is loaded first, and each start would wait for them.
    """
    # A command that asks for no working day need not wait for any.
    import holidays  # noqa: PLC0415

    file = Path(holidays.__file__).with_name("countries") / "united_kingdom.py"
    spec = spec_from_file_location("holidays_of_the_united_kingdom", file)
    if spec is None or spec.loader is None or not file.is_file():
        # Where the package has another shape, its front door is still there.
        return partial(holidays.country_holidays, "GB")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UnitedKingdom


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """
    The working days and hours of one firm.
    """

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    #: As date.weekday() counts: Monday is 0.
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    extra_holidays: frozenset[date] = frozenset()
    removed_holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        # Either would let a search for the next working hour run for ever.
        if not self.weekdays:
            raise Illegal("a calendar without a working day")
        if self.opens >= self.closes:
            raise Illegal(f"opening at {self.opens} is not before closing at {self.closes}")

    def local_day(self, instant: datetime) -> date:
        """
        The date that the firm's own wall calendar shows at that instant.
        """
        return aware(instant).astimezone(self.zone).date()

    def at(self, day: date, clock: time) -> datetime:
        """
        That local moment as an aware UTC instant; END_OF_DAY is the midnight after.
        """
        if clock == END_OF_DAY:
            day, clock = day + ONE_DAY, time.min
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

    def is_working_day(self, day: date) -> bool:
        if day.weekday() not in self.weekdays or day in self.extra_holidays:
            return False
        return day in self.removed_holidays or day not in bank_holidays(day.year)

    def next_working_day(self, day: date) -> date:
        """
        The first working day after *day*, which itself never counts.
        """
        return self._seek(day, ONE_DAY)

    def previous_working_day(self, day: date) -> date:
        """
        The last working day before *day*, which itself never counts.
        """
        return self._seek(day, -ONE_DAY)

    def plus_working_days(self, day: date, count: int) -> date:
        """
        The *count*-th working day after *day*, or before it if negative. *day*
        is day zero, so mail that arrives on a Saturday counts from the Monday.
        """
        for _ in range(abs(count)):
            day = self._seek(day, ONE_DAY if count > 0 else -ONE_DAY)
        return day

    def plus_working_hours(self, instant: datetime, hours: int) -> datetime:
        """
        The instant by which that many working hours have passed.

        Time outside the hours does not count: mail at night starts at the next
        opening. When the last hour ends with a working day the answer is that
        closing time and not the next opening.
        """
        left = timedelta(hours=hours)
        day = self.local_day(instant)
        while True:
            if self.is_working_day(day):
                start = max(aware(instant), self.at(day, self.opens))
                open_for = self.at(day, self.closes) - start
                if open_for > timedelta():
                    if left <= open_for:
                        return start.astimezone(UTC) + left
                    left -= open_for
            day += ONE_DAY

    def _seek(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_working_day(day):
            day += step
        return day
