"""
What of a stranger's HTML may be sent on.
"""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.quoting.safe_html import TAGS, sanitize


class Seen(HTMLParser):
    """
    Every tag and attribute that a reader's client would meet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.tags.add("comment")


def seen(html: str) -> Seen:
    found = Seen()
    found.feed(html)
    return found


@pytest.mark.parametrize(
    "html",
    [
        "<p>one<br>two</p>",
        "<b>a</b><strong>b</strong><i>c</i><em>d</em><u>e</u>",
        "<ul><li>one</li></ul><ol><li>two</li></ol>",
        '<a href="https://www.example.com/a?b=c&amp;d=e">bill</a>',
        '<a href="http://www.example.com/">site</a>',
        '<a href="mailto:jane@example.com">Jane</a>',
        "<blockquote>words</blockquote>",
        '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
        '<p dir="rtl">שלום</p>',
    ],
)
def test_what_formats_words_stays(html: str) -> None:
    assert sanitize(html) == html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ('<img src="https://x.example/p.gif" onerror="a()">words', "words"),
        (
            "<style>p {color: red}</style><p style='color: red' class=x id=y>words</p>",
            "<p>words</p>",
        ),
        ("<script>a()</script>words", "words"),
        ("<svg><style><img src=x></style></svg>words", "words"),
        ("<form action='https://x.example'><input name=a><button>Go</button></form>words", "words"),
        ("<iframe src='https://x.example'>x</iframe>words", "words"),
        ("<link rel=stylesheet href='https://x.example'><base href='https://x.example'>w", "w"),
        ("<!-- a comment --><!--[if mso]>x<![endif]-->words", "words"),
        ("<title>a title</title>words", "words"),
        ('<a href="javascript:a()">words</a>', "<a>words</a>"),
        ('<a href=" java\tscript:a()">words</a>', "<a>words</a>"),
        ('<a href="data:text/html,x">words</a>', "<a>words</a>"),
        ('<a href="cid:x">words</a>', "<a>words</a>"),
        ('<a href="//x.example/">words</a>', "<a>words</a>"),
        ('<a href="/x" title="t" lang="de" target="_blank">words</a>', "<a>words</a>"),
        (
            '<a href="mailto:jane@example.com?bcc=a@x.example&amp;body=b">w</a>',
            '<a href="mailto:jane@example.com">w</a>',
        ),
        ('<td background="https://x.example/p.gif">words</td>', "words"),
        (
            '<table><tr><td colspan="9999999">a</td></tr></table>',
            "<table><tbody><tr><td>a</td></tr></tbody></table>",
        ),
        ("<p onclick='a()'>words", "<p>words</p>"),
        ("<font color=red><span>words</span></font>", "words"),
        ("a < b & c", "a &lt; b &amp; c"),
    ],
)
def test_what_fetches_runs_or_dresses_up_goes(html: str, left: str) -> None:
    assert sanitize(html) == left


PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<a href='javascript:x'>", "<a href=https://x.example>", "</a>", "<svg>"),
        *(
            "<math><mtext>",
            "<table>",
            "<mglyph>",
            "<style>",
            "</style>",
            "<!--",
            "-->",
            "<img src=x>",
        ),
        *("<noscript>", "</noscript>", "<title>", "<template>", "<iframe>", "<b onmouseover=a()>"),
        *(
            "words",
            "&lt;script&gt;",
            "<![CDATA[",
            "]]>",
            "<td background=x>",
            '"',
            "'",
            "<p title='-->'>",
        ),
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=15).map("".join)))
def test_of_any_html_only_what_is_listed_is_left(html: str) -> None:
    found = seen(sanitize(html))

    assert found.tags <= TAGS
    assert {name for name, _ in found.attributes} <= {"href", "dir", "colspan", "rowspan"}
    links = [value for name, value in found.attributes if name == "href"]
    assert [each for each in links if not each.startswith(("http://", "https://", "mailto:"))] == []


@given(st.lists(PIECES, max_size=15).map("".join))
def test_what_is_safe_stays_as_it_is(html: str) -> None:
    once = sanitize(html)

    assert sanitize(once) == once
