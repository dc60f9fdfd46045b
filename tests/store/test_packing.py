"""
Octets that are only kept are small, and whoever asks for them has the very same ones.
"""

import hashlib
import random
from base64 import encodebytes
from pathlib import Path

import pytest
from tortoise import connections

from mailbot import service
from mailbot.cases.letter_status import Status
from mailbot.letters.office import Office
from mailbot.store import outbox
from mailbot.store.database import Tx, database, look
from mailbot.store.lost_past import put_octets
from mailbot.store.packing import Damaged, dictionary, packed, packed_text, unpacked, unpacked_text
from mailbot.store.recorded_message import past
from mailbot.store.rows import LETTERS, Condition
from mailbot.store.tables import Content, MessageRow, OutboxRow
from mailbot.store.whole.moving import move
from tests.flow.house import FRIDAY, Mail, settings
from tests.servers.migrated import lay
from tests.store.a_whole import MAILBOX
from tests.store.desk import LEASE, Desk

CHANCE = random.Random(1)

ANY = {
    "nothing": b"",
    "one": b"x",
    "a NUL": b"\0",
    "what begins as something packed": b"\0\1x\x9c",
    "chance": CHANCE.randbytes(5_000),
    "NUL and chance": b"\0" + CHANCE.randbytes(5_000),
    "a mail": bytes(Mail()),
    "a mail with a file": bytes(Mail()) + encodebytes(CHANCE.randbytes(600_000)),
    "a long text": b"The line is dead.\r\n" * 30_000,
}


@pytest.mark.parametrize("octets", ANY.values(), ids=ANY)
def test_what_was_packed_is_had_again_to_its_last_octet(octets: bytes) -> None:
    assert unpacked(packed(octets)) == octets
    assert unpacked(packed(packed(octets))) == packed(octets)


@pytest.mark.parametrize("octets", ANY.values(), ids=ANY)
def test_nothing_becomes_longer_but_what_begins_with_a_nul(octets: bytes) -> None:
    assert len(packed(octets)) <= len(octets) + 2 * octets.startswith(b"\0")


@pytest.mark.parametrize(
    "text",
    ["", "x", "\x02", "\x02AAEC", "Zoë, 日本語 " * 99, "\ud800 half a character " * 99],
)
def test_a_text_that_was_packed_is_had_again(text: str) -> None:
    assert unpacked_text(packed_text(text)) == text
    assert unpacked_text(packed_text(packed_text(text))) == packed_text(text)


def test_a_short_text_can_be_read_in_the_table_and_a_damaged_one_is_told() -> None:
    assert packed_text("The line is dead.") == "The line is dead."
    for wrong in (packed_text("The line is dead. " * 99)[:-8], "\x02AAE", "\x02AAECx"):
        with pytest.raises(Damaged):
            unpacked_text(wrong)


def test_of_a_file_in_base64_its_spare_bits_are_saved() -> None:
    octets = ANY["a mail with a file"]

    assert len(packed(octets)) < 0.78 * len(octets)


@pytest.mark.parametrize("octets", [bytes(Mail()) * 4, ANY["a mail with a file"]])
def test_what_is_damaged_or_cut_off_is_no_message(octets: bytes) -> None:
    kept = packed(octets)
    middle = len(kept) // 2
    flipped = kept[:middle] + bytes((kept[middle] ^ 8,)) + kept[middle + 1 :]

    for wrong in (flipped, kept[:-1], kept[:1], kept[:2], b"\0\7" + kept[2:]):
        with pytest.raises(Damaged):
            unpacked(wrong)


def test_a_dictionary_is_never_another_again() -> None:
    """
    What was packed with it could not be read any more: new words get a new number.
    """
    assert (
        hashlib.sha256(dictionary(1)).hexdigest()
        == "5a88769bc1ec6d914867b61494676a46a09167fbbfc8006a5d3a7e1223cf153a"
    )


async def _kept(tx: Tx, table: str, column: str) -> list[bytes]:
    _, rows = await tx.execute_query(f'SELECT "{column}" FROM "{table}" ORDER BY "id"')
    return [bytes(row[0]) for row in rows]


async def _text_kept() -> str:
    _, [row] = await connections.get("default").execute_query('SELECT "text" FROM "message"')
    return str(row[0])


async def test_letters_take_an_eighth_of_the_disk_and_read_as_they_left(office: Office) -> None:
    await Desk(office).arrives(Mail())

    letters = await OutboxRow.all().order_by("id")
    kept = await _kept(connections.get("default"), "outbox", "content")
    assert sum(map(len, kept)) * 8 < sum(len(each.content) for each in letters)
    assert [unpacked(each) for each in kept] == [each.content for each in letters]
    assert all(each.content.startswith(b"From: ") for each in letters)
    known = await look(lambda tx: LETTERS.read(tx, Condition("1 = 1")))
    assert [each.content for each in known] == [each.content for each in letters]


async def test_who_claims_a_letter_has_what_will_leave(office: Office) -> None:
    await Desk(office).arrives(Mail())
    letters = {each.id: each.content for each in await OutboxRow.all()}
    await OutboxRow.all().update(status=Status.DEFERRED, next_attempt_at=FRIDAY)

    claimed = await outbox.claim(FRIDAY, limit=9, lease=LEASE)

    assert {each.id: each.content for each in claimed} == letters


async def test_a_message_is_kept_as_it_came(office: Office) -> None:
    mail = Mail(text="The line has been dead since Monday.\n" * 50)
    await Desk(office).arrives(mail)

    [kept] = await _kept(connections.get("default"), "content", "octets")
    assert len(kept) * 4 < len(bytes(mail))
    assert (await Content.get(id=1)).octets == bytes(mail)
    [row] = await MessageRow.all()
    assert row.text == mail.text.strip()
    assert len(await _text_kept()) * 4 < len(row.text)
    [told] = await look(lambda tx: past(tx, mail.message_id))
    assert told.content == bytes(mail)


async def test_rows_of_an_older_program_are_read_as_they_are_and_small_once_written_again(
    office: Office,
) -> None:
    await Desk(office).arrives(Mail())
    connection = connections.get("default")
    row = await OutboxRow.get(template="acknowledgement")
    sign = "?" if connection.capabilities.dialect == "sqlite" else "$1"
    as_it_left = f'UPDATE "outbox" SET "content" = {sign} WHERE "id" = {row.id}'
    await connection.execute_query(as_it_left, [row.content])

    [old] = await OutboxRow.filter(id=row.id)
    assert old.content == row.content
    assert row.content in await _kept(connection, "outbox", "content")
    await put_octets({row.id: old.content})
    assert (await OutboxRow.get(id=row.id)).content == row.content
    assert row.content not in await _kept(connection, "outbox", "content")


async def test_what_is_moved_to_a_server_is_as_small_there(
    tmp_path: Path, postgres_url: str
) -> None:
    path = lay(tmp_path)
    async with database(f"sqlite://{path}"):
        await Desk(await service.office(settings(tmp_path))).arrives(Mail())
        kept = await _kept(connections.get("default"), "outbox", "content")
        letters = [each.content for each in await OutboxRow.all().order_by("id")]
    await move(path, postgres_url, MAILBOX, FRIDAY)

    async with database(postgres_url):
        assert await _kept(connections.get("default"), "outbox", "content") == kept
        assert [each.content for each in await OutboxRow.all().order_by("id")] == letters
