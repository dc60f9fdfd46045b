"""
The outcome of a complaint, and the question whether it resolves it.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import RESTS, Letter
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises import contact, settling
from mailbot.cases.states import Move, State


def outcome(case: Case, at: datetime, *, text: str, occasion: str, by: str) -> Decision:
    """
    The outcome goes to the customer, who is asked to confirm it once it has arrived.
    """
    letter = Letter(
        template="outcome",
        to=case.complainant.address,
        occasion=occasion,
        facts={"body": text},
    )
    decision = Decision(
        reason="outcome_sent",
        letters=(letter,),
        moves=(Move.OUTCOME_SENT,),
        changes={"outcome_at": at},
        withdraws=frozenset({"follow-up", "confirm-reminder"}),
        events=(Event(name="outcome_sent", cause=by, reason="outcome", about=text),),
    )
    # One that goes by post has reached nobody yet: `#posted` is the evidence.
    for promise in () if case.by_post else RESTS["outcome"].carries:
        decision = decision.joined_with(
            settling.settled(
                case, promise, at, settling.by_letter("an outcome was written", occasion), cause=by
            )
        )
    # About this one nobody is asked before it has been accepted, or posted.
    return decision.joined_with(
        settling.withdrawn(case, "confirm_closure", at, "a new outcome", cause=by)
    )


def arrived(case: Case, firm: Firm, at: datetime, evidence: str, *, cause: str) -> Decision:
    """
    The outcome has been accepted, or posted: from now on the customer is asked whether it
    resolves the complaint (code, stage 4). One that was taken for lost stands again.
    """
    if case.state is State.AWAITING_CONFIRMATION:
        if case.owes("confirm_closure"):
            return Decision(reason="asked_already")
        return _asked(case, firm, at)
    if case.state is not State.OPEN or case.outcome_at is not None:
        # Disputed or closed meanwhile.
        return Decision(reason="nothing_to_ask")
    stands = Decision(
        reason="outcome_stands",
        moves=(Move.OUTCOME_SENT,),
        changes={"outcome_at": at},
        withdraws=frozenset({"follow-up"}),
        events=(Event(name="outcome_arrived", cause=cause, reason="outcome"),),
    )
    for promise in RESTS["outcome"].carries:
        stands = stands.joined_with(settling.settled(case, promise, at, evidence, cause=cause))
    return stands.joined_with(_asked(case, firm, at))


def lost(case: Case, firm: Firm, now: datetime, why: str, *, cause: str) -> Decision:
    """
    The outcome has reached nobody: the question about it is withdrawn, the case is open,
    and somebody is in touch with the customer at a time that is booked.
    """
    if case.state is not State.AWAITING_CONFIRMATION:
        return Decision(reason="nobody_was_asked")
    decision = Decision(
        reason="outcome_lost",
        moves=(Move.OUTCOME_LOST,),
        changes={"outcome_at": None},
        withdraws=frozenset({"confirm-reminder"}),
        events=(Event(name="outcome_lost", cause=cause, reason="never_arrived", about=why),),
    )
    decision = decision.joined_with(
        settling.withdrawn(case, "confirm_closure", now, f"the outcome: {why}", cause=cause)
    )
    agreed = case.obligation("agree_contact")
    if agreed and agreed.state is ObligationState.OPEN:
        return decision
    _, booking = contact.resumed(case, firm, now)
    return decision.joined_with(booking)


def _asked(case: Case, firm: Firm, at: datetime) -> Decision:
    promise = firm.rulebook.promise("confirm_closure")
    asked = promise.book(at, firm.calendar, case.next_number("confirm_closure"))
    return Decision(reason="confirmation_asked", booked=(asked,))
