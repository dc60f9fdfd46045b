"""
Which files go along with a mail of ours, and the reason of each that does not.
"""

import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from mailbot.mail.files import packed
from mailbot.mail.files.going_along import MOST_OCTETS, Stays, to_a_customer, to_staff
from mailbot.mail.files.packed import TooMuch, octets_in
from mailbot.mail.message import Attachment, InboundMessage
from mailbot.mail.signed_ids import Keyring, Thread
from tests.mail.builders import RECEIVED_AT

KEYS = Keyring([b"k" * 32], "firm.example")
NONCE = "abcdefghijkl"
TOKEN = f"service+{KEYS.token(NONCE, for_staff=True)}@firm.example"
STAFF_ID = KEYS.message_id(Thread.STAFF, 4217, NONCE)
CUSTOMERS = f"service+{KEYS.token(NONCE, for_staff=False)}@firm.example"


def a_file(
    name: str = "bill.pdf",
    content_type: str = "application/pdf",
    content: bytes = b"%PDF-1.7",
    content_id: str = "",
) -> Attachment:
    return Attachment(name=name, content_type=content_type, content=content, content_id=content_id)


def why(attachment: Attachment, html: str = "") -> Stays | None:
    message = InboundMessage(received_at=RECEIVED_AT, html=html, attachments=(attachment,))
    [(_, stays)] = to_a_customer(message, KEYS.names_staff).each
    return stays


def zipped(**members: str) -> bytes:
    octets = BytesIO()
    with ZipFile(octets, "w", ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return octets.getvalue()


def a_pdf(words: str) -> bytes:
    packed = zlib.compress(words.encode())
    return b"%PDF-1.7\n4 0 obj << /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream\n"


@pytest.mark.parametrize(
    "attachment",
    [
        a_file(),
        a_file("prices.csv", "text/csv", f"write to {CUSTOMERS}".encode()),
        a_file("photo.jpg", "image/jpeg", b"\xff\xd8"),
        a_file("card.vcf", "text/vcard", b"BEGIN:VCARD"),
        a_file("letter.docx", "application/octet-stream", zipped(document="<w:t>Hello</w:t>")),
        a_file("nothing.txt", "text/plain", b""),
    ],
    ids=lambda each: each.name,
)
def test_an_ordinary_file_reaches_the_customer(attachment: Attachment) -> None:
    assert why(attachment) is None


@pytest.mark.parametrize(
    ("name", "content_type", "reason"),
    [
        ("answer.eml", "message/rfc822", Stays.MESSAGE),
        ("answer.eml", "application/octet-stream", Stays.MESSAGE),
        ("answer.msg", "application/octet-stream", Stays.MESSAGE),
        ("page.mht", "multipart/related", Stays.MESSAGE),
        ("whatever", "message/strange", Stays.MESSAGE),
        ("winmail.dat", "application/ms-tnef", Stays.SEALED),
        ("smime.p7m", "application/pkcs7-mime", Stays.SEALED),
        ("smime.p7s", "application/pkcs7-signature", Stays.SIGNATURE),
        ("encrypted.asc", "application/pgp-encrypted", Stays.SEALED),
        ("setup.EXE", "application/octet-stream", Stays.PROGRAM),
    ],
)
def test_what_must_not_or_cannot_be_read_stays_behind(
    name: str, content_type: str, reason: Stays
) -> None:
    assert why(a_file(name, content_type, b"...")) is reason


@pytest.mark.parametrize("secret", [TOKEN, STAFF_ID], ids=["token", "id"])
@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret.encode(),
        lambda secret: secret.upper().encode(),
        lambda secret: secret.encode("utf-16"),
        lambda secret: secret.replace("+", "%2B").replace("@", "%40").encode(),
        lambda secret: secret.replace("+", "&#43;").replace("@", "&#64;").encode(),
        lambda secret: f"{secret[:20]}=\r\n{secret[20:]}".encode(),
        lambda secret: f"<p>{secret[:14]}<b>{secret[14:]}</b></p>".encode(),
        lambda secret: secret.partition("@")[0].encode(),
        lambda secret: zipped(document=f"<w:t>{secret[:20]}</w:t><w:t>{secret[20:]}</w:t>"),
        lambda secret: a_pdf(f"(mailto:{secret})"),
    ],
    ids=[
        *("plain", "upper case", "UTF-16", "link", "entities", "quoted-printable", "tags"),
        *("without the domain", "office document", "PDF"),
    ],
)
def test_a_file_that_names_a_staff_address_stays_behind_however_it_is_written(
    secret: str, written: "object"
) -> None:
    assert callable(written)
    assert why(a_file("notes", "application/octet-stream", written(secret))) is Stays.NAMES_STAFF


