"""
An Authentication-Results field taken apart: whose it is, and what it says (RFC 8601 §2.2).

Nothing of what a sender chooses can pass for a result: comments count for nothing,
a quoted string is one value, and a field that is not written as the RFC wants it is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailbot.mail.origin.structured_field import Kind, Unreadable, pieces

#: Where a quoted string stood; no header field can hold it, see `charsets.clean`.
_QUOTED = "\x00"
_NAME = r"[\w-]+"
_OF_A_METHOD = re.compile(rf"\s*({_NAME})(?:\s*/\s*\d+)?\s*=\s*({_NAME})(?!\S)")
#: An empty value is not the next property's: some hosts write the null path so.
_PROPERTY = re.compile(
    rf"\s+({_NAME})(?:\s*\.\s*({_NAME}))?\s*="
    rf"(?:\s+(?!{_NAME}\s*\.\s*{_NAME}\s*=))?([^\s\x00]*(?:\x00[^\s\x00]*)?)(?!\S)"
)
#: In the quoted local part of a return path these were chosen to be read as more than that.
_TELLING = frozenset("();=")


@dataclass(frozen=True)
class Result:
    """
    One verdict: `dkim`, `pass`, and its properties by name, as in `header.d`. All lower-case.
    """

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)


def host_of(value: str) -> str:
    """
    The authserv-id that a field begins with, lower-case and without the id of the
    queue that some hosts add behind a "/"; "" if none can be read.
    """
    try:
        first = next(each for each in pieces(value) if each.kind in {Kind.WORD, Kind.QUOTED})
    except (Unreadable, StopIteration):
        return ""
    return first.text.partition(";")[0].partition("/")[0].lower()


def results_in(value: str) -> tuple[Result, ...] | None:
    """
    What the host says; () is "none". None where the field cannot be read.
    """
    try:
        found = tuple(pieces(value))
    except Unreadable:
        return None
    if _QUOTED in value:
        return None
    quoted = iter(tuple(each.text for each in found if each.kind is Kind.QUOTED))
    signs = {Kind.BLANK: " ", Kind.COMMENT: " ", Kind.QUOTED: _QUOTED}
    host, *clauses = "".join(signs.get(each.kind, each.text) for each in found).split(";")
    for _ in range(host.count(_QUOTED)):
        next(quoted)
    # A version that is not 1 promises another grammar (RFC 8601 §2.2).
    if not clauses or host.split()[1:] not in ([], ["1"]):
        return None
    read = []
    for clause in filter(str.strip, clauses):
        if clause.strip().lower() == "none":
            continue
        result = _result(clause, [next(quoted) for _ in range(clause.count(_QUOTED))])
        if result is None:
            return None
        read.append(result)
    return tuple(read)


def _result(clause: str, quoted: list[str]) -> Result | None:
    begin = _OF_A_METHOD.match(clause)
    if begin is None:
        return None
    properties: dict[str, str] = {}
    place = begin.end()
    while place < len(clause.rstrip()):
        said = _PROPERTY.match(clause, place)
        if said is None:
            return None
        name = f"{said[1]}.{said[2]}".lower() if said[2] else said[1].lower()
        text = said[3]
        if _QUOTED in text:
            inside = quoted.pop(0)
            if name != "reason" and set(inside) & _TELLING:
                return None
            text = text.replace(_QUOTED, inside)
        if name in properties:
            return None
        properties[name] = text.lower()
        place = said.end()
    return Result(begin[1].lower(), begin[2].lower(), properties)
