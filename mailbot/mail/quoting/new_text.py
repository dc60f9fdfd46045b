"""
What of an answer is new, and what is our own mail coming back.

Cutting is for what we relay or read; the file keeps every octet. If in doubt
less is sent: a handler can write again, a customer cannot unread. The signs that
clients set are in `client_words`; what has none is found by `repeated`. What a gateway has
set above it all, or below (`banners`), is nobody's, and is set aside.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, islice

from mailbot.mail.quoting.banners import banner_end, footer_start
from mailbot.mail.quoting.client_words import (
    Field,
    attribution_at,
    begins_a_message,
    field_of,
    is_quoted,
    near_an_end,
    visible,
)
from mailbot.mail.quoting.marked_quotes import (
    below_a_marked_quote,
    ends_a_quoted_link,
    is_between,
)
from mailbot.mail.quoting.repeated import repeated, squeezed, squeezed_lines

#: Stands on top of every mail to staff; whatever a client does to the rest, this line survives it.
MARKER = "-- mailbot: please write your answer above this line --"

_SQUEEZED_MARKER = squeezed(MARKER)
_MARKERS_FIRST_WORDS = "mailbotplease"
_MARKER_LINES = 4  # onto which a client may wrap it
#: Where a client may have run the writer's last line and the quote's first one together.
_RUN_TOGETHER = re.compile(r"(?:-- mailbot: please|\bOn (?=\w{3,9},? |\d)|\bFrom: ?(?=\S))")
_RUN_TOGETHER_WORDS = ("On ", "From:", "-- mailbot: please")
_MOST_LINES = 5000  # that are looked at: below them nothing is relayed
_LONGEST_LINE = 2000  # characters: beyond it nobody's client has written an attribution
_BAR = re.compile(r"^[\s|]*\|[\s|]*$")  # drawn beside an empty line of a quote
_RULE = re.compile(r"^\s*[_\-=]{8,}\s*$")
#: BlackBerry leaves out the rules around its title.
_ABOVE_A_HEADER = re.compile(rf"{_RULE.pattern}|^\s*original message\s*$", re.IGNORECASE)
#: A client that turns HTML into text runs bold fields together.
_IN_ONE_LINE = re.compile(
    r"[\s*]*\w+ ?:[\s*]*\S*@.{0,80}?[\s*;]\w+ ?:.{0,60}\d{4}.{0,20}\d\d?[:.]\d\d"
)
_HEADER_LINES = 8  # that a client's header block may take
_HEADER_BLOCK = 3  # fields in it
_LONG_RUN = 240  # letters and digits of ours, half of them together: nobody writes that by hand
_YEAR_AND_TIME = re.compile(r"(?<!\d)\d{4}(?!\d).*\d\d?[:.h]\d\d")


class Whose(StrEnum):
    """
    Whose words a line of an answer is.
    """

    WRITERS = "writers"
    #: Marked by the client as quoted, or known to be ours.
    QUOTED = "quoted"
    #: Below a quote that has no end and not of our mail: never relayed, but perhaps the writer's.
    DOUBTFUL = "doubtful"
    #: A mail gateway's warning above or below the mail: a machine's.
    BANNER = "banner"


@dataclass(frozen=True)
class Part:
    """
    Lines that stand together in an answer; the parts joined are the text, to the character.
    """

    whose: Whose
    text: str


def new_text(text: str, ours: str = "") -> str:
    """
    The writer's own words in an answer to a mail of ours, without what they quote and
    without the warning of a gateway above or below them.

    *ours* is the text that they answered, if we know it: what is left of it is
    cut too, because a client may quote, or wrap a quote, without any sign.
    """
    kept = [
        line.rstrip()
        for part in parts(text, ours)
        if part.whose is Whose.WRITERS
        for line in part.text.splitlines()
    ]
    # A line of nothing visible is an empty one.
    kept = [line if visible(line).strip() else "" for line in kept]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def parts(text: str, ours: str = "") -> tuple[Part, ...]:
    """
    The whole text in order, each part with whose words it is; nothing is left out.
    """
    end = banner_end(text)
    banner = (Part(Whose.BANNER, text[:end]),) if end else ()
    lines = list(_lines(text[end:]))
    whose = _whose([visible(line) for line in lines[:_MOST_LINES]], ours)
    whose += [Whose.DOUBTFUL] * (len(lines) - len(whose))
    runs = groupby(zip(whose, lines, strict=True), key=lambda each: each[0])
    found = (Part(who, "".join(line for _, line in run)) for who, run in runs)
    return (*banner, *(part for each in found for part in _without_footer(each)))


def _without_footer(part: Part) -> Iterator[Part]:
    """
    The part, and what a gateway has set below the writer's words as one of its own.
    """
    start = footer_start(part.text) if part.whose is Whose.WRITERS else len(part.text)
    yield replace(part, text=part.text[:start])
    if start < len(part.text):
        yield Part(Whose.BANNER, part.text[start:])


def marked(text: str, ours: str = "") -> str:
    """
    The whole text for a reader, with "> " before each quoted line that has no sign yet.
    """
    return "".join(map(with_signs, parts(text, ours)))


def with_signs(part: Part) -> str:
    """
    The part's text as `marked` has it.
    """
    return "".join(
        line if part.whose is not Whose.QUOTED or is_quoted(visible(line)) else f"> {line}"
        for line in part.text.splitlines(keepends=True)
    )


def _lines(text: str) -> Iterator[str]:
    """
    The lines with their ends, cut also where a client has run two of them together.
    """
    for line in text.splitlines(keepends=True):
        at = 0 if is_quoted(line) or len(line) > _LONGEST_LINE else _run_together_at(line)
        yield from (line[:at], line[at:]) if at else (line,)


def _run_together_at(line: str) -> int:
    """
    Where a quote begins within the line; 0 if none does.
    """
    # The search is dear, and most lines have none of the words.
    if not any(word in line for word in _RUN_TOGETHER_WORDS):
        return 0
    for found in _RUN_TOGETHER.finditer(line):
        if not squeezed(line[: found.start()]):
            continue
        rest = visible(line[found.start() :])
        is_attribution = attribution_at([rest], 0) and ("@" in rest or _YEAR_AND_TIME.search(rest))
        is_field = "@" in rest and field_of(rest)
        if is_attribution or is_field or _SQUEEZED_MARKER in squeezed(rest):
            return found.start()
    return 0


def _commands_at_top(lines: list[str]) -> int:
    """
    How many lines at the top are commands, or blank ones between them.
    """
    for index, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            return index
    return len(lines)


def _whose(lines: list[str], ours: str) -> list[Whose]:
    """
    Whose words each line is.
    """
    cut = _first_cut(lines)
    attributions = _attributions(lines[: cut + _HEADER_LINES])
    # Commands read like the examples that we give of them, and are theirs all the same.
    at_top = _commands_at_top(lines)
    sign = _first_sign(lines, cut, attributions, ours)
    first = max(at_top, _first_long_run(lines, ours) if sign is None else sign)
    # A client that sets no sign before what it quotes: nobody knows where that ends.
    cut = min([cut, *(start for start, end in attributions if _is_unmarked(lines, end))])
    certain = {first + index for index in repeated(lines[first:], ours)}
    certain.update(index for start, end in attributions for index in range(start, end))
    certain.update(_machinery(lines, cut))
    certain.update(
        [
            index
            for index in range(first, len(lines))
            if is_between(lines, index, certain) or ends_a_quoted_link(lines, index)
        ]
    )
    certain -= below_a_marked_quote(lines[:cut], certain)
    found: list[Whose] = []
    for index, line in enumerate(lines):
        if index < first:
            found.append(Whose.QUOTED if _is_bar(line) else Whose.WRITERS)
        elif not line.strip():
            found.append(found[-1] if found else Whose.WRITERS)
        elif index in certain or (index >= cut and not ours) or is_quoted(line) or _is_bar(line):
            found.append(Whose.QUOTED)
        else:
            found.append(Whose.DOUBTFUL if index >= cut else Whose.WRITERS)
    return found


def _is_bar(line: str) -> bool:
    return "|" in line and _BAR.match(line) is not None


def _first_cut(lines: list[str]) -> int:
    """
    The index of the first line from which on nothing is the writer's, or the
    number of lines. A marker that is itself quoted cuts nothing: such a client
    marks every quoted line, and an answer may stand between or below them.
    """
    for index, (line, said) in enumerate(zip(lines, squeezed_lines(lines), strict=True)):
        if (
            (_may_be_marker(said) and _is_marker(lines[index : index + _MARKER_LINES]))
            or begins_a_message(line)
            # Most lines begin no header, and the first one tells.
            or (field_of(line) and is_header_block(lines[index : index + _HEADER_LINES]))
        ):
            return _back_over_rule(lines, index)
    return len(lines)


def _may_be_marker(said: str) -> bool:
    """
    Whether our marker may begin in a line of which that is squeezed: most are something
    else, and one look tells.
    """
    begins = said[: len(_SQUEEZED_MARKER)]
    return bool(begins) and (begins in _SQUEEZED_MARKER or _SQUEEZED_MARKER in said)


def _is_marker(lines: list[str]) -> bool:
    """
    Whether our marker begins here, unquoted, on one line or wrapped.
    """
    if is_quoted(lines[0]) or not lines[0].strip():
        return False
    said = squeezed(lines[0])
    if not said or said[: len(_SQUEEZED_MARKER)] not in _SQUEEZED_MARKER:
        return _SQUEEZED_MARKER in said
    return squeezed("".join(lines)).startswith(_SQUEEZED_MARKER)


def is_header_block(lines: list[str]) -> bool:
    """
    Outlook's own quoting: From, Sent, To, Subject at the start of the lines.
    """
    if not lines or field_of(lines[0]) is None:
        return False
    shown = [field_of(line) for line in lines]
    fields = dict(field for field in shown if field is not None)
    has_address = any("@" in said for said in fields.values())
    is_dated = bool(_YEAR_AND_TIME.search(fields.get(Field.DATE, "")))
    # "From: 9am, To: 1pm" is somebody's own list: a mail's has an address, a subject or the
    # instant at which it was sent.
    if len(fields) >= _HEADER_BLOCK:
        return has_address or Field.SUBJECT in fields or (Field.FROM in fields and is_dated)
    if _IN_ONE_LINE.match(lines[0]):
        return True
    return len(shown) > 1 and shown[1] is not None and has_address and is_dated


def _attributions(lines: list[str]) -> list[tuple[int, int]]:
    """
    Where each attribution begins and ends that is not itself quoted.
    """
    found: list[tuple[int, int]] = []
    for index in near_an_end(lines):
        if is_quoted(lines[index]) or (found and index < found[-1][1]):
            continue
        if length := attribution_at(lines, index):
            found.append((index, index + length))
            if _is_unmarked(lines, index + length):
                break
    return found or _above_a_quote(lines)


def _above_a_quote(lines: list[str]) -> list[tuple[int, int]]:
    """
    The line above the first quoted one, if it says who wrote or when: in whatever tongue, and
    with the name alone on the line before.
    """
    first = next((index for index, line in enumerate(lines) if is_quoted(line)), 0)
    above = next((index for index in range(first - 1, -1, -1) if lines[index].strip()), None)
    if above is None or first - above > _MARKER_LINES:
        return []
    said = lines[above].strip()
    tells = len(said) <= _LONGEST_LINE // 10 and ("@" in said or _YEAR_AND_TIME.search(said))
    if not (said.endswith(":") and tells):
        return []
    has_name_above = said.startswith("<") and above and lines[above - 1].strip()
    return [(above - 1 if has_name_above else above, first)]


def _is_unmarked(lines: list[str], start: int) -> bool:
    """
    Whether what follows an attribution has no sign of a quote; an empty rest has.
    """
    return not is_quoted(next(filter(str.strip, islice(lines, start, None)), ">"))


def _signs_in(ours: str) -> str:
    """
    What in our own mail looks like a client's sign: a customer may have quoted
    something, and we have shown it. Where it comes back it is no sign of a quote.
    """
    lines = [visible(line) for line in ours.splitlines()[:_MOST_LINES]]
    signs = {index for start, end in _attributions(lines) for index in range(start, end)}
    signs.update(
        index
        for index, line in enumerate(lines)
        if is_quoted(line) or begins_a_message(line) or field_of(line)
    )
    return "".join(squeezed(lines[index]) for index in sorted(signs))


def _first_long_run(lines: list[str], ours: str) -> int:
    """
    The index of the first line of our mail in an answer without any sign, if so much of it
    stands there that only a client can have put it there; else the number of lines.

    People write a date, a reference or a sentence of ours once more, and mean it.
    """
    runs = _runs(lines, sorted(repeated(lines, ours)))
    # Of our marker the beginning alone tells, too.
    told = [each for each in runs if each[1].startswith(_MARKERS_FIRST_WORDS)]
    if sum(len(said) for _, said in runs) >= _LONG_RUN:
        told += [each for each in runs if len(each[1]) >= _LONG_RUN // 2]
    if not told:
        return len(lines)
    start, said = min(told)
    whole = "".join(squeezed_lines(ours.splitlines()))
    # What stands above it in our mail as well, an answer may have parted from it.
    place = whole.find(said[:_LONG_RUN])
    above = [at for at, words in runs if at < start and 0 <= whole.find(words) < place]
    return min([start, *above])


def _runs(lines: list[str], indexes: list[int]) -> list[tuple[int, str]]:
    """
    Where each run of those lines begins, over empty ones between them, and what it says.
    """
    found: list[tuple[int, str]] = []
    before = None
    for index in indexes:
        goes_on = before is not None and not any(map(squeezed, lines[before + 1 : index]))
        if goes_on:
            start, said = found.pop()
            found.append((start, said + squeezed(lines[index])))
        else:
            found.append((index, squeezed(lines[index])))
        before = index
    return found


def _first_sign(
    lines: list[str], cut: int, attributions: list[tuple[int, int]], ours: str
) -> int | None:
    """
    The index of the first line that shows that a quote begins, None if no line does; 0 if
    that line is of our own mail: then our mail may have begun anywhere above it.
    """
    signs = [start for start, _ in attributions if start < cut]
    signs += [index for index, line in enumerate(lines[:cut]) if is_quoted(line)]
    if not signs and cut == len(lines):
        return None
    in_ours = _signs_in(ours)
    for index in sorted(signs):
        said = squeezed(lines[index])
        if said or not in_ours:
            return 0 if said and said in in_ours else index
    at_cut = next((line for line in lines[cut:] if squeezed(line)), "")
    is_ours = squeezed(at_cut) in in_ours and not _is_marker([at_cut])
    return 0 if cut == len(lines) or is_ours else cut


def _machinery(lines: list[str], cut: int) -> Iterator[int]:
    """
    The indexes of what a client itself has set at the head of a quote without signs.
    """
    for index in range(cut, min(cut + _HEADER_LINES, len(lines))):
        line = lines[index]
        if begins_a_message(line) or _RULE.match(line) or field_of(line):
            yield index


def _back_over_rule(lines: list[str], index: int) -> int:
    while index and (not lines[index - 1].strip() or _ABOVE_A_HEADER.match(lines[index - 1])):
        index -= 1
    return index
