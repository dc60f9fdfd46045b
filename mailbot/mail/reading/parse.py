"""
From the octets on the server to an InboundMessage.

The tree of the message is walked once (`parts`), and another message in it is a leaf.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime

from mailbot.mail.files.attached import attachments
from mailbot.mail.message import NULL_PATH, InboundMessage, Sealed
from mailbot.mail.origin.bounce_words import (
    failures_in_words,
    is_a_daemons,
    may_be_a_bounce,
)
from mailbot.mail.reading import body
from mailbot.mail.reading.addresses import addresses, is_guessed
from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.delivery_fields import statuses_in
from mailbot.mail.reading.encoded_words import IN_BRACKETS, ids_in, words
from mailbot.mail.reading.html import html_to_text, reader_of_html
from mailbot.mail.reading.library import tree_of
from mailbot.mail.reading.own_letter import plain_text
from mailbot.mail.reading.parts import Part, part_of
from mailbot.mail.reading.reports import (
    calendar_method,
    delivery_statuses,
    disposition,
)
from mailbot.mail.reading.returned_message import (
    as_meant,
    ids_that_came_back,
    reports_within,
    returned_ids,
    returned_to,
    texts_beside,
)
from mailbot.mail.reading.scan import (
    Malformed,
    header_of,
    mended_header,
    scan,
    scan_header,
    short_header,
)
from mailbot.mail.reading.sealed import sealed

_BARE_ID = re.compile(r"[^<>\s]+@[^<>\s]+")
_FROM = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)
_OUR_TEXT = 1_000_000  # octets of a letter of ours, at most, that hold its plain text
_WHERE_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")


def parse(content: bytes, *, received_at: datetime) -> InboundMessage:
    """
    The message in *content*; *received_at* is the server's INTERNALDATE.

    Raises Malformed where reading it would take too long or fails in the
    parser itself. Decoding never raises: what a charset cannot read is shown
    with replacement characters, and the octets are kept elsewhere.
    """
    scan(content)
    mended = mended_header(content)
    is_mended = mended != content
    if is_mended:
        scan_header(header_of(mended))
    try:
        tree = part_of(tree_of(mended))
        leaves = tuple(tree.leaves)
        said = body.said_in(tree, reader_of_html(leaves))
        read = _read(
            tree,
            received_at=received_at,
            text=clean(said.text).strip(),
            other_text=clean(said.other).strip(),
            html=clean(body.html_of(tree)).strip(),
            leaves=leaves,
            named=said.named,
            mended=is_mended,
            is_from_mended=is_mended and not _FROM.search(header_of(content)),
            readable=True,
        )
    except RecursionError as defect:
        raise Malformed("the parser gave up on the structure") from defect
    return _as_a_bounce(read, leaves, mended) if may_be_a_bounce(read) else read


def _as_a_bounce(read: InboundMessage, leaves: Iterable[Part], content: bytes) -> InboundMessage:
    """
    What a mail system may have said in another place than RFC 3464 has for it.
    """
    parts = tuple(as_meant(leaves))
    parts += tuple(reports_within(parts))
    words = texts_beside(read.text, read.attachments)
    return replace(
        read,
        delivery_statuses=tuple(delivery_statuses(parts))
        or tuple(status for each in words for status in statuses_in(each))
        or failures_in_words(content, read),
        disposition=disposition(parts),
        returned_ids=ids_that_came_back(parts, words),
        returned_to=returned_to(parts, words),
    )


def text_of(content: bytes) -> str:
    """
    The plain text of a letter that we composed ourselves.
    """
    # It stands at its top; what goes with the letter may be megabytes.
    top = content[:_OUR_TEXT]
    text = plain_text(top)
    if text is None:
        text = body.said_in(part_of(BytesParser().parsebytes(top)), html_to_text).text
    return clean(text)


def parse_header(content: bytes, *, received_at: datetime) -> InboundMessage:
    """
    The message as far as its header alone can tell; `readable` is False. Of one beyond
    the bounds as much as is within them, if that says who wrote it; else Malformed.
    """
    try:
        header = header_of(content)
        scan_header(header)
        mended = header_of(mended_header(content))
    except Malformed:
        header = short_header(content)
        scan_header(header)
        if not _FROM.search(header):
            raise
        mended = header
    return _read(
        part_of(BytesHeaderParser().parsebytes(mended)),
        received_at=received_at,
        text="",
        other_text="",
        html="",
        leaves=(),
        named=frozenset(),
        mended=mended != header,
        is_from_mended=not _FROM.search(header_of(content)),
        readable=False,
    )


def _read(
    tree: Part,
    *,
    received_at: datetime,
    text: str,
    other_text: str,
    html: str,
    leaves: Sequence[Part],
    named: frozenset[Part],
    mended: bool,
    is_from_mended: bool,
    readable: bool,
) -> InboundMessage:
    headers = tree.headers
    said = {name: tuple(words(each).strip() for each in values) for name, values in headers.items()}
    files = tuple(
        attachments(leaves, of_a_report=tree.content_type == "multipart/report", besides=named)
    )
    return InboundMessage(
        received_at=received_at,
        message_id=_message_id(headers.get("message-id", [])),
        in_reply_to=ids_in(headers.get("in-reply-to", [])),
        references=ids_in(headers.get("references", [])),
        senders=addresses(headers.get("from", [])),
        from_fields=len(headers.get("from", [])),
        is_sender_guessed=is_from_mended or is_guessed(headers.get("from", [])),
        recipients=addresses(headers.get("to", []) + headers.get("cc", [])),
        reply_to=addresses(headers.get("reply-to", [])),
        delivered_to=tuple(
            address.email
            for name in _WHERE_DELIVERED
            for address in addresses(headers.get(name, []))
        ),
        subject=next(iter(said.get("subject", ())), ""),
        date=_date(headers.get("date", [])),
        return_path=_return_path(headers.get("return-path", [])),
        fields=tree.fields,
        mended=mended,
        headers=said,
        text=text,
        other_text=other_text,
        html=html,
        attachments=files,
        content_type=clean(tree.content_type).strip(),
        calendar_method=calendar_method(leaves),
        delivery_statuses=tuple(delivery_statuses(leaves)),
        disposition=disposition(leaves),
        authentication=tree.topmost("authentication-results"),
        returned_ids=tuple(returned_ids(leaves)),
        sealed=sealed(tree, text, files) if readable else Sealed.NOT,
        readable=readable,
    )


def _message_id(values: list[str]) -> str | None:
    """
    RFC 5322 §3.6.4 wants `<id>`; an id without brackets is still an id, but
    anything else is none.
    """
    if not values:
        return None
    found = IN_BRACKETS.search(values[0]) or _BARE_ID.fullmatch(values[0].strip())
    if found is None:
        return None
    return found.group(1) if found.re is IN_BRACKETS else found.group(0)


def _date(values: list[str]) -> datetime | None:
    try:
        date = parsedate_to_datetime(values[0])
        # RFC 5322 §3.3: "-0000" is UTC, said by a host that does not know where it stands.
        # Never the zone of this machine: the date is part of what makes two messages the same.
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (IndexError, ValueError, TypeError, OverflowError):
        return None


def _return_path(values: list[str]) -> str | None:
    if not values:
        return None
    path = values[0].strip().strip("<>").strip()
    return NULL_PATH if is_a_daemons(path) else path
