"""
A message taken apart to be handed out: its files are those that were sent, however large.
"""

from base64 import encodebytes
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.mail.files.opened import opened
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.set_aside import set_aside

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LARGE = bytes(range(256)) * 300
HERE = Path(__file__).parents[1]


def message(*files: tuple[str, str, bytes]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Jane Doe <jane@example.com>", "Photos"
    mail.set_content("Here they are.")
    for name, kind, octets in files:
        mail.add_attachment(octets, *kind.split("/"), filename=name)
    return mail


def enclosing(body: bytes, encoding: str, kind: str = "application/pdf") -> bytes:
    return (
        b"From: jane@example.com\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee.\r\n--b\r\n'
        + f"Content-Type: {kind}\r\nContent-Disposition: attachment; filename=x\r\n".encode()
        + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
        + body
        + b"\r\n--b--\r\n"
    )


def test_large_files_are_those_that_were_sent() -> None:
    content = bytes(
        message(("a.jpg", "image/jpeg", LARGE), ("b.bin", "image/png", LARGE[::-1] + b"!"))
    )

    found = opened(content, received_at=NOW)

    assert set_aside(content).runs
    assert len(set_aside(content).content) < 3000
    assert [each.content for each in found.files] == [LARGE, LARGE[::-1] + b"!"]
    assert found.is_whole
    assert found.header.subject == "Photos"


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("base64", "application/pdf"),
        ("7bit", "text/plain"),
        ("8bit", "application/octet-stream"),
        ("quoted-printable", "text/plain"),
        ("x-unknown", "image/png"),
        ("base64", "text/plain"),
        ("7bit", "message/rfc822"),
    ],
)
def test_what_was_set_aside_is_put_back_whatever_the_part_is(
    encoding: str, kind: str, ends: bytes
) -> None:
    body = encodebytes(LARGE)
    if kind == "message/rfc822":
        body = bytes(message(("a.jpg", "image/jpeg", LARGE)))
    content = enclosing(body.replace(b"\n", b"\r\n"), encoding, kind).replace(b"\r\n", ends)

    assert set_aside(content).runs
    read = parse(content, received_at=NOW)
    assert opened(content, received_at=NOW).files == read.attachments


def test_no_mark_can_be_in_the_message_for_which_it_stands() -> None:
    content = bytes(message(("a.jpg", "image/jpeg", LARGE)))
    [mark] = set_aside(content).runs

    guessed = bytes(message(("a.jpg", "image/jpeg", LARGE), ("b.txt", "text/plain", mark)))

    assert [each.content for each in opened(guessed, received_at=NOW).files] == [LARGE, mark]


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"From: a@b\r\n" * 3000, b"\n" * 10])
def test_what_cannot_be_read_is_opened_all_the_same(content: bytes) -> None:
    found = opened(content, received_at=NOW)

    assert found.files == ()
    assert content.strip()[:10] in b"".join(found.words)


@pytest.mark.parametrize("folder", ["corpus", "field", "forwards", "replies"])
def test_every_mail_of_the_field_has_the_files_that_reading_finds(folder: str) -> None:
    mails = sorted((HERE / folder).glob("*.eml"))
    assert mails
    for path in mails:
        content = path.read_bytes()
        names = {each.name for each in parse(content, received_at=NOW).attachments}
        assert names <= {each.name for each in opened(content, received_at=NOW).files}, path.name


def test_what_is_said_in_a_message_within_a_message_is_among_its_words() -> None:
    inner = EmailMessage()
    inner.set_content("The secret is here.", cte="base64")
    middle, outer = EmailMessage(), EmailMessage()
    for mail, within in ((middle, inner), (outer, middle)):
        mail.set_content("See below.")
        mail.add_attachment(within)

    words = opened(bytes(outer), received_at=NOW).words

    assert any(b"The secret is here." in each for each in words)
