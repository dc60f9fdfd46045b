"""
The formatting of an answer: its HTML with our own quoted mail cut off.

What is kept was decided on the plain text (`quoted`). The HTML may only say the same:
if it does not, word for word, there is none, and the plain text is sent.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from html import escape
from typing import Any

from mailbot.mail.quoting.repeated import squeezed
from mailbot.mail.quoting.safe_html import sanitize
from mailbot.mail.reading.html import html_to_text

_LONGEST = 1_000_000  # characters; more is no answer that a person formatted
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)
_NO_WORDS = ("head", "script", "style", "title", "meta", "link", "base", "noscript", "template")
#: Blocks that `safe_html` does not know: their words must not run together with the next ones.
_BLOCKS = (
    *("section", "article", "header", "footer", "main", "aside", "center", "address", "figure"),
    *("dl", "dt", "dd", "form", "fieldset"),
)
#: Word's blank line, between paragraphs that it sets without any space; ours have some.
_EMPTY_PARAGRAPH = re.compile(r"<p(?: dir=\"\w+\")?>(?:\s|\xa0|&nbsp;|<br>)*</p>")
#: What a client sets above a signature, on a line of its own: no words.
_RULE_ABOVE_A_SIGNATURE = re.compile(r"(?<=>)\s*--(?:\s|\xa0|&nbsp;)*(?:<br>\s*|\n|(?=</))")
_ENDS_A_SENTENCE = re.compile(r"[\s.,;:!?)\]}\"'\u2019\u201d\u2026]+")

#: Where clients begin what they quote, or what they set around it.
_ONE_QUOTE = (
    ".//blockquote[@type='cite']",
    ".//blockquote[contains(@class, 'gmail_quote')]",
    ".//*[contains(@class, 'gmail_attr')]",
    ".//*[contains(@class, 'moz-cite-prefix')]",
    ".//*[contains(@class, 'protonmail_quote')]",
    ".//*[contains(@class, 'tutanota_quote')]",
    ".//*[contains(@class, 'zmail_extra')]",
    ".//*[contains(@class, 'yahoo_quoted')]",
    ".//*[contains(@class, 'k9mail')]//blockquote",
)
_WHOLE_QUOTE = (*_ONE_QUOTE, ".//*[contains(@class, 'gmail_quote')]")
#: All that follows beside these is the quote. Outlook prefixes ids with "x_" when it quotes itself.
_FROM_HERE_ON = (
    ".//*[contains(@id, 'divRplyFwdMsg')]",
    ".//*[contains(@id, 'appendonsend')]",
    ".//*[contains(@id, 'mail-editor-reference-message-container')]",
    ".//*[contains(@class, 'OutlookMessageHeader')]",
)


def kept_html(html: str, kept: str) -> str | None:
    """
    The answer's own formatting, safe to send, whose words are those of *kept*; or None
    if it cannot be cut so, and the plain text has to do.
    """
    wanted = squeezed(kept.replace("\n", " "))
    body = _body(html) if wanted else None
    if body is None:
        return None
    _drop_foreign_addresses(body, wanted)
    for cut in (_up_to(wanted), _without(_WHOLE_QUOTE), _without(_ONE_QUOTE)):
        tree = deepcopy(body)
        if not cut(tree):
            continue
        _trim(tree)
        safe = _RULE_ABOVE_A_SIGNATURE.sub("", sanitize(_inner_html(tree)))
        safe = _EMPTY_PARAGRAPH.sub("", safe).strip()
        if squeezed(html_to_text(safe)) == wanted:
            return safe
    return None


def _body(html: str) -> Any | None:
    """
    The body as a tree, without what no reader sees; None if there is none.
    """
    html = _NOT_TEXT.sub("", _XML_DECLARATION.sub("", html))
    if not html.strip() or len(html) > _LONGEST:
        return None
    # Only an answer in HTML needs it, and a start without one need not wait.
    import lxml.html  # noqa: PLC0415
    from lxml.etree import LxmlError  # noqa: PLC0415

    try:
        document = lxml.html.document_fromstring(html)
    except (LxmlError, ValueError):
        return None
    body = document.find("body")
    if body is None:
        return None
    for each in list(body.iter()):
        if each is body or each.getparent() is None:
            continue
        if not isinstance(each.tag, str) or each.tag in _NO_WORDS or _is_hidden(each):
            each.drop_tree()
        elif each.tag in _BLOCKS:
            each.tag = "div"
    return body


def _is_hidden(element: Any) -> bool:
    return bool("hidden" in element.attrib or _HIDDEN.search(element.get("style", "")))


def _drop_foreign_addresses(body: Any, wanted: str) -> None:
    """
    A link to an address stays only where the words name it: our own reply address
    carries a secret, and a client may link to it unseen.
    """
    for link in body.iter("a"):
        target = link.get("href", "")
        address = target.partition(":")[2].partition("?")[0]
        is_address = target.lower().strip().startswith("mailto:")
        if is_address and (not squeezed(address) or squeezed(address) not in wanted):
            del link.attrib["href"]


# --- ways to cut -----------------------------------------------------------


def _up_to(wanted: str) -> Callable[[Any], bool]:
    """
    A cut that keeps the tree up to the last of the *wanted* words, if it begins with them.
    """
    from lxml.etree import iterwalk  # noqa: PLC0415 - as in _body

    def cut(body: Any) -> bool:
        said = 0
        for event, element in iterwalk(body, events=("start", "end")):
            if element is body and event == "end":
                break
            text = (element.text if event == "start" else element.tail) or ""
            row = squeezed(text)
            if said == len(wanted) and not _ENDS_A_SENTENCE.fullmatch(text or " "):
                _drop_from(body, element, event)
                return True
            if not wanted.startswith(row, said):
                return False
            said += len(row)
        return said == len(wanted)

    return cut


def _drop_from(body: Any, element: Any, event: str) -> None:
    """
    Everything dropped from that text on: of the element itself ("start") or behind it ("end").
    """
    if event == "start":
        element.text = None
        for child in list(element):
            element.remove(child)
    element.tail = None
    while element is not body:
        for following in list(element.itersiblings()):
            element.getparent().remove(following)
        element = element.getparent()
        if element is not body:
            element.tail = None


def _without(quotes: tuple[str, ...]) -> Callable[[Any], bool]:
    """
    A cut that takes out the clients' own containers of a quote, wherever they stand.
    """

    def cut(body: Any) -> bool:
        is_cut = False
        for path in _FROM_HERE_ON:
            for start in body.xpath(path):
                for each in [start, *start.itersiblings()]:
                    is_cut = True
                    each.getparent().remove(each)
        for path in quotes:
            for each in body.xpath(path):
                if each.getparent() is not None:
                    is_cut = True
                    each.drop_tree()
        return is_cut

    return cut


def _trim(body: Any) -> None:
    """
    Empty elements taken off the end, where the quote has been.
    """
    while (last := _last_leaf(body)) is not body:
        if (last.tail or "").strip() or (last.text or "").strip():
            return
        last.getparent().remove(last)


def _last_leaf(element: Any) -> Any:
    """
    The element that ends where *element* does, and ends last; itself if nothing is in it.
    """
    # Counting children or asking for the last by number would walk over all of them.
    while (last := next(element.iterchildren(reversed=True), None)) is not None:
        if (last.tail or "").strip():
            return last
        element = last
    return element


def _inner_html(body: Any) -> str:
    from lxml.etree import tostring  # noqa: PLC0415 - as in _body

    parts = [tostring(each, encoding="unicode", method="html") for each in body]
    return "".join([escape(body.text or "", quote=False), *parts])
