"""
From the octets on the server to an InboundMessage. The only user of mailparser.

mailparser answers a misspelt attribute with "" and a repeated header with a
list, and merges attached messages into the outer text. None of that gets past
this file: the message itself is walked (`parts`), and another one in it is a leaf.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from typing import cast

import mailparser
from mailparser.exceptions import MailParserError
from mailparser.utils import get_addresses

from mailbot.mail.files.attached import attachments, is_attached
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.origin.bounce_words import failures_in_words, ids_in_words, may_be_a_bounce
from mailbot.mail.reading.encoded_words import IN_BRACKETS, ids_in, words
from mailbot.mail.reading.flowed import unfolded
from mailbot.mail.reading.html import ReadsHtml, html_to_text, reader_of_html
from mailbot.mail.reading.parts import (
    BodyPart,
    children,
    clean,
    fields_of,
    own_parts,
    text_in,
    topmost,
)
from mailbot.mail.reading.reports import (
    calendar_method,
    delivery_statuses,
    disposition,
    returned_ids,
)
from mailbot.mail.reading.scan import (
    Malformed,
    header_of,
    mended_header,
    scan,
    scan_header,
    short_header,
)

_BARE_ID = re.compile(r"[^<>\s]+@[^<>\s]+")
_BARE_ADDRESS = re.compile(r"(?<!\S)[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+(?!\S)")
_FROM = re.compile(rb"^from:", re.IGNORECASE | re.MULTILINE)
_SHORT = 1000
_OUR_TEXT = 1_000_000  # octets of a letter of ours, at most, that hold its plain text
_MARKED_UP = re.compile(r'[<>"():]')
_WHERE_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
#: What mailparser lets through of its own and the library's failures on a stranger's octets.
_PARSER_DEFECTS = (
    *(MailParserError, HeaderParseError),
    *(ValueError, LookupError, AttributeError, TypeError),
)


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
    content = mended
    scan_header(header_of(content))
    try:
        message = _parsed(content)
        parts = list(own_parts(message))
        read = _read(
            message,
            received_at=received_at,
            text=clean(_text_of(message, reader_of_html(parts))).strip(),
            html=clean(_html_of(message)).strip(),
            parts=parts,
            mended=is_mended,
            readable=True,
        )
    except RecursionError as defect:
        raise Malformed("the parser gave up on the structure") from defect
    if not may_be_a_bounce(read):
        return read
    return replace(
        read,
        delivery_statuses=read.delivery_statuses or failures_in_words(content, read),
        returned_ids=read.returned_ids or ids_in_words(read),
    )


def _parsed(content: bytes) -> BodyPart:
    """
    The message as parts. Where mailparser stumbles over its own reading of them,
    the library's parser beneath it still has them whole.
    """
    try:
        message = cast("BodyPart | None", mailparser.parse_from_bytes(content).message)
    except _PARSER_DEFECTS:
        message = None
    return BytesParser().parsebytes(content) if message is None else message


def text_of(content: bytes) -> str:
    """
    The plain text of a letter that we composed ourselves.
    """
    # It stands at its top; what goes with the letter may be megabytes.
    return clean(_text_of(BytesParser().parsebytes(content[:_OUR_TEXT]), html_to_text))


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
        BytesHeaderParser().parsebytes(mended),
        received_at=received_at,
        text="",
        html="",
        parts=[],
        mended=mended != header,
        readable=False,
    )


def _read(
    message: BodyPart,
    *,
    received_at: datetime,
    text: str,
    html: str,
    parts: list[BodyPart],
    mended: bool,
    readable: bool,
) -> InboundMessage:
    fields = tuple(fields_of(message))
    headers: dict[str, list[str]] = {}
    for name, value in fields:
        headers.setdefault(name, []).append(value)
    said = {name: tuple(words(each).strip() for each in values) for name, values in headers.items()}
    return InboundMessage(
        received_at=received_at,
        message_id=_message_id(headers.get("message-id", [])),
        in_reply_to=ids_in(headers.get("in-reply-to", [])),
        references=ids_in(headers.get("references", [])),
        senders=_addresses(headers.get("from", [])),
        from_fields=len(headers.get("from", [])),
        recipients=_addresses(headers.get("to", []) + headers.get("cc", [])),
        reply_to=_addresses(headers.get("reply-to", [])),
        delivered_to=tuple(
            address.email
            for name in _WHERE_DELIVERED
            for address in _addresses(headers.get(name, []))
        ),
        subject=next(iter(said.get("subject", ())), ""),
        date=_date(headers.get("date", [])),
        return_path=_return_path(headers.get("return-path", [])),
        fields=fields,
        mended=mended,
        headers=said,
        text=text,
        html=html,
        attachments=tuple(
            attachments(parts, of_a_report=message.get_content_type() == "multipart/report")
        ),
        content_type=clean(message.get_content_type()).strip(),
        calendar_method=calendar_method(parts),
        delivery_statuses=tuple(delivery_statuses(parts)),
        disposition=disposition(parts),
        authentication=topmost(message, "authentication-results"),
        returned_ids=tuple(returned_ids(parts)),
        readable=readable,
    )


def _text_of(part: BodyPart, read_html: ReadsHtml) -> str:
    """
    The words of the sender: of alternatives the plain one, HTML only where
    there is no other.
    """
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        texts = (_text_of(each, read_html) for each in _best_first(part))
        if part.get_content_subtype() == "alternative":
            return next(filter(str.strip, texts), "")
        return "\n\n".join(filter(None, texts))
    if is_attached(part):
        return ""
    if part.get_content_type() == "text/html":
        return read_html(text_in(part))
    if _parameter(part, "format") == "flowed":
        return unfolded(text_in(part), deletes_space=_parameter(part, "delsp") == "yes")
    return text_in(part)


def _parameter(part: BodyPart, name: str) -> str:
    """
    A parameter of Content-Type, lower-case; "" where it is absent or beyond reading.
    """
    value = part.get_param(name, "")
    return value.strip().lower() if isinstance(value, str) else ""


def _html_of(part: BodyPart) -> str:
    """
    The words of the sender as they laid them out; "" where there is no HTML. Text
    between two pieces of it is not in there: whoever uses it compares it with the text.
    """
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        pieces = [_html_of(each) for each in children(part)]
        if part.get_content_subtype() == "alternative":
            # RFC 2046 §5.1.4: the last one is the sender's own choice.
            return next(filter(str.strip, reversed(pieces)), "")
        return "\n".join(filter(None, pieces))
    if is_attached(part) or part.get_content_type() != "text/html":
        return ""
    return text_in(part)


def _best_first(part: BodyPart) -> list[BodyPart]:
    """
    The children in the order in which they are to be read.
    """
    found = children(part)
    if part.get_content_subtype() != "alternative":
        return found
    return sorted(found, key=lambda each: each.get_content_type() != "text/plain")


def _addresses(values: Iterable[str]) -> tuple[Address, ...]:
    found = []
    for value in values:
        for name, email in _names_and_addresses(value):
            if "@" in email:
                # A name whose words split a character comes back as it stood: joined, it can be read.
                said = clean(words(name)).strip()
                found.append(Address(name=said, email=clean(email).strip()))
        if not found and len(value) < _SHORT and not _MARKED_UP.search(value):
            # "Jane Doe jane@example.com": brackets are missing, and what is meant is plain.
            found += [Address(email=each) for each in _BARE_ADDRESS.findall(clean(value))]
    return tuple(found)


def _names_and_addresses(value: str) -> list[tuple[str, str]]:
    try:
        found = get_addresses(value, decode_names=True)
    except _PARSER_DEFECTS:
        # A name that cannot be decoded must not cost us the address behind it.
        found = get_addresses(value)
    return cast("list[tuple[str, str]]", found)


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
    return values[0].strip().strip("<>").strip() if values else None
