"""
The octets of a mail, read back by the standard library.
"""

import email
import email.utils
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.letters.compose import Heading, compose
from mailbot.letters.octets import Enclosure
from mailbot.letters.stationery import Rendered
from mailbot.mail.words import one_line


def a_mail(**changes: Any) -> Rendered:
    return replace(Rendered(subject="Hi [X]", text="Hi\n", html="<p>Hi</p>\n"), **changes)


def a_heading(**changes: Any) -> Heading:
    return Heading(
        **{
            "from_name": "Infinity",
            "from_address": "service@firm.example",
            "to_name": "Jane Doe",
            "to_address": "jane@example.com",
            "reply_to": "service+t0ken@firm.example",
            "message_id": "signed.1@firm.example",
            "date": datetime(2026, 11, 22, 11, 0, 5, tzinfo=UTC),
            "template": "acknowledgement",
            "reference": "ISS-000001-95",
            "auto_submitted": "auto-replied",
            "suppress": True,
            **changes,
        }
    )


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=default)


def header_lines(content: bytes) -> list[bytes]:
    return content.partition(b"\r\n\r\n")[0].split(b"\r\n")


def display_name(content: bytes) -> str:
    # Not by the policy: its parser puts a space between the encoded words of a name.
    field = str(email.message_from_bytes(content)["To"]).replace("\n", "")
    phrase = field.rpartition(" <")[0]
    if phrase.startswith('"'):
        return email.utils.parseaddr(field)[0]
    return str(make_header(decode_header(phrase)))


def part(content: bytes, subtype: str) -> str:
    found = read(content).get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_the_same_arguments_give_the_same_octets() -> None:
    assert compose(a_mail(), a_heading()) == compose(a_mail(), a_heading())


