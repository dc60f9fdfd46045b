"""
More mail in a case: the customer writes again, a machine does, a handler answers.
"""

from datetime import datetime

from mailbot.cases import wording
from mailbot.cases.firm import Firm
from mailbot.cases.model import Case, Decision, Event, Handler, Letter
from mailbot.cases.states import Move
from mailbot.cases.tasks import address_of, alerts, words_of
from mailbot.cases.triggers import MessageJoined, MessageNoted, StaffAnswered


def joined(case: Case, trigger: MessageJoined, firm: Firm, now: datetime) -> Decision:
    sender = trigger.message.sender
    is_party = sender is not None and case.party(sender.email) is not None
    reason = "altered_copy" if trigger.is_altered_copy else trigger.reason
    if not is_party:
        # Signed evidence is of the case, never of a person: it is shown to the
        # handler, and that address gets no answer and confirms nothing.
        reason = "from_another_address"
    event = Event(name="message_joined", cause="message", reason=reason)
    reader = case.handler or firm.people.manager(firm.calendar.local_day(now))
    if reader is None:
        return Decision(reason=reason, events=(event,), moves=(Move.MESSAGE_JOINED,))
    facts = words_of(trigger.message) | {
        "alerts": alerts(trigger.message, firm),
        "possible_matches": list(trigger.near),
        "from_address": "" if is_party or sender is None else sender.email,
    }
    letter = Letter(
        template="customer-reply",
        to=address_of(reader),
        occasion=trigger.occasion,
        to_staff=True,
        facts=facts,
    )
    return Decision(reason=reason, events=(event,), letters=(letter,), moves=(Move.MESSAGE_JOINED,))


def noted(trigger: MessageNoted) -> Decision:
    event = Event(
        name="automatic_message_noted", cause="message", reason=trigger.reason, about=trigger.kind
    )
    return Decision(reason=trigger.reason, events=(event,))


# --- a handler answers -----------------------------------------------------


def answered(case: Case, trigger: StaffAnswered) -> Decision:
    """
    A handler's words, once the token proved whose they are.
    """
    decision = _relayed(case, trigger)
    if not trigger.went_to:
        return decision
    # Others have seen the staff address now: it is spent, and this mail brings a new one.
    return decision.joined_with(
        Decision(
            reason="token_spent",
            events=(Event(name="token_spent", cause="message", reason="went_to_others"),),
            letters=(_assignment_again(trigger.writer, trigger.occasion, trigger.first_words),),
        )
    )


def _assignment_again(reader: Handler, occasion: str, words: str) -> Letter:
    return Letter(
        template="assignment",
        to=address_of(reader),
        occasion=f"again.{occasion}",
        to_staff=True,
        facts={
            "words": words,
            "attachments": [],
            "alerts": [],
            "possible_matches": [],
            "from_address": "",
        },
    )


def _relayed(case: Case, trigger: StaffAnswered) -> Decision:
    if not trigger.may_relay:
        return _receipt(trigger, trigger.reason)
    first_line = next((line.strip() for line in trigger.text.splitlines() if line.strip()), "")
    if first_line.startswith("#"):
        return _receipt(trigger, "commands_not_available")
    if not trigger.text.strip():
        return _receipt(trigger, "nothing_new")
    if case.complainant.address.key in trigger.went_to:
        return _receipt(trigger, "customer_had_it_directly")
    relayed = Decision(
        reason="answer_relayed",
        events=(Event(name="answer_relayed", cause="message", reason="staff_answer"),),
        letters=(
            Letter(
                template="handler-reply",
                to=case.complainant.address,
                occasion=trigger.occasion,
                facts={"body": trigger.text, "writer": trigger.writer},
            ),
        ),
    )
    if trigger.message.attachments:
        return relayed.joined_with(_receipt(trigger, "attachments_not_passed_on"))
    if trigger.writer.receipts == "all":
        return relayed.joined_with(_receipt(trigger, "answer_relayed"))
    return relayed


def _receipt(trigger: StaffAnswered, reason: str) -> Decision:
    outcome, why, instead = wording.RECEIPTS[reason]
    letter = Letter(
        template="receipt",
        to=address_of(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.message.message_id,
        facts={
            "outcome": outcome,
            "why": why,
            "instead": instead,
            "original": "" if reason == "answer_relayed" else trigger.text,
        },
    )
    event = Event(name="receipt_given", cause="message", reason=reason)
    return Decision(reason=reason, events=(event,), letters=(letter,))
