"""
The parts of a message, and what stands in each: fields, octets, text.

The library decodes what it is asked for by charsets that may be a lie, and folds anew
what it writes back; in here nothing is decoded but by `charsets`, and nothing folded.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.policy import Compat32
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, TypeAlias, cast

from mailbot.mail.reading.charsets import decoded

if TYPE_CHECKING:
    BodyPart: TypeAlias = Message[str, str]
else:
    BodyPart = Message
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: RFC 2046 §5.2.1, RFC 3462 §2, RFC 6532 §3.7, RFC 6533 §3
MESSAGES = {"message/rfc822", "message/global"}
HEADERS = {"message/rfc822-headers", "message/global-headers"}
STATUSES = {"message/delivery-status", "message/global-delivery-status"}
DISPOSITIONS = {"message/disposition-notification", "message/global-disposition-notification"}


def own_parts(message: BodyPart) -> Iterator[BodyPart]:
    """
    The leaves that this sender wrote or attached; an attached message is a leaf.
    """
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in children(message):
            yield from own_parts(part)
    else:
        yield message


def children(part: BodyPart) -> list[BodyPart]:
    """
    The parts of a part; none for a leaf. (Asking a leaf for its payload decodes it,
    by a charset that may be a lie.)
    """
    return cast("list[BodyPart]", part.get_payload()) if part.is_multipart() else []


def fields_of(message: BodyPart) -> Iterator[tuple[str, str]]:
    """
    The names, lower-case, and unfolded values of all header fields, from the top.
    """
    for name, value in message.raw_items():
        yield name.lower().strip(), unfolded(str(value))


def topmost(message: BodyPart, name: str) -> tuple[str, ...]:
    """
    The values of the first fields of that name which nothing stands between.
    """
    from_there = dropwhile(lambda each: each[0] != name, fields_of(message))
    return tuple(value for _, value in takewhile(lambda each: each[0] == name, from_there))


def unfolded(value: str) -> str:
    """
    One line of text. Raw octets are read as UTF-8, else as Windows-1252: what
    clients that ignore RFC 6532 write.
    """
    if not value.isascii():
        octets = value.encode("ascii", "surrogateescape") if _is_escaped(value) else value.encode()
        value = decoded(octets, "utf-8")
    return clean(re.sub(r"\r?\n[ \t]?", " ", value)).strip()


def _is_escaped(value: str) -> bool:
    return all(ord(each) < 128 or 0xDC80 <= ord(each) <= 0xDCFF for each in value)


def inner(part: BodyPart) -> bytes:
    return b"\r\n".join(map(_octets, children(part)))


def _octets(message: BodyPart) -> bytes:
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


def payload(part: BodyPart) -> bytes:
    said = str(part.get("content-transfer-encoding", ""))
    # RFC 2045 §6.1 allows a comment; the library then decodes nothing.
    keyword = said.partition("(")[0].partition(";")[0].strip(" '\"")
    if said and keyword != said:
        part.replace_header("content-transfer-encoding", keyword)
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def text_in(part: BodyPart) -> str:
    try:
        charset = part.get_content_charset() or "utf-8"
    except (LookupError, UnicodeError, ValueError):
        charset = "utf-8"
    return decoded(payload(part), charset)


def clean(text: str) -> str:
    """
    Without control characters and lone surrogates, with plain line ends.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", text.encode("utf-8", "replace").decode())
