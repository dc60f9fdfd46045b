"""
An index page in values: sections of facts, words and tables. Shown as HTML by `as_page`, and
printed by `as_pdf`: the two say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: How a cell is meant: what was kept, what was broken, what is of less weight.
Tone: TypeAlias = Literal["", "good", "bad", "faint"]


@dataclass(frozen=True)
class Line:
    """
    Some words in a line of their own; with *href* they lead to a file of the bundle.
    """

    text: str
    href: str = ""
    tone: Tone = ""
    is_quote: bool = False
    is_strong: bool = False


#: What stands in one place, line under line.
Lines: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True)
class Words:
    """
    A paragraph.
    """

    lines: Lines


@dataclass(frozen=True)
class Facts:
    """
    Names and what they are, as a list of two columns.
    """

    rows: tuple[tuple[str, Lines], ...]


@dataclass(frozen=True)
class Table:
    """
    *widths* are shares of the page. The first cell of a row heads it.
    """

    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Lines, ...], ...]

    def __post_init__(self) -> None:
        counts = {len(self.headings), len(self.widths), *map(len, self.rows)}
        if len(counts) != 1:
            raise ValueError("a table has as many cells in each row as headings")


Block: TypeAlias = Words | Facts | Table


@dataclass(frozen=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Index:
    """
    The whole. *foot* stands below each printed page.
    """

    title: str
    #: For who reads no further: what it is about, in a few sentences.
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    author: str = ""
    foot: str = ""


def line(text: str, href: str = "", tone: Tone = "") -> Lines:
    """
    One line alone.
    """
    return (Line(text, href, tone),)


def lines(texts: Sequence[str]) -> Lines:
    return tuple(Line(each) for each in texts)
