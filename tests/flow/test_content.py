"""
What is in a mail on its way through us: files, formatting, quotes; and what is not.
"""

from base64 import encodebytes
from dataclasses import dataclass

import pytest

from mailbot.mail.quoting.new_text import MARKER
from mailbot.store.tables import EventRow, MessageRow
from tests.flow.house import (
    GARETH,
    JANE,
    RHIAN,
    House,
    Mail,
    an_answer,
    id_of,
    read,
    reply_address,
    staff_secrets,
    template_of,
    templates,
    text_of,
)
from tests.servers.smtp import Received

BY_RHIAN = f"Rhian Price <{RHIAN}>"
PDF = b"%PDF-1.7 the bill"
EDGE = "=_edge"


@dataclass(frozen=True)
class File:
    name: str = "bill.pdf"
    kind: str = "application/pdf"
    content: bytes = PDF
    more: str = ""


def with_files(mail: Mail, *files: File, html: str = "") -> bytes:
    """
    The mail with files, and where there is *html* with that beside its text.
    """
    header, _, body = bytes(mail).partition(b"\r\n\r\n")
    header = b"\r\n".join(
        line
        for line in header.split(b"\r\n")
        if not line.startswith((b"Content-Type:", b"Content-Transfer-Encoding:"))
    )
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body
    if html:
        laid_out = f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n".encode()
        plain = multipart("alternative", [plain, laid_out])
    return header + b"\r\n" + multipart("mixed", [plain, *map(part, files)])


def multipart(subtype: str, parts: list[bytes]) -> bytes:
    edge = f"{EDGE}{subtype}".encode()
    inside = b"".join(b"--" + edge + b"\r\n" + each for each in parts)
    kind = b"Content-Type: multipart/" + subtype.encode() + b'; boundary="' + edge + b'"\r\n\r\n'
    return kind + inside + b"--" + edge + b"--\r\n"


def part(file: File) -> bytes:
    encoded = encodebytes(file.content).replace(b"\n", b"\r\n")
    spelt, octets = ("7bit", file.content) if "message/" in file.kind else ("base64", encoded)
    return (
        f'Content-Type: {file.kind}; name="{file.name}"\r\n{file.more}'
        f'Content-Disposition: attachment; filename="{file.name}"\r\n'
        f"Content-Transfer-Encoding: {spelt}\r\n\r\n"
    ).encode() + octets


def files_of(received: Received) -> dict[str, bytes]:
    return {
        str(each.get_filename()): each.get_payload(decode=True)  # type: ignore[misc]
        for each in read(received).iter_attachments()
    }


def html_of(received: Received) -> str:
    body = read(received).get_body(("html",))
    assert body is not None
    return str(body.get_content())


async def assigned(house: House) -> Received:
    await house.take_in(Mail())
    house.clock.move(hours=1)
    return house.one("assignment")


async def test_the_files_of_a_complaint_reach_the_handler_and_each_is_named_for_what_it_is(
    house: House,
) -> None:
    await house.take_in(
        with_files(
            Mail(),
            File(),
            File("../../etc/winmail.dat", "application/ms-tnef", b"\x78\x9f"),
            File("router.exe", "application/octet-stream", b"MZ"),
            File("nested.eml", "message/rfc822", b"Subject: inner\r\n\r\nHello\r\n"),
        )
    )

    assignment = house.one("assignment")
    assert [*files_of(assignment)] == ["bill.pdf", "_.._etc_winmail.dat", "nested.eml"]
    assert files_of(assignment)["bill.pdf"] == PDF
    said = " ".join(text_of(assignment).split())
    assert "bill.pdf: application/pdf, 1 KB" in said
    assert "winmail.dat: Outlook's own format, not readable here" in said
    assert "nested.eml: another message" in said
    assert "router.exe: application/octet-stream, 1 KB; not attached" in said
    assert not files_of(house.one("acknowledgement"))


async def test_who_takes_the_case_over_gets_the_files_too(house: House) -> None:
    await house.take_in(with_files(Mail(), File()))
    house.clock.move(hours=1)

    await house.take_in(
        an_answer(
            house.one("assignment"), "I am on it.", sender=BY_RHIAN, cc=f"x <{GARETH}>, a@b.example"
        )
    )

    again = house.sent("assignment")[-1]
    assert files_of(again) == {"bill.pdf": PDF}


async def test_a_further_message_shows_what_is_quoted_and_brings_its_files(house: House) -> None:
    await assigned(house)
    acknowledgement = house.one("acknowledgement")
    quoted = text_of(acknowledgement)

    fresh = await house.take_in(
        with_files(
            an_answer(
                acknowledgement, f"Here is the bill.\n\n{quoted}", sender="Jane <jane@example.com>"
            ),
            File(),
        )
    )

    assert templates(fresh) == ["customer-reply"]
    assert files_of(fresh[0]) == {"bill.pdf": PDF}
    lines = [line.strip() for line in text_of(fresh[0]).splitlines()]
    assert "Here is the bill." in lines
    ours = next(line for line in quoted.splitlines() if len(line) > 40)
    assert f"> {ours}" in lines


