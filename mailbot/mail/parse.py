"""
From the octets on the server to an InboundMessage. The only user of mailparser.

mailparser answers a misspelt attribute with "" and a repeated header with a
list, and merges attached messages into the outer text. None of that gets past
this file: it walks the message itself, and stops where another message begins.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias, cast

import mailparser
from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError
from mailparser.exceptions import MailParserError
from mailparser.utils import get_addresses

from mailbot.mail.message import Address, Attachment, DeliveryStatus, InboundMessage
from mailbot.mail.scan import Malformed, header_of, scan, scan_header

_IN_BRACKETS = re.compile(r"<([^<>\s]+)>")
_BARE_ID = re.compile(r"[^<>\s]+@[^<>\s]+")
_WHERE_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_TAG = re.compile(r"<[^>]*>")
_RETURNED_ID = re.compile(
    rb"^(?:message-id|references)[ \t]*:((?:.|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
#: Without an indentation for every box that a mail client nests.
_AS_WRITTEN = ParserConfig(css=STRICT_CSS_PROFILE)
#: RFC 2046 §5.2.1, RFC 3462 §2, RFC 6532 §3.7, RFC 6533 §3
_MESSAGES = {"message/rfc822", "message/global"}
_HEADERS = {"message/rfc822-headers", "message/global-headers"}
_STATUSES = {"message/delivery-status", "message/global-delivery-status"}
#: What mailparser lets through of its own and the library's failures on a stranger's octets.
_PARSER_DEFECTS = (
    *(MailParserError, HeaderParseError),
    *(ValueError, LookupError, AttributeError, TypeError),
)

if TYPE_CHECKING:
    _BodyPart: TypeAlias = Message[str, str]
else:
    _BodyPart = Message


def parse(content: bytes, *, received_at: datetime) -> InboundMessage:
    """
    The message in *content*; *received_at* is the server's INTERNALDATE.

    Raises Malformed where reading it would take too long or fails in the
    parser itself. Decoding never raises: what a charset cannot read is shown
    with replacement characters, and the octets are kept elsewhere.
    """
    scan(content)
    try:
        message = _parsed(content)
        return _read(
            message,
            received_at=received_at,
            text=_clean(_text_of(message)).strip(),
            parts=list(_own_parts(message)),
            readable=True,
        )
    except RecursionError as defect:
        raise Malformed("the parser gave up on the structure") from defect


def _parsed(content: bytes) -> _BodyPart:
    """
    The message as parts. Where mailparser stumbles over its own reading of them,
    the library's parser beneath it still has them whole.
    """
    try:
        message = cast("_BodyPart | None", mailparser.parse_from_bytes(content).message)
    except _PARSER_DEFECTS:
        message = None
    return BytesParser().parsebytes(content) if message is None else message


def text_of(content: bytes) -> str:
    """
    The plain text of a letter that we composed ourselves.
    """
    return _clean(_text_of(BytesParser().parsebytes(content)))


def parse_header(content: bytes, *, received_at: datetime) -> InboundMessage:
    """
    The message as far as its header alone can tell; `readable` is False.
    """
    header = header_of(content)
    scan_header(header)
    message = BytesHeaderParser().parsebytes(header)
    return _read(message, received_at=received_at, text="", parts=[], readable=False)


def _read(
    message: _BodyPart,
    *,
    received_at: datetime,
    text: str,
    parts: list[_BodyPart],
    readable: bool,
) -> InboundMessage:
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower().strip(), []).append(_unfolded(str(value)))
    decoded = {name: tuple(_words(each) for each in values) for name, values in headers.items()}
    return InboundMessage(
        received_at=received_at,
        message_id=_message_id(headers.get("message-id", [])),
        in_reply_to=_ids(headers.get("in-reply-to", [])),
        references=_ids(headers.get("references", [])),
        senders=_addresses(headers.get("from", [])),
        from_fields=len(headers.get("from", [])),
        recipients=_addresses(headers.get("to", []) + headers.get("cc", [])),
        delivered_to=tuple(
            address.email
            for name in _WHERE_DELIVERED
            for address in _addresses(headers.get(name, []))
        ),
        subject=next(iter(decoded.get("subject", ())), ""),
        date=_date(headers.get("date", [])),
        return_path=_return_path(headers.get("return-path", [])),
        headers=decoded,
        text=text,
        attachments=tuple(_attachments(parts)),
        content_type=_content_type(message),
        calendar_method=_calendar_method(parts),
        delivery_statuses=tuple(_delivery_statuses(parts)),
        returned_ids=tuple(_returned_ids(parts)),
        readable=readable,
    )


# --- header fields ---------------------------------------------------------


def _unfolded(value: str) -> str:
    """
    One line of text. Raw octets are read as UTF-8, else as Windows-1252: what
    clients that ignore RFC 6532 write.
    """
    if not value.isascii():
        octets = value.encode("ascii", "surrogateescape") if _is_escaped(value) else value.encode()
        value = _text(octets, "utf-8")
    return _clean(re.sub(r"\r?\n[ \t]?", " ", value)).strip()


def _is_escaped(value: str) -> bool:
    return all(ord(each) < 128 or 0xDC80 <= ord(each) <= 0xDCFF for each in value)


def _words(value: str) -> str:
    """
    RFC 2047 encoded words decoded; a word that cannot be is left as it stands.
    """
    if "=?" not in value:
        return value
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return value
    return _clean(
        "".join(
            _text(chunk, charset or "utf-8") if isinstance(chunk, bytes) else chunk
            for chunk, charset in chunks
        )
    )


def _addresses(values: Iterable[str]) -> tuple[Address, ...]:
    found = []
    for value in values:
        for name, email in _names_and_addresses(value):
            if "@" in email:
                # A name whose words split a character comes back as it stood: joined, it can be read.
                said = _clean(_words(name)).strip()
                found.append(Address(name=said, email=_clean(email).strip()))
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
    found = _IN_BRACKETS.search(values[0]) or _BARE_ID.fullmatch(values[0].strip())
    if found is None:
        return None
    return found.group(1) if found.re is _IN_BRACKETS else found.group(0)


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    # A client that folds in the middle of an id leaves white space inside it.
    return tuple(each for value in values for each in _IN_BRACKETS.findall(value))


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


# --- the body --------------------------------------------------------------


def _own_parts(message: _BodyPart) -> Iterator[_BodyPart]:
    """
    The leaves that this sender wrote or attached; an attached message is a leaf.
    """
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in _children(message):
            yield from _own_parts(part)
    else:
        yield message


def _children(part: _BodyPart) -> list[_BodyPart]:
    """
    The parts of a part; none for a leaf. (Asking a leaf for its payload decodes it,
    by a charset that may be a lie.)
    """
    return cast("list[_BodyPart]", part.get_payload()) if part.is_multipart() else []


def _text_of(part: _BodyPart) -> str:
    """
    The words of the sender: of alternatives the plain one, HTML only where
    there is no other.
    """
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        if part.get_content_subtype() == "alternative":
            return _best_alternative(_children(part))
        return "\n\n".join(filter(None, map(_text_of, _children(part))))
    if _is_attached(part):
        return ""
    if part.get_content_type() == "text/html":
        return html_to_text(_decoded(part))
    return _decoded(part)


def _best_alternative(children: list[_BodyPart]) -> str:
    plain = [each for each in children if each.get_content_type() == "text/plain"]
    return next(filter(str.strip, map(_text_of, [*plain, *children])), "")


def html_to_text(html: str) -> str:
    """
    What a reader of the HTML would read; where it is beyond the library, the
    text between the tags.
    """
    html = _XML_DECLARATION.sub("", _clean(html))
    if not html.strip():
        return ""
    try:
        text = get_text(html, _AS_WRITTEN)
    except (LxmlError, ValueError, RecursionError):
        text = _TAG.sub(" ", html)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _is_attached(part: _BodyPart) -> bool:
    if part.get_content_maintype() == "multipart":
        # Its boundary is missing or never comes: what stands in it is shown as it is.
        return False
    if part.get_content_maintype() != "text":
        return True
    if part.get_content_subtype() not in {"plain", "html", "enriched"}:
        return True
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _attachments(parts: Iterable[_BodyPart]) -> Iterator[Attachment]:
    for part in parts:
        kind = _content_type(part)
        if kind in _STATUSES | {"message/disposition-notification"}:
            continue
        if kind in _MESSAGES:
            yield Attachment(name="attached message.eml", content_type=kind, content=_inner(part))
        elif _is_attached(part):
            yield Attachment(
                name=_file_name(part) or "unnamed", content_type=kind, content=_payload(part)
            )


def _file_name(part: _BodyPart) -> str:
    try:
        name = _words(part.get_filename() or "")
    except (LookupError, UnicodeError, ValueError):  # a lying charset in an RFC 2231 name
        return "unreadable name"
    return re.sub(r"[/\\\r\n\t]+", "_", _clean(name)).strip()[:120]


def _inner(part: _BodyPart) -> bytes:
    return b"\r\n".join(map(_octets, _children(part)))


def _octets(message: _BodyPart) -> bytes:
    try:
        return message.as_bytes()
    except (UnicodeError, LookupError):  # 8-bit text where the library expects none
        return message.as_string().encode("utf-8", "replace")


def _content_type(part: _BodyPart) -> str:
    return part.get_content_type()


def _payload(part: _BodyPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _decoded(part: _BodyPart) -> str:
    try:
        charset = part.get_content_charset() or "utf-8"
    except (LookupError, UnicodeError, ValueError):
        charset = "utf-8"
    return _text(_payload(part), charset)


def _text(octets: bytes, charset: str) -> str:
    """
    *octets* as text: by the charset they claim, else UTF-8, else Windows-1252
    with replacement characters, so that a wrong guess can be seen.
    """
    for candidate in (charset, "utf-8"):
        try:
            text = octets.decode(candidate)
            text.encode()  # some codecs make lone surrogates, which no output can hold
        except (LookupError, UnicodeError, ValueError):
            continue
        return text
    return octets.decode("cp1252", "replace")


def _clean(text: str) -> str:
    """
    Without control characters and lone surrogates, with plain line ends.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", text.encode("utf-8", "replace").decode())


