"""
What of an answer is new, and what is our own mail coming back.

Cutting is for what we relay or read; the file keeps every octet. If in doubt
less is sent: a handler can write again, a customer cannot unread.
"""

import re
import unicodedata

#: Stands on top of every mail to staff; whatever a client does to the rest, this line survives it.
MARKER = "-- mailbot: please write your answer above this line --"

_FLAT_MARKER = "mailbot: please write your answer above this line"

#: "On Mon, 23 Nov 2026 at 09:12, mailbot <service@…> wrote:", in the tongues our clients speak.
_ATTRIBUTION = re.compile(
    r"^(on\b.{0,300}\bwrote|ar\b.{0,300}\bysgrifennodd\b.{0,80}|le\b.{0,300}\ba écrit|am\b.{0,300}\bschrieb.{0,80})\s*:?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ORIGINAL = re.compile(
    r"^\s*[-_]{2,}\s*(original|forwarded) (message|appointment)\s*[-_]{2,}\s*$", re.IGNORECASE
)
_HEADER_FIELD = re.compile(
    r"^\s*\*?(from|sent|to|cc|date|subject|oddi wrth|anfonwyd)\s*:\*?\s*\S", re.IGNORECASE
)
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_ONLY_IN_MAIL = re.compile(r"^\s*\*?(sent|subject|anfonwyd)\s*:", re.IGNORECASE)
_RULE = re.compile(r"^\s*(_{8,}|-{8,})\s*$")
_QUOTED = re.compile(r"^\s*>")
_LONGEST_ATTRIBUTION = 4  # lines: clients wrap it
_HEADER_BLOCK = 3  # fields in a row
_TELLING = 15  # characters: fewer may be anybody's
_LONGEST_RUN = 6  # lines looked at together


def new_text(text: str, ours: str = "") -> str:
    """
    The writer's own words in an answer to a mail of ours, without what they quote.

    *ours* is the text that they answered, if we know it: what is left of it is
    cut too, because a client may quote, or wrap a quote, without any sign.
    """
    lines = _INVISIBLE.sub("", text).splitlines()
    start = _quote_starts_at(lines)
    # Above the first sign of a quote everything is the writer's, also a greeting or
    # a signature that they used before. Without any sign every line is in doubt.
    above, below = (lines[:start], lines[start:]) if start < len(lines) else ([], lines)
    below = _without_attributions(below)
    below = below[: _first_cut(below)]
    repeated = _repeated(below, " ".join(_flat(line) for line in ours.splitlines()))
    kept = above + [
        line
        for index, line in enumerate(below)
        if not _QUOTED.match(line) and index not in repeated
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept)).strip()


def _quote_starts_at(lines: list[str]) -> int:
    """
    The index of the first line that shows that a quote begins, or the number of lines.
    """
    cut = _back_over_rule(lines, _first_cut(lines))
    for index, line in enumerate(lines[:cut]):
        if _QUOTED.match(line) or _attribution_at(lines, index):
            return index
    return cut


def _repeated(lines: list[str], sent: str) -> set[int]:
    """
    The indexes of lines that stand in what we *sent*, marked as quoted or not: by
    themselves, or with the next ones, because a client has wrapped them.
    """
    found: set[int] = set()
    for first in range(len(lines)):
        run = ""
        # Quoted lines go anyway: they only matter where an unmarked end hangs on them.
        if all(_QUOTED.match(line) for line in lines[first : first + 2]):
            continue
        for last in range(first, min(first + _LONGEST_RUN, len(lines))):
            flat = _flat(lines[last])
            run = f"{run} {flat}".strip()
            if not flat or run not in sent:
                break
            if len(run) >= _TELLING:
                found.update(range(first, last + 1))
    return found


def _first_cut(lines: list[str]) -> int:
    """
    The index of the first line from which on nothing is the writer's, or the
    number of lines. A marker that is itself quoted cuts nothing: such a client
    marks every quoted line, and an answer may stand between or below them.
    """
    for index, line in enumerate(lines):
        if (
            _is_marker(lines[index : index + 4])
            or _ORIGINAL.match(line)
            or _is_header_block(lines[index : index + 6])
        ):
            return _back_over_rule(lines, index)
    return len(lines)


def _is_marker(lines: list[str]) -> bool:
    """
    Whether our marker begins here, unquoted, on one line or wrapped.
    """
    if _QUOTED.match(lines[0]) or not lines[0].strip():
        return False
    return _FLAT_MARKER in _flat(lines[0]) or _flat(" ".join(lines)).startswith(_FLAT_MARKER)


def _without_attributions(lines: list[str]) -> list[str]:
    """
    "On …, … wrote:" taken out; where nothing below is marked as quoted, all
    below it is the quote.
    """
    for index, line in enumerate(lines):
        length = 0 if _QUOTED.match(line) else _attribution_at(lines, index)
        if length and not any(_QUOTED.match(each) for each in lines[index + length :]):
            return lines[:index]
        if length:
            return [*lines[:index], *lines[index + length :]]
    return lines


def _attributes(text: str) -> bool:
    """
    Whether it names who wrote and when, as a client does: with an address or a
    date, and a colon at its end.
    """
    found = _ATTRIBUTION.match(text)
    return (
        bool(found) and text.endswith(":") and any(each.isdigit() or each == "@" for each in text)
    )


def _attribution_at(lines: list[str], index: int) -> int:
    """
    How many lines an attribution takes that starts here; 0 if none does.
    """
    for length in range(1, _LONGEST_ATTRIBUTION + 1):
        if _attributes(" ".join(lines[index : index + length]).strip()):
            return length
    return 0


def _is_header_block(lines: list[str]) -> bool:
    """
    Outlook's own quoting: From, Sent, To, Subject at the start of the lines.
    """
    fields = [line for line in lines if _HEADER_FIELD.match(line)]
    # "From: 9am, To: 1pm" is somebody's own list: a mail's has an address or a subject.
    is_of_a_mail = any("@" in field or _ONLY_IN_MAIL.match(field) for field in fields)
    starts_here = bool(lines) and bool(_HEADER_FIELD.match(lines[0]))
    return starts_here and len(fields) >= _HEADER_BLOCK and is_of_a_mail


def _back_over_rule(lines: list[str], index: int) -> int:
    while index and (_RULE.match(lines[index - 1]) or not lines[index - 1].strip()):
        index -= 1
    return index


def _flat(line: str) -> str:
    """
    The line as its words: without quote signs, emphasis, odd spaces and case.
    """
    line = unicodedata.normalize("NFKC", line).lstrip("> |\t")
    return " ".join(line.replace("*", " ").split()).lower().strip("- ")
