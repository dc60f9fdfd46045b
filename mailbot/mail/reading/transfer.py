"""
Octets out of their transfer encoding (RFC 2045 §6), also where that is not what is claimed.
"""

import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from email.message import Message
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    BodyPart: TypeAlias = Message[str, str]
else:
    BodyPart = Message

_ENCODING = "content-transfer-encoding"
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_NOISE = re.compile(rb"[^A-Za-z0-9+/=]+")
_CHUNK = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
#: RFC 2045 §6.7 (3): white space behind a line was added on the way, and hides that it goes on.
_PADDED_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_SHORTEST = 20  # octets of base64 that was cut off


def octets_of(part: BodyPart) -> bytes:
    """
    What a leaf holds, without its transfer encoding.
    """
    keyword = _keyword(part)
    if keyword == "base64" and (octets := _from_base64(part)) is not None:
        return octets
    if keyword == "quoted-printable":
        raw = _raw(part)
        if _PADDED_BREAK.search(raw):
            return _decoded(_PADDED_BREAK.sub(b"=", raw), keyword)
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def octets_of_text(part: BodyPart, octets: bytes) -> bytes:
    """
    The *octets* of a text with all that a person could read in it: what is no base64 at
    all, or stands below it, was set there by a program that did not look.
    """
    if _keyword(part) != "base64":
        return octets
    lines = [line.strip() for line in _raw(part).splitlines()]
    in_words = sum(len(line) for line in lines if b" " in line)
    if in_words * 2 > sum(map(len, lines)):
        return _raw(part)
    end = _where_text_begins(lines)
    encoded = b"".join(lines[:end])
    is_undone = octets.translate(None, b" \r\n") != b"".join(lines).translate(None, b" ")
    is_one = b"=" not in encoded.rstrip(b"=")
    if end == len(lines) and is_one and (is_undone or len(encoded) < _SHORTEST):
        return octets
    read = b"".join(map(_whole, _CHUNK.findall(_NOISE.sub(b"", encoded))))
    return b"\n".join([read, *lines[end:]])


def _where_text_begins(lines: list[bytes]) -> int:
    """
    The index of the first line behind base64 that is at its end; the number of lines
    where there is none.
    """
    is_at_its_end = False
    for index, line in enumerate(lines):
        if not line:
            continue
        if is_at_its_end and not _BASE64_LINE.fullmatch(line):
            return index
        is_at_its_end = line.endswith(b"=") or (index > 0 and len(line) < len(lines[0]))
    return len(lines)


def _whole(chunk: bytes) -> bytes:
    """
    A piece of base64 as far as it goes: what was cut off inside of four is left out.
    """
    digits = chunk.rstrip(b"=")
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return a2b_base64(digits + b"==")


def _keyword(part: BodyPart) -> str:
    said = str(part.get(_ENCODING, ""))
    # RFC 2045 §6.1 allows a comment; the library then decodes nothing.
    keyword = said.partition("(")[0].partition(";")[0].strip(" '\"")
    if said and keyword != said:
        part.replace_header(_ENCODING, keyword)
    return keyword.lower()


def _raw(part: BodyPart) -> bytes:
    """
    The octets as they came.
    """
    said = part[_ENCODING]
    part.replace_header(_ENCODING, "8bit")
    payload = part.get_payload(decode=True)
    part.replace_header(_ENCODING, said)
    return payload if isinstance(payload, bytes) else b""


def _decoded(raw: bytes, keyword: str) -> bytes:
    part: BodyPart = Message()
    part[_ENCODING] = keyword
    part.set_payload(raw.decode("ascii", "surrogateescape"))
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _from_base64(part: BodyPart) -> bytes | None:
    """
    What the library would make of base64 without a fault, in a third of the memory: it
    takes the lines apart first. None where it has to look itself.
    """
    # Asked for the text of a part that names a charset, the library decodes it by that.
    if part.is_multipart() or part.get_param("charset") is not None:
        return None
    try:
        return a2b_base64(cast("str", part.get_payload()))
    except (NotBase64, ValueError):
        return None
