"""
A mail of one of our people: what it is there for, what proves that they wrote it, and
whether that is enough.

    who answers in time, to their own reply address     answers and light commands
    our own mail system, or a yes to a fresh mail       everything
    a From line                                         #help and #status, no more
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from mailbot.cases.commands.reading import command_lines
from mailbot.cases.correspondence.frame import bare, body_of
from mailbot.cases.people.handlers import Handler
from mailbot.mail.message import InboundMessage
from mailbot.mail.quoting.forwarded import Forwarded
from mailbot.mail.reading.alternatives import says_all_of

#: A reply address is believed this long.
TOKEN_LIFE = timedelta(days=30)

#: Only answers to these staff mails can go to the customer.
RELAYED_PURPOSES = frozenset({"assignment", "customer-reply"})

#: The mail that asks whether something is meant.
ASKS_TO_CONFIRM = "confirm-command"

#: So many mails an hour that nothing proves may cause one to the handler in whose name
#: they come; more of them wait in the held list alone.
MOST_UNPROVED = 10

#: So many receipts a day, and whatever would bring one more waits in the held list: a
#: machine may be answering each.
MOST_RECEIPTS = 100


class Proof(IntEnum):
    """
    What shows that they wrote it. Larger is stronger.
    """

    FROM_LINE = 0
    REPLY_ADDRESS = 1
    MAIL_SYSTEM = 2
    #: A yes to a fresh mail to the address in handlers.toml, or the word of a named person.
    CONFIRMED = 3


class Wants(StrEnum):
    """
    What a staff mail is there for.
    """

    CONFIRMATION = "confirmation"  # it answers whether something is meant
    TELLING = "telling"  # #help or #status: it changes nothing
    ERRAND = "errand"  # a command that is about no case, or about held mail
    COMMANDS = "commands"  # commands on a case
    FORWARD = "forward"  # it passes a customer's mail on
    DIRECT = "direct"  # it went straight to the customer, and to us as a copy
    ANSWER = "answer"  # words for the customer


@dataclass(frozen=True, kw_only=True)
class StaffToken:
    """
    The staff mail that a message answers, as it was issued: by its reply address, or,
    where only its id says so, *by_address* is false and it proves nothing.
    """

    nonce: str
    serial: int | None
    handler_email: str
    purpose: str
    issued_at: datetime
    is_spent: bool
    by_address: bool = True
    #: The number of the held message that it is about.
    held_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class StaffMail:
    """
    All that is known of such a mail before anybody decides.
    """

    writer: Handler
    message: InboundMessage
    #: What makes the letters that it causes unique.
    occasion: str
    #: Their new words alone.
    text: str
    wants: Wants
    #: Why those may not be all, or not be meant (`doubt`); "" = nothing speaks against them.
    in_doubt: str = ""
    proof: Proof = Proof.FROM_LINE
    #: By which rule it is not proved; "" = it is.
    why_not: str = ""
    #: Whether the handler can be asked by a fresh mail instead (`staff_proof`).
    may_be_asked: bool = True
    #: What our own mail host says of it; "" = it is not asked.
    host_verdict: str = ""
    #: The staff mail that it answers.
    answers: StaffToken | None = None
    #: The case that it is about.
    serial: int | None = None
    #: Whether it names more than one, each as well as the other.
    is_ambiguous: bool = False
    #: Whether the same was said before in answer to the same staff mail.
    is_replay: bool = False
    #: Whether its Subject says that something is passed on, to whomever.
    is_titled_as_a_forward: bool = False
    #: Whether answers come back to the bare service address (`plus_addressing`).
    answers_need_no_address: bool = False
    #: Recipients outside the firm: they have seen the staff address.
    outsiders: frozenset[str] = frozenset()
    passed_on: tuple[Forwarded, ...] = ()
    #: How many mails went to that handler within the hour for want of any proof.
    unproved_lately: int = 0
    #: How many receipts they got within a day.
    receipts_lately: int = 0

    @property
    def is_a_reply_to_us(self) -> bool:
        """
        Whether its words can be meant for the customer: an answer to where our mail asks
        for it. A thread alone is kept by forwards and by mail to others, too.
        """
        if self.answers is None or self.is_titled_as_a_forward:
            return False
        return self.answers.by_address or (self.answers_need_no_address and not self.outsiders)

    @property
    def held_id(self) -> int | None:
        """
        The held message that the answered mail is about.
        """
        return self.answers.held_id if self.answers else None


def why_not(token: StaffToken | None, writer: Handler, received_at: datetime) -> str:
    """
    Why the reply address that a mail came to proves nothing; "" = it proves that it is
    *writer*'s.
    """
    if token is None or not token.by_address:
        return NOT_PROVED
    if token.handler_email.lower() not in writer.addresses:
        return "token_of_another_handler"
    if token.is_spent:
        return "token_is_spent"
    return "token_has_expired" if received_at - token.issued_at > TOKEN_LIFE else ""


#: Nothing but the From line says who wrote it.
NOT_PROVED = "staff_not_proved"


def wants(
    text: str,
    answers: StaffToken | None,
    passed_on: tuple[Forwarded, ...],
    *,
    goes_to_the_customer: bool,
    has_a_case: bool,
) -> Wants:
    """
    What a mail with these new words is there for.
    """
    if answers and answers.purpose == ASKS_TO_CONFIRM:
        return Wants.CONFIRMATION
    ordered = command_lines.words(text)
    if ordered:
        return _ordered(text, ordered, answers, has_a_case=has_a_case)
    if passed_on:
        return Wants.FORWARD
    if goes_to_the_customer:
        return Wants.DIRECT
    return Wants.ANSWER


def _ordered(
    text: str, ordered: tuple[str, ...], answers: StaffToken | None, *, has_a_case: bool
) -> Wants:
    is_about_held_mail = bool(answers and answers.held_id) or command_lines.names_held_mail(text)
    is_errand = bool(set(ordered) & command_lines.ABOUT_NO_CASE) or (
        bool(set(ordered) & command_lines.ABOUT_HELD_MAIL) and is_about_held_mail
    )
    if is_errand:
        return Wants.ERRAND
    if set(ordered) <= command_lines.TELLING:
        return Wants.TELLING
    return Wants.COMMANDS if has_a_case else Wants.ERRAND


#: What `doubt` says of a mail.
DOUBTS = frozenset({"parts_disagree", "sealed_smime", "sealed_pgp", "sealed_outlook"})


def doubt(message: InboundMessage, text: str, other_text: str) -> str:
    """
    Why the new words of such a mail are not to be acted on: they cannot be read, or the
    other version of it has other ones (*other_text*). "" = nothing speaks against it.
    """
    if message.sealed:
        return f"sealed_{message.sealed}"
    # Where a client quotes us in one version and not in the other, their own words may agree.
    is_said_twice = says_all_of(text, other_text) and says_all_of(other_text or text, text)
    return "parts_disagree" if message.parts_disagree and not is_said_twice else ""


def needs_a_yes(text: str, proof: Proof) -> bool:
    """
    Whether commands with that proof wait until the handler has answered a fresh mail.
    """
    if proof >= Proof.MAIL_SYSTEM or set(command_lines.words(text)) <= command_lines.TELLING:
        return False
    return proof is Proof.FROM_LINE or bool(command_lines.grave(text))


def is_meant(text: str) -> bool | None:
    """
    What the answer to the question says, greeting and signature aside: yes, no, or None
    for anything else.
    """
    paragraphs = [each for each in re.split(r"\n\s*\n", text.strip()) if each.strip()]
    # Their mail program may hang a signature on it, of any length: the first words count.
    first, rest = paragraphs[:1], paragraphs[1:]
    if any("?" in each or _TAKES_BACK.match(each.strip()) for each in rest):
        return None
    said = bare(body_of("\n".join(first)))
    if said in _MEANT:
        return True
    return False if said in _NOT_MEANT else None


_TAKES_BACK = re.compile(
    r"(but|no|not|yes|except|only|however|wait|unless|actually)\b", re.IGNORECASE
)

#: The first words of an answer that confirms, in English and in Welsh.
_MEANT = frozenset(
    {
        *("yes", "yes i did", "yes please", "yes thanks", "yes thank you", "yep", "confirm"),
        *("confirmed", "ok", "okay", "ydw", "ie"),
    }
)
_NOT_MEANT = frozenset(
    {
        *("no", "nope", "no i did not", "no i didn t", "no thanks", "no thank you", "reject"),
        *("na", "nac ydw", "nage"),
    }
)
