"""
From the octets on the server to an InboundMessage. The only user of mailparser.

mailparser answers a misspelt attribute with "" and a repeated header with a
list, and merges attached messages into the outer text. None of that gets past
this file: it walks the message itself, and stops where another message begins.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import Compat32
from email.utils import collapse_rfc2231_value, parsedate_to_datetime
from html import unescape
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import mailparser
from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError
from mailparser.exceptions import MailParserError
from mailparser.utils import get_addresses

from mailbot.mail.bounce import failures_in_words, may_be_a_bounce
from mailbot.mail.charsets import decoded
from mailbot.mail.enclosed import default_name
from mailbot.mail.message import Address, Attachment, DeliveryStatus, InboundMessage
from mailbot.mail.scan import Malformed, header_of, mended_header, scan, scan_header

_IN_BRACKETS = re.compile(r"<([^<>\s]+)>")
_BARE_ID = re.compile(r"[^<>\s]+@[^<>\s]+")
_BARE_ADDRESS = re.compile(r"(?<!\S)[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+(?!\S)")
_SHORT = 1000
_MARKED_UP = re.compile(r'[<>"():]')
_WHERE_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_TAG = re.compile(r"<[^<>]*>?")
_LINE_TAG = re.compile(
    r"</?(?:p|div|br|tr|li|h[1-6]|table|blockquote|pre|hr)\b[^<>]*>?", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"<(?:style|script|head|title)\b[^<>]*>[^<]*(?:<(?!/(?:style|script|head|title))[^<]*)*"
    r"|<!--[^-]*(?:-(?!->)[^-]*)*(?:-->)?",
    re.IGNORECASE,
)
#: About a fifth of a second's work for inscriptis, on a slow machine.
_MOST_TAGS = 8_000
_METHOD = re.compile(rb"^METHOD:([A-Za-z]{1,20})", re.MULTILINE)
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"\b([245])\d\d\b")
_RETURNED_ID = re.compile(
    rb"^(?:message-id|references)[ \t]*:((?:.|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
#: Without an indentation for every box that a mail client nests.
_AS_WRITTEN = ParserConfig(css=STRICT_CSS_PROFILE)
#: RFC 2046 §5.2.1, RFC 3462 §2, RFC 6532 §3.7, RFC 6533 §3
_MESSAGES = {"message/rfc822", "message/global"}
_HEADERS = {"message/rfc822-headers", "message/global-headers"}
_STATUSES = {"message/delivery-status", "message/global-delivery-status"}
_DISPOSITIONS = {"message/disposition-notification", "message/global-disposition-notification"}
_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\t]+')
#: Marks that hide in a name, or turn it around: "invoice\u202efdp.exe" (UAX #9).
_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LONGEST_NAME = 120
#: What mailparser lets through of its own and the library's failures on a stranger's octets.
_PARSER_DEFECTS = (
    *(MailParserError, HeaderParseError),
    *(ValueError, LookupError, AttributeError, TypeError),
)

_ReadsHtml: TypeAlias = Callable[[str], str]

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
    content = mended_header(content)
    try:
        message = _parsed(content)
        parts = list(_own_parts(message))
        read = _read(
            message,
            received_at=received_at,
            text=_clean(_text_of(message, _reader_of_html(parts))).strip(),
            parts=parts,
            readable=True,
        )
    except RecursionError as defect:
        raise Malformed("the parser gave up on the structure") from defect
    if read.delivery_statuses or not may_be_a_bounce(read):
        return read
    return replace(read, delivery_statuses=failures_in_words(content, read))


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
    return _clean(_text_of(BytesParser().parsebytes(content), html_to_text))


def parse_header(content: bytes, *, received_at: datetime) -> InboundMessage:
    """
    The message as far as its header alone can tell; `readable` is False.
    """
    scan_header(header_of(content))
    header = header_of(mended_header(content))
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
    for name, value in _fields(message):
        headers.setdefault(name, []).append(value)
    said = {
        name: tuple(_words(each).strip() for each in values) for name, values in headers.items()
    }
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
        subject=next(iter(said.get("subject", ())), ""),
        date=_date(headers.get("date", [])),
        return_path=_return_path(headers.get("return-path", [])),
        headers=said,
        text=text,
        attachments=tuple(_attachments(parts)),
        content_type=_content_type(message),
        calendar_method=_calendar_method(parts),
        delivery_statuses=tuple(_delivery_statuses(parts)),
        disposition=_disposition(parts),
        authentication=_topmost(message, "authentication-results"),
        returned_ids=tuple(_returned_ids(parts)),
        readable=readable,
    )


# --- header fields ---------------------------------------------------------


def _fields(message: _BodyPart) -> Iterator[tuple[str, str]]:
    """
    The names, lower-case, and unfolded values of all header fields, from the top.
    """
    for name, value in message.raw_items():
        yield name.lower().strip(), _unfolded(str(value))


def _topmost(message: _BodyPart, name: str) -> tuple[str, ...]:
    """
    The values of the first fields of that name which nothing stands between.
    """
    from_there = dropwhile(lambda each: each[0] != name, _fields(message))
    return tuple(value for _, value in takewhile(lambda each: each[0] == name, from_there))


def _unfolded(value: str) -> str:
    """
    One line of text. Raw octets are read as UTF-8, else as Windows-1252: what
    clients that ignore RFC 6532 write.
    """
    if not value.isascii():
        octets = value.encode("ascii", "surrogateescape") if _is_escaped(value) else value.encode()
        value = decoded(octets, "utf-8")
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
            decoded(chunk, charset or "utf-8") if isinstance(chunk, bytes) else chunk
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
        if not found and len(value) < _SHORT and not _MARKED_UP.search(value):
            # "Jane Doe jane@example.com": brackets are missing, and what is meant is plain.
            found += [Address(email=each) for each in _BARE_ADDRESS.findall(_clean(value))]
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


def _text_of(part: _BodyPart, read_html: _ReadsHtml) -> str:
    """
    The words of the sender: of alternatives the plain one, HTML only where
    there is no other.
    """
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        texts = (_text_of(each, read_html) for each in _best_first(part))
        if part.get_content_subtype() == "alternative":
            return next(filter(str.strip, texts), "")
        return "\n\n".join(filter(None, texts))
    if _is_attached(part):
        return ""
    if part.get_content_type() == "text/html":
        return read_html(_decoded(part))
    return _decoded(part)


def _best_first(part: _BodyPart) -> list[_BodyPart]:
    """
    The children in the order in which they are to be read.
    """
    children = _children(part)
    if part.get_content_subtype() != "alternative":
        return children
    plain = [each for each in children if each.get_content_type() == "text/plain"]
    return [*plain, *(each for each in children if each not in plain)]


def _reader_of_html(parts: Iterable[_BodyPart]) -> _ReadsHtml:
    """
    The reader for the HTML of one message: laid out where that is quick, else in
    one pass over the tags.
    """
    html = [each for each in parts if each.get_content_type() == "text/html"]
    tags = sum(_payload(each).count(b"<") for each in html)
    return html_to_text if tags <= _MOST_TAGS else hasty_text


def html_to_text(html: str) -> str:
    """
    What a reader of the HTML would read.
    """
    html = _XML_DECLARATION.sub("", _clean(html))
    if not html.strip():
        return ""
    try:
        text = get_text(html, _AS_WRITTEN)
    except (LxmlError, ValueError, RecursionError, LookupError, AttributeError):
        return hasty_text(html)
    return "\n".join(line.rstrip() for line in text.splitlines())


def hasty_text(html: str) -> str:
    """
    The text between the tags, one line for each that begins one; for HTML that is
    too large to be laid out, or too broken.
    """
    html = _UNSEEN.sub(" ", _clean(html))
    text = unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", html)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


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
        is_a_message = kind in _MESSAGES
        if kind in _STATUSES | _DISPOSITIONS or not (is_a_message or _is_attached(part)):
            continue
        yield Attachment(
            name=_file_name(part) or default_name(kind),
            content_type=kind,
            content=_inner(part) if is_a_message else _payload(part),
        )


def _file_name(part: _BodyPart) -> str:
    """
    The name that the sender gave it, fit for a folder; "" if there is none.
    """
    # The library decodes a name only where the field is text already.
    fields = Message()
    for name, value in _fields(part):
        if name in {"content-disposition", "content-type"}:
            fields.add_header(name, value)
    try:
        name = _parameter(fields, "content-disposition", "filename")
        name = name or _parameter(fields, "content-type", "name")
    except (
        LookupError,
        UnicodeError,
        ValueError,
        TypeError,
    ):  # a lying charset in an RFC 2231 name
        return "unreadable name"
    if not name and part.get_content_maintype() not in {"text", "multipart"}:
        # RFC 2557 §4.2: where a page would find it; the last piece of an address is a name.
        name = next((value for field, value in _fields(part) if field == "content-location"), "")
        name = name.partition("?")[0].rpartition("/")[2]
    return safe_file_name(_words(name))


def _parameter(fields: Message, field: str, name: str) -> str:
    """
    The value; of two spellings the one of RFC 2231, which needs no guess at a charset.
    """
    said = fields.get_params([], field)
    values: list[Any] = [value for key, value in said or [] if key.lower() == name]
    values.sort(key=lambda value: not isinstance(value, tuple))
    return collapse_rfc2231_value(values[0]) if values else ""


def safe_file_name(name: str) -> str:
    """
    The name without a path, control or reordering characters, or a leading dot; at
    most 120 characters, its ending among them. "" if nothing is left.
    """
    said = _NOT_IN_A_NAME.sub("_", _MARKS.sub("", _clean(name).replace("\n", " ")))
    said = " ".join(said.split()).strip(". ")
    if len(said) <= _LONGEST_NAME:
        return said
    stem, dot, ending = said.rpartition(".")
    kept = dot + ending if stem and len(ending) <= 10 else ""
    return said[: _LONGEST_NAME - len(kept)] + kept


def _inner(part: _BodyPart) -> bytes:
    return b"\r\n".join(map(_octets, _children(part)))


def _octets(message: _BodyPart) -> bytes:
    try:
        return message.as_bytes(policy=_AS_IT_CAME)
    except (UnicodeError, LookupError):  # 8-bit text where the library expects none
        return message.as_string().encode("utf-8", "replace")


class _AsItCame(Compat32):
    """
    Header fields written back as they were read: folding them anew takes the library
    seconds for an attached message of many, and changes what is kept.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("utf-8", "surrogateescape")


