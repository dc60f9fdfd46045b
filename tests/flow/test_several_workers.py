"""
Two workers on one PostgreSQL: one takes mail in, and the other goes on when it cannot.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.health.facts import AWAY_AFTER
from mailbot.store import presence
from mailbot.store.database import database
from mailbot.store.tables import LedgerRow, OutboxRow
from tests.flow.house import House
from tests.flow.workers import (
    PATIENCE,
    Workers,
    a_complaint,
    acknowledged,
    all_sent,
    at_work,
    now,
    until,
)
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink


@pytest.fixture
def house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, migrated_postgres_url: str) -> House:
    return House(
        tmp_path,
        dovecot,
        sink,
        clock=now(),
        more={"MAILBOT_DATABASE__URL": migrated_postgres_url, "MAILBOT_IMAP__POLL_EVERY": "1s"},
    )


@pytest.fixture
async def workers(house: House) -> AsyncIterator[Workers]:
    several = Workers(house)
    yield several
    await several.end()


@pytest.mark.long
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_holder_that_dies_or_freezes_is_followed_within_seconds(
    house: House, workers: Workers, end: signal.Signals
) -> None:
    workers.start()
    workers.start()
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


@pytest.mark.long
async def test_a_standby_that_dies_is_missed_by_nobody_and_soon_named_no_more(
    house: House, workers: Workers
) -> None:
    workers.start()
    workers.start()
    rows = await until(
        lambda rows: sorted(row.holds_mailbox for row in rows) == [False, True], house
    )
    [standby, holder] = sorted(rows, key=lambda row: row.holds_mailbox)

    os.kill(standby.pid, signal.SIGKILL)
    house.deliver(a_complaint(1))
    await acknowledged(house, 1)

    [last] = [row for row in await at_work(house) if row.id == standby.id]
    later = last.seen_at + timedelta(seconds=1)
    await until(lambda rows: max(row.seen_at for row in rows) >= later, house)
    async with database(house.url):
        named = await presence.at_work(later + AWAY_AFTER)
    assert [(row.pid, row.holds_mailbox) for row in named] == [(holder.pid, True)]
    said = [each for number in (0, 1) for each in workers.said(number)]
    assert [each for each in said if each["level"] != "info"] == []


@pytest.mark.long
async def test_of_a_stream_of_mail_each_is_taken_in_once_though_the_holder_dies_in_its_middle(
    house: House, workers: Workers
) -> None:
    workers.start()
    workers.start()
    [holder, _] = sorted(
        await until(lambda rows: sorted(row.holds_mailbox for row in rows) == [False, True], house),
        key=lambda row: not row.holds_mailbox,
    )
    for number in range(60):
        house.deliver(a_complaint(number))
        if number == 20:
            await acknowledged(house, 0)
            os.kill(holder.pid, signal.SIGKILL)
    await emptied(house)
    await all_sent(house)

    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 60)
    async with database(house.url):
        ledger = await LedgerRow.all()
        letters = await OutboxRow.filter(template="acknowledgement")
    assert {each.state for each in ledger} == {"recorded"}
    # Only what the dead one had begun was begun again, one attempt each: none was bad.
    assert max(each.attempts for each in ledger) <= 1
    assert len(letters) == len({each.recipient for each in letters}) == 60
    survivor = next(n for n in (0, 1) if workers.started[n].poll() is None)
    assert [each for each in workers.said(survivor) if each["level"] == "error"] == []


async def emptied(house: House) -> None:
    async with asyncio.timeout(PATIENCE):
        while house.mailbox.count():
            await asyncio.sleep(0.1)
