"""
How a mail is spelt in octets: header fields, the ids and names in them, and parts.

Written by hand: the standard library's EmailMessage turns a long References into
encoded words, which no client can thread on, and takes 2.5 ms.
"""

import hashlib
import re
import textwrap
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from mailbot.mail.words import legal, one_line

#: RFC 5322 §2.1.1 and RFC 2047 §2; the first word of a line has the field name before it.
_LINE, _LONGEST_WORD = 76, 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_DOT_ATOM = re.compile(r"(?!\.)(?:[\w!#$%&'*+/=?^`{|}~-]|\.(?!\.|$))+")
_NOT_IN_A_DOMAIN = re.compile(r"[^\w.:\[\]-]")

#: RFC 5322 §2.2.3: a field goes on in lines that begin with white space.
_TO_FIELD = re.compile(rb"(?m)^To:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*")

#: What one system or another does not take in the name of a file.
_NOT_IN_A_FILE_NAME = re.compile(r'[\\/:*?"<>|\ufffd]')
_LONGEST_FILE_NAME = 80
_CHARSET = "utf-8''"
#: RFC 2045 §5.1. Of the composite types none may be base64 (RFC 2046 §5.2.1, RFC 2045 §6.4).
_CONTENT_TYPE = re.compile(r"(?!multipart/|message/)[a-z]+/[\w.+-]{1,60}", re.ASCII | re.IGNORECASE)

#: The lines without a fact of all letters, text and HTML, and room for what the letters
#: of one case have in common. A longer line is somebody's own.
_REMEMBERED, _LONGEST_REMEMBERED = 2048, 1000


@dataclass(frozen=True)
class Enclosure:
    """
    A file that goes with a mail. A type that cannot be written becomes plain octets.
    """

    name: str
    content_type: str
    content: bytes


def field_line(name: str, lines: Iterable[str]) -> str:
    """
    The field, folded at its lines. Nothing else in here writes a line end, so no
    fact can start a field of its own.
    """
    folded = "\r\n ".join(line if line.isprintable() else _CONTROL.sub("", line) for line in lines)
    return f"{name}: {folded}\r\n"


def addressed_to(content: bytes, name: str, address: str) -> bytes:
    """
    The message with another To field, and not an octet of it else changed.
    """
    header, blank, body = content.partition(b"\r\n\r\n")
    to = field_line("To", mailbox(name, address)).removesuffix("\r\n").encode()
    return _TO_FIELD.sub(lambda _: to, header, count=1) + blank + body


def ids(raw: Iterable[str]) -> list[str]:
    """
    Each id once, in `<>`. One that RFC 5322 cannot carry could never be matched: left out.
    """
    return [f"<{each}>" for each in dict.fromkeys(raw) if _ID.fullmatch(each)]


def mailbox(name: str, address: str) -> list[str]:
    return list(_mailbox(name, address))


# The firm writes each of them, to the same customer two or three letters at once.
@lru_cache(64)
def _mailbox(name: str, address: str) -> tuple[str, ...]:
    said, addr_spec = one_line(name), _addr_spec(address)
    if not said:
        return (addr_spec,)
    is_plain = said.isascii() and "=?" not in said and len(said) <= _LONGEST_WORD
    words = [_quoted_string(said)] if is_plain else _encoded_words(said)
    if len(words) == 1 and len(words[0]) + len(addr_spec) < _LINE - len("Reply-To:  <>"):
        return (f"{words[0]} <{addr_spec}>",)
    return (*words, f"<{addr_spec}>")


def _addr_spec(address: str) -> str:
    """
    The address as a header may carry it: a strange local part quoted, a domain in
    ASCII. Only what has no ASCII form stays UTF-8, and needs RFC 6531 (SMTPUTF8).
    """
    local, at, domain = one_line(address).replace("\ufffd", "").rpartition("@")
    if not at:
        raise ValueError("an address without @ cannot be written")
    if not _DOT_ATOM.fullmatch(local):
        bare = local[1:-1] if local[:1] == local[-1:] == '"' else local
        local = _quoted_string(re.sub(r"\\(.)", r"\1", bare))
    return f"{local}@{_ascii_domain(_NOT_IN_A_DOMAIN.sub('', domain))}"


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        encoded = domain.encode("idna").decode("ascii")
        # IDNA 2003 maps some letters to others (RFC 5895): that would be another domain.
        is_same = encoded.encode().decode("idna") == domain.lower()
    except UnicodeError:
        return domain
    return encoded if is_same else domain


def unstructured(text: str) -> list[str]:
    said = one_line(text)
    longest = max(map(len, said.split()), default=0)
    if not said.isascii() or "=?" in said or longest > _LONGEST_WORD:
        return _encoded_words(said)
    width = _LINE - len("Subject: ")
    if len(said) <= width:
        return [said]
    return textwrap.wrap(said, width, break_long_words=False, break_on_hyphens=False)


