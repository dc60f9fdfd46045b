"""
What is to be done with a message before any case looks at it: open one, join
one, relay it, hold it for a person, or only file it.
"""

from dataclasses import dataclass
from enum import StrEnum

from mailbot.cases.commands.reading.grammar import are_known
from mailbot.cases.firm import Firm
from mailbot.cases.identity.match import Match
from mailbot.cases.identity.staff_mail import (
    MOST_RECEIPTS,
    MOST_UNPROVED,
    NOT_PROVED,
    RELAYED_PURPOSES,
    Proof,
    StaffMail,
    Wants,
    is_meant,
)
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import (
    IN_DOUBT,
    Classification,
    declares_an_answer,
    says_it_answers,
)
from mailbot.mail.origin.robots import is_titled_as_an_absence, tells_of_an_absence
from mailbot.mail.quoting.new_text import new_text

#: The reason of a further message begins so; the evidence follows.
JOINED = "joined_by_"

#: Header fields that people's own programs write, too.
_ASKED_BY_PEOPLE_TOO = frozenset({"response_suppressed", "loop_field"})

#: What people's mail may have, too: clients that want no automatic answer, lists in between.
_LEAVES_A_PERSON = frozenset({"response_suppressed", "list_field", "old_list_field", "precedence"})

#: It answers the question whether something is meant.
CONFIRMATION = "confirmation"

#: The form of our web site, the voicemail, a scanner: whoever is allowed to writes in our
#: name, and a person's words may stand in it.
IN_OUR_NAME = "our_address"

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
    ERRAND = "errand"  # what one of our people wants beside any case
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


def triage(
    message: InboundMessage,
    classification: Classification,
    match: Match,
    staff: StaffMail | None,
    firm: Firm,
) -> Triage:
    """
    What to do with *message*; *staff* is what is known of it where one of our people is
    said to have written it.
    """
    if firm.is_from_before_answers(message.received_at):
        return Triage(Action.FILE, "before_answer_from")
    match classification.kind:
        case Kind.STAFF:
            return _staff(staff)
        case Kind.PERSON | Kind.SPAM:
            return _person(message, classification, match)
        case _:
            return _automatic(message, classification, match, firm)


def hides_somebody(classification: Classification) -> bool:
    """
    Whether behind one address somebody else may write each time: a form, a voicemail, a
    share. A list names who writes, and what is in doubt is its sender's own.
    """
    is_a_systems = classification.kind in {Kind.NO_REPLY, Kind.AUTO_REPLY}
    is_a_systems |= classification.rule == IN_OUR_NAME
    # Such a list comes each day, and says itself who has written.
    is_a_systems &= classification.rule != "quarantine_list"
    return is_a_systems and classification.rule not in IN_DOUBT


def released(
    complainant: Address | None,
    classification: Classification,
    match: Match,
    staff: StaffMail | None,
    release: Vouched,
) -> Triage:
    """
    What to do with held mail that a person has released, and that would be *complainant*'s;
    it stays held where even their word leaves open what it is, and the reason says what
    is missing.
    """
    if classification.kind is Kind.STAFF:
        return _staff(staff)
    serial = release.serial or match.serial
    if serial is not None:
        return Triage(Action.JOIN, "released")
    if complainant is None:
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
        if _is_a_partys_answer(message, classification, match):
            return Triage(Action.JOIN, JOINED + match.evidence.label)
        return Triage(Action.NOTE, classification.rule)
    if classification.kind in _FORMS and _answers_for_staff(message, firm):
        return Triage(Action.FILE, classification.rule)
    # A robot that answers nothing may carry somebody's words: a web form, a list.
    starts_a_thread = not (message.in_reply_to or message.references)
    is_a_robots = classification.kind in _FORMS and not says_it_answers(message)
    if classification.kind in _MAY_HIDE_A_PERSON or (starts_a_thread and is_a_robots):
        return Triage(Action.HOLD, classification.rule)
    if classification.rule in IN_DOUBT | _ASKED_BY_PEOPLE_TOO:
        return Triage(Action.HOLD, classification.rule)
    if classification.rule == IN_OUR_NAME:
        return Triage(Action.HOLD, classification.rule)
    return Triage(Action.FILE, classification.rule)


def _is_a_partys_answer(
    message: InboundMessage, classification: Classification, match: Match
) -> bool:
    """
    Whether a party answers a mail of ours in their own words, by a way that robots take
    as well. Nothing goes back to them by itself in any case.
    """
    is_away = is_titled_as_an_absence(message) or tells_of_an_absence(message)
    may_be = classification.rule in _LEAVES_A_PERSON and match.is_a_partys
    return may_be and not is_away and bool(new_text(message.text))