def locked() -> bytes:
    """
    An archive whose only file says of itself that it is encrypted.
    """
    octets = bytearray(zipped(document="Hello"))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        octets[octets.index(sign) + flags] |= 1
    return bytes(octets)


def with_a_file_beyond_all_files() -> bytes:
    """
    A file in it is said (in 64 bits, APPNOTE 4.5.3) to begin where nothing can be sought.
    """
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("a.txt", "hello")
    octets = bytearray(written.getvalue())
    entry, place = octets.index(b"PK\x01\x02"), struct.pack("<HHQ", 1, 8, 2**64 - 10)
    struct.pack_into("<H", octets, entry + 30, len(place))
    struct.pack_into("<I", octets, entry + 42, 0xFFFFFFFF)
    behind_its_name = entry + 46 + len("a.txt")
    octets[behind_its_name:behind_its_name] = place
    end = octets.index(b"PK\x05\x06")
    [size] = struct.unpack_from("<I", octets, end + 12)
    struct.pack_into("<I", octets, end + 12, size + len(place))
    return bytes(octets)


def with_its_list_before_its_beginning() -> bytes:
    """
    An archive that says that the list of its files begins where there is nothing yet.
    """
    octets = bytearray(zipped(document="Hello"))
    start = octets.index(b"PK\x05\x06") + 16
    said = int.from_bytes(octets[start : start + 4], "little")
    octets[start : start + 4] = (said + 1).to_bytes(4, "little")
    return bytes(octets)


def strangely_packed() -> bytes:
    """
    An archive whose only file is packed by a method that the library does not know.
    """
    octets = bytearray(zipped(document="Hello"))
    for sign, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        octets[octets.index(sign) + method] = 93
    return bytes(octets)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and no more",
        strangely_packed(),
        with_its_list_before_its_beginning(),
        with_a_file_beyond_all_files(),
        locked(),
        b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>",
        b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
        b"Rar!\x1a\x07\x00...",
        b"7z\xbc\xaf\x27\x1c...",
        b"\x1f\x8b\x08...",
    ],
    ids=[
        "broken",
        "strange method",
        "impossible list",
        "impossible place",
        "encrypted",
        "PDF",
        "office document",
        "RAR",
        "7-Zip",
        "gzip",
    ],
)
def test_what_nobody_can_look_into_stays_behind(content: bytes) -> None:
    assert why(a_file("file", "application/octet-stream", content)) is Stays.CLOSED


def test_a_name_can_give_a_secret_away_too() -> None:
    assert why(a_file(f"Re {TOKEN}.pdf")) is Stays.NAMES_STAFF


def test_a_small_picture_within_the_text_is_a_logo_and_a_large_one_goes_along() -> None:
    html = '<p>Hello<img src="cid:Logo@x"></p>'
    logo = a_file("image001.png", "image/png", b"dots", content_id="logo@x")
    shot = a_file("image002.png", "image/png", bytes(20_000), content_id="logo@x")

    assert why(logo, html) is Stays.LOGO
    assert why(logo, "<p>Hello</p>") is None
    assert why(shot, html) is None


def test_files_go_along_up_to_a_bound_and_a_large_one_leaves_room_for_the_small() -> None:
    large, larger, small = (
        a_file(name, "image/jpeg", bytes(size))
        for name, size in (("a", MOST_OCTETS - 10), ("b", 20), ("c", 10))
    )

    files = to_staff([large, larger, small])

    assert files.going == (large, small)
    assert files.staying == ((larger, Stays.TOO_LARGE),)


def test_a_handler_gets_whatever_a_customer_sent_but_programs() -> None:
    message = a_file("fault.eml", "message/rfc822", b"From: jane@example.com\r\n\r\nHello\r\n")
    program = a_file("router.exe", "application/octet-stream")

    files = to_staff([message, program])

    assert files.going == (message,)
    assert files.staying == ((program, Stays.PROGRAM),)


def test_what_unpacks_to_gigabytes_is_not_looked_through_and_stays_behind() -> None:
    bomb = zipped(zeros="0" * (packed.MOST_OCTETS + 1))

    with pytest.raises(TooMuch):
        list(octets_in(bomb))
    assert why(a_file("bomb.zip", "application/zip", bomb)) is Stays.TOO_LARGE


def test_a_pdf_of_nothing_but_beginnings_costs_no_time() -> None:
    assert sum(map(len, octets_in(b"%PDF-" + b"stream\n" * 100_000))) == 700_005
