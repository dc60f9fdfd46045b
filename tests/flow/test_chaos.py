"""
Three hundred messages of all kinds, and every server in trouble at some time: at the end
each customer has one answer, and nothing is lost.
"""

import random
import resource
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from mailbot.cases.known.arrivals import LedgerState
from mailbot.store.tables import HeldRow, LedgerRow, MessageRow, OutboxRow
from tests.flow.house import House, Mail
from tests.servers.dovecot import Dovecot

CORPUS = Path(__file__).parents[1] / "corpus"
ORDINARY, LOCKED, HUGE, EMPTY, BROKEN = 200, 15, 10, 10, 15

_GARBAGE = (
    b"\x00\x01\x02\xff\xfe",
    b"no header at all",
    b"From: \r\nSubject: \r\n\r\n",
    b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
    b"From: b@example.com\r\nSubject: =?utf-8?b?////?=\r\n\r\n\xff\xff\xff",
    b": nothing\r\n : nothing\r\n\r\nx",
)

Trouble = Callable[[House, Dovecot], AbstractAsyncContextManager[None]]


def written(kind: str, number: int, text: str = "The line has been dead since Monday.") -> bytes:
    name = f"{kind}{number}"
    return bytes(
        Mail(sender=f"{name} <{name}@example.com>", message_id=f"{name}@example.com", text=text)
    )


def everything() -> list[tuple[str, bytes]]:
    mails = [("ordinary", written("ordinary", each)) for each in range(ORDINARY)]
    mails += [("locked", written("locked", each)) for each in range(LOCKED)]
    mails += [("huge", written("huge", each, "x" * 400_000)) for each in range(HUGE)]
    mails += [("empty", b"") for _ in range(EMPTY)]
    mails += [("broken", _GARBAGE[each % len(_GARBAGE)]) for each in range(BROKEN)]
    odd = sorted(CORPUS.glob("*.eml"))
    mails += [("odd", each.read_bytes()) for each in odd[:: max(1, len(odd) // 50)]]
    random.Random(11).shuffle(mails)
    return mails


@asynccontextmanager
async def nothing(house: House, server: Dovecot) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def no_relay(house: House, server: Dovecot) -> AsyncIterator[None]:
    await house.sink.stop()
    yield
    await house.sink.start()


@asynccontextmanager
async def a_moody_relay(house: House, server: Dovecot) -> AsyncIterator[None]:
    house.sink.answer("RCPT", "451 4.7.1 try again later", times=7)
    house.sink.answer("DATA", "452 4.3.1 no room", times=3)
    house.sink.cut("MAIL", times=2)
    yield
    house.sink.behave()


@asynccontextmanager
async def no_mailbox(house: House, server: Dovecot) -> AsyncIterator[None]:
    server.stop()
    yield
    server.start()


@asynccontextmanager
async def a_sealed_folder(house: House, server: Dovecot) -> AsyncIterator[None]:
    with sealed(house.mailbox._maildir("Processed")):
        yield


@contextmanager
def sealed(folder: Path) -> Iterator[None]:
    hidden = folder.with_name(".sealed-meanwhile")
    folder.rename(hidden)
    folder.write_bytes(b"")
    try:
        yield
    finally:
        folder.unlink()
        hidden.rename(folder)


@asynccontextmanager
async def a_locked_database(house: House, server: Dovecot) -> AsyncIterator[None]:
    path = house.folder / "mailbot.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        yield


@asynccontextmanager
async def a_full_disk(house: House, server: Dovecot) -> AsyncIterator[None]:
    """
    No file grows beyond what the database has already.
    """
    size = (house.folder / "mailbot.sqlite3").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(size, 65_536), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


TROUBLES: tuple[Trouble, ...] = (
    nothing,
    no_relay,
    a_full_disk,
    a_sealed_folder,
    a_moody_relay,
    no_mailbox,
    a_locked_database,
    a_full_disk,
    a_moody_relay,
    a_sealed_folder,
    nothing,
)


async def quiet_round(house: House) -> bool:
    house.clock.move(minutes=20)
    return await house.round()


def lock_files(house: House) -> None:
    inbox = house.mailbox._path("INBOX")
    for part in ("new", "cur"):
        for each in (inbox / part).iterdir():
            if each.stat().st_mode & 0o777 and b"From: locked" in each.read_bytes()[:200]:
                each.chmod(0)


@pytest.mark.long
async def test_whatever_is_in_trouble_each_customer_gets_one_answer_and_nothing_is_lost(
    own_house: House, own_dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = own_house
    monkeypatch.setattr("mailbot.store.database._BUSY", 200)
    house.more["MAILBOT_IMAP__MAX_MESSAGE"] = "200KB"
    mails = everything()
    share = len(mails) // len(TROUBLES) + 1
    for number, trouble in enumerate(TROUBLES):
        for _, content in mails[number * share : (number + 1) * share]:
            house.deliver(content)
        lock_files(house)
        before = len(house.logged("part_failed"))
        async with trouble(house, own_dovecot):
            await house.round()
        failed = Counter(line["part"] for line in house.logged("part_failed")[before:])
        # One line a fault.
        assert max(failed.values(), default=0) <= 1, (trouble.__name__, failed)
        house.clock.move(minutes=2)
    is_complete = [await quiet_round(house) for _ in range(14)]
    assert is_complete[-1], house.logged("part_failed")[-3:]

    acknowledged = Counter(each.rcpt_to[0] for each in house.sent("acknowledgement"))
    ordinary = {f"ordinary{each}@example.com": 1 for each in range(ORDINARY)}
    assert {to: acknowledged[to] for to in ordinary} == ordinary

    ledger = await house.rows(LedgerRow)
    assert len(ledger) == len(mails)
    states = Counter(row.state for row in ledger)
    assert states[LedgerState.BEGUN] == states[LedgerState.GONE] == 0
    assert states[LedgerState.LEFT] == LOCKED + HUGE
    held = Counter(row.reason for row in await house.rows(HeldRow))
    assert (held["not_handed_out"], held["too_large"]) == (LOCKED, HUGE)
    assert house.mailbox.count() == LOCKED + HUGE
    assert house.mailbox.count("Processed") == len(mails) - LOCKED - HUGE

    recorded = {row.ledger_id for row in await house.rows(MessageRow)}
    again = {row.id for row in ledger if row.seen_as is not None}
    assert {row.id for row in ledger} == recorded | again
    waiting = [row for row in await house.rows(OutboxRow) if row.next_attempt_at is not None]
    assert not waiting
    assert not house.logged("message_failed")
