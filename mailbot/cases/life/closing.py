"""
A case is over: by a confirmation, or by a person's word that it is no complaint.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.letter import Letter
from mailbot.cases.promises import settling
from mailbot.cases.states import Move

#: What a closure ends, and how. A credit that was agreed and the clock of the data-protection
#: law go on.
_ENDED_BY_CLOSURE = {
    "keep_contact": settling.overtaken,
    "answer": settling.overtaken,
    "confirm_closure": settling.settled,
    "adr_rights": settling.withdrawn,
}

#: Letters that nobody needs any more once a case is over, if they have not left yet.
_CHASING = frozenset({"follow-up", "contact-missed", "confirm-reminder"})


def closed(
    case: Case, at: datetime, how: str, occasion: str, *, move: Move, cause: str
) -> Decision:
    """
    The case is closed on a confirmation; *how* says by which, as a clause of a sentence.
    """
    letter = Letter(
        template="closed",
        to=case.complainant.address,
        occasion=occasion,
        facts={"how": how},
    )
    decision = Decision(
        reason="case_closed",
        letters=(letter,),
        moves=(move,),
        events=(Event(name="case_closed", cause=cause, reason=str(move), about=how),),
        withdraws=_CHASING,
    )
    evidence = f"closed: {how}"
    decision = decision.joined_with(
        settling.settled(case, "agree_contact", at, evidence, cause=cause)
    )
    for promise, end in _ENDED_BY_CLOSURE.items():
        decision = decision.joined_with(end(case, promise, at, evidence, cause=cause))
    return decision


def no_complaint(case: Case, at: datetime, why: str, occasion: str, by: str) -> Decision:
    """
    A person says that it is no complaint: the promises stop, and the customer is
    told how to object.
    """
    letter = Letter(
        template="not-complaint",
        to=case.complainant.address,
        occasion=occasion,
        facts={"why": why},
    )
    decision = Decision(
        reason="not_a_complaint",
        letters=(letter,),
        moves=(Move.JUDGED_NOT_A_COMPLAINT,),
        events=(Event(name="judged_not_a_complaint", cause=by, reason="judged", about=why),),
        withdraws=_CHASING,
    )
    for promise in dict.fromkeys(each.promise for each in case.obligations):
        if promise not in {"credit", "data_protection"}:
            decision = decision.joined_with(
                settling.withdrawn(case, promise, at, f"no complaint: {why}", cause=by)
            )
    return decision
