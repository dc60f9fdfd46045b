"""
Which lines of an answer are our own words coming back, marked as quoted or not.

Compared are letters and digits only, so that no client can hide a repetition by
wrapping, indenting, drawing bars or printing the address of a link beside it.
"""

import re
import unicodedata

#: Fewer characters in a row may be anybody's.
TELLING = 12
#: Of a line so much must be ours; the rest may be a client's own signs.
_NEARLY_ALL = 0.9
#: More places where one row of characters stands in our text are not looked at.
_MOST_PLACES = 8
#: What clients that turn HTML into text print beside a link or for a picture.
_ADDED = re.compile(r"<(?:mailto:|https?://|tel:)[^>\s]*>|\[(?:cid|image):[^\]]*\]", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")
#: For text that is ASCII, which most is: no pattern is as fast.
_NOT_ALNUM = bytes(each for each in range(128) if not chr(each).isalnum())


def squeezed(line: str) -> str:
    """
    The letters and digits of the line, in one case.
    """
    if "<" in line or "[" in line:
        line = _ADDED.sub("", line)
    if line.isascii():
        return line.encode().lower().translate(None, _NOT_ALNUM).decode()
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", line).casefold())


def repeated(lines: list[str], ours: str) -> set[int]:
    """
    The indexes of the lines that stand in *ours*.

    A row of characters that is found there is ours wherever it stands. A line too
    short for that is ours if it is a whole line of ours and something of ours stands
    above it: then the client repeats without a sign, and an answer stands between.
    """
    said = [squeezed(line) for line in lines]
    ours_by_line = [squeezed(line) for line in ours.splitlines()]
    if not any(ours_by_line):
        return set()
    covered = _covered("".join(said), "".join(ours_by_line))
    whole_lines = {line for line in ours_by_line if line}
    found: set[int] = set()
    position = 0
    for index, line in enumerate(said):
        share = sum(covered[position : position + len(line)])
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
    places: dict[str, list[int]] = {}
    for start in range(len(ours) - TELLING + 1):
        found = places.setdefault(ours[start : start + TELLING], [])
        if len(found) < _MOST_PLACES:
            found.append(start)
    position = 0
    while position <= len(said) - TELLING:
        starts = places.get(said[position : position + TELLING])
        if starts is None:
            position += 1
            continue
        length = max(_common(said, position, ours, start) for start in starts)
        covered[position : position + length] = b"\x01" * length
        # A row may begin inside another one: a client may leave out a line.
        position += length - TELLING + 1
    return covered


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
