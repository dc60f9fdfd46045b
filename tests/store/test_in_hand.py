"""
Letters that somebody had in hand who is gone are free for whoever is there, and nobody else's.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from tortoise import connections

from mailbot import service
from mailbot.cases.letter_status import LONGEST_WAIT
from mailbot.letters.office import Office
from mailbot.store import in_hand, outbox
from mailbot.store.database import DatabaseFault, database
from mailbot.store.in_hand import OnAFile, OnAServer
from mailbot.store.own_session import OwnSession
from mailbot.store.tables import OutboxRow
from tests.flow.house import FRIDAY, settings
from tests.servers.migrated import lay
from tests.store.test_store import recorded

LEASE = timedelta(minutes=10)
UNTIL = FRIDAY + LEASE
OFTEN = 3


@pytest.fixture
async def on_a_server(migrated_postgres_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with database(migrated_postgres_url):
        yield await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=migrated_postgres_url))


@pytest.fixture
async def on_a_file(tmp_path: Path) -> AsyncIterator[Office]:
    url = f"sqlite://{lay(tmp_path)}"
    async with database(url):
        yield await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=url))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A lock that is absent at one look is absent for long.
    """
    monkeypatch.setattr(in_hand, "_ABSENT_FOR", timedelta())


def a_hand() -> OnAServer:
    return OnAServer(OwnSession(), OFTEN)


async def cut_off(hand: OnAServer) -> None:
    """
    End its session, as the server does with one that says nothing.
    """
    pid = hand._session._session._opened.get_server_pid()
    await connections.get("default").execute_query(f"SELECT pg_terminate_backend({pid})")


@pytest.mark.usefixtures("at_once")
async def test_letters_are_in_hand_while_the_session_is_there_and_free_when_it_is_gone(
    on_a_server: Office,
) -> None:
    await recorded(on_a_server)
    first, second = a_hand(), a_hand()
    await first.hold(UNTIL)
    held = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    assert (len(held), first.is_sure) == (3, True)
    assert await second.keep(FRIDAY) == 0
    assert await outbox.claim(FRIDAY, limit=10, lease=LEASE) == []

    await first.close()
    assert await second.keep(FRIDAY) == 3

    again = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    assert [(each.message_id, each.content, each.attempt) for each in again] == [
        (each.message_id, each.content, 2) for each in held
    ]
    await second.close()


async def test_a_lock_that_is_absent_for_a_moment_says_nothing(on_a_server: Office) -> None:
    await recorded(on_a_server)
    first, second = a_hand(), a_hand()
    await first.hold(UNTIL)
    await outbox.claim(FRIDAY, limit=10, lease=LEASE)

    await cut_off(first)
    assert await second.keep(FRIDAY) == 0
    assert second._absent

    # Whoever comes back has what was on its way at that moment, and sends nothing more of it.
    with suppress(DatabaseFault):
        await first.keep(FRIDAY)
    assert await first.keep(FRIDAY) == 0
    assert not first.is_sure
    assert await second.keep(FRIDAY) == 0
    assert not second._absent
    for each in (first, second):
        await each.close()


@pytest.mark.usefixtures("at_once")
async def test_two_who_claim_at_the_same_instant_have_both_what_is_in_hand(
    on_a_server: Office,
) -> None:
    await recorded(on_a_server)
    first, second, third = a_hand(), a_hand(), a_hand()
    await first.hold(UNTIL)
    await second.hold(UNTIL)
    await outbox.claim(FRIDAY, limit=10, lease=LEASE)

    await first.close()
    assert await third.keep(FRIDAY) == 0
    await second.let_go(UNTIL)
    assert await third.keep(FRIDAY) == 3
    for each in (second, third):
        await each.close()


@pytest.mark.usefixtures("at_once")
async def test_a_letter_that_was_left_behind_again_and_again_waits_for_its_lease(
    on_a_server: Office,
) -> None:
    await recorded(on_a_server)
    looking = a_hand()
    for _ in range(OFTEN):
        assert len(await outbox.claim(FRIDAY, limit=10, lease=LEASE)) == 3
        assert await looking.keep(FRIDAY) == 3

    assert len(await outbox.claim(FRIDAY, limit=10, lease=LEASE)) == 3
    assert await looking.keep(FRIDAY) == 0
    assert await outbox.claim(FRIDAY, limit=10, lease=LEASE) == []
    await looking.close()


@pytest.mark.usefixtures("at_once")
async def test_where_our_ids_are_rewritten_nothing_goes_again_before_its_lease_is_over(
    on_a_server: Office,
) -> None:
    await recorded(on_a_server)
    await OutboxRow.filter(template="assignment").update(alias="queued.4F2C@relay.example")
    looking = a_hand()
    assert len(await outbox.claim(FRIDAY, limit=10, lease=LEASE)) == 3

    assert await looking.keep(FRIDAY) == 0
    assert await outbox.claim(FRIDAY, limit=10, lease=LEASE) == []
    await looking.close()


async def test_what_a_clock_that_ran_ahead_had_in_hand_does_not_wait_for_that_hour(
    on_a_file: Office,
) -> None:
    await recorded(on_a_file)
    await OutboxRow.filter(template="assignment").update(alias="queued.4F2C@relay.example")
    ahead = FRIDAY + timedelta(days=3650)
    assert len(await outbox.claim(ahead, limit=10, lease=LEASE)) == 3

    hand = OnAFile(OFTEN)
    assert await hand.begin(FRIDAY) == 3
    assert await outbox.claim(FRIDAY, limit=10, lease=LEASE) == []
    assert len(await outbox.claim(FRIDAY + LONGEST_WAIT, limit=10, lease=LEASE)) == 3
    await hand.close()


async def test_what_is_in_hand_at_the_start_of_the_only_one_at_work_is_in_a_dead_ones(
    on_a_file: Office,
) -> None:
    await recorded(on_a_file)
    first, second, third = (OnAFile(OFTEN) for _ in range(3))
    assert await first.begin(FRIDAY) == 0
    await outbox.claim(FRIDAY, limit=10, lease=LEASE)

    assert await second.begin(FRIDAY) == 0
    await first.close()
    await second.close()

    assert await third.begin(FRIDAY) == 3
    rows = await OutboxRow.all()
    assert {(each.next_attempt_at, each.claimed_until) for each in rows} == {(FRIDAY, None)}
    await third.close()


async def test_who_begins_beside_one_that_begins_waits_for_it_and_not_for_ever(
    on_a_file: Office,
) -> None:
    await recorded(on_a_file)
    await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    several = [OnAFile(OFTEN) for _ in range(5)]

    async with asyncio.timeout(30):
        freed = await asyncio.gather(*(each.begin(FRIDAY) for each in several))

    assert sorted(freed) == [0, 0, 0, 0, 3]
    for each in several:
        await each.close()


async def test_a_stranger_who_has_the_folder_alone_keeps_nobody_from_work(
    on_a_file: Office, tmp_path: Path
) -> None:
    await recorded(on_a_file)
    first, second = OnAFile(OFTEN), OnAFile(OFTEN)
    stranger = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(stranger, fcntl.LOCK_EX)

    async with asyncio.timeout(30):
        assert await first.begin(FRIDAY) == 0
    await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    os.close(stranger)

    # From then on it is known to be at work.
    assert await first.keep(FRIDAY) == 0
    assert await second.begin(FRIDAY) == 0
    for each in (first, second):
        await each.close()