def test_the_standard_library_reads_back_what_was_written() -> None:
    heading = a_heading(in_reply_to="q@c.example", references=("anchor@firm.example",))
    message = read(compose(a_mail(), heading))

    assert dict(message.items()) == {
        "From": "Infinity <service@firm.example>",
        "To": "Jane Doe <jane@example.com>",
        "Reply-To": "service+t0ken@firm.example",
        "Subject": "Hi [X]",
        "Date": "Sun, 22 Nov 2026 11:00:05 +0000",
        "Message-ID": "<signed.1@firm.example>",
        "In-Reply-To": "<q@c.example>",
        "References": "<anchor@firm.example> <q@c.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "X-Mailbot-Template": "acknowledgement",
        "X-Mailbot-Case": "ISS-000001-95",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_a_mail_of_a_persons_own_words_does_not_say_that_a_machine_wrote_it() -> None:
    message = read(compose(a_mail(), a_heading(auto_submitted=None, suppress=False, reference="")))

    assert not {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailbot-Case"} & set(message)


def test_references_stand_one_a_line_and_are_never_encoded() -> None:
    ids = tuple(f"{'x' * 90}{number}@outlook.example" for number in range(4))
    lines = header_lines(compose(a_mail(), a_heading(references=ids, in_reply_to=ids[-1])))

    first = lines.index(f"References: <{ids[0]}>".encode())
    assert lines[first + 1 : first + 4] == [f" <{each}>".encode() for each in ids[1:]]
    assert f"In-Reply-To: <{ids[3]}>".encode() in lines
    assert b"=?" not in b"".join(lines)


def test_a_long_thread_keeps_the_anchor_the_first_and_the_last() -> None:
    ids = tuple(f"{number}@x" for number in range(300))
    message = read(compose(a_mail(), a_heading(references=ids)))

    assert message["References"].split() == [f"<{each}>" for each in (*ids[:2], *ids[-18:])]


@pytest.mark.parametrize("bad", ["a b@x", "a\r\nBcc: e@x", "é@x", "<a@x", "", "x" * 901])
def test_an_id_that_cannot_be_written_is_left_out_and_never_ours(bad: str) -> None:
    message = read(compose(a_mail(), a_heading(references=(bad, "good@x"), in_reply_to=bad)))

    assert message["References"] == "<good@x>"
    assert message["In-Reply-To"] is None
    with pytest.raises(ValueError, match="Message-ID"):
        compose(a_mail(), a_heading(message_id=bad))


INJECTIONS = [
    f"x{end}Bcc: evil@evil.test{end}{end}body"
    for end in ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0\n", "\r\n ", "\ud800\n")
]


@pytest.mark.parametrize("evil", INJECTIONS, ids=repr)
@pytest.mark.parametrize(
    "field", ["from_name", "to_name", "to_address", "reply_to", "template", "reference", "subject"]
)
def test_no_fact_can_start_a_field_of_its_own(field: str, evil: str) -> None:
    if field == "subject":
        content = compose(a_mail(subject=evil), a_heading())
    else:
        tail = "@example.com" if field in {"to_address", "reply_to"} else ""
        content = compose(a_mail(), a_heading(**{field: evil + tail}))

    assert not [line for line in header_lines(content) if line.lower().startswith(b"bcc")]
    assert len(read(content)) == len(read(compose(a_mail(), a_heading())))
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("jane@example.com", b"jane@example.com"),
        ('"jane doe"@example.com', b'"jane doe"@example.com'),
        ("jane doe@example.com", b'"jane doe"@example.com'),
        ("a@x, evil@example.com", b'"a@x, evil"@example.com'),
        ("jane@exämple.com", b"jane@xn--exmple-cua.com"),
        ("jane@straße.example", "jane@straße.example".encode()),
        ("jäne@example.com", "jäne@example.com".encode()),
        ("jane@[192.0.2.1]", b"jane@[192.0.2.1]"),
        ("jane@ex>ample<.com", b"jane@example.com"),
    ],
)
def test_an_address_is_written_in_ascii_if_it_can_be(address: str, written: bytes) -> None:
    lines = header_lines(compose(a_mail(), a_heading(to_name="", to_address=address)))

    assert b"To: " + written in lines


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="without @"):
        compose(a_mail(), a_heading(to_address="nobody"))


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        compose(a_mail(), a_heading(date=datetime(2026, 11, 22)))  # noqa: DTZ001 - that is the point


NAMES = [
    "Rhian Price, Infinity",
    'Jane "The Line" \\ Doe',
    "Zoë Ångström",
    "آمنة بنت وهب",
    "🌸 Jane 👩\u200d👩\u200d👧 Doe",
    "渡辺" * 40,
    "=?utf-8?q?evil?=",
    "Jane " * 60,
    "x" * 300,
    "  padded\tname ",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_as_it_went(name: str) -> None:
    content = compose(a_mail(subject=name), a_heading(to_name=name))

    assert display_name(content) == one_line(name)
    assert read(content)["To"].addresses[0].addr_spec == "jane@example.com"
    assert read(content)["Subject"] == one_line(name)
    assert max(map(len, header_lines(content))) <= 130
    for word in re.findall(rb"=\?utf-8\?.\?\S*\?=", content):
        assert len(word) <= 75


@given(st.text(st.characters(), max_size=200))
def test_any_subject_comes_back_in_legal_lines(subject: str) -> None:
    content = compose(a_mail(subject=subject), a_heading())

    assert read(content)["Subject"] == one_line(subject)
    assert b"".join(header_lines(content)).isascii()
    assert max(map(len, header_lines(content))) <= 78


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=300))
def test_any_text_comes_back_and_every_line_is_short(text: str, html: str) -> None:
    content = compose(a_mail(text=text + "\n", html=html + "\n"), a_heading())

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    expected = one_line(text)
    assert one_line(part(content, "plain")) == expected


def test_lone_surrogates_and_nuls_are_replaced_and_emoji_stay() -> None:
    content = compose(a_mail(text="a\ud83d\0b 😀 \u202eright\n"), a_heading())

    assert part(content, "plain") == "a\ufffd\ufffdb 😀 \u202eright\n"


