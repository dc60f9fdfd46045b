"""
What S/MIME and PGP wrap: opened where no key is needed, else named with the reason.
"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.files.kinds import what_it_is
from mailbot.mail.message import InboundMessage, Sealed
from mailbot.mail.reading.cms import Wrapped, content_in, kind_of
from mailbot.mail.reading.scan import MOST_PARTS, Malformed
from tests.mail.builders import mail, multipart, read
from tests.mail.smime import COMPRESSED, ENVELOPED, SIGNED, as_body, compressed, signed, wrapped

ENTITY = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "Mae'r llinell yn y tŷ wedi marw.\r\n".encode()
)
WORDS = "Mae'r llinell yn y tŷ wedi marw."
P7M = "application/pkcs7-mime"
ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"


def sent(octets: bytes, kind: str = P7M) -> InboundMessage:
    encoded = ("Content-Transfer-Encoding", "base64")
    return read(mail(("Content-Type", kind), encoded, body=as_body(octets)))


@pytest.mark.parametrize("pieces", [1, 2, 7])
@pytest.mark.parametrize("is_indefinite", [False, True])
@pytest.mark.parametrize("length", [1, 127, 128, 70_000])
def test_what_was_signed_is_taken_out_whole(pieces: int, is_indefinite: bool, length: int) -> None:
    content = bytes(each % 251 for each in range(length))
    octets = wrapped(SIGNED, content, pieces=min(pieces, length), is_indefinite=is_indefinite)

    assert kind_of(octets) is Wrapped.SIGNED
    assert content_in(octets) == content


@pytest.mark.parametrize(
    "kind",
    [
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "application/x-pkcs7-mime",
        "application/pkcs7-mime",
        "application/octet-stream; name=smime.p7m",
        'application/octet-stream; name="SMIME.P7M"',
    ],
)
def test_a_mail_that_was_signed_as_a_whole_is_read(kind: str) -> None:
    message = sent(signed(ENTITY), kind)

    assert message.text == WORDS
    assert message.sealed is Sealed.NOT
    (wrapping,) = message.attachments
    assert "signature not checked" in what_it_is(wrapping) or wrapping.name.lower() == "smime.p7m"


def test_what_was_signed_with_files_and_signed_again_is_read() -> None:
    inside = multipart(
        "mixed",
        "Content-Type: text/plain\n\nSee the bill",
        'Content-Type: application/pdf; name="bill.pdf"\n\n%PDF',
    )
    again = (
        b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + as_body(signed(inside)).encode()
    )
    message = sent(signed(again))

    assert message.text == "See the bill"
    assert [each.name for each in message.attachments] == ["bill.pdf", "smime.p7m", "smime.p7m"]


def test_what_was_compressed_is_read_within_bounds() -> None:
    assert sent(compressed(ENTITY)).text == WORDS
    bomb = compressed(b"\r\n" + b"x" * 50_000_000)
    assert content_in(bomb) is None
    assert sent(bomb).sealed is Sealed.SMIME


def test_a_program_that_forgot_its_encoding_is_read() -> None:
    message = read(mail(("Content-Type", P7M), body=as_body(signed(ENTITY))))

    assert message.text == WORDS


def test_what_is_wrapped_keeps_the_bounds_of_a_message() -> None:
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\n" * (MOST_PARTS + 1)

    with pytest.raises(Malformed):
        sent(signed(b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts))


def test_what_is_wrapped_without_end_is_not_opened_without_end() -> None:
    content = ENTITY
    for _ in range(12):
        content = (
            b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + as_body(signed(content)).encode()
        )

    assert sent(signed(content)).sealed is Sealed.SMIME


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"0",
        b"\x30\x80",
        b"\x30\x80" * 100_000,
        b"\x24\x80" * 100_000,
        b"\x30\x84\xff\xff\xff\xff",
        signed(ENTITY)[:60],
        wrapped(ENVELOPED, ENTITY),
        wrapped(COMPRESSED, b"no zlib"),
        wrapped("2a864886f70d010705", ENTITY),
    ],
)
def test_what_holds_nothing_to_read_is_named_for_what_it_is(octets: bytes) -> None:
    begun = time.perf_counter()

    assert content_in(octets) is None
    message = sent(octets)

    assert (message.text, message.sealed) == ("", Sealed.SMIME)
    assert time.perf_counter() - begun < 1


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_octets_break_the_walk(noise: bytes, place: int) -> None:
    octets = wrapped(SIGNED, ENTITY, pieces=3, is_indefinite=True)

    content_in(octets[:place] + noise + octets[place:])
    content_in(noise)


@pytest.mark.parametrize(
    ("content", "sealed"),
    [
        (
            multipart(
                "encrypted",
                "Content-Type: application/pgp-encrypted\n\nVersion: 1",
                f"Content-Type: application/octet-stream\n\n{ARMOUR}",
            ),
            Sealed.PGP,
        ),
        (mail(body=f"Hello,\n\n{ARMOUR}"), Sealed.PGP),
        (mail(("Content-Type", "application/ms-tnef; name=winmail.dat"), body="x"), Sealed.OUTLOOK),
        (
            multipart(
                "mixed",
                "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB",
                "Content-Type: text/plain\n\nA footer of a list",
            ),
            Sealed.SMIME,
        ),
        # An encrypted file beside the words is a file.
        (
            multipart(
                "mixed",
                "Content-Type: text/plain\n\nSee the file",
                f"Content-Type: application/octet-stream; name=bill.pgp\n\n{ARMOUR}",
            ),
            Sealed.NOT,
        ),
        (
            multipart(
                "mixed",
                "Content-Type: text/plain\n\nWords",
                "Content-Type: application/ms-tnef; name=winmail.dat\n\nx",
            ),
            Sealed.NOT,
        ),
        (mail(body=f"They wrote:\n> {ARMOUR.splitlines()[0]}"), Sealed.NOT),
        (mail(("Content-Type", "image/png"), body="x"), Sealed.NOT),
        (mail(body="My line is dead."), Sealed.NOT),
    ],
)
def test_it_is_said_why_the_words_of_a_mail_cannot_be_read(content: bytes, sealed: Sealed) -> None:
    assert read(content).sealed is sealed
