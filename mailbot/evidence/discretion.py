"""
What of a case its customer and the ombudsman may see, and why the rest is left out.

Nothing is hidden in silence: whatever is left out is named, with its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mailbot.cases.firm import Firm
from mailbot.cases.reference import find
from mailbot.mail.message import Kind
from mailbot.mail.signed_ids import Keyring
from mailbot.store.tables import MessageRow, OutboxRow

#: Events of which a customer may read.
OPEN = frozenset(
    {
        *("case_opened", "acknowledgement_withheld", "assigned", "message_joined"),
        *("automatic_message_noted", "message_held", "message_released", "message_rejected"),
        *("message_filed", "answer_relayed", "files_passed_on", "direct_mail_filed"),
        *("need_recorded", "telephone_call", "contact_agreed", "interval_agreed"),
        *("post_preferred", "email_preferred", "letter_to_be_posted", "letter_posted"),
        *("detail_corrected", "party_added", "party_changed", "party_removed", "case_merged"),
        *("case_absorbed", "deadline_brought_forward", "case_released", "case_rejected"),
        *("follow_up_decided", "contact_missed", "confirmation_asked_again", "not_confirmed"),
        *("letter_superseded", "rights_letter_decided", "deadline_recalculated"),
        *("obligation_met", "obligation_met_late", "obligation_breached"),
        *("obligation_withdrawn", "obligation_opened_again", "letter_refused", "letter_expired"),
        *("letter_declared_failed", "letter_declared_sent", "letter_bounced", "letter_found"),
        *("outcome_sent", "outcome_lost", "outcome_arrived", "case_closed", "case_reopened"),
        *("escalated", "escalation_at_the_top", "deadlock_declared", "judged_not_a_complaint"),
        *("judged_not_eligible", "judged_eligible", "credit_agreed", "credit_applied"),
        *("data_protection_clock", "access_requested", "case_anonymised"),
        *("party_anonymised",),
    }
)

#: Those that are among the firm's people alone, and what each of them is.
_NOTE, _REMINDER, _PROOF = "note", "reminder", "question or receipt"
AMONG_US: Mapping[str, str] = {
    "note_filed": _NOTE,
    "warning_decided": _REMINDER,
    "alarm_raised": _REMINDER,
    "receipt_given": _PROOF,
    "token_spent": _PROOF,
    "command_to_be_confirmed": _PROOF,
    "command_not_meant": _PROOF,
    "contact_to_be_confirmed": _PROOF,
    "command_refused": _PROOF,
    "files_not_passed_on": _PROOF,
    "letter_written_again": _PROOF,
    "absence_recorded": _PROOF,
    "absence_ended": _PROOF,
    "mail_paused": _PROOF,
    "mail_resumed": _PROOF,
    "clock_resumed": _PROOF,
    "mail_anonymised": _PROOF,
}

WHY_AMONG_US: Mapping[str, str] = {
    _NOTE: "internal notes, for our own people alone",
    _REMINDER: "reminders to our own people that a promise was running out",
    _PROOF: "questions, receipts and secret addresses between mailbot and our own people",
}

#: Open events in which somebody of the firm may have added words for the others alone.
_WORDS_AMONG_US = frozenset({"escalated"})

WHY_NOT_THE_WORDS = (
    "what our people wrote to each other about it; that it happened is in the history"
)

#: Letters that go to the firm's own people.
TO_STAFF = frozenset(
    {
        *("assignment", "customer-reply", "warning", "breach", "receipt", "confirm-command"),
        *("task", "held", "digest"),
    }
)

#: What was decided of a handler's mail that the customer has: we got a copy.
_STRAIGHT_TO_THE_CUSTOMER = "written_directly"

_TO_US = "mail to one of our own people"
_FROM_US = "mail from one of our own people to mailbot"
_OTHERS = "it names the case of another customer"
NOT_WHOLE = (
    "it holds an address or an id by which somebody could act as one of our people: its words"
    " are shown without it, and the mail itself is left out"
)


@dataclass(frozen=True, kw_only=True)
class Discretion:
    """
    Who looks: with *is_internal* somebody who may see what the firm's people say among
    themselves. Nobody is shown what would let them act as one of them.
    """

    firm: Firm
    keyring: Keyring
    #: The serials of the case and of those that became part of it.
    serials: frozenset[int]
    is_internal: bool = False

    def why_not_event(self, event: str, about: str) -> str:
        """
        What sort of entry among ourselves an event is; "" = it may be seen.
        """
        if self.is_internal:
            return ""
        if event not in OPEN:
            return AMONG_US.get(event, _PROOF)
        return _PROOF if about in TO_STAFF else ""

    def shows_words(self, event: str, cause: str) -> bool:
        """
        Whether what an open event is about may be seen, too.
        """
        return self.is_internal or event not in _WORDS_AMONG_US or not cause.startswith("command")

    def why_not_mail(self, row: MessageRow | OutboxRow) -> str:
        """
        Why a mail is left out, by what is known of it without its octets; "" = it is not.
        """
        if self.is_internal:
            return ""
        if isinstance(row, OutboxRow):
            return _TO_US if row.to_staff else ""
        if row.decision == _STRAIGHT_TO_THE_CUSTOMER:
            return ""
        is_ours = row.kind == Kind.STAFF or self.firm.people.by_address(row.sender) is not None
        return _FROM_US if is_ours else ""

    def why_not_words(self, row: MessageRow | OutboxRow, text: str) -> str:
        """
        The same by its words: what our people write among themselves may be about others.
        """
        is_among_us = row.to_staff if isinstance(row, OutboxRow) else row.kind == Kind.STAFF
        if not is_among_us:
            return ""
        named = find(text, self.firm.reference_prefix).serials
        return _OTHERS if set(named) - self.serials else ""

    def is_among_us(self, row: MessageRow, words: tuple[bytes, ...]) -> bool:
        """
        Whether a machine's message is about mail among our people: it may quote any of it.
        """
        is_a_machines = row.kind not in {Kind.PERSON, Kind.SPAM, Kind.STAFF}
        return is_a_machines and not self.is_internal and self.holds_a_secret(words)

    def holds_a_secret(self, words: tuple[bytes, ...]) -> bool:
        return any(map(self.keyring.names_staff, words))

    def without_secrets(self, text: str) -> str:
        return self.keyring.without_staff_secrets(text)