def test_a_part_is_written_in_the_shorter_encoding() -> None:
    content = compose(a_mail(text="渡辺" * 99, html="<p>plain words</p>"), a_heading())

    assert [each["Content-Transfer-Encoding"] for each in read(content).iter_parts()] == [
        "base64",
        "quoted-printable",
    ]


# --- enclosures and appointments

A_CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"


def a_file(**changes: Any) -> Enclosure:
    return Enclosure(
        **{
            "name": "letter.pdf",
            "content_type": "application/pdf",
            "content": b"%PDF\x00" * 99,
            **changes,
        }
    )


def kinds(content: bytes) -> list[str]:
    return [each.get_content_type() for each in read(content).walk()]


def test_an_enclosure_stands_beside_the_mail_and_comes_back_octet_by_octet() -> None:
    files = (a_file(), a_file(name="empty.txt", content_type="text/plain", content=b""))
    content = compose(a_mail(), a_heading(), attachments=files)

    assert kinds(content) == [
        "multipart/mixed",
        *("multipart/alternative", "text/plain", "text/html"),
        *("application/pdf", "text/plain"),
    ]
    found = list(read(content).iter_attachments())
    assert [each.get_filename() for each in found] == ["letter.pdf", "empty.txt"]
    assert [each.get_payload(decode=True) for each in found] == [each.content for each in files]
    assert part(content, "plain") == "Hi\n"
    assert max(map(len, content.split(b"\r\n"))) <= 78


def test_an_appointment_is_one_more_way_to_read_the_mail() -> None:
    content = compose(a_mail(), a_heading(), calendar=A_CALENDAR)

    assert kinds(content) == ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    calendar = list(read(content).iter_parts())[-1]
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "PUBLISH"}
    assert calendar.get_payload(decode=True) == A_CALENDAR


def test_enclosures_and_an_appointment_go_together() -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(),), calendar=A_CALENDAR)

    assert kinds(content)[0] == "multipart/mixed"
    assert kinds(content)[1:] == [
        *("multipart/alternative", "text/plain", "text/html", "text/calendar"),
        "application/pdf",
    ]
    assert not [each.defects for each in read(content).walk() if each.defects]


@pytest.mark.parametrize(
    ("name", "came_back"),
    [
        ("letter.pdf", "letter.pdf"),
        ("Brief für Siân.pdf", "Brief für Siân.pdf"),
        ("渡辺" * 30 + ".pdf", "渡辺" * 30 + ".pdf"),
        ("x" * 300 + ".pdf", "x" * 76 + ".pdf"),
        ("x" * 300, "x" * 80),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a"b;c\\d.pdf', "a_b;c_d.pdf"),
        ("bill\u202efdp.exe", "billfdp.exe"),
        ("a\r\nBcc: e@x", "a Bcc_ e@x"),
        ("", "attachment"),
        ("...", "attachment"),
        ("50%25 off '*.pdf", "50%25 off '_.pdf"),
    ],
)
def test_the_name_of_a_file_comes_back_safe(name: str, came_back: str) -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(name=name),))
    (found,) = read(content).iter_attachments()

    assert found.get_filename() == came_back
    assert found["Bcc"] is None
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "a/b\r\nBcc: e@x", "", "pdf"]
)
def test_a_type_that_cannot_be_written_becomes_plain_octets(kind: str) -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(content_type=kind),))
    (found,) = read(content).iter_attachments()

    assert found.get_content_type() == "application/octet-stream"
    assert found["Bcc"] is None


@given(st.text(max_size=120), st.binary(max_size=300))
def test_any_file_comes_back(name: str, octets: bytes) -> None:
    content = compose(a_mail(), a_heading(), attachments=(a_file(name=name, content=octets),))
    (found,) = read(content).iter_attachments()

    assert found.get_payload(decode=True) == octets
    assert found.get_filename()
    assert max(map(len, content.split(b"\r\n"))) <= 78