# --- reports ---------------------------------------------------------------


def _calendar_method(parts: Iterable[_BodyPart]) -> str:
    for part in parts:
        if _content_type(part) == "text/calendar":
            return str(part.get_param("method", "")).lower()
    return ""


def _delivery_statuses(parts: Iterable[_BodyPart]) -> Iterator[DeliveryStatus]:
    """
    One for each recipient of an RFC 3464 report; §2.3 has the fields.
    """
    for part in parts:
        if _content_type(part) not in _STATUSES:
            continue
        for block in _blocks(part):
            said = {name.lower(): _unfolded(str(value)) for name, value in block.raw_items()}
            if recipient := said.get("final-recipient") or said.get("original-recipient"):
                yield DeliveryStatus(
                    final_recipient=recipient.rpartition(";")[2].strip().strip("<>"),
                    action=said.get("action", "").lower(),
                    status=said.get("status", "").split(" ")[0],
                    diagnostic=said.get("diagnostic-code", ""),
                )


def _blocks(part: _BodyPart) -> Iterator[_BodyPart]:
    """
    The groups of fields in a report. The library splits them for the ASCII kind
    only; those of RFC 6533 it takes for one message with a body.
    """
    if _content_type(part) == "message/delivery-status":
        yield from _children(part)
    else:
        for block in _EMPTY_LINE.split(_inner(part)):
            yield BytesHeaderParser().parsebytes(block)


def _returned_ids(parts: Iterable[_BodyPart]) -> Iterator[str]:
    """
    The ids in the header of the message that a report returns.
    """
    for part in parts:
        kind = _content_type(part)
        if kind in _MESSAGES | _HEADERS:
            octets = header_of(_inner(part))
        elif kind == "text/rfc822-headers":
            octets = _payload(part)
        else:
            continue
        for found in _RETURNED_ID.findall(octets):
            yield from _ids([found.decode("ascii", "replace")])
