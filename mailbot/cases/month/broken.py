"""
The promises that were not kept in time, one by one: who had the case, what was missing, and
what was done since.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.month.known import Duty
from mailbot.cases.month.life import Life
from mailbot.cases.month.months import Month, month_of
from mailbot.cases.month.tally import BROKEN, KEPT_LATE, decided_at, ending
from mailbot.cases.obligation import ObligationState
from mailbot.cases.wording import account, month_words
from mailbot.cases.wording.moments import happened
from mailbot.cases.wording.promise_words import PROMISES

_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})


@dataclass(frozen=True, kw_only=True)
class Broken:
    """
    One promise that was not kept by its last instant.
    """

    reference: str
    promise: str
    name: str
    clause: str
    due_at: datetime
    is_late: bool
    #: Who had the case then, "" where nobody had.
    who: str
    missing: str
    since: str


def broken(lives: Iterable[Life], month: Month, firm: Firm) -> tuple[Broken, ...]:
    """
    Those of the month, in the order of the cases.
    """
    return tuple(each for life in lives if not life.is_rejected for each in _in(life, month, firm))


def in_order(found: Iterable[Broken]) -> tuple[Broken, ...]:
    """
    As they fell due.
    """
    return tuple(sorted(found, key=lambda each: (each.due_at, each.reference)))


def _in(life: Life, month: Month, firm: Firm) -> Iterator[Broken]:
    for duty in life.case.duties:
        what = ending(duty, is_merged=life.case.is_merged)
        if what not in {KEPT_LATE, BROKEN}:
            continue
        at = decided_at(duty, is_merged=life.case.is_merged)
        if at is None or month_of(at, firm.calendar) != month:
            continue
        yield Broken(
            reference=life.reference,
            promise=duty.promise,
            name=PROMISES[duty.promise].name,
            clause=duty.clause,
            due_at=duty.due_at,
            is_late=what == KEPT_LATE,
            who=_who(life, duty.due_at, firm),
            missing=month_words.MISSING[duty.promise],
            since=_since(life, duty, firm),
        )


def _who(life: Life, then: datetime, firm: Firm) -> str:
    """
    Whoever had the case: as it was said when it was given to them, else as it has it now.
    """
    given = life.latest_before(then, "assigned", "escalated")
    if given is not None and given.event == "assigned" and given.about:
        return given.about
    handler = firm.people.by_address(life.case.handler_email)
    return handler.name if handler else life.case.handler_email


def _since(life: Life, duty: Duty, firm: Firm) -> str:
    """
    What is on record after the last instant.
    """
    if duty.state is ObligationState.MET_LATE and duty.settled_at:
        how = account.kept_by(duty.evidence)
        return f"Made good on {happened(duty.settled_at, firm)}: {how}."
    if life.case.is_merged:
        return month_words.MERGED
    over = [
        each
        for each in life.all_of("case_closed", "judged_not_a_complaint")
        if each.at > duty.due_at
    ]
    if over:
        return month_words.OVER[over[0].event].format(at=happened(over[0].at, firm))
    later = [
        each.settled_at
        for each in life.case.duties
        if each.promise == duty.promise
        and each.state in _KEPT
        and each.settled_at is not None
        and each.settled_at > duty.due_at
    ]
    if later:
        return month_words.KEPT_AFTERWARDS.format(at=happened(min(later), firm))
    return month_words.NOTHING_SINCE
