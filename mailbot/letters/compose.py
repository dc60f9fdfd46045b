"""
From a rendered mail and its heading to the octets that will leave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from mailbot.letters.octets import (
    Enclosure,
    enclosed_part,
    field_line,
    ids,
    mailbox,
    multipart,
    text_part,
    unstructured,
)
from mailbot.letters.stationery import Rendered

#: Never All or NDR: we need the bounce.
_SUPPRESS = "DR, RN, NRN, OOF, AutoReply"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """
    What the header is to say. Ids stand without `<>`; "" and None leave a field out.
    """

    from_name: str = ""
    from_address: str
    to_name: str = ""
    to_address: str
    reply_to: str = ""
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: datetime
    template: str
    reference: str = ""
    auto_submitted: Literal["auto-replied", "auto-generated"] | None = None
    suppress: bool = False


def compose(
    rendered: Rendered,
    heading: Heading,
    *,
    attachments: Sequence[Enclosure] = (),
    calendar: bytes = b"",
) -> bytes:
    """
    The message to its last octet: the same arguments give the same octets.

    *calendar* is an appointment as `calendar.py` writes it: one more way to read the mail.
    """
    if not ids([heading.message_id]):
        raise ValueError(f"a Message-ID that cannot be written: {heading.message_id!r}")
    if heading.date.tzinfo is None:
        raise ValueError(f"a naive Date: {heading.date.isoformat()}")
    header = "".join(field_line(name, lines) for name, lines in _fields(rendered, heading) if lines)
    html = text_part("html", rendered.html)
    if rendered.picture:
        html = multipart("related", [html, rendered.picture], seed=f"html {heading.message_id}")
    parts = [text_part("plain", rendered.text), html]
    if calendar:
        # The method stands in both (RFC 6047 §2.4).
        method = "CANCEL" if b"\r\nMETHOD:CANCEL\r\n" in calendar else "PUBLISH"
        parts.append(text_part("calendar", calendar.decode(), f"; method={method}"))
    # RFC 2046 §5.1: the boundaries of parts inside one another must differ.
    body = multipart("alternative", parts, seed=heading.message_id)
    if attachments:
        enclosed = [enclosed_part(each) for each in attachments]
        body = multipart("mixed", [body, *enclosed], seed=f"mixed {heading.message_id}")
    return header.encode() + body


def _fields(rendered: Rendered, heading: Heading) -> Iterator[tuple[str, Sequence[str]]]:
    """
    Every field but Content-Type with its lines as they will be folded; without lines
    it is left out.
    """
    answered = [heading.in_reply_to] if heading.in_reply_to else []
    thread = ids([*heading.references, *answered])
    yield "From", mailbox(heading.from_name, heading.from_address)
    yield "To", mailbox(heading.to_name, heading.to_address)
    yield "Reply-To", mailbox("", heading.reply_to) if heading.reply_to else ()
    yield "Subject", unstructured(rendered.subject)
    yield "Date", [format_datetime(heading.date)]
    yield "Message-ID", ids([heading.message_id])
    yield "In-Reply-To", ids(answered)
    # RFC 5322 §3.6.4, bounded: the anchor and the first id, and what came last.
    yield "References", thread if len(thread) <= 20 else [*thread[:2], *thread[-18:]]
    yield "Auto-Submitted", [heading.auto_submitted] if heading.auto_submitted else ()
    yield "X-Auto-Response-Suppress", [_SUPPRESS] if heading.suppress else ()
    yield "X-Mailbot-Template", unstructured(heading.template)
    yield "X-Mailbot-Case", unstructured(heading.reference) if heading.reference else ()
    yield "MIME-Version", ["1.0"]
