"""
What a reader of HTML reads. The only user of inscriptis.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from html import escape, unescape
from typing import Any, TypeAlias

from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.links import behind
from mailbot.mail.reading.parts import Part

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_TAG = re.compile(r"<[^<>]*>?")
_LINE_TAG = re.compile(
    r"</?(?:p|div|br|tr|li|h[1-6]|table|blockquote|pre|hr)\b[^<>]*>?", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"<(?:style|script|title)\b[^<>]*>[^<]*(?:<(?!/(?:style|script|title))[^<]*)*"
    r"|<!--[^-]*(?:-(?!->)[^-]*)*(?:-->)?",
    re.IGNORECASE,
)
#: Where a second document begins behind the first one's end, parsers leave off: a gateway
#: that sets its own page above or below a mail has both.
_DOCUMENT = re.compile(r"</?(?:html|body)\b[^<>]*>", re.IGNORECASE)
_LINK = re.compile(
    r"<a\b[^<>]*?\bhref\s*=\s*(?P<target>\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+)[^<>]*>"
    r"(?P<words>(?:[^<]|<(?!/?a\b))*)(?:</a\s*>)?",
    re.IGNORECASE,
)
_TOO_DEEP = "ERR_RESOURCE_LIMIT"
_LARGEST_ICON = 48  # pixels, on one side
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
    What a reader of the HTML would read, and where each link leads that does not say so.
    """
    html = _DOCUMENT.sub(" ", _XML_DECLARATION.sub("", clean(html)))
    if not html.strip():
        return ""
    # Only mail in HTML needs them, and a start without one need not wait.
    from inscriptis.html_engine import Inscriptis  # noqa: PLC0415
    from lxml.etree import LxmlError  # noqa: PLC0415

    try:
        text = Inscriptis(_tree(html), _as_written()).get_text()
    except (LxmlError, ValueError, RecursionError, LookupError, AttributeError):
        return hasty_text(html)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _tree(html: str) -> Any:
    """
    The whole of the HTML as a tree, with the addresses of its links in words. Raises
    ValueError where it is nested so deeply that the parser leaves out the rest.
    """
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415 - as above

    # Mail programs nest an element for every answer: 254 levels, the parser's own
    # bound, come up in a long correspondence.
    parser = HTMLParser(huge_tree=True)
    tree = document_fromstring(html, parser=parser)
    if any(each.type_name == _TOO_DEEP for each in parser.error_log):
        raise ValueError("nested too deeply")
    for link in tree.iter("a"):
        pictures = list(link.iter("img"))
        words = "".join(link.itertext())
        if not words.strip() and all(map(_is_an_icon, pictures)):
            continue
        if address := behind(words, link.get("href", "")):
            link.tail = f" {address}{link.tail or ''}"
    return tree


def _is_an_icon(picture: Any) -> bool:
    """
    Whether it is shown so small that its link is one of a signature, or counts readers.
    """
    sizes = (picture.get(side, "").removesuffix("px") for side in ("width", "height"))
    return any(size.isdecimal() and int(size) <= _LARGEST_ICON for size in sizes)


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
    html = _LINK.sub(_with_address, _UNSEEN.sub(" ", clean(html)))
    text = unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", html)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _with_address(link: re.Match[str]) -> str:
    words = unescape(_TAG.sub("", link["words"]))
    address = behind(words, unescape(link["target"].strip("\"'"))) if words.strip() else ""
    return f"{link[0]} {escape(address)}"
