"""
Each promise of the code in a month: how often it was kept, kept late, broken, no longer owed,
and still to be kept.

A promise belongs to one month only: kept in time, or no longer owed, to the month in which
that happened; late or broken, to the month in which it fell due, whenever it was made good.
What was promised by the end of the month and due after it is open there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.month.known import Duty
from mailbot.cases.month.life import Life
from mailbot.cases.month.months import Month, Span
from mailbot.cases.obligation import ObligationState
from mailbot.cases.rulebook.rulebook import Rulebook

KEPT, KEPT_LATE, BROKEN, WITHDRAWN, OPEN = ENDINGS = (
    *("kept", "kept_late", "broken", "withdrawn", "open"),
)

_ENDING = {
    ObligationState.MET: KEPT,
    ObligationState.MET_LATE: KEPT_LATE,
    ObligationState.BREACHED: BROKEN,
    ObligationState.WITHDRAWN: WITHDRAWN,
    ObligationState.OPEN: OPEN,
}

#: What a promise without a start of its own begins with.
_BEGINS = {"keep_contact": "contact_agreed", "credit": "credit_agreed"}


@dataclass(frozen=True, kw_only=True)
class Tally:
    """
    One promise in one month; the references of the cases, one for each time.
    """

    promise: str
    clause: str = ""
    kept: tuple[str, ...] = ()
    kept_late: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    @property
    def decided(self) -> int:
        """
        How often it could be told whether it was kept.
        """
        return len(self.kept) + len(self.kept_late) + len(self.broken)

    def plus(self, more: "Tally | None") -> "Tally":
        if more is None:
            return self
        return replace(
            self, **{each: getattr(self, each) + getattr(more, each) for each in ENDINGS}
        )


def promises_of_both(some: Sequence[Tally], more: Sequence[Tally]) -> tuple[Tally, ...]:
    """
    Each promise of either with all its cases, in the order of the first.
    """
    others = {each.promise: each for each in more}
    both = [each.plus(others.pop(each.promise, None)) for each in some]
    return (*both, *others.values())


def ending(duty: Duty, *, is_merged: bool) -> str:
    """
    What became of it. What a merger took away after its last instant had been broken.
    """
    if is_merged and duty.state is ObligationState.WITHDRAWN and _is_past_due(duty):
        return BROKEN
    return _ENDING[duty.state]


def _is_past_due(duty: Duty) -> bool:
    return duty.settled_at is not None and duty.settled_at > duty.due_at


def decided_at(duty: Duty, *, is_merged: bool) -> datetime | None:
    """
    The instant whose month it belongs to; None while it is open.
    """
    what = ending(duty, is_merged=is_merged)
    if what == OPEN:
        return None
    if what in {KEPT_LATE, BROKEN}:
        # Its last instant may be the midnight with which the month ends.
        return duty.due_at - datetime.resolution
    return duty.settled_at or duty.due_at


def begun_at(duty: Duty, life: Life) -> datetime:
    """
    From when on it was owed.
    """
    if duty.since is not None:
        return duty.since
    if duty.promise not in _BEGINS:
        # A closed case to be decided on within a day: it is no stock.
        return duty.due_at
    began = life.latest_before(duty.due_at, _BEGINS[duty.promise])
    begun = began.at if began else life.case.received_at
    # A credit that was not applied in its month is owed in the next one.
    before = [
        each.due_at
        for each in life.case.duties
        if duty.promise == "credit" == each.promise and each.number < duty.number
    ]
    return max((begun, *(each for each in before if each < duty.due_at)))


def open_until(duty: Duty) -> datetime:
    """
    The instant at which it was settled or fell due, whichever came first.
    """
    is_settled = duty.state is not ObligationState.OPEN and duty.settled_at is not None
    return min(duty.due_at, duty.settled_at) if is_settled and duty.settled_at else duty.due_at


def tallies(
    lives: Iterable[Life], span: Span, rulebook: Rulebook
) -> Mapping[Month, tuple[Tally, ...]]:
    """
    For each month each promise of the rulebook, then what else was owed.
    """
    counts: dict[Month, dict[str, dict[str, list[str]]]] = {each: {} for each in span.months}
    clauses = {name: each.clause for name, each in rulebook.promises.by_name.items()}
    for life in lives:
        if life.is_rejected:
            continue
        for duty in life.case.duties:
            clauses.setdefault(duty.promise, duty.clause)
            at = decided_at(duty, is_merged=life.case.is_merged)
            if at is not None and (month := span.of(at)):
                what = ending(duty, is_merged=life.case.is_merged)
                _of(counts[month], duty.promise)[what].append(life.reference)
            for month in _open_at_end(duty, life, span):
                _of(counts[month], duty.promise)[OPEN].append(life.reference)
    return {
        month: tuple(
            Tally(promise=promise, clause=clause, **_frozen(_of(counted, promise)))
            for promise, clause in clauses.items()
        )
        for month, counted in counts.items()
    }


def _open_at_end(duty: Duty, life: Life, span: Span) -> Sequence[Month]:
    """
    The months at whose end it was promised, and neither due nor settled.
    """
    last = bisect_left(span.ends, open_until(duty))
    if not last:
        return ()
    return span.months[bisect_right(span.ends, begun_at(duty, life)) : last]


def _of(counted: dict[str, dict[str, list[str]]], promise: str) -> dict[str, list[str]]:
    return counted.setdefault(promise, {each: [] for each in ENDINGS})


def _frozen(counted: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {each: tuple(references) for each, references in counted.items()}