def _answers_for_staff(message: InboundMessage, firm: Firm) -> bool:
    """
    Whether it is the absence of one of our people, to a mail of ours that has no case: we
    send them some each day, and nobody has to read that they are away. A form that writes
    in their name says where its writer is answered.
    """
    sender = message.sender
    is_staffs = sender is not None and firm.people.by_address(sender.email) is not None
    is_theirs = is_staffs and message.has_one_sender
    is_elsewhere = _asks_to_answer_elsewhere(message, firm)
    return is_theirs and declares_an_answer(message) and not is_elsewhere


def _asks_to_answer_elsewhere(message: InboundMessage, firm: Firm) -> bool:
    elsewhere = [not firm.is_ours(each.email) for each in message.reply_to]
    return bool(elsewhere) and all(elsewhere)


def _staff(staff: StaffMail | None) -> Triage:
    """
    No one is believed for their From line.
    """
    if staff is None:
        return Triage(Action.HOLD, NOT_PROVED)
    if staff.proof is Proof.FROM_LINE and (why := _held_back(staff)):
        return Triage(Action.HOLD, why)
    if why := _not_acted_on(staff):
        return _only_told(why, staff)
    if staff.proof is not Proof.CONFIRMED and _brings_one_receipt_too_many(staff):
        return Triage(Action.HOLD, "too_many_in_their_name")
    match staff.wants:
        case Wants.CONFIRMATION:
            return Triage(Action.ANSWER_STAFF, CONFIRMATION)
        case Wants.ERRAND | Wants.FORWARD:
            return Triage(Action.ERRAND, staff.wants)
        case Wants.TELLING | Wants.COMMANDS:
            return Triage(Action.RELAY if staff.serial else Action.ERRAND, "staff_command")
        case Wants.DIRECT:
            return Triage(Action.ANSWER_STAFF, "written_directly")
        case Wants.ANSWER:
            return _answer(staff)


def _brings_one_receipt_too_many(staff: StaffMail) -> bool:
    """
    Whether it would only bring one more receipt. What is proved is done all the same: only
    its receipts have a bound (`correspondence/receipt.py`).
    """
    if staff.receipts_lately < MOST_RECEIPTS:
        return False
    if staff.proof is Proof.FROM_LINE:
        return staff.wants is not Wants.ANSWER
    match staff.wants:
        case Wants.COMMANDS | Wants.TELLING | Wants.ERRAND:
            return not are_known(staff.text)
        case Wants.CONFIRMATION:
            return is_meant(staff.text) is None
        case _:
            return False


def _held_back(staff: StaffMail) -> str:
    """
    Why a mail without a proof waits for a person, or "" where its handler is asked, or
    only told what they know.
    """
    if staff.unproved_lately >= MOST_UNPROVED:
        return "too_many_in_their_name"
    if staff.wants is Wants.TELLING and staff.may_be_asked:
        return ""
    if staff.wants in _NEVER_ASKED_ABOUT or not staff.may_be_asked or staff.why_not != NOT_PROVED:
        # A reply address in the wrong hands, too: its owner has to hear of that.
        return staff.why_not
    return ""


#: Words without a proof wait until a person says whose they are.
_NEVER_ASKED_ABOUT = frozenset({Wants.ANSWER, Wants.CONFIRMATION})


def _not_acted_on(staff: StaffMail) -> str:
    """
    Why nothing follows but a receipt, or "".
    """
    if staff.in_doubt:
        return staff.in_doubt
    if staff.proof is Proof.CONFIRMED:
        return ""
    is_words = staff.wants in {Wants.ANSWER, Wants.DIRECT, Wants.CONFIRMATION}
    if is_words and _is_an_absence(staff.message):
        # RFC 3834 §2 by words alone: a machine's sentence must not reach a customer.
        return "reads_like_an_absence"
    return "replayed" if staff.is_replay and staff.wants is not Wants.TELLING else ""


def _answer(staff: StaffMail) -> Triage:
    """
    Words for the customer, from whom they are said to be.
    """
    if staff.proof is Proof.CONFIRMED:
        reason = "released" if staff.serial else "names_no_case"
        return Triage(Action.RELAY if staff.serial else Action.HOLD, reason)
    if staff.answers is None:
        names_none = staff.serial is None
        return _only_told("names_no_case" if names_none else "answers_nothing", staff)
    if staff.serial is None:
        return _only_told("nothing_to_answer", staff)
    if staff.answers.purpose not in RELAYED_PURPOSES:
        return _only_told("not_answerable", staff)
    if not staff.is_a_reply_to_us:
        return _only_told("not_a_reply", staff)
    return Triage(Action.RELAY, "staff_answer")


def _only_told(why: str, staff: StaffMail) -> Triage:
    if staff.receipts_lately >= MOST_RECEIPTS:
        return Triage(Action.HOLD, "too_many_in_their_name")
    return Triage(Action.ANSWER_STAFF, why)


def _is_an_absence(message: InboundMessage) -> bool:
    return is_titled_as_an_absence(message) or tells_of_an_absence(message)
