"""
The sender's own words in a message: as plain text, and as they were laid out.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mailbot.mail.files.attached import IF_THERE_IS_NO_OTHER, is_attached, may_be_words
from mailbot.mail.reading.alternatives import (
    Read,
    is_placeholder,
    is_visible,
    read_twice,
    says_all_of,
)
from mailbot.mail.reading.armour import without_armour
from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.enriched import without_tags
from mailbot.mail.reading.flowed import unfolded
from mailbot.mail.reading.html import ReadsHtml
from mailbot.mail.reading.parts import Part
from mailbot.mail.reading.reports import description_in
from mailbot.mail.reading.rewritten_links import as_written

_HTML = re.compile(r"text/(?:x-)?x?html?|application/xhtml\+xml|text/(?:x-amp|watch)-html")
#: Whatever it claims.
_IS_HTML = re.compile(r"\s*(?:<!doctype html|<html)\b", re.IGNORECASE)
_ENRICHED = frozenset({"text/enriched", "text/richtext"})

_IsFile = Callable[[Part], bool]


class Said(NamedTuple):
    """
    The words of a message, and which of its parts were read though they look like files.
    """

    text: str
    other: str
    named: frozenset[Part]


def said_in(part: Part, read_html: ReadsHtml) -> Said:
    """
    The words of the sender, from every part that holds some; `other` as in `Read`. A text
    with the name of a file is a file, unless there are no other words.
    """
    read = _read(part, read_html, is_attached)
    if is_visible(read.text):
        return Said(*read, frozenset())
    named = frozenset(
        each for each in part.leaves if may_be_words(each, is_all_there_is=each is part)
    )
    read = _read(part, read_html, lambda each: each not in named)
    if is_visible(read.text):
        return Said(*read, named)
    return Said(_beside_the_parts(part), "", frozenset())


def _beside_the_parts(part: Part) -> str:
    """
    What stands where nothing is to be read, of a message that says nothing elsewhere:
    before the first boundary and behind the last one, or in an appointment.
    """
    around = (part.source.preamble, part.source.epilogue) if part.holds_parts else ()
    texts = [clean(each).strip() for each in around if each]
    texts = [each for each in texts if is_visible(each) and not is_placeholder(each)]
    texts += [description_in(each) for each in part.leaves if each.content_type == "text/calendar"]
    return _joined(texts)


def html_of(part: Part) -> str:
    """
    The words of the sender as they laid them out; "" where there is no HTML. Text
    between two pieces of it is not in there: whoever uses it compares it with the text.
    """
    if part.holds_parts:
        pieces = [html_of(each) for each in part.children]
        if part.sub_type == "alternative":
            # RFC 2046 §5.1.4: the last one is the sender's own choice.
            return next(filter(str.strip, reversed(pieces)), "")
        return "\n".join(filter(None, pieces))
    if part.content_type != "text/html" or is_attached(part):
        return ""
    return part.laid_out[0]


def _read(part: Part, read_html: ReadsHtml, is_file: _IsFile) -> Read:
    if not part.holds_parts:
        return Read("" if is_file(part) else _words(part, read_html))
    if part.sub_type == "alternative":
        return _one_of(part, read_html, is_file)
    found = [_read(each, read_html, is_file) for each in part.children]
    return Read(*(_joined(each) for each in zip(*found, strict=True))) if found else Read("")


def _one_of(part: Part, read_html: ReadsHtml, is_file: _IsFile) -> Read:
    """
    Of versions of one text what a reader of all would know.
    """
    versions = [
        (each, read)
        for each in part.children
        if is_visible((read := _read(each, read_html, is_file)).text)
    ]
    # A page that only some programs run says the same as the HTML beside it.
    versions = [each for each in versions if each[0].content_type not in IF_THERE_IS_NO_OTHER] or (
        versions
    )
    plain = next((read for each, read in versions if _is_plain(each)), Read(""))
    laid_out = next((read for each, read in reversed(versions) if not _is_plain(each)), Read(""))
    text, other = read_twice(plain.text, laid_out.text)
    for _, read in versions:
        if read not in (plain, laid_out) and not says_all_of(f"{text}\n{other}", read.text):
            text = _joined((text, read.text))
    return Read(text, _joined((other, plain.other, laid_out.other)))


def _is_plain(part: Part) -> bool:
    return all(not _HTML.fullmatch(each.content_type) for each in part.leaves)


def _words(part: Part, read_html: ReadsHtml) -> str:
    if _HTML.fullmatch(part.content_type):
        return read_html(part.laid_out[0])
    text = part.text
    if _IS_HTML.match(text):
        return read_html(part.laid_out[0])
    if part.parameter("format") == "flowed":
        text = unfolded(text, deletes_space=part.parameter("delsp") == "yes")
    elif part.content_type in _ENRICHED:
        text = without_tags(text)
    return as_written(without_armour(text))


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, texts))
