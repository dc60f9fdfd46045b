"""
A customer, or somebody who answers in their thread, writes again.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.correspondence.shown import to_the_reader
from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.life import closing, escalation, reopening
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises import contact
from mailbot.cases.states import Move, State
from mailbot.cases.triggers import MessageJoined
from mailbot.cases.wording.moments import happened
from mailbot.mail.message import InboundMessage


def joined(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    """
    A customer, or somebody who answers in their thread, has written again.
    """
    sender = trigger.message.sender
    is_party = sender is not None and case.party(sender.email) is not None
    reason = "altered_copy" if trigger.is_altered_copy else trigger.reason
    if not is_party:
        # Signed evidence is of the case, never of a person: it is shown to the
        # handler, and that address gets no answer and confirms nothing.
        reason = "from_another_address"
    event = Event(
        name="message_joined", cause="message", reason=reason, about=_who(trigger.message)
    )
    decision = Decision(reason=reason, events=(event,), moves=(Move.MESSAGE_JOINED,))
    if _settles_the_outcome(case, trigger):
        decision = decision.joined_with(
            _confirmed(case, trigger, firm, now), reason=f"said_{trigger.confirmation}"
        )
    elif not trigger.is_altered_copy:
        decision = decision.joined_with(_answer_owed(case, trigger, firm, now)).joined_with(
            contact.begun_again(case, firm, now, trigger.message.received_at, cause="message")
        )
    # Whoever has the case once this is decided is the one to read it.
    after = decision.applied_to(case)
    shown = to_the_reader(after, trigger, firm, now, is_party=is_party, news=_news(case, decision))
    return decision.joined_with(shown)


def _news(case: Case, decision: Decision) -> str:
    """
    What the message has done, where the handler must know it before they read on.
    """
    if decision.reason in {f"said_{Said.YES}", f"said_{Said.NO}"}:
        return decision.reason
    return "on_a_closed_case" if case.state in {State.CLOSED, State.NOT_A_COMPLAINT} else ""


def _settles_the_outcome(case: Case, trigger: MessageJoined) -> bool:
    """
    Nobody but the complainant confirms, and no copy whose text was altered. A yes counts
    only while the question is asked: the outcome was accepted, and has not come back.
    """
    sender = trigger.message.sender
    is_theirs = sender is not None and sender.key == case.complainant.address.key
    may_be_said = case.state is State.AWAITING_CONFIRMATION and (
        trigger.confirmation is not Said.YES or case.owes("confirm_closure")
    )
    return may_be_said and is_theirs and not trigger.is_altered_copy and bool(trigger.confirmation)


def _who(message: InboundMessage) -> str:
    return message.sender.email if message.sender else ""


def _confirmed(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    """
    The complainant's own yes or no to the outcome (code, stages 4 and 5).
    """
    at = trigger.message.received_at
    if trigger.confirmation is Said.YES:
        how = f"you told us by email on {happened(at, firm)} that it is resolved"
        return closing.closed(case, at, how, trigger.occasion, move=Move.CONFIRMED, cause="message")
    why = f"you told us by email on {happened(at, firm)} that it is not resolved"
    reopened = reopening.reopened(
        case, firm, now, why, trigger.occasion, move=Move.DISPUTED, cause="message"
    )
    escalated = escalation.escalated(
        case, firm, now, "not satisfied", trigger.occasion, cause="message", told=False
    )
    return reopened.joined_with(escalated).joined_with(_answer_owed(case, trigger, firm, now))


def _answer_owed(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    """
    A customer who writes again is owed an answer; on a case that is over a
    person decides by the end of the next working day whether it opens again.
    """
    received_at = trigger.message.received_at
    if case.state in {State.CLOSED, State.NOT_A_COMPLAINT}:
        if case.owes("decide_reopening"):
            return Decision(reason="reopening_is_being_decided")
        return Decision(
            reason="reopening_to_be_decided",
            booked=(reopening.decision_due(case, now, firm),),
        )
    owed = case.obligation("answer")
    # A new message after a broken promise is a new promise: somebody has to hear of it.
    if owed and owed.state is ObligationState.OPEN:
        return Decision(reason="answer_is_owed_already")
    promise = firm.rulebook.promise("answer")
    booked = promise.book(received_at, firm.calendar, case.next_number("answer"))
    return Decision(reason="answer_owed", booked=(booked,))
