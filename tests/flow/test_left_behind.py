"""
Whoever dies with letters in hand leaves them to the others, or to itself when it is back, within
seconds: the same octets under the same Message-ID.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailbot.store.database import database
from mailbot.store.tables import OutboxRow
from tests.flow.house import House, id_of
from tests.flow.workers import PATIENCE, Workers, a_complaint, now, until
from tests.servers.dovecot import Mailbox
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink

# Sessions have to end, and locks to be absent, for seconds.
pytestmark = pytest.mark.long


def a_firm(folder: Path, dovecot: Mailbox, sink: SmtpSink, url: str) -> House:
    more = {
        "MAILBOT_DATABASE__URL": url,
        "MAILBOT_IMAP__POLL_EVERY": "1s",
        # Whatever waits in one hand waits behind one letter.
        "MAILBOT_SMTP__CONNECTIONS": "1",
    }
    return House(folder, dovecot, sink, clock=now(), more=more)


@pytest.fixture
async def workers(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, migrated_postgres_url: str
) -> AsyncIterator[Workers]:
    several = Workers(a_firm(tmp_path, dovecot, sink, migrated_postgres_url))
    yield several
    await several.end()


@pytest.fixture
async def on_a_file(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> AsyncIterator[Workers]:
    several = Workers(a_firm(tmp_path, dovecot, sink, f"sqlite://{lay(tmp_path)}"))
    yield several
    await several.end()


async def one_on_its_way(house: House) -> None:
    """
    Until the relay has a letter, of which it says nothing.
    """
    house.sink.fall_silent("after-dot")
    house.deliver(a_complaint(1))
    await house.sink.until(lambda received: len(received) > 0)
    house.sink.behave()


async def all_settled(house: House) -> None:
    async with database(house.url), asyncio.timeout(PATIENCE):
        while not (rows := await OutboxRow.all()) or {each.status for each in rows} != {"sent"}:
            await asyncio.sleep(0.2)


def went(house: House) -> Counter[str]:
    """
    How often each letter came to the relay.
    """
    ids = Counter(id_of(each) for each in house.sink.received)
    assert len(ids) == len({each.content for each in house.sink.received})
    return ids


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_what_a_worker_had_in_hand_that_died_or_froze_goes_within_seconds(
    workers: Workers, end: signal.Signals
) -> None:
    house = workers.house
    workers.start()
    [sender] = await until(lambda rows: [each.holds_mailbox for each in rows] == [True], house)
    await one_on_its_way(house)
    workers.start()
    await workers.says(1, "started")

    os.kill(sender.pid, end)
    await all_settled(house)

    # Of the one that was on its way nobody can know.
    assert sorted(went(house).values()) == [1, 1, 2]
    assert [each["count"] for each in workers.said(1, "letters_left_behind")] == [3]
    if end == signal.SIGSTOP:
        # The relay says now what became of it; what it was to send besides is another's.
        os.kill(sender.pid, signal.SIGCONT)
        house.sink.hang_up()
        house.deliver(a_complaint(2))
        await house.sink.until(lambda received: len(received) == 7)
        await all_settled(house)
        assert sorted(went(house).values()) == [1, 1, 1, 1, 1, 2]


async def test_what_the_only_worker_had_in_hand_goes_when_it_is_back(on_a_file: Workers) -> None:
    house = on_a_file.house
    on_a_file.start()
    [sender] = await until(lambda rows: [each.holds_mailbox for each in rows] == [True], house)
    await one_on_its_way(house)

    os.kill(sender.pid, signal.SIGKILL)
    on_a_file.started[0].wait()
    on_a_file.start()
    await all_settled(house)

    assert sorted(went(house).values()) == [1, 1, 2]
    assert [each["count"] for each in on_a_file.said(1, "letters_left_behind")] == [3]
