"""
What a server hands out of a message: all of it, its header, or what stands in its envelope.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailbot.transport.imap_answers import FAULTS, asked
from mailbot.transport.imap_listing import Selected
from mailbot.transport.mailbox import Fetched, Waiting


@dataclass(frozen=True)
class HandedOut:
    """
    From the folder that is open on that connection; *anew* opens it where that is lost.
    """

    imap: Any
    folder: str
    uid_validity: int
    anew: Selected

    def whole(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        """
        These messages, in this order, as far as they came.
        """
        # BODY.PEEK: reading must not set \Seen; the ledger alone is memory.
        answers = asked(self.imap, [each.uid for each in waiting], "BODY.PEEK[]")
        fetched = []
        for each in waiting:
            content = answers.get(each.uid, {}).get(b"BODY[]")
            # Nothing is what an empty message has, and what no other can be.
            if isinstance(content, bytes) and (content or each.size == 0):
                fetched.append(self._fetched(each, content, is_whole=True))
        return fetched

    def header(self, waiting: Waiting) -> Fetched | None:
        content = None
        with suppress(*FAULTS):
            answers = asked(self.imap, [waiting.uid], "BODY.PEEK[HEADER]")
            content = answers.get(waiting.uid, {}).get(b"BODY[HEADER]")
        if not isinstance(content, bytes) or not content:
            answers = asked(self.anew(), [waiting.uid], "ENVELOPE")
            content = _header_of(answers.get(waiting.uid, {}))
        return self._fetched(waiting, content, is_whole=False) if content else None

    def fields(self, waiting: Sequence[Waiting], names: Sequence[str]) -> list[Fetched]:
        """
        Only these fields of each header, as far as they came.
        """
        item = f"BODY.PEEK[HEADER.FIELDS ({' '.join(names)})]"
        answers = asked(self.imap, [each.uid for each in waiting], item)
        fetched = []
        for each in waiting:
            found = answers.get(each.uid, {})
            # How the names are spelt in the answer is the server's affair.
            content = next((found[key] for key in found if key.startswith(b"BODY[")), None)
            if isinstance(content, bytes):
                fetched.append(self._fetched(each, content, is_whole=False))
        return fetched

    def _fetched(self, waiting: Waiting, content: bytes, *, is_whole: bool) -> Fetched:
        return Fetched(
            mailbox=self.folder,
            uid_validity=self.uid_validity,
            uid=waiting.uid,
            received_at=waiting.received_at,
            content=content,
            # What the server says of a size is never compared with what it sends:
            # some give the size as stored.
            size=len(content) if is_whole else waiting.size or len(content),
            is_whole=is_whole,
        )


def _header_of(answer: Mapping[bytes, Any]) -> bytes:
    """
    A header made of what the server says of a message without opening it (RFC 3501
    §7.4.2, ENVELOPE): who wrote it about what; b"" if it says nothing.
    """
    envelope = answer.get(b"ENVELOPE")
    if envelope is None:
        return b""
    fields = [
        (b"From", b", ".join(_address(each) for each in envelope.from_ or ())),
        (b"Reply-To", b", ".join(_address(each) for each in envelope.reply_to or ())),
        (b"Subject", envelope.subject),
        (b"Message-ID", envelope.message_id),
        (b"In-Reply-To", envelope.in_reply_to),
    ]
    if isinstance(envelope.date, datetime):
        at = envelope.date if envelope.date.tzinfo else envelope.date.replace(tzinfo=UTC)
        fields.append((b"Date", at.strftime("%d %b %Y %H:%M:%S %z").encode()))
    lines = [name + b": " + b" ".join(value.split()) for name, value in fields if value]
    return b"\r\n".join([*lines, b"", b""]) if lines else b""


def _address(each: Any) -> bytes:
    address = (each.mailbox or b"") + b"@" + (each.host or b"")
    if not each.name:
        return address
    name = bytes(each.name).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    # An encoded word must not stand in quotes (RFC 2047 §5).
    return (name if b"=?" in name else b'"' + name + b'"') + b" <" + address + b">"
