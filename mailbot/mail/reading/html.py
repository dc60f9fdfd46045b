"""
What a reader of HTML reads. The only user of inscriptis.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from html import unescape
from typing import Any, TypeAlias

from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.parts import Part

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_TAG = re.compile(r"<[^<>]*>?")
_LINE_TAG = re.compile(
    r"</?(?:p|div|br|tr|li|h[1-6]|table|blockquote|pre|hr)\b[^<>]*>?", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"<(?:style|script|head|title)\b[^<>]*>[^<]*(?:<(?!/(?:style|script|head|title))[^<]*)*"
    r"|<!--[^-]*(?:-(?!->)[^-]*)*(?:-->)?",
    re.IGNORECASE,
)
#: About a fifth of a second's work for inscriptis, on a slow machine.
_MOST_TAGS = 8_000
ReadsHtml: TypeAlias = Callable[[str], str]


def reader_of_html(parts: Iterable[Part]) -> ReadsHtml:
    """
    The reader for the HTML of one message: laid out where that is quick, else in
    one pass over the tags.
    """
    html = [each for each in parts if each.content_type == "text/html"]
    tags = sum(each.octets.count(b"<") for each in html)
    return html_to_text if tags <= _MOST_TAGS else hasty_text


def html_to_text(html: str) -> str:
    """
    What a reader of the HTML would read.
    """
    html = _XML_DECLARATION.sub("", clean(html))
    if not html.strip():
        return ""
    # Only mail in HTML needs them, and a start without one need not wait.
    from inscriptis import get_text  # noqa: PLC0415
    from lxml.etree import LxmlError  # noqa: PLC0415

    try:
        text = get_text(html, _as_written())
    except (LxmlError, ValueError, RecursionError, LookupError, AttributeError):
        return hasty_text(html)
    return "\n".join(line.rstrip() for line in text.splitlines())


@cache
def _as_written() -> Any:
    """
    Without an indentation for every box that a mail client nests.
    """
    from inscriptis.css_profiles import STRICT_CSS_PROFILE  # noqa: PLC0415 - as above
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415

    return ParserConfig(css=STRICT_CSS_PROFILE)


def hasty_text(html: str) -> str:
    """
    The text between the tags, one line for each that begins one; for HTML that is
    too large to be laid out, or too broken.
    """
    html = _UNSEEN.sub(" ", clean(html))
    text = unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", html)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
