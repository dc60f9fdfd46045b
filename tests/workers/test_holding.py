"""
Who holds the mailbox and does not reach it leaves it to another.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.health.told import Part, Told
from mailbot.store import control, presence
from mailbot.store.database import database
from mailbot.workers import holding
from mailbot.workers.holding import Holding
from tests.flow.house import FRIDAY


@dataclass(eq=False)
class Two:
    """
    Two workers on one database, of whom the first holds the mailbox.
    """

    first: Holding
    second: Holding
    #: What the second says of itself.
    told: Told


@pytest.fixture
async def two(migrated_postgres_url: str) -> AsyncIterator[Two]:
    async with database(migrated_postgres_url):
        first = Holding(lambda: FRIDAY)
        second = Holding(lambda: FRIDAY, told=lambda: both.told)
        both = Two(first, second, Told())
        for each in (first, second, first):
            each._seen_at = None
            await each.beat()
        assert (first.is_held, first.workers, second.is_held) == (True, 2, False)
        yield both
        await first.leave()
        await second.leave()


async def test_a_holder_that_does_not_reach_the_mailbox_leaves_it_to_another_after_a_while(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await two.first.not_reached()
    assert two.first.is_held

    monkeypatch.setattr(holding, "TRIES_FOR", 0.0)
    assert await two.first.not_reached()

    await two.first.beat()
    assert not two.first.is_held
    await two.second.beat()
    assert two.second.is_held


async def test_it_is_well_once_the_other_has_looked_through_the_mailbox(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "TRIES_FOR", 0.0)
    await two.first.not_reached()
    await two.second.beat()
    assert not await two.first.is_reached_by_another()

    later = FRIDAY + timedelta(seconds=1)
    two.told = Told(parts={"imap": Part(last_round_at=later)})
    await two.second.beat()

    assert await two.first.is_reached_by_another()
    assert not two.first.is_left_to_others


async def test_whoever_is_alone_keeps_it_for_nobody_else_would_try(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "TRIES_FOR", 0.0)
    await two.second.leave()
    two.first._seen_at = None
    await two.first.beat()

    assert not await two.first.not_reached()
    assert two.first.is_held


async def test_a_worker_whose_clock_is_behind_is_counted_and_named_like_any(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        behind = Holding(lambda: datetime.now(UTC) - timedelta(minutes=2))
        ahead = Holding(lambda: datetime.now(UTC) + timedelta(minutes=2))
        for each in (behind, ahead, behind):
            each._seen_at = None
            await each.beat()

        assert (behind.workers, ahead.workers) == (2, 2)
        now = await control.common_clock(datetime.now(UTC) - timedelta(minutes=2))
        assert len(await presence.at_work(now)) == 2
        await behind.leave()
        await ahead.leave()
