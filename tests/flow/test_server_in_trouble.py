"""
What a PostgreSQL goes through, with workers on it: nothing is lost, it is said once, and they go
on by themselves.
"""

import asyncio
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailbot.store.database import database
from mailbot.store.tables import CaseRow, OutboxRow, WorkerRow
from tests.flow.house import House
from tests.flow.workers import Workers, a_complaint, acknowledged, all_sent, now, until
from tests.servers.dovecot import Mailbox
from tests.servers.forked import program
from tests.servers.postgres import Postgres
from tests.servers.smtp import SmtpSink

# Each waits for what takes seconds: a worker that rests, and servers that start.
pytestmark = pytest.mark.long

_END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'mailbot%'"
)


@asynccontextmanager
async def at_work(
    folder: Path, dovecot: Mailbox, sink: SmtpSink, url: str, count: int
) -> AsyncIterator[tuple[House, Workers]]:
    """
    A firm with so many workers on that database.
    """
    more = {"MAILBOT_DATABASE__URL": url, "MAILBOT_IMAP__POLL_EVERY": "1s"}
    house = House(folder, dovecot, sink, clock=now(), more=more)
    workers = Workers(house)
    for _ in range(count):
        workers.start()
    try:
        yield house, workers
    finally:
        await workers.end()


def _one_holds_and_one_stands_by(rows: Sequence[WorkerRow]) -> bool:
    return sorted(each.holds_mailbox for each in rows) == [False, True]


def failures(workers: Workers, number: int = 0) -> Counter[object]:
    """
    How often each part has said that it failed.
    """
    return Counter(each["part"] for each in workers.said(number, "part_failed"))


async def once_each(house: House, count: int) -> None:
    """
    So many complaints, each with its case and its letters, and none of them twice.
    """
    async with database(house.url):
        assert await CaseRow.all().count() == count
        letters = await OutboxRow.all()
    assert len(letters) == 3 * count
    assert {each.status for each in letters} == {"sent"}
    ids = Counter(each.content for each in house.sink.received)
    assert len(ids) == len(letters)
    assert house.mailbox.count("Processed") == count


async def test_a_server_that_dies_ends_our_sessions_or_takes_no_writes_is_lived_through(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, own_postgres: Postgres
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    async with at_work(tmp_path, dovecot, sink, url, 1) as (house, workers):
        house.deliver(a_complaint(1))
        await acknowledged(house, 1)

        own_postgres.kill()
        house.deliver(a_complaint(2))
        await workers.says(0, "part_failed", 2)
        own_postgres.start()
        await acknowledged(house, 2)
        await workers.says(0, "part_recovered", len(failures(workers)))
        assert set(failures(workers).values()) == {1}

        own_postgres.say(_END_ALL)
        house.deliver(a_complaint(3))
        await acknowledged(house, 3)

        before = failures(workers)
        own_postgres.say("ALTER SYSTEM SET default_transaction_read_only = on")
        own_postgres.reload()
        house.deliver(a_complaint(4))
        await workers.says(0, "part_failed", before.total() + 1)
        own_postgres.say(
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
        )
        own_postgres.reload()
        await acknowledged(house, 4)
        said = [str(each["reason"]) for each in workers.said(0, "part_failed")]
        assert any("the server takes no writes" in each for each in said)
        await all_sent(house)
    await once_each(house, 4)


async def test_a_worker_that_starts_while_its_server_is_away_waits_for_it_and_a_round_does_not(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, own_postgres: Postgres
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    own_postgres.kill()
    async with at_work(tmp_path, dovecot, sink, url, 2) as (house, workers):
        house.deliver(a_complaint(1))
        for number in (0, 1):
            await workers.says(number, "part_failed")
        once = subprocess.run(
            [*program(), "run", "--once"], env=house.process_environ, cwd=tmp_path, check=False
        )
        assert once.returncode == 1
        # Who waits is stopped like anybody.
        workers.started[0].terminate()
        assert await asyncio.to_thread(workers.started[0].wait, 10) == 0

        own_postgres.start()
        await acknowledged(house, 1)

        assert failures(workers, 0) == failures(workers, 1) == {"database": 1}
        [recovered] = workers.said(1, "part_recovered")
        assert recovered["part"] == "database"
        await all_sent(house)
    await once_each(house, 1)


async def test_a_server_that_is_followed_by_its_standby_is_followed_by_the_workers(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, own_postgres: Postgres
) -> None:
    name = own_postgres.new_database()
    with own_postgres.standby() as standby:
        # What is committed is on both: else the one that follows may lack the last of it.
        own_postgres.say("ALTER SYSTEM SET synchronous_standby_names = '*'")
        own_postgres.reload()
        both = f"@{own_postgres.host}:{own_postgres.port},{standby.host}:{standby.port}/"
        url = own_postgres.url(name).replace(f"@{own_postgres.host}:{own_postgres.port}/", both)
        async with at_work(tmp_path, dovecot, sink, url, 2) as (house, workers):
            await until(_one_holds_and_one_stands_by, house)
            house.deliver(a_complaint(1))
            await acknowledged(house, 1)

            own_postgres.kill()
            house.deliver(a_complaint(2))
            await workers.says(0, "part_failed")
            standby.promote()
            await acknowledged(house, 2)

            await until(_one_holds_and_one_stands_by, house)
            for number in (0, 1):
                assert set(failures(workers, number).values()) <= {1}
                await workers.says(number, "part_recovered", len(failures(workers, number)))
            await all_sent(house)
        await once_each(house, 2)
