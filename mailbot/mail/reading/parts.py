"""
A message as the tree of its parts, walked once: types, header fields, octets, text.

The library decodes what it is asked for by charsets that may be a lie, and folds anew
what it writes back; in here nothing is decoded but by `charsets`, and nothing folded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.parser import BytesHeaderParser, BytesParser
from email.policy import Compat32
from functools import cached_property
from itertools import dropwhile, takewhile
from typing import TypeAlias, cast

from mailbot.mail.reading.charsets import clean, decoded
from mailbot.mail.reading.cms import content_in
from mailbot.mail.reading.inside_html import Inside, taken_out
from mailbot.mail.reading.rewritten_links import as_written
from mailbot.mail.reading.scan import scan
from mailbot.mail.reading.transfer import BodyPart, octets_of, octets_of_text

Fields: TypeAlias = tuple[tuple[str, str], ...]

#: RFC 2046 §5.2.1, RFC 3462 §2, RFC 6532 §3.7, RFC 6533 §3
MESSAGES = frozenset({"message/rfc822", "message/global"})
HEADERS = frozenset({"message/rfc822-headers", "message/global-headers"})
STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
DISPOSITIONS = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)

#: RFC 2045 §5.1
_ATOM = r"[!#$%&'*+.^`{|}~\w-]+"
_TYPE = re.compile(rf"{_ATOM}/{_ATOM}", re.ASCII)
_TYPE_AND_MORE = re.compile(rf"({_ATOM}/{_ATOM})[\s,]", re.ASCII)
#: What programs that know the words and not their order call a text.
_MISNAMED = {
    **dict.fromkeys(("plain/text", "application/text", "application/plain"), "text/plain"),
    **dict.fromkeys(("html/text", "application/html"), "text/html"),
}
#: HTML §4.2.5.5: `<meta charset>`, or its older form, within the first 1,024 octets. UTF-16
#: cannot be said so, for these words could not be read then.
_CHARSET_OF_A_PAGE = re.compile(
    r"<meta\b[^>]{0,200}?\bcharset\s*=\s*[\"']?(?!utf-?(?:16|32))([\w.:-]{2,40})",
    re.IGNORECASE,
)
_HEAD_OF_A_PAGE = 1024
_CHARSET = re.compile(r"\bcharset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
#: RFC 8551 §3.2, and programs that know no type for it.
_WRAPPED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_ANYTHING, _ENDING = "application/octet-stream", ".p7m"
#: Signed, encrypted, signed again (RFC 2634 §1.1), and one more.
_MOST_WRAPPINGS = 4
_EDGE = re.compile(
    rb"^--([^\s\"][^\r\n\"]{0,68}[^\s\"])[ \t]*\r?\nContent-", re.MULTILINE | re.IGNORECASE
)
_FOLD = re.compile(r"\r?\n[ \t]?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """
    One part as it was read. Its octets are made when they are first asked for, and once.
    """

    content_type: str
    #: Every header field from the top: its name, lower-case, and its value unfolded.
    fields: Fields
    #: Whether it is a multipart whose parts were found; an attached message is a leaf.
    holds_parts: bool
    children: "tuple[Part, ...]"
    #: The library's own, for parameters and octets.
    source: BodyPart = field(repr=False)

    @property
    def main_type(self) -> str:
        return self.content_type.partition("/")[0]

    @property
    def sub_type(self) -> str:
        return self.content_type.partition("/")[2]

    @property
    def leaves(self) -> "Iterator[Part]":
        """
        What this sender wrote or attached.
        """
        if not self.holds_parts:
            yield self
        for part in self.children:
            yield from part.leaves

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """
        The values of each header field, in order.
        """
        values: dict[str, list[str]] = {}
        for name, value in self.fields:
            values.setdefault(name, []).append(value)
        return values

    def first(self, name: str) -> str:
        return next(iter(self.headers.get(name, ())), "")

    def topmost(self, name: str) -> tuple[str, ...]:
        """
        The values of the first fields of that name which nothing stands between.
        """
        from_there = dropwhile(lambda each: each[0] != name, self.fields)
        return tuple(value for _, value in takewhile(lambda each: each[0] == name, from_there))

    def parameter(self, name: str) -> str:
        """
        A parameter of Content-Type, lower-case; "" where it is absent or beyond reading.
        """
        # Most parts have none of those that are asked for, and one look tells.
        if name not in self.first("content-type").lower():
            return ""
        value = self.source.get_param(name, "")
        return value.strip().lower() if isinstance(value, str) else ""

    @property
    def disposition(self) -> str:
        """
        "inline", "attachment" (RFC 2183 §2); "" where nothing is said.
        """
        if "content-disposition" not in self.headers:
            return ""
        return self.source.get_content_disposition() or ""

    @cached_property
    def octets(self) -> bytes:
        """
        What a leaf holds, without its transfer encoding.
        """
        return octets_of(self.source)

    @property
    def text(self) -> str:
        """
        The same, by the charset that it claims.
        """
        try:
            charset = self.source.get_content_charset() or "utf-8"
        except (LookupError, UnicodeError, ValueError):
            charset = "utf-8"
        if not self.source.get_param("charset") and (
            said := _CHARSET.search(self.first("content-type")) or self._said_in_the_page()
        ):
            charset = said[1]
        return decoded(octets_of_text(self.source, self.octets), charset)

    def _said_in_the_page(self) -> re.Match[str] | None:
        """
        The charset that a page names itself, where its field names none.
        """
        head = self.octets[:_HEAD_OF_A_PAGE].decode("latin-1")
        return _CHARSET_OF_A_PAGE.search(head) if "html" in self.content_type else None

    @cached_property
    def laid_out(self) -> "tuple[str, tuple[Inside, ...]]":
        """
        The same of an HTML part, with links as they were written; and the files in it.
        """
        html, files = taken_out(self.text)
        return as_written(html, is_html=True), files

    @cached_property
    def enclosed(self) -> "tuple[Part, ...]":
        """
        The message in an attached one; the groups of fields in a delivery report.
        """
        return tuple(map(part_of, _payload_parts(self.source)))

    @cached_property
    def enclosed_octets(self) -> bytes:
        """
        The same as it came, header and body.
        """
        return b"\r\n".join(_as_it_came(each) for each in _payload_parts(self.source))


def part_of(message: BodyPart) -> Part:
    """
    The message, or a part of one, with all that it holds. Raises Malformed where what was
    wrapped in it is beyond the bounds.
    """
    return _part_of(message, 0)


def _part_of(message: BodyPart, wrappings: int) -> Part:
    content_type = _content_type(message)
    if content_type.startswith("multipart/") and not message.is_multipart():
        message = _parted(message) or message
    holds_parts = content_type.startswith("multipart/") and message.is_multipart()
    children = _payload_parts(message) if holds_parts else []
    part = Part(
        content_type=content_type,
        fields=tuple(
            (name.lower().strip(), _unfolded(value)) for name, value in message.raw_items()
        ),
        holds_parts=holds_parts,
        children=tuple(_part_of(each, wrappings) for each in children),
        source=message,
    )
    if wrappings < _MOST_WRAPPINGS and (inside := _unwrapped(part)):
        # What was wrapped is read; the wrapping stays a file, with its signature.
        return replace(part, holds_parts=True, children=(_part_of(inside, wrappings + 1), part))
    return part


def _parted(message: BodyPart) -> BodyPart | None:
    """
    A multipart whose boundary is missing, or is not the one that stands between its parts,
    by the boundary that does; None where none does.
    """
    octets = octets_of(message)
    edge = _EDGE.search(octets)
    if edge is None:
        return None
    field = b'Content-Type: multipart/mixed; boundary="' + edge[1] + b'"\r\n\r\n'
    found: BodyPart = BytesParser().parsebytes(field + octets)
    if not found.is_multipart():
        return None
    said = BytesHeaderParser().parsebytes(b"")
    for name, value in message.raw_items():
        said[name] = value
    said.set_payload(found.get_payload())
    return said


def _unwrapped(part: Part) -> BodyPart | None:
    """
    The part that S/MIME wrapped in this one to sign or compress it; None if none was.
    """
    kind = part.content_type
    named = part.first("content-disposition") + part.first("content-type")
    is_wrapping = kind in _WRAPPED or (kind == _ANYTHING and _ENDING in named.lower())
    if not is_wrapping:
        return None
    content = content_in(part.octets)
    if content is None:
        return None
    scan(content)
    return BytesParser().parsebytes(content)


def fields_in(header: bytes) -> Fields:
    """
    The fields of a header, as those of a part.
    """
    return part_of(BytesHeaderParser().parsebytes(header)).fields


def _content_type(message: BodyPart) -> str:
    """
    Type and subtype. RFC 2045 §5.2: what breaks the grammar is text/plain, but for the type
    in front of a parameter without its semicolon, which says well enough what it is.
    """
    content_type = clean(message.get_content_type()).strip()
    if _TYPE.fullmatch(content_type):
        return _MISNAMED.get(content_type, content_type)
    begins = _TYPE_AND_MORE.match(content_type)
    return begins[1] if begins else "text/plain"


def _payload_parts(message: BodyPart) -> list[BodyPart]:
    """
    None for a leaf. (Asking a leaf for its payload decodes it, by a charset that may be a lie.)
    """
    return cast("list[BodyPart]", message.get_payload()) if message.is_multipart() else []


def _unfolded(value: str) -> str:
    """
    One line of text. Raw octets are read as UTF-8, else as Windows-1252: what
    clients that ignore RFC 6532 write.
    """
    value = str(value)
    if not value.isascii():
        octets = value.encode("ascii", "surrogateescape") if _is_escaped(value) else value.encode()
        value = decoded(octets, "utf-8")
    if "\n" in value:
        value = _FOLD.sub(" ", value)
    # Most fields are of visible ASCII; one look is enough to know it.
    return (value if value.isascii() and value.isprintable() else clean(value)).strip()


def _is_escaped(value: str) -> bool:
    return all(ord(each) < 128 or 0xDC80 <= ord(each) <= 0xDCFF for each in value)


class _AsItCame(Compat32):
    """
    Header fields written back as they were read: folding them anew takes the library
    seconds for an attached message of many, and changes what is kept.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("utf-8", "surrogateescape")


_AS_IT_CAME = _AsItCame()


def _as_it_came(message: BodyPart) -> bytes:
    try:
        return message.as_bytes(policy=_AS_IT_CAME)
    except (UnicodeError, LookupError):  # 8-bit text where the library expects none
        return message.as_string().encode("utf-8", "replace")
