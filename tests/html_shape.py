"""
The shape of an HTML page: what it is made of, and that it is well-formed.
"""

import re
from html.parser import HTMLParser

#: HTML elements that have no end tag (HTML standard, 13.1.2).
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Shape(HTMLParser):
    """
    Remembers what a page is made of; a tag that closes nothing is a defect.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def all(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]


def well_formed(text: str) -> Shape:
    shape = Shape()
    shape.feed(text)
    shape.close()
    assert shape.open == []
    return shape
