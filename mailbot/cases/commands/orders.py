"""
What staff can order, as values: one class a command.

`cases/commands/reading/grammar.py` reads them from text, `cases/commands/carry_out.py` decides what follows.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mailbot.cases.rulebook.lengths import Within


class Misspoken(ValueError):  # noqa: N818 - the speaker's fault, and it says what to write
    """
    A command that cannot be carried out as written; str() says what to write instead.
    """


class Channel(StrEnum):
    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"


class Way(StrEnum):
    """
    How a complaint reached the firm other than by mail to the service address.
    """

    TELEPHONE = "telephone"
    FAX = "fax"
    LETTER = "letter"
    ACCOUNT_MANAGER = "account manager"


class Detail(StrEnum):
    """
    What can be corrected of the customer.
    """

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Contact:
    at: datetime


@dataclass(frozen=True)
class Call:
    text: str


@dataclass(frozen=True)
class Every:
    interval: Within


@dataclass(frozen=True)
class Outcome:
    text: str


@dataclass(frozen=True)
class Close:
    """
    A confirmation given elsewhere: by which channel, by whom, when.
    """

    channel: Channel
    who: str
    at: datetime


@dataclass(frozen=True)
class Reopen:
    why: str


@dataclass(frozen=True)
class Escalate:
    why: str


@dataclass(frozen=True)
class Deadlock:
    text: str


@dataclass(frozen=True)
class NotComplaint:
    why: str


@dataclass(frozen=True)
class Complaint:
    why: str


@dataclass(frozen=True)
class Assign:
    """
    A name, an address, or `department:NAME`.
    """

    to: str


@dataclass(frozen=True)
class Credit:
    amount: Decimal
    #: The first day of the invoice month.
    month: date


@dataclass(frozen=True)
class CreditApplied:
    pass


@dataclass(frozen=True)
class Need:
    text: str


@dataclass(frozen=True)
class NotEligible:
    reason: str


@dataclass(frozen=True)
class Eligible:
    pass


@dataclass(frozen=True)
class DataProtection:
    pass


@dataclass(frozen=True)
class SubjectAccess:
    """
    The customer asks for a copy of their data; *text* is what the manager should know of it.
    """

    text: str = ""


@dataclass(frozen=True)
class Post:
    """
    Letters from now on, to that address if one is given: a line of the envelope each.
    """

    address: tuple[str, ...] = ()


@dataclass(frozen=True)
class Email:
    """
    Mails again.
    """


@dataclass(frozen=True)
class Posted:
    """
    A letter has gone into the post: the one of that template, "all", or "" for the
    only one there is.
    """

    which: str = ""


@dataclass(frozen=True)
class Correct:
    detail: Detail
    value: str


@dataclass(frozen=True)
class AddParty:
    """
    Somebody else has that role from now on, and gets copies of the letters or does not.
    """

    email: str
    role: str
    gets_copies: bool = False


@dataclass(frozen=True)
class RemoveParty:
    """
    Whoever has that address is a stranger to the case again.
    """

    email: str


@dataclass(frozen=True)
class Merge:
    """
    The reference of the case that this one goes into.
    """

    into: str


@dataclass(frozen=True)
class Open:
    """
    A complaint that came another way than by mail, as somebody of the firm enters it.
    """

    way: Way
    received_at: datetime
    name: str
    text: str
    email: str = ""
    phone: str = ""
    address: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """
    What was kept in may go on: a case under a verdict, or the held message of that number.
    """

    held_id: int | None = None


@dataclass(frozen=True)
class Reject:
    """
    What was kept in is not for us: a case under a verdict, or the held message of that number.
    """

    held_id: int | None = None


@dataclass(frozen=True)
class FileIn:
    """
    `#case`: the held message belongs to the case of that reference.
    """

    reference: str
    held_id: int | None = None


@dataclass(frozen=True)
class Away:
    """
    Who is not in, by name or address, and from when to when, both days included.
    """

    who: str
    first: date
    last: date


@dataclass(frozen=True)
class Back:
    """
    `#away NAME: back`: who is in again, whatever was entered before.
    """

    who: str


@dataclass(frozen=True)
class Status:
    pass


@dataclass(frozen=True)
class Help:
    pass


Command = (
    Note
    | Contact
    | Call
    | Every
    | Outcome
    | Close
    | Reopen
    | Escalate
    | Deadlock
    | NotComplaint
    | Complaint
    | Assign
    | Credit
    | CreditApplied
    | Need
    | NotEligible
    | Eligible
    | DataProtection
    | SubjectAccess
    | Post
    | Email
    | Posted
    | Correct
    | AddParty
    | RemoveParty
    | Merge
    | Open
    | Release
    | Reject
    | FileIn
    | Away
    | Back
    | Status
    | Help
)
