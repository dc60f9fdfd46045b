"""
What can happen to a case: a message, a staff answer, the clock, the fate of a letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.commands.orders import Command
from mailbot.cases.correspondence.cover import Cover
from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.identity.staff_mail import Proof
from mailbot.cases.obligation import Step
from mailbot.cases.people.handlers import Handler
from mailbot.mail.files.going_along import Files
from mailbot.mail.message import Address, InboundMessage


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """
    How many acknowledgements were decided lately, for the caps.
    """

    address_last_hour: int = 0
    address_last_day: int = 0
    everyone_last_hour: int = 0


@dataclass(frozen=True, kw_only=True)
class CaseOpened:
    """
    A person's first message in a case, or a complaint that staff enter; the case is new.
    """

    message: InboundMessage
    occasion: str
    rule: str
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    #: Open cases by handler address, for the assignment.
    busy: Mapping[str, int] = field(default_factory=dict)
    possible: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    #: Why the body could not be read, if it could not.
    unreadable: str = ""
    #: Who entered it, where it did not come by mail, and by which way it came.
    by: str = ""
    way: str = ""
    #: What was written above it by whoever passed it on.
    cover: Cover | None = None


@dataclass(frozen=True, kw_only=True)
class MessageJoined:
    """
    A further message of a person in a case.
    """

    message: InboundMessage
    occasion: str
    reason: str
    near: tuple[str, ...] = ()
    #: An altered copy of a message that is already here.
    is_altered_copy: bool = False
    #: The text of our mail that it answers; "" = none is known.
    answered: str = ""
    #: What it says to the latest outcome, where it carries signed evidence of it.
    confirmation: Said = Said.ELSE
    #: What was written above it by one of our people who passed it on.
    cover: Cover | None = None


@dataclass(frozen=True, kw_only=True)
class MessageNoted:
    """
    A machine's message that belongs to the case and changes nothing.
    """

    kind: str
    reason: str
    occasion: str = ""
    #: The message itself, where somebody's words may stand in it.
    message: InboundMessage | None = None


@dataclass(frozen=True, kw_only=True)
class StaffAnswered:
    """
    A handler's mail in a case. *text* is their new words only.
    """

    message: InboundMessage
    occasion: str
    writer: Handler
    text: str
    may_relay: bool
    reason: str
    #: The attachments, each with whether a customer may have it.
    files: Files = field(default_factory=Files)
    #: Recipients outside the firm, the customer included: they have seen the staff address.
    went_to: frozenset[str] = frozenset()
    #: Whether they have seen its reply address, which is spent by that.
    is_exposed: bool = False
    #: The template of the letter that waits to be posted, where they answer its task.
    about: str = ""
    #: What shows that they wrote it.
    proof: Proof = Proof.REPLY_ADDRESS
    #: Open cases by handler address, where commands may need it.
    busy: Mapping[str, int] = field(default_factory=dict)
    #: The cases that the commands name, by reference.
    others: Mapping[str, Case] = field(default_factory=dict)
    #: How many receipts they got within a day.
    receipts_lately: int = 0


@dataclass(frozen=True, kw_only=True)
class CommandsGiven:
    """
    What a named person orders, by mail or on the command line. *said_at* is when
    they said it: that is the instant of the evidence.
    """

    commands: tuple[Command, ...]
    by: str
    occasion: str
    said_at: datetime
    #: Who gets the receipt; None on the command line.
    writer: Handler | None = None
    in_reply_to: str | None = None
    busy: Mapping[str, int] = field(default_factory=dict)
    #: The letter whose task is answered, by its template.
    about: str = ""
    #: The cases that the commands name, by reference.
    others: Mapping[str, Case] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CaseAbsorbed:
    """
    Another case, as it stood, has become part of this one.
    """

    other: Case
    by: str
    occasion: str


@dataclass(frozen=True, kw_only=True)
class RecalculationAsked:
    """
    What is still owed shall run by the present rules.
    """

    by: str


@dataclass(frozen=True, kw_only=True)
class ClockStruck:
    """
    The steps of one case that are due now, oldest first.
    """

    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class LetterAccepted:
    """
    The next hop took a letter: the evidence that promises are met by.
    """

    template: str
    recipient: str
    at: datetime
    evidence: str
    cause: str = "delivery"
    #: The occasion of a later letter of the same template that has not failed; "" = none.
    followed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class LetterFailed:
    """
    A letter is final without having reached anyone: refused, expired or bounced, or
    so says a person.
    """

    template: str
    to: Address
    to_staff: bool
    occasion: str
    outcome: str
    reason: str
    #: Its own Message-ID: the promise that it was evidence of says so.
    message_id: str = ""
    cause: str = "delivery"
    #: The occasion of a later letter of the same template that has not failed; "" = none.
    followed_by: str = ""
    #: Its octets: what did not arrive by mail may go by post.
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class LetterWaits:
    """
    One recipient's server has refused a letter for a day, in words that leave it open
    whether it will take it yet. It is tried on.
    """

    template: str
    to: Address
    to_staff: bool
    occasion: str
    reason: str


Trigger = (
    CaseOpened
    | MessageJoined
    | MessageNoted
    | StaffAnswered
    | CommandsGiven
    | CaseAbsorbed
    | RecalculationAsked
    | ClockStruck
    | LetterAccepted
    | LetterFailed
    | LetterWaits
)
