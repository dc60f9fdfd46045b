"""
Mail that says two things, or nothing that can be read: what follows, and what does not.
"""

from base64 import b64encode

import pytest

from mailbot.letters.office import Office
from mailbot.store.tables import OutboxRow
from tests.flow.house import JANE, RHIAN, Mail, read, text_of
from tests.mail.smime import as_body, signed
from tests.store.desk import Desk

ALTERNATIVE = 'multipart/alternative; boundary="b"'
SAFE = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.com%2Fform"
    "%2F7&data=05%7C02%7Crhian.price%40example.com%7Cabc&sdata=x&reserved=0"
)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def of_kind(mail: Mail, kind: str, body: str) -> bytes:
    """
    The mail with a body of another kind.
    """
    head, _, _ = bytes(mail).partition(b"\r\n\r\n")
    head = head.replace(b"text/plain; charset=utf-8", kind.encode())
    if "pkcs7" in kind:
        head = head.replace(b"8bit", b"base64")
    return head + b"\r\n\r\n" + body.replace("\n", "\r\n").encode()


def versions(plain: str, laid_out: str) -> str:
    return (
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
        f"--b\nContent-Type: text/html; charset=utf-8\n\n{laid_out}\n--b--\n"
    )


async def latest(template: str, to: str = "") -> OutboxRow:
    rows = OutboxRow.filter(template=template, **({"recipient": to} if to else {}))
    row = await rows.order_by("-id").first()
    assert row is not None, f"no {template}"
    return row


async def asked(desk: Desk) -> Mail:
    await desk.arrives(Mail())
    await desk.order("#outcome\nThe line works again.")
    return await desk.answer_to("outcome", "")


@pytest.mark.parametrize(
    ("plain", "laid_out", "state"),
    [
        ("Yes", "<p>Yes</p>", "closed"),
        ("This message is in HTML format.", "<p>Yes</p>", "closed"),
        ("\u200b", "<p>Yes</p>", "closed"),
        ("Yes", "<p>Yes, the line works, <b>but the bill is still wrong</b>.</p>", "open"),
        ("Yes", "<p>No</p>", "open"),
        ("Yes, but the bill is wrong.", "<p>Yes</p>", "open"),
        ("Yes, on Tuesday", "<p>Yes, but never again</p>", "open"),
    ],
)
async def test_a_yes_counts_only_where_both_versions_say_it(
    desk: Desk, plain: str, laid_out: str, state: str
) -> None:
    answer = await asked(desk)

    await desk.arrives(of_kind(answer, ALTERNATIVE, versions(plain, laid_out)))

    is_closed = (await desk.case()).state == "closed"
    assert is_closed is (state == "closed")


async def test_the_handler_is_shown_both_of_two_versions_that_disagree(desk: Desk) -> None:
    answer = await asked(desk)

    await desk.arrives(
        of_kind(answer, ALTERNATIVE, versions("Yes, it works", "<p>No, it is dead</p>"))
    )

    shown = text_of((await latest("customer-reply")).content)
    assert "Yes, it works" in shown
    assert "No, it is dead" in shown


async def test_a_click_with_words_that_nobody_can_read_is_no_yes(desk: Desk) -> None:
    answer = await asked(desk)

    await desk.arrives(of_kind(answer, "application/pkcs7-mime; smime-type=enveloped-data", "MIIB"))

    assert (await desk.case()).state != "closed"
    assert "encrypted with S/MIME" in text_of((await latest("customer-reply")).content)


async def test_safety_words_are_seen_in_what_was_signed_and_in_either_version(desk: Desk) -> None:
    entity = b"Content-Type: text/plain\r\n\r\nMy mother's telecare alarm is dead.\r\n"
    kind = "application/pkcs7-mime; smime-type=signed-data"

    await desk.arrives(of_kind(Mail(), kind, as_body(signed(entity))))

    shown = " ".join(text_of((await latest("assignment")).content).split())
    assert "telecare alarm is dead" in shown
    assert "signature not checked" in shown
    await desk.arrives(
        of_kind(
            await desk.answer_to("acknowledgement", ""),
            ALTERNATIVE,
            versions("All is well", "<p>The telecare line burns</p>"),
        )
    )
    assert "telecare" in text_of((await latest("customer-reply")).content)