def _quoted_string(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _encoded_words(text: str) -> list[str]:
    """
    RFC 2047: whole characters in every word, no word or line too long.
    """
    octets = text.encode()
    # §4.1: Q is for text that is mostly ASCII.
    spell = _b_word if sum(each > 127 for each in octets) * 3 > len(octets) else _q_word
    words, piece = [], ""
    for character in text:
        if piece and len(spell(piece + character)) > _LONGEST_WORD:
            words.append(spell(piece))
            piece = ""
        piece += character
    return [*words, spell(piece)]


def _b_word(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def _q_word(text: str) -> str:
    return f"=?utf-8?q?{''.join(map(_q, text.encode()))}?="


def _q(octet: int) -> str:
    # RFC 2047 §5 (3): the few characters that a display name allows.
    character = chr(octet)
    if character == " ":
        return "_"
    is_safe = character.isascii() and (character.isalnum() or character in "!*+-/")
    return character if is_safe else f"={octet:02X}"


def multipart(subtype: str, parts: Sequence[bytes], *, seed: str) -> bytes:
    """
    The parts within one, its Content-Type first; the boundary follows from *seed*.
    """
    # "=_" occurs in no quoted-printable line and in no base64 line.
    boundary = "=_" + hashlib.sha256(seed.encode()).hexdigest()[:32]
    header = field_line("Content-Type", [f"multipart/{subtype};", f'boundary="{boundary}"'])
    inside = b"".join(f"--{boundary}\r\n".encode() + part for part in parts)
    return header.encode() + b"\r\n" + inside + f"--{boundary}--\r\n".encode()


def text_part(subtype: str, text: str, parameters: str = "") -> bytes:
    """
    A part with its own header, in whichever encoding is the shorter.
    """
    # RFC 2046 §5.1.1: the last line end before a boundary is the boundary's.
    name, encoded = "quoted-printable", _quoted_printable(text) + b"\r\n"
    # Base64 takes four octets for three, and a line end for every 76. No character has
    # less than an octet: most parts need not be counted.
    if len(encoded) * 3 * 76 > len(text) * 4 * 78:
        octets = _with_line_ends(text)
        if len(encoded) * 3 * 76 > len(octets) * 4 * 78:
            name, encoded = "base64", encodebytes(octets).replace(b"\n", b"\r\n")
    header = (
        f"Content-Type: text/{subtype}; charset=utf-8{parameters}\r\n"
        f"Content-Transfer-Encoding: {name}\r\n\r\n"
    )
    return header.encode() + encoded


def _quoted_printable(text: str) -> bytes:
    """
    Line by line: none has to do with another, and most stand in all letters of a kind.
    """
    *lines, rest = text.replace("\r\n", "\n").split("\n")
    if rest:
        return b2a_qp(_with_line_ends(text))
    return b"".join(
        [_spelt_again(line) if len(line) <= _LONGEST_REMEMBERED else _spelt(line) for line in lines]
    )


def _with_line_ends(text: str) -> bytes:
    return legal(text).replace("\n", "\r\n").encode()


def _spelt(line: str) -> bytes:
    return b2a_qp(_with_line_ends(f"{line}\n"))


_spelt_again = lru_cache(_REMEMBERED)(_spelt)


def enclosed_part(enclosure: Enclosure) -> bytes:
    """
    The file as a part that a reader is offered to save.
    """
    is_writable = _CONTENT_TYPE.fullmatch(enclosure.content_type)
    kind = enclosure.content_type if is_writable else "application/octet-stream"
    disposition = ["attachment;", *_file_name(enclosure.name)]
    # RFC 2046 §4.1.2: without a charset, text is ASCII, whatever mark it begins with.
    is_marked = kind.lower().startswith("text/") and enclosure.content.startswith(BOM_UTF8)
    header = (
        field_line("Content-Type", [f"{kind};", "charset=utf-8"] if is_marked else [kind])
        + field_line("Content-Disposition", disposition)
        + field_line("Content-Transfer-Encoding", ["base64"])
    )
    encoded = encodebytes(enclosure.content).replace(b"\n", b"\r\n")
    return header.encode() + b"\r\n" + (encoded or b"\r\n")


def _file_name(name: str) -> list[str]:
    """
    The parameter that names a file, one a line. RFC 2231 §3 and §4.1 where the name
    is not short and of ASCII.
    """
    said = one_line(_NOT_IN_A_FILE_NAME.sub("_", one_line(name))).lstrip(". ") or "attachment"
    if len(said) > _LONGEST_FILE_NAME:
        stem, dot, ending = said.rpartition(".")
        kept = dot + ending if stem and len(ending) <= 10 else ""
        said = said[: _LONGEST_FILE_NAME - len(kept)] + kept
    if said.isascii() and len(said) <= _LONGEST_WORD:
        return [f'filename="{said}"']
    pieces = list(_pieces(quote(said, safe="")))
    ends = [";"] * (len(pieces) - 1) + [""]
    return [
        f"filename*{number}*={'' if number else _CHARSET}{piece}{end}"
        for number, (piece, end) in enumerate(zip(pieces, ends, strict=True))
    ]


def _pieces(escaped: str) -> Iterator[str]:
    """
    Pieces that fit a line, with no %XX cut in two.
    """
    piece = ""
    for unit in re.findall("%..|.", escaped):
        if len(piece) + len(unit) > _LONGEST_WORD - len(_CHARSET):
            yield piece
            piece = ""
        piece += unit
    yield piece
