"""
Which lines of an answer are our own words coming back, marked as quoted or not.

Compared are letters and digits only, so that no client can hide a repetition by
wrapping, indenting, drawing bars or printing the address of a link beside it.
"""

import re
import unicodedata
from collections.abc import Sequence

#: Fewer characters in a row may be anybody's.
TELLING = 12
#: Of a line so much must be ours; the rest may be a client's own signs.
_NEARLY_ALL = 0.9
#: More places where one row of characters stands in our text are not looked at.
_MOST_PLACES = 8
#: Half a telling row: wherever one begins, a whole block of ours stands in it.
_BLOCK = TELLING // 2
#: So many rows are searched for; beyond it is cheaper to list where each row of ours stands.
_MOST_SEARCHED = 500
#: What clients that turn HTML into text print beside a link or for a picture.
_ADDED = re.compile(r"<(?:mailto:|https?://|tel:)[^>\s]*>|\[(?:cid|image):[^\]]*\]", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")
#: For text that is ASCII, which most is: no pattern is as fast.
_NOT_ALNUM = bytes(each for each in range(128) if not chr(each).isalnum())
_NOT_IN_A_LINE = _NOT_ALNUM.replace(b"\n", b"")


def squeezed(line: str) -> str:
    """
    The letters and digits of the line, in one case.
    """
    if "<" in line or "[" in line:
        line = _ADDED.sub("", line)
    if line.isascii():
        return line.encode().lower().translate(None, _NOT_ALNUM).decode()
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", line).casefold())


def squeezed_lines(lines: Sequence[str]) -> list[str]:
    """
    Each line squeezed: all those at once that hold nothing but ASCII and no brackets.
    """
    plain = [line.isascii() and "<" not in line and "[" not in line for line in lines]
    together = "\n".join([line if ok else "" for line, ok in zip(lines, plain, strict=True)])
    found = together.encode().lower().translate(None, _NOT_IN_A_LINE).decode().split("\n")
    if len(found) != len(lines):
        return [squeezed(line) for line in lines]
    return [
        each if ok else squeezed(line) for each, ok, line in zip(found, plain, lines, strict=True)
    ]


def repeated(lines: list[str], ours: str) -> set[int]:
    """
    The indexes of the lines that stand in *ours*.

    A row of characters that is found there is ours wherever it stands. A line too
    short for that is ours if it is a whole line of ours and something of ours stands
    above it: then the client repeats without a sign, and an answer stands between.
    """
    said = squeezed_lines(lines)
    ours_by_line = squeezed_lines(ours.splitlines())
    if not any(ours_by_line):
        return set()
    covered = _covered("".join(said), "".join(ours_by_line))
    whole_lines = {line for line in ours_by_line if line}
    found: set[int] = set()
    position = 0
    for index, line in enumerate(said):
        share = covered.count(1, position, position + len(line))
        position += len(line)
        if not line:
            continue
        if share >= _NEARLY_ALL * len(line) or (found and line in whole_lines):
            found.add(index)
    return found


def _covered(said: str, ours: str) -> bytearray:
    """
    For each character of *said* 1 if it belongs to a telling row that stands in *ours*.
    """
    covered = bytearray(len(said))
    rows = _Rows(ours)
    position = 0
    while (position := rows.next_in(said, position)) <= len(said) - TELLING:
        starts = rows.starts(said[position : position + TELLING])
        if not starts:
            position += 1
            continue
        length = max(_common(said, position, ours, start) for start in starts)
        covered[position : position + length] = b"\x01" * length
        # A row may begin inside another one: a client may leave out a line.
        position += length - TELLING + 1
    return covered


class _Rows:
    """
    The telling rows of our text. Most of what is asked for stands nowhere in it, and the
    blocks tell: a sixth of the work of listing every row.
    """

    def __init__(self, ours: str) -> None:
        self._ours = ours
        self._blocks = {ours[at : at + _BLOCK] for at in range(0, len(ours) - _BLOCK + 1, _BLOCK)}
        self._block_at = -1
        self._searched = 0
        self._places: dict[str, list[int]] = {}

    def next_in(self, said: str, position: int) -> int:
        """
        The first place from there on where a row of ours may begin in *said*, or its end.
        """
        if position <= self._block_at:
            return position
        blocks = self._blocks
        for at in range(position, len(said) - _BLOCK + 1):
            if said[at : at + _BLOCK] in blocks:
                self._block_at = at
                return max(position, at - _BLOCK + 1)
        return len(said)

    def starts(self, row: str) -> list[int]:
        """
        Where the row stands in our text, the first places.
        """
        if self._searched == _MOST_SEARCHED:
            return self._listed().get(row, [])
        self._searched += 1
        found: list[int] = []
        start = self._ours.find(row)
        while start >= 0 and len(found) < _MOST_PLACES:
            found.append(start)
            start = self._ours.find(row, start + 1)
        return found

    def _listed(self) -> dict[str, list[int]]:
        if not self._places:
            for start in range(len(self._ours) - TELLING + 1):
                found = self._places.setdefault(self._ours[start : start + TELLING], [])
                if len(found) < _MOST_PLACES:
                    found.append(start)
        return self._places


def _common(said: str, position: int, ours: str, start: int) -> int:
    """
    How long the row is that begins in both at these places, TELLING at least.
    """
    # What is equal as far as the middle need not be looked at again.
    length, most = TELLING, min(len(said) - position, len(ours) - start)
    while length < most:
        middle = (length + most + 1) // 2
        if said.startswith(ours[start + length : start + middle], position + length):
            length = middle
        else:
            most = middle - 1
    return length
