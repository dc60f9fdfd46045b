"""
What people sent from the mailbox: the headers in its sent folder, read and nothing else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mailbot.cases.shadow.known import Theirs
from mailbot.mail.reading.parse import parse_header
from mailbot.mail.reading.scan import Malformed
from mailbot.transport.mailbox import Fetched, Mailbox, Waiting

#: The header fields that are read: no subject, no words.
FIELDS = (
    *("Message-ID", "Date", "From", "To", "Cc", "In-Reply-To", "References"),
    *("Auto-Submitted", "X-Mailbot-Template"),
)

#: Headers that are asked for at a time.
_HEADERS = 200


class SentFolder(Protocol):
    """
    A folder of the mailbox, as `transport/imap.py` has it.
    """

    async def look(self) -> Mailbox: ...

    async def fetch_fields(
        self, waiting: Sequence[Waiting], names: Sequence[str]
    ) -> list[Fetched]: ...


async def sent_by_people(folder: SentFolder, since: datetime, until: datetime) -> list[Theirs]:
    """
    The mails that lie there since then, but for those of mailbot and of other machines. Nothing
    is changed, no flag either (BODY.PEEK). An ImapFault where the folder cannot be read.
    """
    lying = await folder.look()
    wanted = [each for each in lying.waiting if since <= each.received_at < until]
    found: list[Theirs] = []
    for start in range(0, len(wanted), _HEADERS):
        for each in await folder.fetch_fields(wanted[start : start + _HEADERS], FIELDS):
            read = _by_a_person(each)
            if read is not None:
                found.append(read)
    return found


def _by_a_person(fetched: Fetched) -> Theirs | None:
    """
    None where a machine sent it (RFC 3834 §5: every keyword but "no"), or nobody can tell.
    """
    try:
        message = parse_header(fetched.content, received_at=fetched.received_at)
    except (Malformed, ValueError):
        return None
    if message.first("x-mailbot-template"):
        return None
    if message.first("auto-submitted").strip().lower() not in {"", "no"}:
        return None
    return Theirs(
        message_id=message.message_id or "",
        sent_at=fetched.received_at,
        recipients=tuple(each.key for each in message.recipients),
        # The last of References is the nearest (RFC 5322 §3.6.4).
        answers=(*message.in_reply_to, *reversed(message.references)),
    )
