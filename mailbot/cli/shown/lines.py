"""
Paragraphs for a person at a terminal: indented, within the width, and harmless.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

#: Lines longer than this are hard to follow, however wide the screen is.
_WIDEST = 110


@dataclass(frozen=True)
class Line:
    """
    One paragraph: how far in its first line stands, what, and in which style.
    """

    text: str = ""
    depth: int = 0
    style: str = ""


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """
    Print them, within the width of the console.
    """
    width = min(console.width, _WIDEST)
    for line in lines:
        for part in _wrapped(line, width):
            console.print(Text(part, style=line.style), soft_wrap=True)


def _wrapped(line: Line, width: int) -> Sequence[str]:
    """
    The lines of the screen; what goes on stands two further in.
    """
    parts: Iterable[str] = textwrap.wrap(
        printable(line.text),
        width,
        initial_indent=" " * line.depth,
        subsequent_indent=" " * (line.depth + 2),
        break_on_hyphens=False,
    )
    return list(parts) or [""]


def counted(number: int, thing: str) -> str:
    """
    "1 case", "2 cases".
    """
    return f"{number} {thing}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """
    Strangers wrote it: what would steer the terminal is shown as a blot.
    """
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
