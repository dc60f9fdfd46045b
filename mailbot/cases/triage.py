"""
What is to be done with a message before any case looks at it: open one, join
one, relay it, hold it for a person, or only file it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.cases.firm import Firm
from mailbot.cases.match import Match
from mailbot.mail.classify import IN_DOUBT, Classification, says_it_answers
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.robots import is_titled_as_an_absence, tells_of_an_absence

#: The reason of a further message begins so; the evidence follows.
JOINED = "joined_by_"

#: A staff token is believed this long.
TOKEN_LIFE = timedelta(days=30)

#: Only answers to these staff mails can go to the customer.
RELAYED_PURPOSES = frozenset({"assignment", "customer-reply"})

#: Header fields that people's own programs write, too.
_ASKED_BY_PEOPLE_TOO = frozenset({"response_suppressed", "loop_field"})

#: The mail that asks whether a grave command is meant.
ASKS_TO_CONFIRM = "confirm-command"
CONFIRMATION = "confirmation"

#: A list or a form may stand between a person and us; these are never simply filed.
_MAY_HIDE_A_PERSON = frozenset({Kind.LIST, Kind.NO_REPLY})

#: What a web form's robot looks like.
_FORMS = frozenset({Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE})

#: Behind these somebody may have written words that the handler has to see.
SHOWN = _MAY_HIDE_A_PERSON | _FORMS


class Action(StrEnum):
    OPEN = "open"  # a case of its own
    JOIN = "join"  # a customer's further message in a case
    NOTE = "note"  # filed in a case, without effect
    RELAY = "relay"  # a handler's answer, on its way to the customer
    ANSWER_STAFF = "answer_staff"  # filed; the handler gets a receipt
    HOLD = "hold"  # waits for a person
    FILE = "file"  # recorded without a case


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """
    A person's word on held mail: it goes on, in the case *serial* if they named one.
    """

    by: str
    serial: int | None = None


@dataclass(frozen=True)
class Triage:
    """
    What to do, and by which rule.
    """

    action: Action
    reason: str

    @property
    def silence(self) -> str:
        """
        Why the sender gets no automatic answer, by name; "" where one is due, or
        where the words go on to the customer.
        """
        if self.action in {Action.OPEN, Action.RELAY}:
            return ""
        is_further = self.action is Action.JOIN and self.reason.startswith(JOINED)
        return "acknowledged_before" if is_further else self.reason


@dataclass(frozen=True, kw_only=True)
class StaffToken:
    """
    A verified staff token in the addresses of a message, as issued.
    """

    nonce: str
    serial: int | None
    handler_email: str
    purpose: str
    issued_at: datetime
    is_spent: bool


def triage(
    message: InboundMessage,
    classification: Classification,
    match: Match,
    token: StaffToken | None,
    firm: Firm,
) -> Triage:
    """
    What to do with *message*; *token* is the staff token it was sent to, if any.
    """
    first_day = firm.rulebook.intake.answer_from
    if first_day and firm.calendar.local_day(message.received_at) < first_day:
        return Triage(Action.FILE, "before_answer_from")
    match classification.kind:
        case Kind.STAFF:
            return _staff(message, token, firm)
        case Kind.PERSON | Kind.SPAM:
            return _person(message, classification, match)
        case _:
            return _automatic(message, classification, match, firm)


def released(
    message: InboundMessage,
    classification: Classification,
    match: Match,
    token: StaffToken | None,
    release: Vouched,
) -> Triage:
    """
    What to do with held mail that a person has released; it stays held where even
    their word leaves open what it is, and the reason says what is missing.
    """
    serial = release.serial or match.serial
    if classification.kind is Kind.STAFF:
        serial = release.serial or (token.serial if token else None) or match.serial
        return Triage(Action.RELAY, "released") if serial else Triage(Action.HOLD, "names_no_case")
    if serial is not None:
        return Triage(Action.JOIN, "released")
    if message.sender is None:
        return Triage(Action.HOLD, "no_sender")
    if match.is_ambiguous:
        return Triage(Action.HOLD, "names_several_cases")
    return Triage(Action.OPEN, "released")


def _person(message: InboundMessage, classification: Classification, match: Match) -> Triage:
    if message.sender is None:
        return Triage(Action.HOLD, "no_sender")
    if match.is_ambiguous:
        return Triage(Action.HOLD, "names_several_cases")
    if match.serial is not None:
        return Triage(Action.JOIN, JOINED + match.evidence.label)
    return Triage(Action.OPEN, classification.rule)


def _automatic(
    message: InboundMessage, classification: Classification, match: Match, firm: Firm
) -> Triage:
    """
    RFC 3834 §2: a machine is not answered. That is never silence towards the firm.
    """
    if match.serial is not None:
        return Triage(Action.NOTE, classification.rule)
    # A robot that answers nothing may carry somebody's words: a web form, a list.
    starts_a_thread = not (message.in_reply_to or message.references)
    is_a_robots = classification.kind in _FORMS and not says_it_answers(message)
    if classification.kind in _MAY_HIDE_A_PERSON or (starts_a_thread and is_a_robots):
        return Triage(Action.HOLD, classification.rule)
    if classification.rule in IN_DOUBT | _ASKED_BY_PEOPLE_TOO:
        return Triage(Action.HOLD, classification.rule)
    if classification.rule == "our_address" and _asks_to_answer_elsewhere(message, firm):
        # The form of our own web site, in the name of the mailbox.
        return Triage(Action.HOLD, classification.rule)
    return Triage(Action.FILE, classification.rule)


def _asks_to_answer_elsewhere(message: InboundMessage, firm: Firm) -> bool:
    answer_to = " ".join(message.values("reply-to")).lower()
    own = {each.lower() for each in firm.own_addresses}
    return "@" in answer_to and not any(each in answer_to for each in own)


def _staff(message: InboundMessage, token: StaffToken | None, firm: Firm) -> Triage:
    """
    No one is believed for their From line: the token issued to that handler is the proof.
    """
    writer = firm.people.by_address(message.sender.email) if message.sender else None
    if writer is None or token is None:
        return Triage(Action.HOLD, "staff_not_proved")
    if token.handler_email.lower() not in writer.addresses:
        return Triage(Action.HOLD, "token_of_another_handler")
    if token.is_spent:
        return Triage(Action.HOLD, "token_is_spent")
    if message.received_at - token.issued_at > TOKEN_LIFE:
        return Triage(Action.HOLD, "token_has_expired")
    if token.serial is None:
        return Triage(Action.ANSWER_STAFF, "nothing_to_answer")
    if is_titled_as_an_absence(message) or tells_of_an_absence(message):
        # RFC 3834 §2 by words alone: a machine's sentence must not reach a customer.
        return Triage(Action.ANSWER_STAFF, "reads_like_an_absence")
    if token.purpose == ASKS_TO_CONFIRM:
        return Triage(Action.ANSWER_STAFF, CONFIRMATION)
    if token.purpose not in RELAYED_PURPOSES:
        return Triage(Action.ANSWER_STAFF, "not_answerable")
    return Triage(Action.RELAY, "staff_answer")
