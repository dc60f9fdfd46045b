"""
One case out of two: the earliest receipt and every letter that was sent stand.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Does, Obligation, ObligationState
from mailbot.cases.promises import settling
from mailbot.cases.states import State
from mailbot.cases.triggers import CaseAbsorbed
from mailbot.cases.wording import task_words
from mailbot.cases.wording.tasks import task

#: Counted from the receipt: the earlier of two counts.
_FROM_RECEIPT = ("acknowledge", "introduce", "agree_contact", "adr_rights", "data_protection")

#: Goes on in the case that stays, unless that one owes the same.
_GOES_ON = ("keep_contact", "answer", "credit")

_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})


def goes_into(case: Case, into: Case, at: datetime, cause: str) -> Decision:
    """
    *case* is part of *into* from now on, and owes nothing by itself.
    """
    decision = Decision(
        reason="case_merged",
        merged_into=into.serial,
        events=(Event(name="case_merged", cause=cause, reason="command", about=into.reference),),
    )
    why = f"merged into {into.reference}"
    return replace(
        decision,
        settled=tuple(
            settling.ended(each, ObligationState.WITHDRAWN, at, why)
            for each in case.obligations
            if each.is_owed
        ),
    )


def absorbed(case: Case, trigger: CaseAbsorbed, firm: Firm, now: datetime) -> Decision:
    """
    What of the other case goes on in *case*.
    """
    other, cause = trigger.other, f"command by {trigger.by}"
    decision = Decision(
        reason="case_absorbed",
        letters=_told(case, trigger, firm, now),
        changes=_joined(case, other),
        events=(Event(name="case_absorbed", cause=cause, reason="command", about=other.reference),),
    )
    for promise in _FROM_RECEIPT:
        decision = decision.joined_with(_from_receipt(case, other, promise, firm, cause))
    for promise in _GOES_ON:
        decision = decision.joined_with(_goes_on(case, other, promise))
    return replace(decision, reason="case_absorbed")


def _told(case: Case, trigger: CaseAbsorbed, firm: Firm, now: datetime) -> tuple[Letter, ...]:
    """
    The handler of the case, unless it is their own doing, hears that it has grown.
    """
    if case.handler and case.handler.name == trigger.by:
        return ()
    return task(
        firm,
        now,
        f"merged.{trigger.other.serial}",
        task_words.MERGED,
        why=f"{trigger.other.reference}, by {trigger.by}",
        case=case,
    )


def _joined(case: Case, other: Case) -> dict[str, object]:
    return {
        "received_at": min(case.received_at, other.received_at),
        "rights_letters": case.rights_letters | other.rights_letters,
        "needs": tuple(dict.fromkeys((*case.needs, *other.needs))),
        "level": max(case.level, other.level),
        "is_data_protection": case.is_data_protection or other.is_data_protection,
        # One that is owed says what is to be applied; an applied one is history.
        "credit": other.credit if other.owes("credit") else case.credit or other.credit,
        "to_post": tuple(dict.fromkeys((*case.to_post, *other.to_post))),
        "complainant": _completed(case.complainant, other.complainant),
        "parties": (*case.parties, *_newcomers(case, other)),
    }


def _completed(mine: Party, theirs: Party) -> Party:
    """
    The complainant, with what only the other case knew of the same person.
    """
    if mine.address.key != theirs.address.key:
        return mine
    return replace(
        mine,
        phone=mine.phone or theirs.phone,
        postal_address=mine.postal_address or theirs.postal_address,
    )


def _newcomers(case: Case, other: Case) -> tuple[Party, ...]:
    """
    Who had a role in the other case and has none in this one. The complainant of
    record stays the one whom letters go to; copies go on only where it is their own
    complaint of which they were promised.
    """
    is_the_same_customer = case.complainant.address.key == other.complainant.address.key
    return tuple(
        Party(
            address=each.address,
            role=each.role if each in other.parties else "also complained",
            gets_copies=each.gets_copies and is_the_same_customer,
        )
        for each in (other.complainant, *other.parties)
        if each.address.email and case.party(each.address.email) is None
    )


def _from_receipt(case: Case, other: Case, promise: str, firm: Firm, cause: str) -> Decision:
    mine, theirs = case.obligation(promise), other.obligation(promise)
    if theirs is None:
        return Decision(reason="nothing_promised")
    if mine is None:
        return Decision(reason="promised_there", booked=(theirs,))
    decision, is_moved = Decision(reason="ours_is_earlier"), theirs.due_at < mine.due_at
    if is_moved:
        mine = _earlier(mine, theirs, other, firm)
        event = Event(name="deadline_brought_forward", cause=cause, reason=promise)
        decision = Decision(reason="earlier_receipt", moved=(mine,), events=(event,))
    if theirs.state in _KEPT and theirs.settled_at and (mine.is_owed or is_moved):
        evidence = f"{theirs.evidence} ({other.reference})"
        return decision.joined_with(settling.met(mine, theirs.settled_at, evidence, cause))
    if is_moved and mine.state is ObligationState.MET and mine.settled_at:
        # In time for the day on which it was promised here, and perhaps not for the earlier one.
        again = settling.met(mine, mine.settled_at, mine.evidence, cause)
        return decision.joined_with(again) if mine.settled_at > mine.due_at else decision
    return decision


def _earlier(mine: Obligation, theirs: Obligation, other: Case, firm: Firm) -> Obligation:
    """
    Never merged away: the promise runs from the earlier receipt, with all its steps.
    One that is past strikes in the next round, unless it was struck here already.
    """
    since = theirs.since or other.received_at
    anew = firm.rulebook.promise(mine.promise).book(since, firm.calendar, mine.number)
    stored = {Does.ACT: theirs.acts_at, Does.DUE: theirs.due_at}
    return replace(
        mine,
        acts_at=theirs.acts_at,
        due_at=theirs.due_at,
        since=since,
        steps=tuple(replace(each, at=stored.get(each.does, each.at)) for each in anew.steps),
    )


def _goes_on(case: Case, other: Case, promise: str) -> Decision:
    theirs = other.obligation(promise)
    if theirs is None or theirs.state is not ObligationState.OPEN or case.owes(promise):
        return Decision(reason="nothing_goes_on")
    if promise == "keep_contact" and case.state is not State.OPEN:
        return Decision(reason="an_outcome_waits")
    number = case.next_number(promise)
    again = replace(
        theirs,
        number=number,
        steps=tuple(replace(each, number=number) for each in theirs.steps),
    )
    return Decision(reason="goes_on", booked=(again,))
