"""
A worker that lives, and whose line to the database is dead: another has the mailbox within
seconds, and what the first tries once the line is back is refused.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailbot.rests import _OUTBOX_REST
from mailbot.store.database import database
from mailbot.store.tables import LedgerRow, OutboxRow
from tests.flow.house import House
from tests.flow.workers import Workers, a_complaint, acknowledged, all_sent, now, until
from tests.servers.dovecot import Mailbox
from tests.servers.line import Line
from tests.servers.smtp import SmtpSink

# The server waits seconds before it takes a silent holder for dead.
pytestmark = pytest.mark.long


@pytest.fixture
def house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, migrated_postgres_url: str) -> House:
    more = {"MAILBOT_DATABASE__URL": migrated_postgres_url, "MAILBOT_IMAP__POLL_EVERY": "1s"}
    return House(tmp_path, dovecot, sink, clock=now(), more=more)


@pytest.fixture
async def workers(house: House) -> AsyncIterator[Workers]:
    both = Workers(house)
    yield both
    await both.end()


async def test_a_holder_that_is_cut_off_from_the_database_is_followed_and_refused_at_its_return(
    house: House, workers: Workers
) -> None:
    place, _, name = house.url.rpartition("/")
    server, _, port = place.rpartition(":")
    async with Line(int(port)) as line:
        workers.start(MAILBOT_DATABASE__URL=f"{server}:{line.port}/{name}")
        [holder] = await until(lambda rows: [row.holds_mailbox for row in rows] == [True], house)
        workers.start()
        await until(lambda rows: len(rows) == 2, house)
        house.deliver(a_complaint(1))
        await acknowledged(house, 1)
        await all_sent(house)

        # It sees what comes into the mailbox, and would take it in.
        line.cut()
        looks_at_letters = asyncio.create_task(asyncio.sleep(_OUTBOX_REST + 1))
        house.deliver(a_complaint(2))
        await workers.says(1, "mailbox_taken")
        await acknowledged(house, 2)
        house.deliver(a_complaint(3))
        await acknowledged(house, 3)
        await looks_at_letters

        line.heal()
        await workers.says(0, "mailbox_lost")
        # What it had asked for meanwhile arrives now, in a session that its follower has ended.
        await workers.says(0, "part_failed")
        assert "terminating connection" in str(workers.said(0, "part_failed")[0]["reason"])
        house.deliver(a_complaint(4))
        await acknowledged(house, 4)
        await until(
            lambda rows: [row.id for row in rows if row.holds_mailbox] != [holder.id], house
        )
        await all_sent(house)

    assert len(workers.said(0, "message_recorded")) == 1
    assert len(workers.said(1, "message_recorded")) == 3
    async with database(house.url):
        ledger = await LedgerRow.all()
        letters = await OutboxRow.all()
    assert [each.state for each in ledger] == ["recorded"] * 4
    assert len(letters) == len(house.sink.received) == 12