async def test_a_handlers_files_and_formatting_reach_the_customer_and_nothing_of_ours_does(
    house: House,
) -> None:
    assignment = await assigned(house)
    html = (
        '<p>We have <b>found</b> the fault.<img src="https://spy.example/x.png" onerror="x()"></p>'
        f'<hr><div id="divRplyFwdMsg"><b>From:</b> <a href="mailto:{reply_address(assignment)}">'
        f"mailbot</a></div>{html_of(assignment)}"
    )

    fresh = await house.take_in(
        with_files(
            an_answer(
                assignment,
                f"We have found the fault.\n\n{text_of(assignment)}",
                sender=BY_RHIAN,
            ),
            File(),
            html=html,
        )
    )

    assert templates(fresh) == ["handler-reply"]
    [reply] = fresh
    assert reply.rcpt_to == (JANE,)
    assert files_of(reply) == {"bill.pdf": PDF}
    assert "<p>We have <b>found</b> the fault.</p>" in html_of(reply)
    assert "We have found the fault." in text_of(reply)
    assert "spy.example" not in html_of(reply)
    assert MARKER not in html_of(reply) + text_of(reply)
    assert "commands" not in html_of(reply)
    assert staff_secrets(reply.content) == []
    recorded = await house.row(EventRow, event="files_passed_on")
    assert recorded.about == "bill.pdf"


@pytest.mark.parametrize(
    "spelt",
    [
        lambda address: f"<p>Write to {address}</p>",
        lambda address: f"<p>Write to {address[:20]}<b>{address[20:]}</b></p>",
        lambda address: (
            '<p>Write to <a href="https://safe.example/?url=mailto%3A'
            f'{address.replace("+", "%2B").replace("@", "%40")}">{address}</a></p>'
        ),
    ],
    ids=["plain", "tags", "link"],
)
async def test_formatting_in_which_a_staff_address_stands_is_left_out(
    house: House, spelt: "object"
) -> None:
    assert callable(spelt)
    assignment = await assigned(house)
    address = reply_address(assignment)

    await house.take_in(
        with_files(
            an_answer(assignment, f"Write to {address}", sender=BY_RHIAN), html=spelt(address)
        )
    )

    reply = house.one("handler-reply")
    secret = address.partition("+")[2].partition("@")[0]
    assert secret[:12] not in reply.content.decode() + text_of(reply) + html_of(reply)
    assert staff_secrets(reply.content) == []


async def test_a_file_in_which_our_mail_to_staff_stands_never_leaves_and_the_receipt_names_it(
    house: House,
) -> None:
    assignment = await assigned(house)

    fresh = await house.take_in(
        with_files(
            an_answer(assignment, "The fault is found.", sender=BY_RHIAN),
            File(),
            File("original.eml", "message/rfc822", assignment.content),
            File("notes.txt", "text/plain", f"see {id_of(assignment)}".encode()),
            File(
                "link.html", "text/html", f"<a href='mailto:{reply_address(assignment)}'>".encode()
            ),
        )
    )

    assert sorted((each.rcpt_to[0], template_of(each)) for each in fresh) == [
        (JANE, "handler-reply"),
        (RHIAN, "receipt"),
    ]
    reply = house.one("handler-reply")
    assert files_of(reply) == {"bill.pdf": PDF}
    assert staff_secrets(reply.content) == []
    assert id_of(assignment).encode() not in reply.content
    said = " ".join(text_of(house.one("receipt")).split())
    for name in ("original.eml", "notes.txt", "link.html"):
        assert name in said
    kept = await house.rows(MessageRow, kind="staff")
    assert kept[0].attachments == ["bill.pdf", "original.eml", "notes.txt", "link.html"]


async def test_the_logo_of_a_signature_is_neither_passed_on_nor_worth_a_receipt(
    house: House,
) -> None:
    assignment = await assigned(house)
    logo = File("image001.png", "image/png", b"dots", "Content-ID: <image001.png@01>\r\n")

    fresh = await house.take_in(
        with_files(
            an_answer(assignment, "Found.", sender=BY_RHIAN),
            logo,
            html='<p>Found.</p><p><img src="cid:image001.png@01"></p>',
        )
    )

    assert templates(fresh) == ["handler-reply"]
    assert not files_of(fresh[0])
    recorded = await house.row(EventRow, event="files_not_passed_on")
    assert recorded.about == "image001.png (logo)"
