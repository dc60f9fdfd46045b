"""
The outcome of a complaint, and the question whether it resolves it.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.promises import contact, settling
from mailbot.cases.states import Move


def outcome(case: Case, firm: Firm, at: datetime, *, text: str, occasion: str, by: str) -> Decision:
    """
    The outcome goes to the customer, who is asked to confirm it.
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
    for promise in () if case.by_post else contact.MET_BY_OUTCOME:
        decision = decision.joined_with(
            settling.settled(
                case, promise, at, settling.by_letter("an outcome was sent", occasion), cause=by
            )
        )
    asked_before = settling.withdrawn(case, "confirm_closure", at, "a new outcome", cause=by)
    decision = decision.joined_with(asked_before)
    # By post the question is asked on the day on which it is posted.
    return decision if case.by_post else decision.joined_with(confirmation_asked(case, firm, at))


def confirmation_asked(case: Case, firm: Firm, at: datetime) -> Decision:
    promise = firm.rulebook.promise("confirm_closure")
    asked = promise.book(at, firm.calendar, case.next_number("confirm_closure"))
    return Decision(reason="confirmation_asked", booked=(asked,))
