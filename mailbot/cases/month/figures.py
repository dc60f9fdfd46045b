"""
The figures of a month, each with the references of the cases behind it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from mailbot.cases.letter import RIGHTS_LETTERS
from mailbot.cases.month.known import Happening, Known
from mailbot.cases.month.life import CHANNELS, Life
from mailbot.cases.month.months import Month, Span
from mailbot.cases.month.tally import Tally, promises_of_both, tallies
from mailbot.cases.month.times import DAY, HOUR, Spread, spread
from mailbot.cases.obligation import ObligationState
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.cases.rulebook.working_days import Calendar

#: How long a complaint has been open at the end of a month, in days: up to so many.
AGES = {"under_two_weeks": 14, "two_to_six_weeks": 42, "over_six_weeks": None}

_AMOUNT = re.compile(r"£(\d+(?:\.\d+)?)")

_COUNTED = ("case_closed", "case_reopened", "judged_not_a_complaint", "escalated")
_TIMED = frozenset({"acknowledge", "introduce"})
_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})

References = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Credits:
    references: References = ()
    amount: Decimal = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """
    One month. Of what happens more than once in a case its reference is there each time;
    `closed`, `reopened` and `escalated` name a case once.
    """

    month: Month
    received: References = ()
    by_channel: Mapping[str, References] = field(default_factory=dict)
    #: Judged in this month, whenever they came.
    not_complaints: References = ()
    #: What the mail system had marked, and a person said is none of ours.
    rejected: References = ()
    #: Part of another case by now, with which they are counted.
    merged: References = ()
    closed: References = ()
    open_at_end: References = ()
    open_by_age: Mapping[str, References] = field(default_factory=dict)
    #: The oldest that was open, and when it had been received.
    oldest: tuple[str, datetime] | None = None
    promises: tuple[Tally, ...] = ()
    rights_letters: References = ()
    deadlock_letters: References = ()
    reopened: References = ()
    escalated: References = ()
    credits: Credits = Credits()
    #: From receipt to the last closure in the month, one for each case that was closed.
    closed_after: tuple[timedelta, ...] = ()
    acknowledged_after: tuple[timedelta, ...] = ()
    introduced_after: tuple[timedelta, ...] = ()
    anonymised: int = 0

    @cached_property
    def days_to_close(self) -> Spread:
        return spread(self.closed_after, DAY)

    @cached_property
    def hours_to_acknowledge(self) -> Spread:
        return spread(self.acknowledged_after, HOUR)

    @cached_property
    def hours_to_introduce(self) -> Spread:
        return spread(self.introduced_after, HOUR)

    def of(self, what: str) -> int:
        """
        How many promises of any kind ended so.
        """
        return sum(len(getattr(each, what)) for each in self.promises)

    @property
    def decided(self) -> int:
        return sum(each.decided for each in self.promises)

    def plus(self, more: "Figures") -> "Figures":
        """
        The same month, of these cases and of those that *more* was counted from.
        """
        added: dict[str, Any] = {
            **{each: getattr(self, each) + getattr(more, each) for each in _ADDED},
            **{each: _beside(getattr(self, each), getattr(more, each)) for each in _GROUPED},
        }
        return replace(
            self,
            **added,
            oldest=min(filter(None, (self.oldest, more.oldest)), key=_since, default=None),
            promises=promises_of_both(self.promises, more.promises),
            credits=Credits(
                references=self.credits.references + more.credits.references,
                amount=self.credits.amount + more.credits.amount,
            ),
        )


_ADDED = (
    *("received", "not_complaints", "rejected", "merged", "closed", "open_at_end"),
    *("rights_letters", "deadlock_letters", "reopened", "escalated"),
    *("closed_after", "acknowledged_after", "introduced_after", "anonymised"),
)
_GROUPED = ("by_channel", "open_by_age")


def _beside(
    some: Mapping[str, References], more: Mapping[str, References]
) -> Mapping[str, References]:
    return {each: some[each] + more[each] for each in some}


def _since(oldest: tuple[str, datetime]) -> datetime:
    return oldest[1]


def figures(
    known: Known, months: Sequence[Month], rulebook: Rulebook, calendar: Calendar
) -> tuple[Figures, ...]:
    """
    The figures of these months, which are given in their order.
    """
    lives = [Life(each) for each in known.cases]
    span = Span(months, calendar)
    promises = tallies(lives, span, rulebook)
    happened = _happened(lives, span)
    return tuple(
        replace(
            _month(each, lives, happened[each], calendar),
            promises=promises[each],
            anonymised=sum(span.of(at) == each for at in known.anonymised_at),
        )
        for each in months
    )


@dataclass(frozen=True)
class _Happened:
    """
    What happened in one month: everything is gone through once, whatever the months.
    """

    came: list[Life] = field(default_factory=list)
    events: dict[str, list[tuple[Life, Happening]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: The references of the cases with each of the two letters.
    rights: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: How long each promise that was kept took, from the receipt.
    times: dict[str, list[timedelta]] = field(default_factory=lambda: defaultdict(list))

    def with_event(self, event: str) -> References:
        """
        The complaints in which that happened, each once.
        """
        return tuple(dict.fromkeys(life.reference for life, _ in self.events[event]))


def _happened(lives: Iterable[Life], span: Span) -> Mapping[Month | None, _Happened]:
    """
    By month; under None what lies in none of them.
    """
    made: dict[Month | None, _Happened] = defaultdict(_Happened)
    for life in lives:
        made[span.of(life.case.received_at)].came.append(life)
        if life.is_counted:
            for each in life.all_of(*_COUNTED):
                made[span.of(each.at)].events[each.event].append((life, each))
        if life.is_rejected:
            continue
        # What was told and promised to a customer, a merger does not take back.
        for each in life.all_of("credit_agreed"):
            made[span.of(each.at)].events[each.event].append((life, each))
        for template, at in _rights_letters(life):
            made[span.of(at)].rights[template].append(life.reference)
        for duty in life.case.duties:
            if duty.promise in _TIMED and duty.settled_at and duty.state in _KEPT:
                took = duty.settled_at - life.case.received_at
                made[span.of(duty.settled_at)].times[duty.promise].append(took)
    return made


def _month(
    month: Month,
    lives: Sequence[Life],
    happened: _Happened,
    calendar: Calendar,
) -> Figures:
    ends = month.ends(calendar)
    received = [each for each in happened.came if each.is_counted]
    still_open = [each for each in lives if each.is_open_at(ends)]
    oldest = min(still_open, key=lambda each: each.case.received_at, default=None)
    return Figures(
        month=month,
        received=_references(received),
        by_channel={
            channel: _references(each for each in received if each.channel == channel)
            for channel in CHANNELS
        },
        not_complaints=happened.with_event("judged_not_a_complaint"),
        rejected=_references(each for each in happened.came if each.is_rejected),
        merged=_references(each for each in happened.came if each.case.is_merged),
        closed=happened.with_event("case_closed"),
        open_at_end=_references(still_open),
        open_by_age=_by_age(still_open, ends),
        oldest=(oldest.reference, oldest.case.received_at) if oldest else None,
        rights_letters=tuple(happened.rights["adr-rights"]),
        deadlock_letters=tuple(happened.rights["deadlock"]),
        reopened=happened.with_event("case_reopened"),
        escalated=happened.with_event("escalated"),
        credits=_credits(happened.events["credit_agreed"]),
        closed_after=_times_to_close(happened.events["case_closed"]),
        acknowledged_after=tuple(happened.times["acknowledge"]),
        introduced_after=tuple(happened.times["introduce"]),
    )


def _references(lives: Iterable[Life]) -> References:
    return tuple(each.reference for each in lives)


def _by_age(lives: Sequence[Life], ends: datetime) -> Mapping[str, References]:
    groups: dict[str, list[str]] = {each: [] for each in AGES}
    for life in lives:
        days = (ends - life.case.received_at) / DAY
        group = next(name for name, most in AGES.items() if most is None or days < most)
        groups[group].append(life.reference)
    return {name: tuple(references) for name, references in groups.items()}


def _rights_letters(life: Life) -> Iterable[tuple[str, datetime]]:
    """
    Which of the two letters went, and when: accepted by the next hop, or posted.
    """
    yield from ((each.template, each.accepted_at) for each in life.case.rights)
    posted = life.all_of("letter_posted")
    yield from ((each.about, each.at) for each in posted if each.about in RIGHTS_LETTERS)


def _credits(agreed: Iterable[tuple[Life, Happening]]) -> Credits:
    sums = [
        (life.reference, Decimal(found[1]))
        for life, each in agreed
        if (found := _AMOUNT.search(each.about))
    ]
    return Credits(
        references=tuple(reference for reference, _ in sums),
        amount=sum((amount for _, amount in sums), Decimal("0.00")),
    )


def _times_to_close(closures: Iterable[tuple[Life, Happening]]) -> tuple[timedelta, ...]:
    last = {life.reference: each.at - life.case.received_at for life, each in closures}
    return tuple(last.values())
