"""
Words that a program wrapped wrongly: in an encoding that is none, behind a boundary that
does not come, beside the parts.
"""

import pytest

from mailbot.mail.message import InboundMessage
from tests.mail.builders import mail, multipart, read

PLAIN = ("Content-Type", "text/plain; charset=utf-8")


def encoded(encoding: str, body: str) -> InboundMessage:
    return read(mail(PLAIN, ("Content-Transfer-Encoding", encoding), body=body))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("The line is dead.\nPlease ring me.\n", "The line is dead.\nPlease ring me."),
        ("VGhlIGxpbmUgaXMgZGVhZC4=\n-- \nUsers list\n", "The line is dead.\n--\nUsers list"),
        ("VGhlIGxpbmU=\nIGlzIGRlYWQu\n", "The line is dead."),
        ("VGhlIGxp!bmUgaXMg\n\n*ZGVhZC4=\n", "The line is dead."),
        ("VGhlIGxpbmUgaXMgZGVhZC4gU", "The line is dead."),
        ("VGhlIGxpbmUgaXMgZGVhZC4", "The line is dead."),
        ("", ""),
    ],
)
def test_text_in_base64_or_not_is_read_whole(body: str, text: str) -> None:
    assert encoded("base64", body).text == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("The li= \nne is t=C5=B7=\t\n.", "The line is tŷ."),
        ("100% =ZZ = dead=", "100% =ZZ = dead"),
    ],
)
def test_a_soft_break_goes_on_whatever_was_added_behind_it(body: str, text: str) -> None:
    assert encoded("quoted-printable", body).text == text


PARTS = (
    "--edge\nContent-Type: text/plain\n\nSee the bill.\n"
    "--edge\nContent-Type: application/pdf; name=bill.pdf\n\n%PDF\n--edge--\n"
)


@pytest.mark.parametrize("kind", ["multipart/mixed", 'multipart/mixed; boundary="other"'])
def test_parts_are_found_by_the_boundary_that_stands_between_them(kind: str) -> None:
    message = read(mail(("Content-Type", kind), body=PARTS))

    assert message.text == "See the bill."
    assert [each.name for each in message.attachments] == ["bill.pdf"]


def test_words_beside_the_parts_are_read_where_there_are_no_others() -> None:
    picture = multipart("mixed", "Content-Type: image/png\n\nx")
    above = picture.replace(b"--edge", b"The line is dead.\r\n--edge", 1)
    placeholder = picture.replace(
        b"--edge", b"This is a multi-part message in MIME format.\r\n--edge", 1
    )

    assert read(above).text == "The line is dead."
    assert read(picture + b"\r\nThe line is dead.").text == "The line is dead."
    assert read(placeholder).text == ""


def test_an_appointment_alone_says_what_it_is_about() -> None:
    body = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDESCRIPTION;LANGUAGE=en:The line\n  is dead\\, again\\nJane\nEND:VEVENT\n"

    assert (
        read(mail(("Content-Type", "text/calendar"), body=body)).text
        == "The line is dead, again\nJane"
    )


def test_neither_an_address_beside_what_an_appointment_says_nor_its_alarm_is_said() -> None:
    body = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:REMINDER\n"
        'END:VALARM\nDESCRIPTION;ALTREP="cid:part3@example.com":The line is dead.\n'
        "BEGIN:VALARM\nDESCRIPTION:REMINDER\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )

    assert read(mail(("Content-Type", "text/calendar"), body=body)).text == "The line is dead."


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "<html><body><p>The <b>line</b></p></body></html>", "The line"),
        ("application/xhtml+xml", "<html><body><p>The line</p></body></html>", "The line"),
        ("text/plain; name=note.txt", "The line", "The line"),
        ("text/x-sms", "The line", "The line"),
        (
            "text/enriched",
            "The <bold>line</bold>\nis <<dead>.\n\nJane",
            "The line is <dead>.\nJane",
        ),
    ],
)
def test_a_text_is_read_whatever_it_is_called(kind: str, body: str, text: str) -> None:
    assert read(mail(("Content-Type", kind), body=body)).text == text


@pytest.mark.parametrize("kind", ["text/calendar", "text/csv", "text/vcard"])
def test_a_text_for_a_program_is_a_file(kind: str) -> None:
    message = read(mail(("Content-Type", kind), body="a,b,c"))

    assert message.text == ""
    assert len(message.attachments) == 1
