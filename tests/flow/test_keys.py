"""
Old keys: what one that is still listed has signed is believed, what no listed one has
signed is nothing, and mailbot does not start without a key that it needs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailbot.mail.signed_ids import Keyring, plus_token
from mailbot.signing_keys import KeyFileProblem
from mailbot.store.held import waiting
from mailbot.store.tables import MessageRow, OutboxRow
from tests.flow.attack import BY_JANE, WORDS, a_desk, an_answer, an_office, done, reply_to
from tests.flow.house import JANE, SERVICE, Mail
from tests.store.desk import Desk

NEW_KEY = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"


@asynccontextmanager
async def rotated(folder: Path, before: Desk, *keys: str) -> AsyncIterator[Desk]:
    """
    The same desk after a start with these keys.
    """
    (folder / "token.key").write_text("".join(f"{each}\n" for each in keys))
    async with an_office(folder) as office:
        yield Desk(office, before.now, before._uids)


def key(folder: Path) -> str:
    return (folder / "token.key").read_text().strip()


async def test_what_a_key_signed_that_is_still_listed_is_believed(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        old = await a_desk(office)
        answer = await an_answer("assignment", "We have found the fault.")
    async with rotated(tmp_path, old, NEW_KEY, key(tmp_path)) as desk:
        await desk.arrives(answer)
        await desk.arrives(await an_answer("handler-reply", "Thanks.", sender=BY_JANE, to=JANE))

        assert (await desk.letters(to_staff=False))[-1] == "handler-reply"
        signed_anew = await OutboxRow.get(template="handler-reply")
        assert signed_anew.key_id == desk.office.keyring.signing_id
        assert (await MessageRow.get(sender=JANE, evidence="reply_token")).case_id == 1


async def test_without_a_key_that_signed_stored_mail_nothing_starts_and_it_says_so(
    tmp_path: Path,
) -> None:
    async with an_office(tmp_path) as office:
        old = await a_desk(office)
        old_id = office.keyring.signing_id

    with pytest.raises(KeyFileProblem, match=rf"lacks a key .*{old_id}.* put the old key back"):
        async with rotated(tmp_path, old, NEW_KEY):
            pass


async def test_what_a_key_signed_that_is_gone_proves_nothing(desk: Desk) -> None:
    """
    A key of which no stored mail knows: of a copy of mailbot, say, or a guess.
    """
    theirs = Keyring([NEW_KEY.encode()], SERVICE.partition("@")[2])
    row = await OutboxRow.get(template="assignment")
    token = theirs.token(row.nonce, for_staff=True)
    answer = await an_answer("assignment", WORDS)
    before = await done()

    await desk.arrives(
        Mail(
            **{
                **vars(answer),
                "to": SERVICE.replace("@", f"+{token}@"),
                "headers": (),
                "message_id": "guess@elsewhere.example",
            }
        )
    )

    assert await done() == before
    assert [each.reason for each in await waiting()] == ["staff_not_proved"]


async def test_a_customers_address_is_made_no_staff_address_by_changing_its_letters(
    desk: Desk,
) -> None:
    own = plus_token(await reply_to("acknowledgement", JANE), SERVICE) or ""
    staff = plus_token(await reply_to("assignment"), SERVICE) or ""
    assert (own[0], staff[0]) == ("c", "s")
    answer = await an_answer("assignment", WORDS)
    before = await done()

    for number, token in enumerate(
        (
            "s" + own[1:],
            staff[:-1] + ("a" if staff[-1] != "a" else "b"),
            staff[:21] + own[21:],
            staff.removeprefix("s"),
        )
    ):
        address = SERVICE.replace("@", f"+{token}@")
        fields = {"to": address, "headers": (), "message_id": f"guess.{number}@elsewhere.example"}
        await desk.arrives(Mail(**{**vars(answer), **fields}))

    assert await done() == before
