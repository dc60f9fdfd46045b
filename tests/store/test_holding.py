"""
One worker takes mail in: by a lock of the database's, and by a number that is compared.
"""

from datetime import UTC, datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from tortoise import connections

from mailbot.store.database import DatabaseFault, database, transact
from mailbot.store.holding import AdvisoryLock, MailboxTaken, still_holds
from mailbot.store.own_session import OwnSession
from mailbot.store.tables import ControlRow
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)

#: How the driver tells of a session that the server has ended.
_ENDED = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def test_one_holds_the_mailbox_and_the_next_has_it_when_it_is_given_up(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        first, second = AdvisoryLock(OwnSession()), AdvisoryLock(OwnSession())

        assert await first.take(NOW) == 1
        assert await second.take(NOW) is None
        await first.give_up()

        assert await second.take(NOW) == 2
        assert await second.is_kept()
        await second.give_up()


async def test_a_holder_whose_session_was_ended_knows_it_and_is_refused_what_it_tries(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        first, second = AdvisoryLock(OwnSession()), AdvisoryLock(OwnSession())
        assert await first.take(NOW) == 1
        await transact(lambda tx: still_holds(tx, 1))

        pid = first._session._session._opened.get_server_pid()
        await connections.get("default").execute_query(f"SELECT pg_terminate_backend({pid})")
        assert not await first.is_kept()
        assert await second.take(NOW) == 2

        with pytest.raises(MailboxTaken):
            await transact(lambda tx: still_holds(tx, 1))
        await second.give_up()


class CutOff(AdvisoryLock):
    """
    One whose session is lost once it has the lock, and is opened anew for another question.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "_locked_on" and value:
            self._session._session._opened.terminate()
            self._session._session = None
            self._session.number += 1


async def test_who_loses_the_lock_while_it_takes_the_mailbox_does_not_have_it(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        first, second = CutOff(OwnSession()), AdvisoryLock(OwnSession())
        with pytest.raises(DatabaseFault, match="a session with it was lost"):
            await first.take(NOW)
        await first.give_up()

        assert await second.take(NOW) == 1
        await second.give_up()


async def test_a_holder_whose_session_was_opened_anew_for_something_else_has_lost_the_mailbox(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        session = OwnSession()
        holder, next_one = AdvisoryLock(session), AdvisoryLock(OwnSession())
        assert await holder.take(NOW) == 1

        pid = session._session._opened.get_server_pid()
        await connections.get("default").execute_query(f"SELECT pg_terminate_backend({pid})")
        assert not await session.is_kept()
        assert await session.ask("SELECT 1") == 1  # as delivery does before it claims

        assert not await holder.is_kept()
        assert await next_one.take(NOW) == 2
        for each in (holder, next_one):
            await each.give_up()


async def test_who_follows_ends_the_sessions_of_the_last_holder_and_of_no_other_database(
    postgres: Postgres,
) -> None:
    """
    A copy of a database on the same server knows the same holder.
    """
    ours, theirs = (postgres.new_database(template=postgres.migrated) for _ in range(2))
    name = {"application_name": "mailbot-of-old"}
    here = await asyncpg.connect(postgres.url(ours), server_settings=name)
    there = await asyncpg.connect(postgres.url(theirs), server_settings=name)
    async with database(postgres.url(ours)):
        await ControlRow.create(name="mailbox_holders_sessions", value="mailbot-of-old", at=NOW)
        holder = AdvisoryLock(OwnSession())

        assert await holder.take(NOW) == 1

        assert await there.fetchval("SELECT 1") == 1
        # Where its end is on the way, the driver may meet it in the middle of its question.
        with pytest.raises((*_ENDED, OSError)):
            await here.fetchval("SELECT 1")
        await holder.give_up()
    await there.close()
    here.terminate()
