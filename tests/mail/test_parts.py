"""
The tree of a message, read once: its fields, its octets, and what an attached one is.
"""

from email.parser import BytesParser

import pytest

from mailbot.mail.reading.parts import Part, part_of
from tests.mail.builders import mail, multipart

ATTACHED = "Content-Type: message/rfc822\n\nSubject: inner\nX-Odd: two  spaces\n\nHello"


def tree(content: bytes) -> Part:
    return part_of(BytesParser().parsebytes(content))


def test_an_attached_message_is_a_leaf_and_keeps_its_header_as_it_came() -> None:
    plain, attached = tree(
        multipart("mixed", "Content-Type: text/plain\n\nSee it", ATTACHED)
    ).leaves

    assert plain.octets == b"See it"
    assert attached.children == ()
    assert [each.first("subject") for each in attached.enclosed] == ["inner"]
    assert b"X-Odd: two  spaces\n" in attached.enclosed_octets


def test_a_multipart_in_which_no_part_is_found_is_a_leaf() -> None:
    alone = tree(mail(("Content-Type", 'multipart/mixed; boundary="edge"'), body="No edge."))

    assert [*alone.leaves] == [alone]


def test_of_a_field_said_twice_the_first_one_counts_and_both_are_kept() -> None:
    twice = tree(mail(("X-Kind", "one"), ("X-Kind", " two\r\n  folded")))

    assert twice.first("x-kind") == "one"
    assert twice.headers["x-kind"] == ["one", "two  folded"]


def test_a_transfer_encoding_with_a_comment_is_followed_and_stays_as_it_stood() -> None:
    said = tree(mail(("Content-Transfer-Encoding", "base64 (really)"), body="aGk="))

    assert said.octets == b"hi"
    assert said.first("content-transfer-encoding") == "base64 (really)"


@pytest.mark.parametrize(
    ("body", "octets"),
    [
        ("aGVs\nbG8=\n", b"hello"),
        ("aGVsbG8", b"hello"),
        ("aGVs*bG8=", b"hello"),
        ("aGk=\n-- \nfooter", b"hi"),
        ("aGVsb", b"aGVsb"),
    ],
)
def test_base64_is_read_as_far_as_it_can_be(body: str, octets: bytes) -> None:
    field = ("Content-Transfer-Encoding", "base64")

    assert tree(mail(field, ("Content-Type", "image/png"), body=body)).octets == octets
    # A part that names a charset goes another way.
    text = ("Content-Type", "text/plain; charset=utf-8")
    assert tree(mail(field, text, body=body)).octets == octets


@pytest.mark.parametrize(
    ("said", "octets", "text"),
    [
        (b'<meta charset="windows-1251">', "Линия".encode("cp1251"), "Линия"),
        (
            b'<META http-equiv="Content-Type" content="text/html; charset=iso-8859-2">',
            "Złącze".encode("iso-8859-2"),
            "Złącze",
        ),
        # What cannot be, and what is no page.
        (b"<meta charset=utf-16>", "tŷ".encode(), "tŷ"),
        (b"<p>charset=windows-1251</p>", "tŷ".encode(), "tŷ"),
    ],
)
def test_a_page_may_name_its_charset_where_its_field_names_none(
    said: bytes, octets: bytes, text: str
) -> None:
    page = tree(mail(("Content-Type", "text/html"), body=b"<html>" + said + octets))

    assert page.text.endswith(text)


def test_the_charset_of_the_field_counts_before_that_of_the_page() -> None:
    kind = ("Content-Type", "text/html; charset=windows-1252")
    page = tree(mail(kind, body=b'<meta charset="windows-1251"><p>caf\xe9'))

    assert page.text.endswith("café")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("plain/text", "text/plain"), ("application/text", "text/plain"), ("html/text", "text/html")],
)
def test_a_text_by_a_wrong_name_is_a_text(said: str, meant: str) -> None:
    assert tree(mail(("Content-Type", f"{said}; charset=utf-8"))).content_type == meant