async def test_the_handler_of_an_encrypted_complaint_is_told_what_it_is(desk: Desk) -> None:
    armour = "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"

    await desk.arrives(Mail(text=armour))

    shown = " ".join(text_of((await latest("assignment")).content).split())
    assert "encrypted with PGP" in shown
    assert "without encryption" in shown


async def test_a_handlers_placeholder_never_reaches_the_customer(desk: Desk) -> None:
    await desk.arrives(Mail())
    answer = await desk.answer_to("assignment", "")

    await desk.arrives(
        of_kind(
            answer,
            ALTERNATIVE,
            versions(
                "This is a multi-part message in MIME format.", "<p>We come on <b>Tuesday</b>.</p>"
            ),
        )
    )

    said = text_of((await latest("handler-reply", JANE)).content)
    assert "We come on Tuesday." in said
    assert "multi-part" not in said


async def test_what_a_handler_signed_as_a_whole_reaches_the_customer_without_the_signature(
    desk: Desk,
) -> None:
    await desk.arrives(Mail())
    entity = b"Content-Type: text/plain\r\n\r\nWe come on Tuesday at nine.\r\n"
    answer = await desk.answer_to("assignment", "")

    await desk.arrives(of_kind(answer, "application/x-pkcs7-mime", as_body(signed(entity))))

    letter = await latest("handler-reply", JANE)
    assert "We come on Tuesday at nine." in text_of(letter.content)
    assert b".p7m" not in letter.content
    assert await OutboxRow.filter(template="receipt").count() == 0


async def test_links_and_pictures_of_a_handler_reach_the_customer(desk: Desk) -> None:
    await desk.arrives(Mail())
    answer = await desk.answer_to("assignment", "")
    picture = f'<img src="data:image/png;base64,{b64encode(PNG).decode()}">'
    html = f'<p>Please fill in <a href="{SAFE.replace("&", "&amp;")}">this form</a>.</p>{picture}'

    await desk.arrives(of_kind(answer, "text/html; charset=utf-8", html))

    letter = await latest("handler-reply", JANE)
    assert "this form <https://www.example.com/form/7>" in text_of(letter.content)
    files = list(read(letter.content).iter_attachments())
    assert [each.get_payload(decode=True) for each in files] == [PNG]
    everything = " ".join(
        part.get_content()
        for part in read(letter.content).walk()
        if part.get_content_maintype() == "text"
    )
    assert "safelinks" not in everything
    assert RHIAN not in everything


@pytest.mark.parametrize(
    "sender",
    [
        f"Rhian Price <{RHIAN}",
        f"=?utf-8?q?Rhian_Price_=3C{RHIAN.replace('@', '=40')}=3E?=",
        f"=?utf-8?q?Eve_eve@elsewhere.example,?= <{RHIAN}>",
    ],
)
async def test_a_sender_that_had_to_be_guessed_is_none_of_our_people(
    desk: Desk, sender: str
) -> None:
    await desk.arrives(Mail())
    answer = await desk.answer_to("assignment", "We owe you nothing.")

    await desk.arrives(bytes(answer).replace(f"Somebody <{RHIAN}>".encode(), sender.encode()))

    assert await OutboxRow.filter(template="handler-reply").count() == 0


async def test_a_guessed_sender_gets_the_acknowledgement(desk: Desk) -> None:
    await desk.arrives(Mail(sender="=?utf-8?q?Eve_evil@bystander.example,?= <w@wild.example>"))

    assert (await latest("acknowledgement")).recipient == "w@wild.example"
