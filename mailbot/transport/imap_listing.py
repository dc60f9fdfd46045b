"""
What lies in a folder: when each message came, and how large it is.

A server that cannot open one message refuses, garbles or ends the whole answer: the
others are asked about without it, and it stands there with nothing known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from mailbot.transport.imap_answers import FAULTS, asked, batches, received_at
from mailbot.transport.mailbox import Waiting

#: A selected connection, made anew where the last one was ended.
Selected = Callable[[], Any]


def waiting(selected: Selected, uids: Sequence[int]) -> Iterator[Waiting]:
    """
    Each of these messages that the server named, also one of which it says nothing.
    """
    for batch in batches(uids):
        answers = _answers(selected, batch)
        for uid in batch:
            answer = answers.get(uid, {})
            size = answer.get(b"RFC822.SIZE")
            yield Waiting(uid, size if isinstance(size, int) else None, received_at(answer))


def _answers(selected: Selected, uids: Sequence[int]) -> dict[int, Mapping[bytes, Any]]:
    imap = selected()
    try:
        return asked(imap, uids, "INTERNALDATE", "RFC822.SIZE")
    except FAULTS:
        if len(uids) > 1:
            middle = len(uids) // 2
            return _answers(selected, uids[:middle]) | _answers(selected, uids[middle:])
    # The size asks for the file of a message, its date often does not.
    imap = selected()
    with suppress(*FAULTS):
        return asked(imap, uids, "INTERNALDATE")
    return {}


def header_of(answer: Mapping[bytes, Any]) -> bytes:
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
