"""
A case that was over is in work again, with its original dates.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Does, Obligation, Step
from mailbot.cases.promises import contact, settling
from mailbot.cases.promises.settling import owed_again
from mailbot.cases.promises.six_weeks import rights_owed_again
from mailbot.cases.states import Move, State
from mailbot.cases.wording import task_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import task

#: What a closed case that a customer writes on is owed; no promise of the rulebook has it.
STAGE_5 = (
    "If after you have spoken to the case handler you are not satisfied with our response, the"
    " original case will be re-opened or immediately escalated"
)

#: What is owed again with its original date when a case opens again, besides the rights letter.
_OWED_AGAIN = ("acknowledge", "introduce", "agree_contact")


def reopened(
    case: Case, firm: Firm, now: datetime, why: str, occasion: str, *, move: Move, cause: str
) -> Decision:
    """
    Open again, with the original dates: what closure, or the word that it is no
    complaint, had withdrawn is owed again, and a rights letter whose day is past
    goes at once.
    """
    following, booking = contact.resumed(case, firm, now)
    letter = Letter(
        template="reopened",
        to=case.complainant.address,
        occasion=occasion,
        facts={"why": why, "next_by": in_words(following.due_at, firm)},
    )
    decision = Decision(
        reason="case_reopened",
        letters=(letter,),
        moves=(move,),
        events=(Event(name="case_reopened", cause=cause, reason=str(move), about=why),),
        withdraws=frozenset({"confirm-reminder"}),
    )
    decision = decision.joined_with(
        settling.settled(case, "decide_reopening", now, "re-opened", cause=cause)
    )
    said = "the customer said no" if move is Move.DISPUTED else "re-opened"
    decision = decision.joined_with(
        settling.settled(case, "confirm_closure", now, said, cause=cause)
    )
    decision = decision.joined_with(booking)
    for promise in _OWED_AGAIN:
        decision = decision.joined_with(owed_again(case, promise, now, cause=cause))
    return decision.joined_with(rights_owed_again(case, firm, now, occasion, cause=cause))


def decision_due(case: Case, now: datetime, firm: Firm) -> Obligation:
    """
    By the end of the next working day somebody decides whether a case that is
    over opens again; otherwise it does. Counted from when the handler gets the
    message: after an outage nobody has seen it before.
    """
    calendar = firm.calendar
    day = calendar.next_working_day(calendar.local_day(now))
    at = calendar.at(day, calendar.closes)
    number = case.next_number("decide_reopening")
    return Obligation(
        promise="decide_reopening",
        number=number,
        clause=STAGE_5,
        acts_at=at,
        due_at=at,
        steps=(Step(does=Does.ACT, at=at, promise="decide_reopening", number=number),),
    )


#: Why a case opens again by itself, to whoever wrote.
_WROTE_AGAIN = {
    State.CLOSED: "you wrote to us again after it was closed",
    State.NOT_A_COMPLAINT: "you wrote to us again after we had said that it was no complaint",
}


def nobody_decided(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    """
    The case opens by itself, and the mail that woke it is owed an answer.
    """
    why = _WROTE_AGAIN[case.state]
    again = reopened(case, firm, now, why, step.occasion, move=Move.REOPENED, cause="clock")
    tasks = task(firm, now, step.occasion, task_words.REOPENED_BY_ITSELF, case=case)
    number = case.next_number("answer")
    answer = firm.rulebook.promise("answer").book(now, firm.calendar, number)
    return again.joined_with(Decision(reason="answer_owed", booked=(answer,), letters=tasks))
