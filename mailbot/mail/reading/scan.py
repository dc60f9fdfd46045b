"""
A cheap look at the octets before anything parses them.

The parser's cost is not linear in what a stranger can send: 0.8 MB of encoded
words in a Subject keep it busy for 18 seconds, 60,000 addresses for three. What
is beyond these bounds is held for a person, never half-read.
"""

import re
from collections.abc import Iterator
from itertools import islice

#: Far above anything a mail client writes, far below what hurts.
MOST_HEADER_OCTETS = 256 * 1024
MOST_FIELDS = 1_000
MOST_ADDRESSES = 2_000
MOST_ENCODED_WORDS = 2_000
MOST_PARTS = 500
MOST_BOUNDARIES = 40
#: Parsing less than these takes half a second at most, whatever it is.
HEAVY_OCTETS = 256 * 1024
HEAVY_LINES = 5_000
MOST_PART_FIELD_OCTETS = 8 * 1024
#: What is kept of a header beyond them: far more than clients and servers write.
_LONGEST_FIELD = 4 * 1024
_MOST_KEPT = 200

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^[!-9;-~]+[ \t]*:", re.MULTILINE)
_SPACE_BEFORE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:")
_FOLDED = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*")
_MULTIPART = re.compile(rb"content-type[ \t]*:\s*multipart/")
_LONE_CR = re.compile(rb"\r(?!\n|$)")


class Malformed(Exception):  # noqa: N818 - the word of the trade
    """
    The message cannot be read within our bounds; str() names the bound, never the content.
    """


def header_of(content: bytes) -> bytes:
    """
    The octets up to the first empty line, or all of them.
    """
    end = _END_OF_HEADER.search(content)
    return content[: end.start()] if end else content


def mended_header(content: bytes) -> bytes:
    """
    The content with a header that parsers can go through to its end: a space before
    a colon goes (RFC 5322 §4.5 has it), and a line that is no field is taken for
    the rest of the one above, where the library would take all below for the body.
    A lone CR, which it takes for a line end and others do not, is a space.
    """
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    end = len(header_of(content))
    lines = _LONE_CR.sub(b" ", content[:end]).split(b"\n")
    fields = [bool(_FIELD.match(line)) for line in lines]
    last = max((index for index, is_field in enumerate(fields) if is_field), default=-1)
    for index, line in enumerate(lines[: last + 1]):
        if fields[index]:
            lines[index] = _SPACE_BEFORE_COLON.sub(rb"\1:", line)
        elif index and line.strip() and line[:1] not in {b" ", b"\t"}:
            lines[index] = b" " + line
    return b"\n".join(lines) + content[end:]


def short_header(content: bytes) -> bytes:
    """
    Of a header beyond the bounds the fields of ordinary size among the first: who wrote
    it, when, and what marks a machine. What is left may be beyond the bounds still.
    """
    header = header_of(mended_header(content[:MOST_HEADER_OCTETS]))
    fields = (each[0] for each in _FOLDED.finditer(header))
    kept = (each for each in fields if len(each) <= _LONGEST_FIELD and _FIELD.match(each))
    return b"\n".join(islice(kept, _MOST_KEPT))


def scan(content: bytes) -> None:
    """
    Raise Malformed if parsing *content* could take long or nest deeply.
    """
    scan_header(header_of(content))
    # Counted over the whole content: every part, and every level of a nest, needs one of
    # these. Finding octets is a hundred times as fast as any pattern: 30 MB pass in a blink.
    seen = b"\n" + content.lower().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if seen.count(b"\ncontent-type") > MOST_PARTS:
        raise Malformed(f"more than {MOST_PARTS} parts")
    fields = list(_part_fields(seen))
    if sum(map(_opens_a_level, fields)) > MOST_BOUNDARIES:
        raise Malformed(f"more than {MOST_BOUNDARIES} multipart levels")
    # The library takes a parameter after the other from the front, each time copying the rest.
    sizes = [len(each) for each in fields]
    if sum(sizes) > MOST_HEADER_OCTETS:
        raise Malformed(f"Content fields larger than {MOST_HEADER_OCTETS // 1024} KB")
    if max(sizes, default=0) > MOST_PART_FIELD_OCTETS:
        raise Malformed(f"a Content field larger than {MOST_PART_FIELD_OCTETS // 1024} KB")


def is_heavy(content: bytes) -> bool:
    """
    Whether parsing it could be felt by whoever waits for the event loop; it is then
    worth a process of its own (`confined`). What costs time is octets, and lines.
    """
    return len(content) > HEAVY_OCTETS or _lines(content) > HEAVY_LINES


def _lines(content: bytes) -> int:
    # The library ends a line at a lone CR too.
    return content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")


def _part_fields(seen: bytes) -> Iterator[bytes]:
    """
    The Content fields of all parts, each with its folded lines; at most so many that
    their bound is broken.
    """
    place = seen.find(b"\ncontent-")
    for _ in range(MOST_PARTS * 10):
        if place < 0:
            return
        field = _FOLDED.match(seen, place + 1, place + 2 + 2 * MOST_PART_FIELD_OCTETS)
        yield field[0] if field else b""
        place = seen.find(b"\ncontent-", place + 1)
    raise Malformed(f"more than {MOST_PARTS * 10} Content fields")


def _opens_a_level(field: bytes) -> bool:
    return bool(_MULTIPART.match(field))


def scan_header(header: bytes) -> None:
    if len(header) > MOST_HEADER_OCTETS:
        raise Malformed(f"header larger than {MOST_HEADER_OCTETS // 1024} KB")
    _bound(_FIELD.findall(header), MOST_FIELDS, "header fields")
    if header.count(b"@") > MOST_ADDRESSES:
        raise Malformed(f"more than {MOST_ADDRESSES} addresses in the header")
    if header.count(b"=?") > MOST_ENCODED_WORDS:
        raise Malformed(f"more than {MOST_ENCODED_WORDS} encoded words in the header")


def _bound(found: list[bytes], most: int, what: str) -> None:
    if len(found) > most:
        raise Malformed(f"more than {most} {what}")
