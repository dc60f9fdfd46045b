"""
The story as a reader sees it: on the screen and in a text file.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import takewhile

from rich.console import Console
from rich.text import Text

from mailbot.demo.letters import read, text_of, without_quote
from mailbot.mail.quoting.new_text import MARKER
from mailbot.mail.words import end_of_day_words, moment_words

#: Lines read longer than this are hard to follow, however wide the screen is.
_WIDEST = 80
_INDENT = "    "
_FEW = 3


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    A mail on its way, as it is to be shown. *lines* is how much of it.
    """

    writer: str
    reader: str
    content: bytes
    file: str
    kind: str = ""
    lines: int = 14
    #: What of the published code demands it, if something does.
    clause: str = ""


class Teller:
    """
    Says everything on each of its consoles, wrapped for each.
    """

    def __init__(self, consoles: Sequence[Console], zone: tzinfo) -> None:
        self._consoles = consoles
        self._zone = zone
        self._moment: datetime | None = None
        #: Text to the number of the mail that said it first.
        self._said: dict[str, str] = {}

    def title(self, text: str) -> None:
        self._say(text, style="bold")

    def prose(self, text: str) -> None:
        """
        A paragraph for the reader.
        """
        self._say()
        for console in self._consoles:
            for line in _wrapped(text, _width(console)):
                _print(console, line, "italic")

    def moment(self, at: datetime) -> None:
        """
        A heading with the date in words, unless it is the one before.
        """
        if at == self._moment:
            return
        self._moment = at
        words = moment_of(at.astimezone(self._zone))
        self._say()
        for console in self._consoles:
            _print(console, f"-- {words} ".ljust(_width(console), "-"), "bold cyan")

    def mail(self, told: Told) -> None:
        """
        Who writes to whom, and what, as far as it is new to the reader.
        """
        number = told.file.partition("-")[0]
        kind = f" ({told.kind})" if told.kind else ""
        subject = read(told.content)["Subject"]
        said = text_of(told.content)
        # An answer passed on has another foot, and nothing quoted below it.
        new = "\n".join(_new(said)).strip()
        first = self._said.setdefault(new, number)
        self._say()
        for console in self._consoles:
            width = _width(console)
            head = f"[{number}] {told.writer} to {told.reader}{kind}"
            for line in _wrapped(head, width, "", _INDENT):
                _print(console, line, "bold")
            for line in _wrapped(f"Subject: {subject}", width, _INDENT):
                _print(console, line, "bold")
            _print(console, "")
            if first != number:
                _print(console, f"{_INDENT}[the same words as in {first}]", "dim")
                continue
            shown, rest = _trimmed(list(_shown(said, width)), told.lines)
            for line in shown:
                _print(console, line)
            if rest:
                _print(console, f"{_INDENT}[trimmed: {rest} more lines in {told.file}]", "dim")

    def notes(self, notes: Iterable[str]) -> None:
        """
        Why mailbot did what it did, and why it kept silent.
        """
        listed = list(notes)
        if listed:
            self._say()
        for console in self._consoles:
            for note in listed:
                for line in _wrapped(f"* {note}", _width(console), "  ", "    "):
                    _print(console, line, "green")

    def row(self, *cells: tuple[str, int]) -> None:
        """
        One line of a table: each cell with its width.
        """
        self._say(("  " + "".join(text.ljust(width) for text, width in cells)).rstrip())

    def _say(self, text: str = "", *, style: str = "") -> None:
        for console in self._consoles:
            _print(console, text, style)


def _print(console: Console, line: str, style: str = "") -> None:
    # Text, not markup: a subject may hold what rich takes for a style.
    console.print(Text(line, style=style), soft_wrap=True)


def _width(console: Console) -> int:
    return min(console.width, _WIDEST)


def _shown(text: str, width: int) -> Iterable[str]:
    """
    The lines of a mail without our marker, the firm's particulars at its foot and
    what is quoted below an answer.
    """
    lines = [line for line in _new(text) if line.strip() != MARKER]
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    for line in lines:
        # The text of a list item stands below itself, not below its dash.
        depth = len(line) - len(line.lstrip("- "))
        below = _INDENT + " " * depth
        yield from _wrapped(line.rstrip(), width, _INDENT, below) or [""]


def _trimmed(lines: list[str], most: int) -> tuple[list[str], int]:
    """
    The first paragraphs, and how many lines are left out.
    """
    ends = [
        index
        for index, line in enumerate(lines[: most + 1])
        if index and not line.strip() and not _is_heading(lines[:index])
    ]
    end = ends[-1] if ends else most
    rest = len([line for line in lines[end:] if line.strip()])
    # A few more lines cost hardly more than the remark that they are left out.
    if len(lines) <= most or rest <= _FEW:
        return lines, 0
    return [*lines[:end], ""], rest


def _is_heading(lines: list[str]) -> bool:
    """
    Whether the last of these lines stands alone as the heading of what follows.
    """
    stands_alone = len(lines) < 2 or not lines[-2].strip()
    last = lines[-1].strip()
    return stands_alone and not last.startswith("- ") and last[-1:] not in ".,:;?!"


def moment_of(local: datetime) -> str:
    """
    The heading of a moment.
    """
    if local.time() == time(0):
        # In a heading "12am" would be taken for the day that begins.
        words = end_of_day_words(local.date() - timedelta(days=1))
        return words[0].upper() + words[1:]
    return moment_words(local, local.tzinfo or UTC)


def _new(text: str) -> list[str]:
    """
    The lines above the foot and above what is quoted.
    """
    words, _ = without_quote(text)
    return list(takewhile(lambda line: line.rstrip() != "--", words.splitlines()))


def _wrapped(text: str, width: int, first: str = "", below: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if below is None else below,
        break_long_words=False,
        break_on_hyphens=False,
    )
