"""
One message on its way to become ours, and what tells it from every other.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from mailbot.cases.identity.triage import Vouched
from mailbot.mail.message import InboundMessage
from mailbot.store.database import Tx
from mailbot.store.ledger import Attempt
from mailbot.store.tables import MessageRow

#: So often within a day may somebody send one text before more of it is only filed.
OFTEN = 3
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    attempt: Attempt
    content: bytes
    message: InboundMessage
    #: Why only the header could be read; "" = it was read in full.
    unreadable: str = ""
    #: Whether the octets are the whole message; a too large one stays on the server.
    is_whole: bool = True
    #: The message row of held mail that is read once more.
    again: int | None = None
    #: What a person said of it, if it is read again for that.
    released: Vouched | None = None

    @property
    def occasion(self) -> str:
        """
        What makes the letters that it causes unique.
        """
        once_more = f".again.{self.attempt.number}" if self.again else ""
        return f"message.{self.attempt.ledger_id}{once_more}"


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
        parts += [read.subject, _plain(read.text)]
        parts += [hashlib.sha256(each.content).hexdigest() for each in read.attachments]
        parts += [] if date else [f"{read.received_at:%Y-%m-%d}"]
    return _digest("\0".join(parts))


def text_digest(read: InboundMessage) -> str:
    return _digest(_plain(read.text)) if read.readable else "unread"


async def twin(tx: Tx, read: InboundMessage) -> MessageRow | None:
    """
    The same message, if it is here already. The one with the same text comes
    first, so that the copy of an altered copy is recognised too.
    """
    rows = await MessageRow.filter(identity=identity(read)).using_db(tx).order_by("id")
    same = [row for row in rows if row.text_digest == text_digest(read)]
    return next(iter([*same, *rows]), None)


async def repeated_in(tx: Tx, read: InboundMessage) -> int | None:
    """
    The case in which the same sender's same text came last, if it has come often
    enough within a day that one more is a flood; else None.
    """
    if read.sender is None or not read.readable or not _plain(read.text):
        return None
    alike = MessageRow.filter(
        text_digest=text_digest(read),
        sender=read.sender.email[:320],
        received_at__gt=read.received_at - _A_DAY,
        case_id__not_isnull=True,
    )
    latest = await alike.using_db(tx).order_by("-id").limit(OFTEN)
    return latest[0].case_id if len(latest) == OFTEN else None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
