"""
HTML that somebody else wrote, with only what formats words left. The only user of nh3.
"""

import re

TAGS = frozenset(
    {
        *("p", "br", "div", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "blockquote"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "thead", "tbody", "tr", "th", "td"),
    }
)
#: A link, and what keeps a right-to-left text and a table readable; nothing else.
_ATTRIBUTES = {
    **{tag: {"dir"} for tag in TAGS},
    "a": {"href", "dir"},
    "td": {"colspan", "rowspan", "dir"},
    "th": {"colspan", "rowspan", "dir"},
}
_VALUES = {
    "dir": re.compile(r"ltr|rtl|auto"),
    "colspan": re.compile(r"\d{1,2}"),
    "rowspan": re.compile(r"\d{1,2}"),
    "href": re.compile(r"(?:https?://|mailto:)[^\s<>\"]{1,2000}", re.IGNORECASE),
}
#: What goes with all that is in it: a reader would never have seen it as words.
_UNREADABLE = {
    *("script", "style", "title", "noscript", "iframe", "object", "svg", "math", "template"),
    *("select", "textarea", "button", "audio", "video", "canvas"),
}
#: An address may be linked; what a link would write for the reader may not ("?body=").
_QUERY = re.compile(r"^(mailto:[^?]*)\?.*$", re.IGNORECASE | re.DOTALL)


#: A tag that is taken out may leave others where no parser lets them stand.
_MOST_ROUNDS = 5


def sanitize(html: str) -> str:
    """
    The HTML without images, styles, scripts, forms, comments and anything that is
    fetched; links lead to http, https or mailto only. What it returns stays as it is
    when it is read again: what was judged is what a reader's client sees.
    """
    for _ in range(_MOST_ROUNDS):
        cleaned = _cleaned(html)
        if cleaned == html:
            break
        html = cleaned
    return html


def _cleaned(html: str) -> str:
    # Few answers are formatted, and most starts see none.
    import nh3  # noqa: PLC0415

    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(_UNREADABLE),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        strip_comments=True,
        link_rel=None,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """
    The value as it may stay; None to drop it. nh3 itself would let `title` and `lang` through.
    """
    value = _QUERY.sub(r"\1", value.strip())
    may_stay = name in _ATTRIBUTES.get(tag, set()) and _VALUES[name].fullmatch(value)
    return value if may_stay else None
