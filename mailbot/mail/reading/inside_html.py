"""
Files that stand in the HTML itself, as `data:` addresses (RFC 2397): taken out of it.

A picture pasted into a mail may be nowhere else. As text it is megabytes of letters.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote_to_bytes

#: Of one mail's HTML; what is beyond stays out and is named.
MOST_FILES = 20
MOST_OCTETS = 20 * 1024 * 1024

#: Where a reader would see it or could open it: not what a style sheet draws.
_BEGINS = re.compile(r"\b(?:src|href|data|poster)\s*=\s*(?P<quote>[\"']?)\s*data:", re.IGNORECASE)
_ENDS = {'"': re.compile('["<>]'), "'": re.compile("['<>]"), "": re.compile(r"[\s\"'<>]")}
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")


@dataclass(frozen=True)
class Inside:
    """
    A file that stood in the HTML; without octets if it could not be taken out.
    """

    content_type: str
    octets: bytes = field(repr=False)
    #: Why there are no octets.
    left_out: str = ""


def taken_out(html: str) -> tuple[str, tuple[Inside, ...]]:
    """
    The HTML without its `data:` addresses, and what they held.
    """
    kept: list[str] = []
    files: dict[Inside, None] = {}
    left = MOST_OCTETS
    place = 0
    for begins in _BEGINS.finditer(html):
        if begins.start() < place:
            continue
        ends = _ENDS[begins["quote"]].search(html, begins.end())
        end = ends.start() if ends else len(html)
        if len(files) <= MOST_FILES:
            found = _read(html[begins.end() : end], left, is_beyond=len(files) == MOST_FILES)
            files.setdefault(found)
            left -= len(found.octets)
        kept.append(html[place : begins.end() - len("data:")])
        place = end
    return "".join([*kept, html[place:]]), tuple(files)


def _read(said: str, most: int, *, is_beyond: bool) -> Inside:
    kind, comma, data = said.partition(",")
    named = _TYPE.match(kind.strip())
    content_type = named[0].lower() if named else "text/plain"
    if is_beyond:
        return Inside(content_type, b"", f"one of more than {MOST_FILES}")
    if len(data) > most * 4 // 3:
        return Inside(content_type, b"", "too large")
    try:
        octets = unquote_to_bytes(unescape(data))
        if kind.lower().rstrip().endswith("base64"):
            octets = b64decode(octets + b"==")
    except (NotBase64, ValueError):
        octets = b""
    if not comma or not octets:
        return Inside(content_type, b"", "not readable")
    return Inside(content_type, octets)
