"""
What proves an event or a kept promise: which mail came, which letter went, and who
accepted it.

Nothing is stored for this: what is decided together is recorded at one instant, so
the rows of a case find each other by it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailbot.cases.letter import KEEPS
from mailbot.cases.life.opening import PASSED_ON
from mailbot.cases.wording import account
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.dossier.papers import Papers
from mailbot.mail.message import Kind
from mailbot.store.tables import EventRow, MessageRow, ObligationRow, OutboxRow

#: event -> the letters that are written with it
WRITES: Mapping[str, frozenset[str]] = {
    "case_opened": frozenset({"acknowledgement"}),
    "acknowledgement_withheld": frozenset({"acknowledgement", "task"}),
    "assigned": frozenset({"introduction", "assignment"}),
    "message_joined": frozenset({"customer-reply"}),
    "automatic_message_noted": frozenset({"customer-reply"}),
    "answer_relayed": frozenset({"handler-reply"}),
    "receipt_given": frozenset({"receipt"}),
    "command_refused": frozenset({"receipt"}),
    "command_not_meant": frozenset({"receipt"}),
    "token_spent": frozenset({"assignment"}),
    "telephone_call": frozenset({"call-summary"}),
    "contact_agreed": frozenset({"contact-agreed"}),
    "letter_to_be_posted": frozenset({"task"}),
    "case_absorbed": frozenset({"task"}),
    "case_released": frozenset({"acknowledgement", "introduction", "adr-rights"}),
    "command_to_be_confirmed": frozenset({"confirm-command"}),
    "detail_corrected": frozenset({"correction"}),
    "warning_decided": frozenset({"warning"}),
    "alarm_raised": frozenset({"task"}),
    "follow_up_decided": frozenset({"follow-up"}),
    "contact_missed": frozenset({"contact-missed"}),
    "confirmation_asked_again": frozenset({"confirm-reminder"}),
    "letter_superseded": frozenset({"task"}),
    "rights_letter_decided": frozenset({"adr-rights"}),
    "obligation_breached": frozenset({"breach"}),
    "letter_refused": frozenset({"task"}),
    "letter_expired": frozenset({"task"}),
    "letter_bounced": frozenset({"task"}),
    "letter_declared_failed": frozenset({"task"}),
    "outcome_sent": frozenset({"outcome"}),
    "case_closed": frozenset({"closed"}),
    "case_reopened": frozenset({"reopened"}),
    "escalated": frozenset({"escalated", "assignment"}),
    "escalation_at_the_top": frozenset({"task"}),
    "deadlock_declared": frozenset({"deadlock"}),
    "judged_not_a_complaint": frozenset({"not-complaint"}),
    "credit_agreed": frozenset({"credit"}),
    "credit_applied": frozenset({"credit"}),
}

#: Letters by which a person was in touch with the customer.
_OF_A_PERSON = frozenset(
    {"handler-reply", "call-summary", "contact-agreed", "outcome", "closed", "deadlock"}
)

#: Events that a handler's own mail causes.
_BY_STAFF = frozenset({"answer_relayed", "receipt_given", "token_spent"})

#: What the evidence of a promise says of a letter of ours.
_ACCEPTED = re.compile(r"[\w-]+ accepted, (?P<message_id>\S+)(?: \([\w-]+\))?")


@dataclass(frozen=True, kw_only=True)
class Proof:
    """
    The mail that came, the letters that went, and who or what brought it about, in words.
    """

    by: str = ""
    messages: tuple[MessageRow, ...] = ()
    letters: tuple[OutboxRow, ...] = ()


def of_event(event: EventRow, papers: Papers) -> Proof:
    """
    What came and what went at that event.
    """
    return Proof(
        by=account.cause(event.cause),
        messages=tuple(each for each in papers.messages if _caused(each, event)),
        letters=tuple(each for each in papers.letters if _belongs(each, event)),
    )


def _caused(message: MessageRow, event: EventRow) -> bool:
    """
    Whether the event was recorded with the message.
    """
    if event.at != message.recorded_at:
        return False
    if event.event == "case_opened" and event.reason == PASSED_ON:
        return message.decision == PASSED_ON
    if account.who(event.cause) or event.event in _BY_STAFF:
        return message.kind == Kind.STAFF
    if event.event == "automatic_message_noted":
        return message.kind == event.about
    if event.event == "message_joined" and event.about:
        return message.sender == event.about
    return event.cause == "message" and message.kind in {Kind.PERSON, Kind.SPAM, Kind.STAFF}


def _belongs(letter: OutboxRow, event: EventRow) -> bool:
    if event.cause == "delivery" and event.event.startswith("obligation_met"):
        return event.reason in KEEPS.get(letter.template, ()) and letter.accepted_at == event.at
    if event.cause == "delivery" and (letter.template, letter.status) == (
        event.about,
        event.reason,
    ):
        # The letter that did not arrive; the task about it follows below.
        return True
    if letter.created_at != event.at or letter.template not in WRITES.get(event.event, ()):
        return False
    # What the clock writes carries the name of its promise.
    return event.reason not in PROMISES or letter.occasion.startswith(f"{event.reason}.")


def of_promise(obligation: ObligationRow, papers: Papers) -> Proof:
    """
    What ended a promise; nothing while it is owed.
    """
    if named := _ACCEPTED.fullmatch(obligation.evidence):
        letters = (each for each in papers.letters if each.message_id == named["message_id"])
        return Proof(by=account.cause("delivery"), letters=tuple(letters))
    event = next(_ends(obligation, papers.events), None)
    if event is None:
        return Proof()
    return Proof(
        by=account.cause(event.cause),
        messages=tuple(each for each in papers.messages if _caused(each, event)),
        letters=tuple(
            each
            for each in papers.letters
            if each.created_at == event.at and each.template in _OF_A_PERSON
        )
        if obligation.state in {"met", "met_late"}
        else (),
    )


def _ends(obligation: ObligationRow, events: Iterable[EventRow]) -> Iterator[EventRow]:
    """
    The events by which it can have ended: evidence is older than its record.
    """
    if obligation.settled_at is None:
        return iter(())
    since = obligation.settled_at
    wanted = (f"obligation_{obligation.state}", obligation.promise)
    return (each for each in events if (each.event, each.reason) == wanted and each.at >= since)
