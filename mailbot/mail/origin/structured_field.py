"""
A structured header field taken apart: words, quoted strings and comments (RFC 5322 §3.2).

Strict on purpose: what decides whom we believe is read as the grammar has it, or not at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

#: Characters. No host writes as many of its own; taking more apart could be felt.
LONGEST = 8 * 1024

_PIECE = re.compile(r'(?P<blank>\s+)|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"()]+)', re.DOTALL)
_IN_A_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Kind(StrEnum):
    WORD = "word"
    QUOTED = "quoted"
    COMMENT = "comment"
    BLANK = "blank"


@dataclass(frozen=True)
class Piece:
    """
    A stretch of a field; of a quoted string or a comment what stands inside.
    """

    kind: Kind
    text: str


class Unreadable(ValueError):  # noqa: N818 - what it is, not whose fault
    """
    A quoted string or a comment is never closed, or closed twice; or it is too long.
    """


def pieces(value: str) -> Iterator[Piece]:
    """
    All of an unfolded value, in order; raises Unreadable where it cannot go on.
    """
    if len(value) > LONGEST:
        raise Unreadable
    place = 0
    while place < len(value):
        if value[place] == "(":
            end = _end_of_comment(value, place)
            yield Piece(Kind.COMMENT, " ".join(value[place + 1 : end - 1].split()))
            place = end
            continue
        piece = _PIECE.match(value, place)
        if piece is None:
            raise Unreadable
        kind = Kind(str(piece.lastgroup))
        text = piece[kind.value]
        yield Piece(kind, _ESCAPED.sub(r"\1", text) if kind is Kind.QUOTED else text)
        place = piece.end()


def _end_of_comment(value: str, start: int) -> int:
    """
    The place behind the comment that begins at *start*. Comments nest.
    """
    depth = 0
    for mark in _IN_A_COMMENT.finditer(value, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    raise Unreadable