_AS_IT_CAME = _AsItCame()


def _content_type(part: _BodyPart) -> str:
    return part.get_content_type()


def _payload(part: _BodyPart) -> bytes:
    said = str(part.get("content-transfer-encoding", ""))
    # RFC 2045 §6.1 allows a comment; the library then decodes nothing.
    keyword = said.partition("(")[0].partition(";")[0].strip(" '\"")
    if said and keyword != said:
        part.replace_header("content-transfer-encoding", keyword)
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _decoded(part: _BodyPart) -> str:
    try:
        charset = part.get_content_charset() or "utf-8"
    except (LookupError, UnicodeError, ValueError):
        charset = "utf-8"
    return decoded(_payload(part), charset)


def _clean(text: str) -> str:
    """
    Without control characters and lone surrogates, with plain line ends.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", text.encode("utf-8", "replace").decode())


# --- reports ---------------------------------------------------------------


def _calendar_method(parts: Iterable[_BodyPart]) -> str:
    """
    RFC 6047 §2.4 wants it as a parameter too; some have it in the calendar only.
    """
    for part in parts:
        if _content_type(part) == "text/calendar":
            found = _METHOD.search(_payload(part))
            inside = found[1].decode() if found else ""
            return str(part.get_param("method", inside)).lower()
    return ""


def _delivery_statuses(parts: Iterable[_BodyPart]) -> Iterator[DeliveryStatus]:
    """
    One for each recipient of an RFC 3464 report; §2.3 has the fields.
    """
    for part in parts:
        if _content_type(part) not in _STATUSES:
            continue
        for block in _blocks(part):
            if status := _status(dict(reversed([*_fields(block)]))):
                yield status


def _status(said: Mapping[str, str]) -> DeliveryStatus | None:
    """
    What a group of fields says of a recipient; None if it names none.
    """
    original, final = (
        _recipient(said.get(f"{each}-recipient", "")) for each in ("original", "final")
    )
    if not (original or final):
        return None
    diagnostic = said.get("diagnostic-code", "")
    return DeliveryStatus(
        final_recipient=final or original,
        original_recipient=original if final else "",
        action=_action(said.get("action", "")),
        status=_status_code(said.get("status", "")) or _status_code(diagnostic),
        diagnostic=diagnostic,
    )


def _recipient(value: str) -> str:
    # §2.1.2 "rfc822; jane@example.org"; some leave the type out, or add brackets or a comment.
    return value.rpartition(";")[2].partition("(")[0].strip().strip("<>")


def _action(value: str) -> str:
    """
    A keyword of §2.3.3. "failure" (Lotus) and "error" (OpenSMTPD) are meant for one of them.
    """
    word = value.partition("(")[0].strip().lower()
    return "failed" if word.startswith(("fail", "error")) else word


def _status_code(value: str) -> str:
    """
    The status of RFC 3463 in *value*, or the class of its SMTP reply; "" if neither is there.
    """
    if found := _ENHANCED.search(value):
        return found[0]
    found = _REPLY.search(value)
    return f"{found[1]}.0.0" if found else ""


def _disposition(parts: Iterable[_BodyPart]) -> str:
    for part in parts:
        if _content_type(part) in _DISPOSITIONS:
            for block in _EMPTY_LINE.split(_inner(part) or _payload(part)):
                for name, value in _fields(BytesHeaderParser().parsebytes(block.lstrip())):
                    if name == "disposition":
                        return value.lower()
    return ""


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
