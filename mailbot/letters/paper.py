"""
From a rendered mail to a letter on paper: a PDF ready to print.

A4 for an envelope with a window (DL folded twice, C5 folded once): the address is in
the window, the firm's letterhead above it, the text below the first fold.
"""

import html as markup
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal, TypedDict

from mailbot.face import PLAIN, Face
from mailbot.letters.typeset import Printed, typeset
from mailbot.letters.wrapped import put_together
from mailbot.mail.words import legal, one_line

_LAYOUT = Path(__file__).with_name("letter.typ").read_bytes()

_HEADING = re.compile(r"<h2\b[^>]*>(.*?)</h2>", re.DOTALL)
_SIGN_OFF = re.compile(r"Yours \w+,")
_FOOT = "\n--\n"
#: What fits on a line of the text, and on one in the window, in the widest letters.
_LONGEST_WORD, _LONGEST_IN_WINDOW = 40, 18

_Kind = Literal["subject", "heading", "item", "address", "text", "signature"]


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """
    What is printed of the firm. *address* is where it is to be written to, one line
    each; empty, the registered office stands there.
    """

    name: str
    address: tuple[str, ...] = ()
    telephone: str
    telephone_hours: str
    email: str = ""
    code_url: str = ""
    number: str
    registered_office: str
    face: Face = PLAIN


class _Block(TypedDict):
    kind: _Kind
    lines: list[str]


def letter(
    rendered_text: str,
    *,
    company: Letterhead,
    recipient: tuple[str, ...],
    date_words: str,
    reference: str,
    subject: str = "",
    headings: Collection[str] = (),
) -> Printed:
    """
    The letter as a PDF. *recipient* is the name and the address, one line each;
    *headings* are the lines of the text that are headings (see `headings_in`).

    The foot of the mail is left out: the letterhead says it.
    """
    title = one_line(subject.replace(f"[{reference}]", ""))
    data = {
        "company": {
            "name": _whole(company.name, _LONGEST_IN_WINDOW),
            "head": [_whole(each, _LONGEST_IN_WINDOW * 2) for each in _head(company)],
            "foot": [_whole(each, _LONGEST_WORD) for each in _foot(company)],
        },
        "recipient": [_whole(each, _LONGEST_IN_WINDOW) for each in recipient if one_line(each)],
        "date": one_line(date_words),
        "reference": one_line(reference),
        "subject": title,
        "blocks": list(_blocks(_without_foot(legal(rendered_text), company), title, headings)),
    }
    return typeset(_LAYOUT, data, company.face)


def headings_in(html: str) -> frozenset[str]:
    """
    The headings of a mail, from its HTML part: its text does not tell them from
    other lines.
    """
    return frozenset(markup.unescape(each).strip() for each in _HEADING.findall(html))


def _head(company: Letterhead) -> Iterator[str]:
    yield from company.address or (company.registered_office,)
    yield f"Telephone: {company.telephone}"
    yield company.telephone_hours
    if company.email:
        yield company.email


def _foot(company: Letterhead) -> Iterator[str]:
    yield f"{company.name}, company number {company.number}"
    yield f"Registered office: {company.registered_office}"
    yield f"Telephone: {company.telephone} ({company.telephone_hours})"
    if company.code_url:
        yield f"Our complaints code: {company.code_url}"


def _without_foot(text: str, company: Letterhead) -> str:
    """
    The text up to the foot of the mail. A line `--` of the writer's own cuts nothing off.
    """
    body, _, foot = text.rpartition(_FOOT)
    is_ours = any(line.startswith(company.name) for line in foot.split("\n"))
    return body if is_ours else text


def _blocks(text: str, title: str, headings: Collection[str]) -> Iterator[_Block]:
    """
    The text as it is set, with the title under the salutation.
    """
    paragraphs = list(_paragraphs(put_together(text), headings))
    yield from paragraphs[:1]
    if title:
        yield _Block(kind="subject", lines=[_whole(title, _LONGEST_WORD)])
    yield from _signed(paragraphs[1:])


def _signed(paragraphs: Iterable[_Block]) -> Iterator[_Block]:
    """
    The blocks, with "Yours sincerely," and the name under it as one.
    """
    sign_off: _Block | None = None
    for each in paragraphs:
        if sign_off is not None:
            yield _Block(kind="signature", lines=[*sign_off["lines"], *each["lines"]])
            sign_off = None
        elif each["kind"] == "text" and _SIGN_OFF.fullmatch(each["lines"][-1]):
            sign_off = each
        else:
            yield each
    if sign_off is not None:
        yield sign_off


def _paragraphs(text: str, headings: Collection[str]) -> Iterator[_Block]:
    """
    Neighbouring lines of one kind, without what only says the kind.
    """

    def kind(line: str) -> _Kind | None:
        if not line.strip():
            return None
        if line.startswith("- "):
            return "item"
        if line.startswith("    "):
            return "address"
        return "heading" if line in headings else "text"

    for each, lines in groupby(text.split("\n"), key=kind):
        if each is not None:
            yield _Block(
                kind=each,
                lines=[_whole(line.removeprefix("- "), _LONGEST_WORD) for line in lines],
            )


def _whole(text: str, longest: int) -> str:
    """
    The text as one line, with places to break in words that would leave the paper.
    """
    return _endless(longest).sub("\\g<0>\u200b", one_line(text))


@cache
def _endless(longest: int) -> re.Pattern[str]:
    return re.compile(rf"\S{{{longest}}}(?=\S)")
