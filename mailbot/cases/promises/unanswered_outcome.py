"""
Nobody answers whether the outcome resolves the complaint: it is asked again, and nothing closes.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import ObligationState, Settlement, Step

#: How a question about an outcome ends that nobody answered.
NOT_ANSWERED = "the customer has not answered"


def first_asked(case: Case) -> int:
    """
    The number of the first question about the present outcome: those since then
    ended because nobody had answered.
    """
    asked = [each for each in case.obligations if each.promise == "confirm_closure"]
    first = asked[-1].number if asked else 1
    for earlier in reversed(asked[:-1]):
        if earlier.evidence != NOT_ANSWERED:
            break
        first = earlier.number
    return first


def ask_again(case: Case, step: Step) -> Decision:
    letter = Letter(
        template="confirm-reminder",
        to=case.complainant.address,
        occasion=step.occasion,
    )
    event = Event(name="confirmation_asked_again", cause="clock", reason="not_confirmed")
    return Decision(reason="not_confirmed", letters=(letter,), events=(event,))


def silence_closes_nothing(case: Case, step: Step, firm: Firm, now: datetime) -> Decision:
    """
    The customer owes us no answer: nobody has broken a promise, and we ask again.
    """
    end = Settlement(
        promise=step.promise,
        number=step.number,
        state=ObligationState.WITHDRAWN,
        at=step.at,
        evidence=NOT_ANSWERED,
    )
    promise = firm.rulebook.promise(step.promise)
    number = case.next_number(step.promise)
    again = promise.book(step.at, firm.calendar, number)
    if again.due_at <= now:
        # After an outage the customer is not asked once for each time that was missed.
        again = promise.book(now, firm.calendar, number)
    return Decision(
        reason="not_confirmed",
        settled=(end,),
        events=(Event(name="not_confirmed", cause="clock", reason="silence_closes_nothing"),),
    ).joined_with(Decision(reason="asked_again", booked=(again,)))
