"""
One message on its way to become ours, and what tells it from every other.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.cases.identity.triage import Vouched
from mailbot.mail.message import Attachment, InboundMessage

#: The third failure of one message is the last: then it is held.
MOST_ATTEMPTS = 3
#: So many attempts may end without a word, before it is the message that ends the process.
MOST_DEATHS = 10

#: How old a worker gets before it goes on with what others have died at.
_FIRST_REST, _LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)


def rest_after(attempts: int) -> timedelta:
    """
    How long a worker has to live before it tries a message once more that so many attempts did
    not come to an end with. Where a machine kills whatever starts, it is not the message; and
    one that does kill keeps nobody else waiting.
    """
    deaths = attempts - MOST_ATTEMPTS
    return timedelta() if deaths < 0 else min(_FIRST_REST * 2**deaths, _LONGEST_REST)


class LedgerState(StrEnum):
    """
    How far we got with one UID of a mailbox.
    """

    BEGUN = "begun"  # seen, not ours yet
    RECORDED = "recorded"  # ours
    HELD = "held"  # ours, and waits for a person
    LEFT = "left"  # known by its header at most: its octets stay on the server (`Left`)
    GONE = "gone"  # vanished from the server before it was ours


#: Not ours, and to be taken in if it can be had: what vanished may be there again, or was
#: only not shown.
NOT_OURS_YET = frozenset({LedgerState.BEGUN, LedgerState.GONE})


class Left(StrEnum):
    """
    Why the octets of a message stay on the server.
    """

    TOO_LARGE = "too_large"
    NOT_HANDED_OUT = "not_handed_out"
    PLACEHOLDER = "server_placeholder"

    @property
    def words(self) -> str:
        return _STAYS_THERE[self]


_STAYS_THERE = {
    Left.TOO_LARGE: "larger than [imap] max_message",
    Left.NOT_HANDED_OUT: "the mail server did not hand it out",
    Left.PLACEHOLDER: "the mail server gave out a notice of its own in its place",
}

#: What the server may give out another day.
ASKED_FOR_AGAIN = frozenset({Left.NOT_HANDED_OUT, Left.PLACEHOLDER})


@dataclass(frozen=True)
class Sight:
    """
    One message as the mailbox shows it.
    """

    mailbox: str
    uid_validity: int
    uid: int
    received_at: datetime


@dataclass(frozen=True)
class Attempt:
    """
    A committed attempt at one message; *number* counts from one.
    """

    ledger_id: int
    number: int
    sight: Sight

    @property
    def is_last(self) -> bool:
        return self.number >= MOST_ATTEMPTS

    @property
    def is_beyond(self) -> bool:
        """
        Earlier attempts ended without a word: something in it kills the process, or somebody
        else did while it was in hand.
        """
        return self.number > MOST_ATTEMPTS

    @property
    def is_deadly(self) -> bool:
        """
        Nobody else dies so often at one message.
        """
        return self.number > MOST_DEATHS


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """
    A message with all that is known of its way here.
    """

    attempt: Attempt
    content: bytes
    message: InboundMessage
    #: Why only the header could be read; "" = it was read in full.
    unreadable: str = ""
    #: Why the octets here are not the whole message; None = they are.
    left: Left | None = None
    #: The message row of held mail that is read once more.
    again: int | None = None
    #: What a person said of it, if it is read again for that.
    released: Vouched | None = None

    @property
    def is_whole(self) -> bool:
        return self.left is None

    @property
    def occasion(self) -> str:
        """
        What makes the letters that it causes unique.
        """
        once_more = f".again.{self.attempt.number}" if self.again else ""
        return f"message.{self.attempt.ledger_id}{once_more}"

    @property
    def says_nothing(self) -> bool:
        """
        Not even its header could be read: the octets are all there is.
        """
        return not self.message.readable and not self.message.headers


def arriving(
    content: bytes, message: InboundMessage, *, unreadable: str = "", left: Left | None = None
) -> Arrival:
    """
    A message that no mailbox has shown.
    """
    nowhere = Sight("", 0, 0, message.received_at)
    return Arrival(
        attempt=Attempt(0, 1, nowhere),
        content=content,
        message=message,
        unreadable=unreadable,
        left=left,
    )


def identity(read: InboundMessage) -> str:
    """
    Message-ID, From and Date; without a Message-ID, From, Date, Subject, text and
    files, and without a Date as well the day of receipt: a scanner writes every page
    from one address.
    """
    sender = read.sender.key if read.sender else ""
    date = read.date.isoformat() if read.date else read.first("date")
    parts = [read.message_id or "", sender, date]
    if not read.message_id:
        parts += [read.subject, plain(read.text)]
        parts += [hashlib.sha256(each.content).hexdigest() for each in read.attachments]
        parts += [] if date else [f"{read.received_at:%Y-%m-%d}"]
    return _digest("\0".join(parts))


def text_digest(read: InboundMessage) -> str:
    """
    The text and the files, to tell a copy from an altered copy: with another file it says
    something else.
    """
    if not read.readable or not read.attachments:
        return words_digest(read)
    return _digest("\0".join([plain(read.text), *map(_of_file, read.attachments)]))


def words_digest(read: InboundMessage) -> str:
    """
    The text alone, whatever comes with it.
    """
    return _digest(plain(read.text)) if read.readable else "unread"


def _of_file(file: Attachment) -> str:
    """
    What is in it, by its digest. Text and messages have other line ends on another way.
    """
    is_text = file.content_type.startswith(("text/", "message/"))
    octets = file.content.replace(b"\r\n", b"\n").rstrip() if is_text else file.content
    return hashlib.sha256(octets).hexdigest()


def plain(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
