"""
How a letter's lines say what they are, and what `layout.html` makes of them: blocks,
line breaks, and links to allowed hosts.

What is asked again and again of the same words (the paragraphs of a template that hold
no fact) is remembered; it stays a function of its arguments.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from mailbot.letters.wrapped import goes_on, without_lead
from mailbot.mail.quoting.safe_html import sanitize
from mailbot.mail.words import legal, one_line
from mailbot.mail.words import presentable as presentable_name

# What the text says to the layout, one private character at the head of a line.
# `legal` takes them out of every fact, and the reader never gets one.
HEADING, _QUOTED, _VERBATIM = "\ue000", "\ue001", "\ue002"
# And one in front of each piece of an answer line: the sentence, the way, the label.
ANSWER, PIECE = "\ue003", "\ue004"
#: A line of words that the HTML part has as their writer formatted them.
_FORMATTED = "\ue005"
#: And one behind that of a line which its writer's client has broken off the one before.
_GOES_ON = "\ue006"
_MARKS = (HEADING, _QUOTED, _VERBATIM, ANSWER, PIECE, _FORMATTED, _GOES_ON)
_BROKEN_OFF = re.compile(f"[ \\t]*\n(?:{_QUOTED}{_GOES_ON}    |{_VERBATIM}{_GOES_ON})(.*)")
_MARKED_ANSWER = re.compile(f"(?m)^{ANSWER}(.*){PIECE}(.*){PIECE}(.*)$")

#: In a URL; what opens a bracket in it closes it in it, else the bracket is the sentence's.
_IN_URL = r"[^\s<>\"'()\[\]“”‘’«»（）、。，；：！？」』】》]"  # noqa: RUF001
_IN_BRACKETS = rf"(?:\({_IN_URL}*\)|\[{_IN_URL}*\])"
#: And at its end, for this ends the sentence or belongs to what stands around it.
_NO_END = r"(?![.,;:!?…*|}])"
_URL = rf"https?://(?:{_IN_URL}|{_IN_BRACKETS})*(?:{_NO_END}{_IN_URL}|{_IN_BRACKETS})"
#: A URL without the punctuation that ends the sentence, or a mail address.
LINK = re.compile(rf"{_URL}|[\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)+")
_REFERENCE = re.compile(r"\b[A-Z]+-\d{6,}-\d\d\b")
_LINK_OR_REFERENCE = re.compile(f"{LINK.pattern}|{_REFERENCE.pattern}")
#: Plain text shows by these where a URL begins and ends (RFC 3986, Appendix C).
_DELIMITED = re.compile(r"(?<![^\s(\[“\"'])<(?:URL:)?(https?://[^\s<>]+)>|<(https?://[^\s<>]+)>")

#: A heading in what somebody formatted, as `sanitize` leaves it.
_HEADING_BEGIN, _HEADING_END = re.compile(r"<h[1-6]( [^>]*)?>"), re.compile(r"</h[1-6]>")
_SMALL_HEADING = r'<h3\1 style="margin: 20px 0 8px; font-size: 16px; line-height: 1.3;">'
#: Lines that keep their ends, which is how a client writes a signature: in the type of the
#: letter, and broken where the reader's screen ends.
_LINES_BEGIN = re.compile(r"<pre( [^>]*)?>")
_LINES = (
    r'<pre\1 style="margin: 0 0 16px; font-family: Arial, Helvetica, sans-serif;'
    r' font-size: 16px; white-space: pre-wrap;">'
)

#: The paragraphs without a fact in all templates are some hundreds; the rest is room for
#: what three letters of one case have in common. A longer text is somebody's own.
_REMEMBERED, _LONGEST_REMEMBERED = 1024, 1000

Kind = Literal["heading", "quote", "item", "address", "answer", "rule", "text", "formatted"]


@dataclass(frozen=True, slots=True)
class Block:
    """
    Neighbouring lines of one kind, as `layout.html` lays them out. An answer has
    three: the sentence, what the link says, and where it goes.
    """

    kind: Kind
    lines: Sequence[str]


class _Lines(str):
    """
    A fact that a filter has let through with its line breaks.
    """

    __slots__ = ()


# --- what a template does with a fact


def said(fact: object) -> str:
    """
    What `{{ fact }}` prints: one line, whatever the fact holds.
    """
    if type(fact) is str:
        return one_line(fact)
    return fact if isinstance(fact, _Lines) else one_line(_words(fact))


def quoted(fact: object) -> str:
    """
    Filter: the lines, each indented and marked as somebody else's.
    """
    lines = legal(_words(fact)).strip("\n").split("\n")
    return _Lines(
        "\n".join(
            f"{_QUOTED}{_GOES_ON if follows else ''}    {line}".rstrip()
            for line, follows in zip(lines, goes_on(lines), strict=True)
        )
    )


def verbatim(fact: object, formatted: str = "") -> str:
    """
    Filter: the lines as they are; the mark keeps blank ones from being taken out. With
    *formatted*, the same words as HTML, the HTML part has that in their place.
    """
    lines = legal(_words(fact)).strip("\n").split("\n")
    if formatted:
        return _Lines("\n".join(_FORMATTED + line for line in lines))
    return _Lines(
        "\n".join(
            f"{_VERBATIM}{_GOES_ON if follows else ''}{line}"
            for line, follows in zip(lines, goes_on(lines), strict=True)
        )
    )


def presentable(name: str) -> str:
    """
    Filter: the name if it is one, or "".
    """
    return presentable_name(name) if len(name) > _LONGEST_REMEMBERED else _presentable_again(name)


_presentable_again = lru_cache(_REMEMBERED)(presentable_name)


def _words(fact: object) -> str:
    if fact is None:
        raise TypeError("a fact is None where words are needed")
    return str(fact)


# --- from marked lines to what a reader gets


def without_marks(marked: str) -> str:
    """
    The text as its reader gets it.
    """
    text = _MARKED_ANSWER.sub(r"\1 \2", marked) if ANSWER in marked else marked
    for mark in _MARKS:
        text = text.replace(mark, "")
    return text


def blocks(marked: str) -> Iterator[Block]:
    # No block goes on behind an empty line.
    for paragraph in marked.split("\n\n"):
        if len(paragraph) > _LONGEST_REMEMBERED:
            yield from _blocks_in(paragraph)
        else:
            yield from _blocks_again(paragraph)


def _blocks_in(paragraph: str) -> Iterator[Block]:
    if _GOES_ON in paragraph:
        paragraph = _BROKEN_OFF.sub(lambda found: f" {without_lead(found[1])}", paragraph)
    for kind, lines in groupby(paragraph.split("\n"), key=_kind):
        if kind == "answer":
            yield from (Block(kind, line.removeprefix(ANSWER).split(PIECE)) for line in lines)
        elif kind is not None:
            lead = _LEAD.get(kind)
            own = [line.removeprefix(_VERBATIM) for line in lines]
            yield Block(kind, [line[lead:] for line in own] if lead else own)


@lru_cache(_REMEMBERED)
def _blocks_again(paragraph: str) -> tuple[Block, ...]:
    return tuple(_blocks_in(paragraph))


_MARKED: Mapping[str, Kind] = {
    HEADING: "heading",
    _QUOTED: "quote",
    ANSWER: "answer",
    _FORMATTED: "formatted",
}
#: How many characters of a line only say what kind it is.
_LEAD: Mapping[Kind, int] = {"heading": 1, "quote": 5, "item": 2, "address": 4}


def _kind(line: str) -> Kind | None:
    if not line:
        return None
    if line[0].isalnum():
        return "text"
    if line.startswith("- "):
        return "item"
    if marked := _MARKED.get(line[:1]):
        return marked
    if line == "--":
        return "rule"
    line = line.removeprefix(_VERBATIM)
    if not line or line.isspace():
        return None
    if line.startswith("- "):
        return "item"
    return "address" if line.startswith("    ") else "text"


def as_formatted(block: Block, facts: Mapping[str, object]) -> Block:
    """
    The fact `formatted` in the place of the lines. Whoever wrote it: nothing but what
    formats words gets past this line, no heading in it is larger than our own, and its
    lines are set in our type.
    """
    html = sanitize(legal(_words(facts.get("formatted"))))
    html = _HEADING_END.sub("</h3>", _HEADING_BEGIN.sub(_SMALL_HEADING, html))
    html = _LINES_BEGIN.sub(_LINES, html)
    return Block(block.kind, [Markup(html)])  # noqa: S704


# --- what the layout does with a block


def broken(lines: Sequence[str]) -> Markup:
    """
    Filter of the layout: the lines escaped, with a line break between them.
    """
    if any(isinstance(line, Markup) for line in lines):
        return Markup("<br>").join(lines)
    html = _escaped(_bare("\n".join(lines)))
    return Markup(html.replace("\n", "<br>"))  # noqa: S704 - it is escaped


def linked(lines: Iterable[str], hosts: frozenset[str]) -> Markup:
    """
    Filter of the layout: as `broken`, with links to allowed hosts and no others,
    and references that stay in one piece.
    """
    text = _bare("\n".join(lines))
    if len(text) > _LONGEST_REMEMBERED:
        return _with_links(text, hosts)
    return _with_links_again(text, hosts)


def _with_links(text: str, hosts: frozenset[str]) -> Markup:
    has_link = "@" in text or "://" in text
    pieces: list[str] = []
    end = 0
    for found in (_LINK_OR_REFERENCE if has_link else _REFERENCE).finditer(text):
        piece = found.group()
        shown = _escaped(piece)
        if _REFERENCE.fullmatch(piece):
            whole = f'<span style="white-space: nowrap;">{shown}</span>'
        elif is_allowed(piece, hosts):
            whole = f'<a href="{shown if "://" in piece else f"mailto:{shown}"}">{shown}</a>'
        else:
            continue
        pieces += [_escaped(text[end : found.start()]), whole]
        end = found.end()
    html = "".join([*pieces, _escaped(text[end:])])
    return Markup(html.replace("\n", "<br>"))  # noqa: S704 - each piece is escaped


_with_links_again = lru_cache(_REMEMBERED)(_with_links)


def _bare(text: str) -> str:
    """
    The text without the brackets around its URLs: here a link shows where it ends.
    """
    if "<http" not in text and "<URL:" not in text:
        return text
    # Without a blank before it, the bracket was all that kept the two apart.
    return _DELIMITED.sub(lambda found: found[1] or f" {found[2]}", text)


def _escaped(text: str) -> str:
    # As a plain string: Markup looks at every argument of what is done with it.
    return str(escape(text))


def answer_link(address: str, label: str, reference: str) -> str:
    """
    A link that begins a mail to *address* which says the label's first word and no more:
    the body must stay one of the words that the rulebook takes for a confirmation.
    """
    word = label.partition(",")[0]
    subject = f"{word} [{reference}]" if reference else word
    # RFC 6068 §2: "+" stands for itself; a bracket does not.
    return f"mailto:{quote(address, safe='@+')}?subject={quote(subject)}&body={quote(word)}"


def is_allowed(link: str, hosts: frozenset[str]) -> bool:
    if "://" not in link:
        return link.rpartition("@")[2].lower() in hosts
    try:
        url = urlsplit(link)
    except ValueError:
        return False
    # A user name before the host is there to be taken for the host.
    return url.hostname in hosts and url.username is None
