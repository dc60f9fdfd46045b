"""
One promise of the published code, and what it makes owed: until when, and with which steps.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from mailbot.cases.illegal import Illegal, aware
from mailbot.cases.obligation import Does, Obligation, Step
from mailbot.cases.rulebook.lengths import AtOnce, Moment, Within
from mailbot.cases.rulebook.working_days import Calendar


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
        if self.due is None or isinstance(self.acts, AtOnce):
            return self._counted_from(received_at, calendar, number)
        of_the_day = self._of_the_day(calendar.local_day(received_at), calendar, number)
        return replace(of_the_day, since=received_at)

    @cached_property
    def _of_the_day(self) -> Callable[[date, Calendar, int], Obligation]:
        """
        Where it runs in days and acts at a time of day, all that is received on a day
        is owed the same, and worked out once.
        """
        return lru_cache(maxsize=256)(
            lambda day, calendar, number: self._counted_from(
                calendar.at(day, time(12)), calendar, number
            )
        )

    def _counted_from(self, received_at: datetime, calendar: Calendar, number: int) -> Obligation:
        received_on = calendar.local_day(aware(received_at))
        last_day, due_at = self.end(received_at, calendar)
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

    def end(self, received_at: datetime, calendar: Calendar) -> tuple[date, datetime]:
        """
        The last day of what is owed from that instant on, and its last instant.
        """
        if self.due is None:
            due_at = self.within.instant_after(received_at, calendar)
            return calendar.local_day(due_at), due_at
        last_day = self.within.day_after(calendar.local_day(received_at), calendar)
        return last_day, calendar.at(last_day, self.due)

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
