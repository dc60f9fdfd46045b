"""
Two workers on one PostgreSQL: one takes mail in, and the other goes on when it cannot.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from tortoise.exceptions import BaseORMException

from mailbot.store.database import DatabaseFault, database
from mailbot.store.tables import OutboxRow, WorkerRow
from tests.flow.house import House, Mail
from tests.servers.dovecot import Mailbox
from tests.servers.forked import program
from tests.servers.smtp import SmtpSink

#: Seconds for something to come true that takes ten at most.
PATIENCE = 40.0


@pytest.fixture
def house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, migrated_postgres_url: str) -> House:
    return House(
        tmp_path,
        dovecot,
        sink,
        more={"MAILBOT_DATABASE__URL": migrated_postgres_url, "MAILBOT_IMAP__POLL_EVERY": "1s"},
    )


@pytest.fixture
def start(house: House) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """
    Starts a worker; what is left of them ends with the test.
    """
    workers: list[subprocess.Popen[bytes]] = []

    def one() -> subprocess.Popen[bytes]:
        log = (house.folder / f"worker{len(workers)}.log").open("wb")
        worker = subprocess.Popen(
            [*program(), "run"], env=house.process_environ, cwd=house.folder, stdout=log, stderr=log
        )
        workers.append(worker)
        log.close()
        return worker

    yield one
    for each in workers:
        each.terminate()
    for each in workers:
        with suppress(subprocess.TimeoutExpired):
            each.wait(timeout=10)
        each.kill()
        each.wait()


async def at_work(house: House) -> Sequence[WorkerRow]:
    with suppress(DatabaseFault, BaseORMException):
        async with database(house.url):
            return await WorkerRow.all().order_by("id")
    return []


async def until(is_so: Callable[[Sequence[WorkerRow]], bool], house: House) -> Sequence[WorkerRow]:
    async with asyncio.timeout(PATIENCE):
        while not is_so(rows := await at_work(house)):
            await asyncio.sleep(0.2)
        return rows


def a_complaint(number: int) -> Mail:
    return Mail(sender=f"customer{number}@example.com", message_id=f"complaint{number}@example.com")


async def acknowledged(house: House, number: int) -> None:
    await house.sink.until(
        lambda received: any(f"customer{number}@example.com" in each.rcpt_to for each in received)
    )


@pytest.mark.long
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_holder_that_dies_or_freezes_is_followed_within_seconds(
    house: House, start: Callable[[], subprocess.Popen[bytes]], end: signal.Signals
) -> None:
    start(), start()
    [holder, other] = sorted(
        await until(lambda rows: sorted(row.holds_mailbox for row in rows) == [False, True], house),
        key=lambda row: not row.holds_mailbox,
    )
    house.deliver(a_complaint(1))
    await acknowledged(house, 1)

    os.kill(holder.pid, end)
    house.deliver(a_complaint(2))
    await acknowledged(house, 2)

    [after] = [row for row in await at_work(house) if row.holds_mailbox]
    assert after.pid == other.pid
    if end == signal.SIGSTOP:
        os.kill(holder.pid, signal.SIGCONT)
    house.deliver(a_complaint(3))
    await acknowledged(house, 3)
    async with database(house.url):
        letters = await OutboxRow.all()
    assert len(letters) == 9
    assert len({each.message_id for each in letters}) == 9
    assert len(house.sink.received) == len({each.content for each in house.sink.received})
