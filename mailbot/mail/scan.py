"""
A cheap look at the octets before anything parses them.

The parser's cost is not linear in what a stranger can send: 0.8 MB of encoded
words in a Subject keep it busy for 18 seconds, 60,000 addresses for three. What
is beyond these bounds is held for a person, never half-read.
"""

import re

#: Far above anything a mail client writes, far below what hurts.
MOST_HEADER_OCTETS = 256 * 1024
MOST_FIELDS = 1_000
MOST_ADDRESSES = 2_000
MOST_ENCODED_WORDS = 2_000
MOST_PARTS = 500
MOST_BOUNDARIES = 40

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^[!-9;-~]+[ \t]*:", re.MULTILINE)
_SPACE_BEFORE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:")
_PART = re.compile(rb"^content-type[ \t]*:", re.MULTILINE | re.IGNORECASE)
_MULTIPART = re.compile(rb"^content-type[ \t]*:[ \t\r\n]*multipart/", re.MULTILINE | re.IGNORECASE)


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
    """
    end = len(header_of(content))
    lines = content[:end].split(b"\n")
    fields = [bool(_FIELD.match(line)) for line in lines]
    last = max((index for index, is_field in enumerate(fields) if is_field), default=-1)
    for index, line in enumerate(lines[: last + 1]):
        if fields[index]:
            lines[index] = _SPACE_BEFORE_COLON.sub(rb"\1:", line)
        elif index and line.strip() and line[:1] not in {b" ", b"\t"}:
            lines[index] = b" " + line
    return b"\n".join(lines) + content[end:]


def scan(content: bytes) -> None:
    """
    Raise Malformed if parsing *content* could take long or nest deeply.
    """
    header = header_of(content)
    scan_header(header)
    # Counted over the whole content: every level of a nest needs one of these.
    _bound(_PART.findall(content), MOST_PARTS, "parts")
    _bound(_MULTIPART.findall(content), MOST_BOUNDARIES, "multipart levels")


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
