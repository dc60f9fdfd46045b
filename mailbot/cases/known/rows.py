"""
What is remembered of messages, letters and people: a value for each row, with the names of
its columns, so that what a rule has changed can be kept without anybody's help.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.letter_status import Status
from mailbot.mail.message import Address

#: From here on an id only tells new rows apart; the database gives the real one.
FIRST_NEW = 2**62


@dataclass(frozen=True, kw_only=True)
class KnownMessage:
    """
    A message that is ours, and what was made of it.
    """

    id: int
    case_id: int | None = None
    content_id: int = 0
    #: The row of the ledger under which it became ours.
    ledger_id: int = 0
    received_at: datetime
    recorded_at: datetime
    message_id: str = ""
    message_id_key: str = ""
    identity: str = ""
    text_digest: str = ""
    sender: str = ""
    subject: str = ""
    text: str = field(default="", repr=False)
    attachments: tuple[str, ...] = ()
    kind: str
    rule: str = ""
    evidence: str = ""
    decision: str = ""
    silence: str = ""
    #: The nonce of the staff mail that one of our people proved to answer with it.
    answers: str = ""
    #: Which message it is a copy of.
    copy_of: int | None = None


@dataclass(frozen=True, kw_only=True)
class KnownContent:
    """
    Octets as they came. Those that are here already are known by their size.
    """

    id: int
    octets: bytes = field(default=b"", repr=False)
    sha256: str = ""
    size: int


@dataclass(frozen=True, kw_only=True)
class KnownHeld:
    """
    A message that waits for a person, or did.
    """

    id: int
    message_id: int
    at: datetime
    reason: str
    detail: str = ""
    attempts: int = 1
    resolved_at: datetime | None = None
    resolution: str = ""


@dataclass(frozen=True, kw_only=True)
class KnownParty:
    """
    Somebody who has a role in a case, or had one, and the thread that we keep with them.
    """

    id: int
    case_id: int
    role: str
    name: str = ""
    email: str
    email_key: str
    phone: str = ""
    postal_address: str = ""
    anchor: str = ""
    token: str = ""
    token_nonce: str = ""
    gets_copies: bool = False
    removed_at: datetime | None = None

    @property
    def party(self) -> Party:
        return Party(
            address=Address(name=self.name, email=self.email),
            role=self.role,
            phone=self.phone,
            postal_address=tuple(self.postal_address.splitlines()),
            anchor=self.anchor,
            token=self.token,
            gets_copies=self.gets_copies,
        )


@dataclass(frozen=True, kw_only=True)
class KnownStep:
    """
    One instant of an obligation at which something happens, or has happened.
    """

    id: int
    case_id: int
    promise: str
    number: int
    does: str
    at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class KnownAbsence:
    """
    When somebody is not in, as it was said by command. Local dates, both included.
    """

    id: int
    email_key: str
    first_on: date
    last_on: date
    said_by: str
    said_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class KnownLetter:
    """
    A letter in the outbox. *content* is None where nobody has asked for its octets.
    """

    id: int
    case_id: int | None
    key: str
    template: str
    template_hash: str = ""
    to_staff: bool
    recipient: str
    recipient_key: str
    recipient_name: str = ""
    occasion: str
    message_id: str = ""
    alias: str = ""
    key_id: str = ""
    nonce: str = ""
    spent_at: datetime | None = None
    spent_why: str = ""
    content: bytes | None = field(default=None, repr=False)
    status: str = Status.QUEUED
    reason: str = ""
    attempts: int = 0
    created_at: datetime
    next_attempt_at: datetime | None = None
    claimed_until: datetime | None = None
    accepted_at: datetime | None = None
    reply: str = ""
    copy_to: str = ""

    @property
    def to(self) -> Address:
        return Address(name=self.recipient_name, email=self.recipient)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """
    What a letter is to say, and the case as it stood when that was decided: the octets are
    made of it.
    """

    letter: Letter
    case: Case | None
    #: By whose rules, with whoever was away then.
    firm: Firm
    at: datetime
