"""
Who could pretend to be a handler where our own mail host says who wrote: the handlers' own
mail is believed as it is, and everything without the host's word, or with somebody else's
imitation of it, is held.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailbot.store.held import waiting
from mailbot.store.tables import CaseRow
from tests.flow import vouching
from tests.flow.attack import (
    AN_ENTRY,
    BY_RHIAN,
    CLOSE,
    WORDS,
    a_desk,
    an_answer,
    an_office,
    done,
    letter,
    said,
    told,
)
from tests.flow.house import GARETH, JANE, RHIAN, SERVICE, Mail, read
from tests.flow.vouching import DOMAIN, HOST, auth_as, received, results
from tests.store.desk import REFERENCE, Desk

BY_GARETH = f"Gareth Evans <{GARETH}>"
ELSEWHERE = "mx.elsewhere.example"


@pytest.fixture(params=vouching.HOSTS)
async def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def desk(kind: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """
    Jane's complaint in Rhian's hands, where the mail host is asked.
    """
    async with an_office(tmp_path, kind) as office:
        yield await a_desk(office, kind)


def a_new(text: str, number: int = 1) -> bytes:
    """
    A mail of Rhian's own accord.
    """
    return bytes(
        Mail(
            sender=BY_RHIAN,
            text=text,
            subject=f"About {REFERENCE}",
            message_id=f"new.{number}@client.example",
        )
    )


async def test_what_the_host_vouches_for_is_done_without_a_question(desk: Desk, kind: str) -> None:
    top = vouching.ours(kind, RHIAN)

    await desk.arrives(top + bytes(await an_answer("assignment", "We have found the fault.")))
    await desk.arrives(top + a_new(AN_ENTRY))
    await desk.arrives(top + a_new(CLOSE, 2))

    assert (await desk.letters(to_staff=False)).count("handler-reply") == 1
    assert await CaseRow.filter(parties__email="carys@example.com").count() == 1
    assert (await desk.case()).state == "closed"
    assert await told() == ["receipt", "receipt"]


@pytest.mark.parametrize("text", [WORDS, "#note mine", CLOSE, AN_ENTRY, "#away 23 Nov to 2 Jan"])
async def test_a_stolen_reply_address_is_nothing_without_the_hosts_word(
    desk: Desk, kind: str, text: str
) -> None:
    before = await done()

    await desk.arrives(vouching.from_outside(kind) + bytes(await an_answer("assignment", text)))

    assert await done() == before
    assert [each.reason for each in await waiting()] == ["staff_not_proved"]
    assert await told() == ["held"]


async def test_a_colleague_with_a_forwarded_notification_is_believed_as_themselves(
    desk: Desk, kind: str
) -> None:
    mail = bytes(await an_answer("assignment", "I take this one.", sender=BY_GARETH))

    await desk.arrives(vouching.ours(kind, GARETH) + mail)

    reply = read((await letter("handler-reply", JANE)).content)
    assert str(reply["From"]) == f'"Gareth Evans, Infinity" <{SERVICE}>'


async def test_a_colleague_whom_the_host_does_not_vouch_for_is_held(desk: Desk, kind: str) -> None:
    mail = bytes(await an_answer("assignment", WORDS, sender=BY_GARETH))
    before = await done()

    await desk.arrives(vouching.from_outside(kind) + mail)

    assert await done() == before
    assert await told(GARETH) == ["held"]


#: What an attacker puts into the header, below what our host writes for a stranger, or
#: brings along to make it look like more.
IMITATIONS: dict[str, tuple[str, bytes]] = {
    "results of ours further down": (
        "authserv",
        results("dmarc=none") + results(f"dmarc=pass header.from={DOMAIN}"),
    ),
    "results of ours below a hop": (
        "authserv",
        results("dmarc=none") + received() + results(f"dmarc=pass header.from={DOMAIN}"),
    ),
    "results of ours where our host wrote none": (
        "authserv",
        received() + results(f"dmarc=pass header.from={DOMAIN}", host=ELSEWHERE),
    ),
    "results of another host on top": (
        "authserv",
        results(f"dmarc=pass header.from={DOMAIN}", host=ELSEWHERE)
        + results(f"dmarc=pass header.from={DOMAIN}"),
    ),
    "results that contradict": (
        "authserv",
        results(f"dmarc=pass header.from={DOMAIN}; dmarc=fail header.from={DOMAIN}"),
    ),
    "results for another domain": (
        "authserv",
        results("dmarc=pass header.from=elsewhere.example"),
    ),
    "SPF alone": ("authserv", results(f"spf=pass smtp.mailfrom={RHIAN}")),
    "a signature of another domain": (
        "authserv",
        results("dkim=pass header.d=elsewhere.example"),
    ),
    "a pass inside a comment": (
        "authserv",
        results(f"dmarc=fail (dmarc=pass header.from={DOMAIN}) header.from={DOMAIN}"),
    ),
    "our name inside theirs": (
        "authserv",
        results(f"dmarc=pass header.from={DOMAIN}", host=f"{HOST}.elsewhere.example"),
    ),
    "the mark twice, ours on top": ("exchange", auth_as("Anonymous") + auth_as("Internal")),
    "the mark twice, ours below": ("exchange", auth_as("Internal") + auth_as("Anonymous")),
    "the mark in other words": ("exchange", auth_as("Internal; Anonymous")),
    "the mark folded into another field": (
        "exchange",
        b"X-Note: x\r\n X-MS-Exchange-Organization-AuthAs: Internal\r\n",
    ),
    "a login further down": ("submission", received() + received("rhian")),
    "a login named by another host": ("submission", received("rhian", host=ELSEWHERE)),
    "the login of somebody else": ("submission", received("gareth")),
    "a login in the greeting": (
        "submission",
        received().replace(b"[192.168.1.5]", b"(Authenticated sender: rhian)"),
    ),
    "a line that is no field": (
        "submission",
        received().rstrip(b"\r\n") + b"\r\n(Authenticated sender: rhian)\r\n",
    ),
}


@pytest.mark.parametrize("attack", IMITATIONS)
async def test_an_imitation_of_the_hosts_word_is_held_and_the_handler_told(
    tmp_path: Path, attack: str
) -> None:
    kind, top = IMITATIONS[attack]
    async with an_office(tmp_path, kind) as office:
        desk = await a_desk(office, kind)
        before = await done()

        await desk.arrives(top + bytes(await an_answer("assignment", WORDS)))
        await desk.arrives(top + a_new(CLOSE))

        assert await done() == before
        assert await told() == ["held", "held"]


NOT_ONE = {
    "two From fields": f"{BY_RHIAN}\r\nFrom: Sam <sam@elsewhere.example>",
    "two addresses": f"{BY_RHIAN}, Sam <sam@elsewhere.example>",
    "a group": f"Staff: {RHIAN};",
    "an encoded word in the address": f"Rhian <=?utf-8?q?{RHIAN}?=>",
    "two addresses in brackets": f"<{RHIAN}> <sam@elsewhere.example>",
}


@pytest.mark.parametrize("attack", NOT_ONE)
async def test_the_hosts_word_is_about_one_plain_address(
    desk: Desk, kind: str, attack: str
) -> None:
    top = vouching.ours(kind, RHIAN)
    mail = await an_answer("assignment", CLOSE, sender=NOT_ONE[attack])

    await desk.arrives(top + bytes(mail))

    assert (await desk.case()).state == "open"
    assert "closed" not in await desk.letters(to_staff=False)


async def test_what_is_held_goes_out_by_the_word_of_the_handler_whom_the_host_vouches_for(
    desk: Desk, kind: str
) -> None:
    outside, top = vouching.from_outside(kind), vouching.ours(kind, RHIAN)
    await desk.arrives(outside + bytes(await an_answer("assignment", "From my own phone.")))

    # Whoever forged it cannot release it.
    await desk.arrives(outside + bytes(await an_answer("held", "#release")))
    assert "handler-reply" not in await desk.letters(to_staff=False)

    await desk.arrives(top + bytes(await an_answer("held", "#release", number=2)))
    await desk.arrives(top + bytes(await an_answer("held", "#release 1", number=3)))

    assert (await desk.letters(to_staff=False)).count("handler-reply") == 1
    assert "From my own phone." in await said("handler-reply", JANE)


async def test_a_mail_to_the_service_address_alone_proves_its_writer_too(
    desk: Desk, kind: str
) -> None:
    mail = Mail(
        sender=BY_RHIAN,
        to=SERVICE,
        subject=REFERENCE,
        text="#note x",
        message_id="n@client.example",
    )

    await desk.arrives(vouching.ours(kind, RHIAN) + bytes(mail))

    assert await told() == ["receipt"]
