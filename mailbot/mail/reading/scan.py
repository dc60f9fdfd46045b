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
_MOST_PART_FIELDS = MOST_PARTS * 10
#: What is kept of a header beyond them: far more than clients and servers write.
_LONGEST_FIELD = 4 * 1024
_MOST_KEPT = 200

#: Octets that are looked at in one go: copies of all of a large message would be felt.
_PIECE = 1024 * 1024

_END_OF_HEADER = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"^[!-9;-~]+[ \t]*:", re.MULTILINE)
_SPACE_BEFORE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:")
#: A header with nothing to mend.
_ORDERLY = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?(?:\n|\Z))+")
_FOLDED = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*")
_MULTIPART = re.compile(rb"content-type[ \t]*:\s*multipart/")
#: What some programs set before text to say that it is Unicode, and other invisible characters.
_MARK = rb"(?:\xef\xbb\xbf|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xc2\xa0|\xfe\xff|\xff\xfe)"
_MARKED = re.compile(rb"^" + _MARK + rb"+[ \t]*(?=[!-9;-~]+[ \t]*:)")
_ATOM = re.compile(rb"[!-~]")
_ABOVE = re.compile(rb"(?:[ \t]*\r?\n|" + _MARK + rb")*[ \t]*(?=[!-9;-~]+[ \t]*:)")
_MOST_ABOVE = 4 * 1024  # octets
_FROM = re.compile(rb"from[ \t]*:", re.IGNORECASE)
_NO_SEMICOLON = re.compile(
    rb"^(content-type[ \t]*:\s*[\w+.-]+/[\w+.-]+)\s+(?:boundary|charset|name|type|report-type)[ \t]*=",
    re.IGNORECASE | re.MULTILINE,
)
#: RFC 4155, also in the quoted form that is meant for a body.
_MBOX_LINE = re.compile(rb">*From \S+ .*\d\d:\d\d")
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
    return content[: end.start()].removesuffix(b"\r") if end else content


def mended_header(content: bytes) -> bytes:
    """
    The content with a header that parsers can go through to its end: a space before
    a colon goes (RFC 5322 §4.5 has it), and a line that is no field is taken for
    the rest of the one above, where the library would take all below for the body.
    A Content-Type without the semicolon behind its type gets it. A lone CR, which it takes for a line end and others do not, is a space. Empty lines
    above the first field, the mark of a charset before one, and the line with which an
    mbox begins a message are left out.
    """
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    if not _ATOM.match(content) and (above := _ABOVE.match(content, 0, _MOST_ABOVE)):
        content = content[above.end() :]
    header = header_of(content)
    if unparted := _NO_SEMICOLON.search(header):
        content = content[: unparted.end(1)] + b";" + content[unparted.end(1) :]
        header = header_of(content)
    if _ORDERLY.fullmatch(header):
        return content
    end = len(header)
    lines = _lines_of_fields(_LONE_CR.sub(b" ", header).split(b"\n"))
    fields = [bool(_FIELD.match(line)) for line in lines]
    last = max((index for index, is_field in enumerate(fields) if is_field), default=-1)
    for index, line in enumerate(lines[: last + 1]):
        if fields[index]:
            lines[index] = _SPACE_BEFORE_COLON.sub(rb"\1:", line)
        elif index and line.strip() and line[:1] not in {b" ", b"\t"}:
            lines[index] = b" " + line
    return b"\n".join(lines) + content[end:]


def _lines_of_fields(lines: list[bytes]) -> list[bytes]:
    """
    The lines without what stands before a field, or between them, by a program's mistake.
    """
    lines = [_MARKED.sub(b"", line) for line in lines]
    first = next((index for index, line in enumerate(lines) if _FIELD.match(line)), 0)
    if first and not lines[0].startswith(b"From ") and any(map(_FROM.match, lines)):
        lines = lines[first:]
    return [line for index, line in enumerate(lines) if not (index and _MBOX_LINE.match(line))]


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
    parts = levels = 0
    sizes: list[int] = []
    for seen, end in _pieces(content):
        parts += seen.count(b"\ncontent-type", 0, end)
        for field in islice(_part_fields(seen, end), _MOST_PART_FIELDS + 1 - len(sizes)):
            levels += bool(_MULTIPART.match(field))
            sizes.append(len(field))
    if parts > MOST_PARTS:
        raise Malformed(f"more than {MOST_PARTS} parts")
    if len(sizes) > _MOST_PART_FIELDS:
        raise Malformed(f"more than {_MOST_PART_FIELDS} Content fields")
    if levels > MOST_BOUNDARIES:
        raise Malformed(f"more than {MOST_BOUNDARIES} multipart levels")
    # The library takes a parameter after the other from the front, each time copying the rest.
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


def _pieces(content: bytes) -> Iterator[tuple[bytes, int]]:
    """
    The content for looking at, piece by piece: lower-case, with plain line ends, one of
    them in front. A piece ends with a line, at the place that is told; behind it stands
    what a field may be folded onto.
    """
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + _PIECE) + 1 or len(content)
        piece = _plain(content[start:end])
        # A line end may take two octets.
        ahead = _plain(content[end : end + 5 * MOST_PART_FIELD_OCTETS])
        yield b"\n" + piece + ahead, len(piece) + 1
        start = end


def _plain(octets: bytes) -> bytes:
    octets = octets.lower()
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in octets else octets


def _part_fields(seen: bytes, end: int) -> Iterator[bytes]:
    """
    The Content fields that begin before *end*, each with its folded lines; of a long one
    as much as breaks the bound.
    """
    place = seen.find(b"\ncontent-", 0, end)
    while place >= 0:
        field = _FOLDED.match(seen, place + 1, place + 2 + 2 * MOST_PART_FIELD_OCTETS)
        yield field[0] if field else b""
        place = seen.find(b"\ncontent-", place + 1, end)


def scan_header(header: bytes) -> None:
    if len(header) > MOST_HEADER_OCTETS:
        raise Malformed(f"header larger than {MOST_HEADER_OCTETS // 1024} KB")
    # Where there are fewer lines nothing has to be counted.
    if header.count(b"\n") >= MOST_FIELDS and len(_FIELD.findall(header)) > MOST_FIELDS:
        raise Malformed(f"more than {MOST_FIELDS} header fields")
    if header.count(b"@") > MOST_ADDRESSES:
        raise Malformed(f"more than {MOST_ADDRESSES} addresses in the header")
    if header.count(b"=?") > MOST_ENCODED_WORDS:
        raise Malformed(f"more than {MOST_ENCODED_WORDS} encoded words in the header")
