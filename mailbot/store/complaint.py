"""
With what a case began, for whoever takes it over.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mailbot.mail.files.going_along import Files, Stays, to_staff
from mailbot.mail.message import Attachment
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed, is_heavy
from mailbot.store.database import Tx
from mailbot.store.tables import Content, EventRow, MessageRow


@dataclass(frozen=True)
class Complaint:
    """
    The words of it, and the files that came with them.
    """

    words: str
    files: Files = field(default_factory=Files)


async def complaint(tx: Tx, serial: int, now: datetime) -> Complaint:
    """
    The first message of the case, or what staff entered.
    """
    message = await MessageRow.filter(case_id=serial).using_db(tx).order_by("id").first()
    if message:
        return Complaint(message.text, await _files(tx, message, now))
    opened = EventRow.filter(case_id=serial, event="case_opened").using_db(tx)
    event = await opened.order_by("id").first()
    return Complaint(event.about if event else "")


async def _files(tx: Tx, message: MessageRow, now: datetime) -> Files:
    """
    The files as they came; of a message that is slow to read again only their names.
    """
    if not message.attachments:
        return Files()
    kept = await Content.get(id=message.content_id, using_db=tx)
    if is_heavy(kept.octets):
        return _only_named(message)
    try:
        return to_staff(parse(kept.octets, received_at=now).attachments)
    except Malformed:
        return _only_named(message)


def _only_named(message: MessageRow) -> Files:
    return Files(
        tuple(
            (Attachment(name=each, content_type="application/octet-stream"), Stays.NOT_READ_AGAIN)
            for each in message.attachments
        )
    )
