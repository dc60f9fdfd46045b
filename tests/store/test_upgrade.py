"""
A database of an older program, brought up with what is in it.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
from tortoise import Tortoise
from tortoise.connection import connections
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate
from tortoise.migrations.autodetector import MigrationAutodetector

from mailbot.store.database import (
    _MIGRATING,
    MIGRATIONS,
    DatabaseFault,
    NoTablesYet,
    database,
    empty,
)
from mailbot.store.tables import CaseRow, PartyRow
from mailbot.store.whole.backup import back_up
from mailbot.store.whole.restoring import restore
from tests.flow.house import FRIDAY

#: A case and somebody in it, as the first program wrote them.
_ROWS = (
    """INSERT INTO "case" (serial, reference, state, received_at, opened_at, handler_email,
        rulebook_version, verdict, rights_letters, level, not_eligible, needs, interval,
        is_data_protection, credit, revision)
    VALUES (1, 'ISS-000001-95', 'open', '2026-11-20 16:45+00:00', '2026-11-20 16:45+00:00', '',
        '1', '', '', 0, '', '', '', false, '', 0)""",
    """INSERT INTO party (id, case_id, role, name, email, email_key, phone, anchor, token,
        token_nonce)
    VALUES (1, 1, 'solicitor', '', 'bob@example.net', 'bob@example.net', '', '', '', 'abc')""",
)


async def _made_old(url: str) -> str:
    await migrate(
        config={**MIGRATIONS, "connections": {"default": url}}, target="mailbot.0001_initial"
    )
    for each in _ROWS:
        await connections.get("default").execute_script(each)
    await Tortoise.close_connections()
    return url


@pytest.fixture
async def older(empty_url: str) -> str:
    """
    The database of the first program, with a case in it.
    """
    return await _made_old(empty_url)


@pytest.fixture
async def older_on_a_server(postgres_url: str) -> str:
    return await _made_old(postgres_url)


async def test_who_had_a_role_before_there_were_copies_keeps_it_and_gets_none(older: str) -> None:
    async with database(older):
        bob = await PartyRow.get(email_key="bob@example.net")

    assert (bob.role, bob.postal_address) == ("solicitor", "")
    assert (bob.gets_copies, bob.removed_at) == (False, None)


async def test_a_case_from_before_letters_by_post_gets_mails(older: str) -> None:
    async with database(older):
        case = await CaseRow.get(serial=1)

    assert (case.by_post, case.to_post, case.merged_into) == (False, "", None)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_a_backup_from_then_is_brought_up_where_it_is_put_back(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    older = f"sqlite://{tmp_path}/older.sqlite3"
    await _made_old(older)
    (keys := tmp_path / "older.key").write_text("key\n")
    await back_up(
        older, keys, tmp_path / "vault", FRIDAY, program="0", try_keys=lambda needed: needed
    )
    url = f"sqlite://{tmp_path}/new.sqlite3"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_url")

    await restore(tmp_path / "vault", url, tmp_path / "new.key", FRIDAY)

    async with database(url):
        assert (await CaseRow.get(serial=1)).to_post == ""
        assert (await PartyRow.get(email_key="bob@example.net")).gets_copies is False


_INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgres": "SELECT indexname AS name FROM pg_indexes WHERE indexname LIKE 'idx%'",
}


async def _indexes() -> set[str]:
    connection = connections.get("default")
    rows = await connection.execute_query_dict(_INDEXES[connection.capabilities.dialect])
    return {row["name"] for row in rows}


async def test_an_older_database_gets_the_indexes_of_a_new_one(older: str) -> None:
    async with database(older):
        indexes = await _indexes()
        assert await CaseRow.all().count() == 1

    async with empty():
        assert indexes == await _indexes()
    assert "idx_outbox_underway" in indexes


_OPENED = """
import asyncio, sys
from mailbot.store.database import database

async def open_it():
    async with database(sys.argv[1]):
        print("tortoise.migrations" in sys.modules)

asyncio.run(open_it())
"""


def test_a_start_that_has_nothing_to_migrate_does_not_load_what_migrates(url: str) -> None:
    opened = subprocess.run(
        [sys.executable, "-c", _OPENED, url], capture_output=True, text=True, check=True
    )

    assert opened.stdout == "False\n"


@pytest.mark.parametrize("may_change", [False, True])
async def test_a_database_of_a_later_program_is_refused(url: str, may_change: bool) -> None:
    async with database(url):
        await connections.get("default").execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('mailbot', '9999_later', '2030-01-01 00:00+00:00')"
        )

    with pytest.raises(DatabaseFault, match="the database is newer than this program"):
        async with database(url, may_change=may_change):
            pass


async def test_no_migration_is_missing() -> None:
    async with TortoiseContext() as context:
        await context.init(config=MIGRATIONS)
        assert context.apps
        detector = MigrationAutodetector(context.apps, MIGRATIONS["apps"])
        assert await detector.changes() == []


@pytest.fixture
async def beside(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """
    A session of somebody else's on the same database.
    """
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


#: Those who wait for whoever migrates.
_WAITING = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted ORDER BY pid"


async def test_of_several_that_start_on_an_empty_server_one_migrates_and_the_others_wait(
    postgres_url: str, beside: asyncpg.Connection
) -> None:
    # As administrators do it for a role, against whoever forgets a transaction.
    name = await beside.fetchval("SELECT current_database()")
    for each in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        await beside.execute(f"ALTER DATABASE {name} SET {each} = '300ms'")
    # Whoever migrates is kept in the middle of it until all of them have begun.
    await beside.execute("SELECT pg_advisory_lock($1)", _MIGRATING)
    starting = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _OPENED, postgres_url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(5)
    ]
    async with asyncio.timeout(60):
        while len(await beside.fetch(_WAITING)) < len(starting):
            await asyncio.sleep(0.05)
    before = await beside.fetch(_WAITING)
    await asyncio.sleep(0.6)
    assert await beside.fetch(_WAITING) == before
    await beside.execute("SELECT pg_advisory_unlock($1)", _MIGRATING)

    said = [await each.communicate() for each in starting]
    assert [(each.returncode, wrong) for each, (_, wrong) in zip(starting, said, strict=True)] == [
        (0, b"")
    ] * 5
    made = await beside.fetch("SELECT name FROM tortoise_migrations ORDER BY id")
    assert [row["name"] for row in made] == sorted({row["name"] for row in made})


async def test_a_migration_that_is_killed_in_the_middle_leaves_what_was_there(
    older_on_a_server: str,
) -> None:
    before = await _tables(older_on_a_server)
    beside = await asyncpg.connect(older_on_a_server)
    # The last migration waits for a table that somebody else has.
    hold = beside.transaction()
    await hold.start()
    await beside.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
    starting = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OPENED, older_on_a_server
    )
    async with asyncio.timeout(60):
        while not await beside.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.05)
    starting.kill()
    await starting.wait()
    await hold.rollback()
    await beside.close()

    assert await _tables(older_on_a_server) == before
    async with database(older_on_a_server):
        assert await CaseRow.all().count() == 1


async def _tables(url: str) -> set[tuple[str, str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' UNION SELECT 'migration', name FROM tortoise_migrations"
    )
    await connection.close()
    return {tuple(row) for row in rows}


async def test_whoever_only_looks_at_an_empty_server_makes_no_table(
    postgres_url: str, beside: asyncpg.Connection
) -> None:
    with pytest.raises(NoTablesYet, match="the first mailbot run makes them"):
        async with database(postgres_url, may_change=False):
            pass

    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert await beside.fetchval(tables) == 0
