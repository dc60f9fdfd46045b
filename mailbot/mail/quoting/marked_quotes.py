"""
What stands beside a quote that a client has marked line by line: the ends of lines that were
wrapped off without their sign, and, below it all, the answer.
"""

import re

from mailbot.mail.quoting.client_words import is_quoted
from mailbot.mail.quoting.repeated import squeezed

_DRAWN = re.compile(r"[\s\-_=*~|]+")
_MOST_EMPTY = 8  # lines that may stand between two of a quote
_A_PART = 120  # letters and digits of ours that nobody says by chance


def below_a_marked_quote(lines: list[str], certain: set[int]) -> set[int]:
    """
    The indexes of what stands below a quote of our mail that the client has marked line by
    line: there a phrase of ours is the writer's, who says "it is not resolved" as we do, or
    signs with the firm's name.
    """
    last = max((index for index, line in enumerate(lines) if is_quoted(line)), default=-1)
    below = last + 1
    if last >= 0 and squeezed(lines[last]):
        # Its end may have been wrapped off without its sign.
        while below < len(lines) and below in certain:
            below += 1
    ours = {index: len(squeezed(lines[index])) for index in certain if index < len(lines)}
    marked = sum(length for index, length in ours.items() if is_quoted(lines[index]))
    above = sum(length for index, length in ours.items() if index < below) - marked
    freed = {index: length for index, length in ours.items() if index >= below}
    is_a_part = sum(freed.values()) >= _A_PART
    return set() if last < 0 or marked <= above or is_a_part else set(freed)


def is_between(lines: list[str], index: int, certain: set[int]) -> bool:
    """
    Whether a line says nothing and stands between two such: a client has wrapped a rule of ours.
    """
    if not _DRAWN.fullmatch(lines[index]):
        return False
    below = next((at for at in _just_below(lines, index) if squeezed(lines[at])), None)
    return index - 1 in certain and below in certain


def ends_a_quoted_link(lines: list[str], index: int) -> bool:
    """
    Whether a line is what a client has wrapped off a link between two quoted lines: it ends
    a bracket that it has not begun, or the sign of the quote has gone to its end.
    """
    said = lines[index].strip()
    if not said.endswith((")", ">")) or not 0 < index < len(lines) - 1:
        return False
    if not is_quoted(lines[index - 1]) or not is_quoted(lines[index + 1]):
        return False
    is_rest = " " not in said and said.count(")") > said.count("(")
    return is_rest or (said.endswith(") >") and said.startswith("(http"))


def _just_below(lines: list[str], index: int) -> range:
    return range(index + 1, min(index + _MOST_EMPTY, len(lines)))
