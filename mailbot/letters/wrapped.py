"""
Which lines of somebody's text only go on: their client has broken the paragraph to its
own width, and a narrow screen would break each piece of it once more.

Nothing here changes a word. The text part keeps the lines as they were written, and so
needs no `format=flowed` (RFC 3676), which not every client undoes; the HTML part may put
a line that goes on behind the one before it.

A client breaks where the next word would have been too long. Whoever breaks a line of
their own accord, in an address, a list, a poem, a table, under a greeting, does so where
it would have fitted. So the width is the longest line's, and a line goes on if what
follows would hardly have fitted into it. In doubt a line stays a line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Characters. No client breaks prose to less, and a poem's lines are seldom longer.
_NARROWEST, _WIDEST = 54, 100
#: Of the width so much may be left over: people who break lines themselves are no rulers.
_TO_SPARE = 0.1
#: A longer word stands alone on a line, or runs beyond every width.
_LONGEST_WORD = 30
#: Words of a line of prose, and signs that a line of a program has more of.
_FEWEST_WORDS, _MOST_SIGNS = 4, 2
#: Of a paragraph that shows the width of its own lines.
_FEWEST_LINES = 3

_QUOTE = re.compile(r"(?:>[ \t]?)*")
_ITEM = re.compile(
    r"(?:[-*+•·–—▪◦‣#~=_@]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)](?=\s))",  # noqa: RUF001
    re.IGNORECASE,
)
#: Nobody sets two blanks inside a sentence, though many do behind one.
_COLUMNS = re.compile(r"\t|\S {3,}\S|[^\s.!?:;] {2}\S|\.{4,}|[|¦]")
_SIGNS = re.compile(r"[={}\[\]<>*&^%$#@;\\~`]")
#: Behind these a new line is meant, or a word is cut in two.
_ENDS = tuple("{};:\\-/\u2010\u00ad")
_VERSE_ENDS = tuple('.!?…”",;:–—')  # noqa: RUF001
_SENTENCE_ENDS = tuple('.!?…”"')


@dataclass(frozen=True, slots=True)
class _Line:
    depth: int
    text: str

    @property
    def words(self) -> str:
        return self.text.strip()

    @property
    def is_indented(self) -> bool:
        return self.text[:1].isspace()

    @property
    def begins_anew(self) -> bool:
        first = self.text.lstrip(" \"'“‘(")[:1]  # noqa: RUF001
        return first.isupper() or first.isdigit()


def goes_on(lines: Sequence[str]) -> list[bool]:
    """
    For each line whether it belongs behind the one before it.
    """
    found = [False] * len(lines)
    if len(lines) < 2:
        return found
    said = [_read(line) for line in lines]
    for depth in {each.depth for each in said}:
        alike = [_columns(each) for each in said if each.depth == depth and _shows_width(each)]
        wrapped = [each for each in alike if each <= _WIDEST]
        width = max(wrapped, default=0)
        if width < _NARROWEST:
            continue
        # Where lines run on without end, the client breaks none: then it was the writer,
        # or the paragraph was copied from elsewhere, and shows it by its length.
        fewest = 1 if wrapped == alike else 2
        for at, end in _paragraphs(said, depth):
            joins = _joins(said[at:end], _own_width(said[at:end]) or width)
            if sum(joins) >= fewest:
                found[at + 1 : end] = joins
    return found


def put_together(text: str) -> str:
    """
    The text with every line that goes on behind the one before it.
    """
    found: list[str] = []
    lines = text.split("\n")
    for line, follows in zip(lines, goes_on(lines), strict=True):
        if follows:
            found[-1] = f"{found[-1].rstrip()} {without_lead(line)}"
        else:
            found.append(line)
    return "\n".join(found)


def without_lead(line: str) -> str:
    """
    The line that goes on, without the signs of a quote and the blanks before its words.
    """
    return _read(line).words


def _read(line: str) -> _Line:
    signs = _QUOTE.match(line)
    lead = signs.group() if signs else ""
    return _Line(lead.count(">"), line[len(lead) :].rstrip())


def _columns(line: _Line) -> int:
    text = line.text
    return len(text) if text.isascii() else len(text) + sum(map(_is_wide, text))


def _own_width(lines: Sequence[_Line]) -> int:
    """
    The width of a paragraph that is long enough to show one, else 0.
    """
    if len(lines) < _FEWEST_LINES:
        return 0
    widest = max((_columns(each) for each in lines if _shows_width(each)), default=0)
    return widest if _NARROWEST <= widest <= _WIDEST else 0


def _shows_width(line: _Line) -> bool:
    # A line with a long word ends early, or late: it says nothing of the width.
    return all(len(word) <= _LONGEST_WORD for word in line.text.split())


def _paragraphs(said: Sequence[_Line], depth: int) -> Iterator[tuple[int, int]]:
    """
    From where to where lines of that depth stand without an empty one between them.
    """
    begin = 0
    for at in range(len(said) + 1):
        if at < len(said) and said[at].depth == depth and said[at].words:
            continue
        if at - begin > 1:
            yield begin, at
        begin = at + 1


def _joins(lines: Sequence[_Line], width: int) -> list[bool]:
    """
    For each line but the first of a paragraph whether it goes on.
    """
    if len(lines[0].text) > _WIDEST or _is_verse(lines):
        return [False] * (len(lines) - 1)
    found: list[bool] = []
    for line, following in pairwise(lines):
        is_below_item = bool(found and found[-1]) and line.is_indented
        found.append(
            _is_prose(line, is_below_item=is_below_item)
            and _may_follow(line, following)
            and _is_full(line, following, width)
        )
    return found


def _is_verse(lines: Sequence[_Line]) -> bool:
    """
    Whether each line begins like a new one, as in a poem or a row of sentences.
    """
    before = lines[:-1]
    return all(each.begins_anew for each in lines[1:]) and (
        len(before) > 2
        or all(
            each.text.endswith(_VERSE_ENDS if len(before) > 1 else _SENTENCE_ENDS)
            for each in before
        )
    )


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    words = following.words.split()
    needed = len(line.text) + 1 + len(words[0])
    if following.begins_anew:
        if len(words) < _FEWEST_WORDS:
            # "Kind regards", or the post code under a long street.
            return False
        if line.text.endswith(_SENTENCE_ENDS):
            return needed > width
    return needed > width * (1 - _TO_SPARE)


def _is_prose(line: _Line, *, is_below_item: bool) -> bool:
    text = line.words
    return (
        (not line.is_indented or is_below_item)
        and len(text.split()) >= _FEWEST_WORDS
        and not text.endswith(_ENDS)
        and not _COLUMNS.search(text)
        and len(_SIGNS.findall(text)) <= _MOST_SIGNS
    )


def _may_follow(line: _Line, following: _Line) -> bool:
    text = following.words
    if following.is_indented and not (line.is_indented or _ITEM.match(line.text)):
        return False
    return not (
        _ITEM.match(text)
        or _COLUMNS.search(text)
        or len(text.split(maxsplit=1)[0]) > _LONGEST_WORD
        # Between two of these no blank belongs.
        or _is_wide(line.text[-1])
        or _is_wide(text[0])
    )


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
