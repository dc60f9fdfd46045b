"""
What a reader of HTML reads: all of it, and where its links lead.
"""

import time
from base64 import b64encode

import pytest

from mailbot.mail.files.going_along import Stays, to_a_customer, to_staff
from mailbot.mail.reading.html import hasty_text, html_to_text
from mailbot.mail.reading.inside_html import MOST_FILES, Inside, taken_out
from mailbot.mail.reading.links import with_links_of
from tests.mail.builders import mail, read

READERS = [html_to_text, hasty_text]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "html",
    [
        "<html><body><p>one</p></body></html><html><body><p>two</p></body></html>",
        "<html><body><p>one</p></body></html>two",
        "<p>one</p></body><p>two</p>",
        (
            "<html><head><title>x</title></head><body>one</body></html>\n"
            "<!DOCTYPE html><html><head><style>p{}</style></head><body>two</body></html>"
        ),
        "<head><meta name=x><body><p>one</p><p>two</p>",
        "<p>one</p>" + "<font>" * 300 + "two" + "</font>" * 300,
        "<p>one</p>" + "<div>" * 3000 + "two",
    ],
)
def test_nothing_behind_an_end_or_in_the_depth_is_lost(reader: object, html: str) -> None:
    assert callable(reader)
    assert reader(html).split() == ["one", "two"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://a.example/1">here</a>.', "here <https://a.example/1> ."),
        (
            "<a title=x href='https://a.example/?a=1&amp;b=2'><b>here</b></a>",
            "here <https://a.example/?a=1&b=2>",
        ),
        ('<a href="www.a.example/1">here</a>', "here <https://www.a.example/1>"),
        ('<a href="mailto:jane@example.com?subject=x">me</a>', "me <mailto:jane@example.com>"),
        ('<a href="tel:+441495000001">ring me</a>', "ring me <tel:+441495000001>"),
        # The words themselves.
        ('<a href="https://www.a.example/1/">a.example/1</a>', "a.example/1"),
        ('<a href="mailto:jane@example.com">jane@example.com</a>', "jane@example.com"),
        ('<a href="https://www.scanner.example/">Scanner</a>', "Scanner"),
        # Nobody could follow it, or it is a secret.
        ('<a href="#top">up</a>', "up"),
        ('<a href="javascript:void(0)">go</a>', "go"),
        ('<a name="x">here</a>', "here"),
        (f'<a href="mailto:service+s{"x" * 30}@example.com">Yes</a>', "Yes"),
    ],
)
def test_the_address_behind_a_link_is_printed_where_it_is_not_its_words(
    reader: object, html: str, text: str
) -> None:
    assert callable(reader)
    assert reader(html).replace(">.", "> .").strip() == text


def test_the_link_of_a_picture_is_printed_but_not_that_of_an_icon() -> None:
    icon = '<a href="https://social.example/f"><img src="cid:f" width="24"></a>'
    photo = '<a href="https://album.example/7"><img src="cid:p"></a>'

    assert html_to_text(icon + photo).strip() == "<https://album.example/7>"


def test_links_that_only_the_html_has_go_to_their_words_in_the_plain_text() -> None:
    plain = "> Is it here?\n\nSee here and\nhere. Twice: https://c.example/3"
    laid_out = (
        "Is it here? See here <https://a.example/1> and here <https://b.example/2>."
        " Twice <https://c.example/3>: https://c.example/3. Gone <https://d.example/4>"
    )

    assert with_links_of(plain, laid_out) == (
        "> Is it here?\n\nSee here <https://a.example/1> and\nhere <https://b.example/2>."
        " Twice: https://c.example/3\n\n<https://d.example/4>"
    )


PNG = b"\x89PNG\r\n\x1a\n"
AS_TEXT = b64encode(PNG).decode()


@pytest.mark.parametrize(
    "said",
    [
        f'<img src="data:image/png;base64,{AS_TEXT}">',
        f"<img alt=x src = 'data:image/png;charset=x;base64,\n{AS_TEXT[:8]}\n{AS_TEXT[8:]}'>",
        f"<img src=data:image/png;base64,{AS_TEXT.rstrip('=')}>",
        f'<object data="DATA:IMAGE/PNG;BASE64,{AS_TEXT}"></object>',
        '<a href="data:image/png,%89PNG%0d%0a%1a%0a">see</a>',
    ],
)
def test_a_file_in_the_html_is_taken_out_of_it(said: str) -> None:
    html, files = taken_out(f"<p>Before</p>{said}<p>after</p>")

    assert files == (Inside("image/png", PNG),)
    assert html_to_text(html).split() in (["Before", "after"], ["Before", "see", "after"])


@pytest.mark.parametrize("data", ["", "image/png;base64,", "image/png;base64,a", "image/png"])
def test_a_file_that_cannot_be_taken_out_is_named(data: str) -> None:
    message = read(mail(("Content-Type", "text/html"), body=f'<p>See</p><img src="data:{data}">'))

    (left_out,) = message.attachments
    assert left_out.missing == "not readable"
    assert [each[1] for each in to_staff(message.attachments).each] == [Stays.MISSING]
    assert to_a_customer(message, lambda _: False).going == ()
    assert message.text == "See"


def test_of_many_files_in_the_html_the_first_are_taken_and_the_rest_is_said() -> None:
    many = "".join(f'<img src="data:image/png,{number}">' for number in range(100))

    _, files = taken_out(many)

    assert len(files) == MOST_FILES + 1
    assert files[-1].left_out
    assert not any(each.left_out for each in files[:-1])


def test_the_same_picture_shown_twice_is_one_file() -> None:
    picture = f'<img src="data:image/png;base64,{AS_TEXT}">'

    assert len(taken_out(picture * 5)[1]) == 1


@pytest.mark.parametrize(
    "html",
    [
        "<a href=x>" * 100_000,
        "<a href='" * 100_000,
        "<img src='data:" * 100_000,
        '<img src="data:image/png;base64,' * 50_000,
        "<body" * 100_000,
        "href " * 200_000,
    ],
)
def test_no_html_takes_long(html: str) -> None:
    begun = time.perf_counter()

    hasty_text(taken_out(html)[0])

    assert time.perf_counter() - begun < 5
