"""
A database of an older program, brought up with what is in it.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.connection import connections
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate
from tortoise.migrations.autodetector import MigrationAutodetector

from mailbot.store.database import MIGRATIONS, database, empty
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


@pytest.fixture
async def older(empty_url: str) -> str:
    """
    The database of the first program, with a case in it.
    """
    await _made_older(empty_url)
    return empty_url


async def _made_older(url: str) -> None:
    await migrate(
        config={**MIGRATIONS, "connections": {"default": url}}, target="mailbot.0001_initial"
    )
    for each in _ROWS:
        await connections.get("default").execute_script(each)
    await Tortoise.close_connections()


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
    await _made_older(older)
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


async def test_a_database_of_a_later_program_is_opened_as_it_is(url: str) -> None:
    async with database(url):
        await connections.get("default").execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('mailbot', '9999_later', '2030-01-01 00:00+00:00')"
        )

    async with database(url, may_change=False):
        assert await CaseRow.all().count() == 0


async def test_no_migration_is_missing() -> None:
    async with TortoiseContext() as context:
        await context.init(config=MIGRATIONS)
        assert context.apps
        detector = MigrationAutodetector(context.apps, MIGRATIONS["apps"])
        assert await detector.changes() == []
