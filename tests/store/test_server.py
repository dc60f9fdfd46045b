"""
Where PostgreSQL is, and by what right it is believed to be the one.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from tortoise.connection import connections

from mailbot import signing_keys
from mailbot.cases.letter_status import Paused
from mailbot.health.facts import AWAY_AFTER
from mailbot.settings.database_url import with_password
from mailbot.signing_keys import KeyFileProblem
from mailbot.store import control, outbox, postgres, presence
from mailbot.store.database import DatabaseAway, DatabaseFault, database, transact
from mailbot.store.holding import AdvisoryLock, still_holds
from mailbot.store.own_session import OwnSession
from mailbot.store.server import Server
from mailbot.store.tables import ControlRow
from tests.flow.house import settings
from tests.servers.certificate import Certificate, self_signed
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def test_hosts_are_read_with_their_ports() -> None:
    hosts = Server("postgres://u:p%40@db1,[::1]:5433,db2:5434/mailbot").hosts

    assert hosts == [("db1", 5432), ("::1", 5433), ("db2", 5434)]


async def _is_encrypted(url: str) -> bool:
    async with database(url):
        [row] = await connections.get("default").execute_query_dict(_ENCRYPTED)
        return bool(row["ssl"])


async def test_tls_is_used_as_the_url_says(
    tls_postgres: Postgres, certificate: Certificate, tmp_path: Path
) -> None:
    url = tls_postgres.url(tls_postgres.new_database())

    assert await _is_encrypted(f"{url}?sslmode=verify-full&sslrootcert={certificate.cert}")
    assert await _is_encrypted(f"{url}?sslmode=require")
    assert not await _is_encrypted(f"{url}?sslmode=disable")

    (tmp_path / "other").mkdir()
    other = self_signed(tmp_path / "other")
    with pytest.raises(DatabaseFault, match=r"certificate verify failed.* check sslmode and ssl"):
        await _is_encrypted(f"{url}?sslmode=verify-full&sslrootcert={other.cert}")


async def test_a_server_without_tls_is_not_spoken_to_in_the_open(
    migrated_postgres_url: str,
) -> None:
    with pytest.raises(DatabaseFault, match="rejected SSL upgrade"):
        await _is_encrypted(f"{migrated_postgres_url}?sslmode=require")


async def test_a_password_stands_in_a_pgpass_file(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    passwords = tmp_path / "pgpass"
    passwords.write_text("127.0.0.1:*:*:postgres:secret\n")
    passwords.chmod(0o600)
    url = migrated_postgres_url.replace("postgres:postgres@", "postgres@")

    # This server asks nobody for a password: what would be said is looked at instead.
    opened = await Server(f"{url}?passfile={passwords}").connected()
    assert opened._params.password == "secret"
    await opened.close()


async def test_a_password_that_was_changed_in_its_file_is_used_by_whoever_runs_already(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("old\n")
    without = migrated_postgres_url.replace("postgres:postgres@", "postgres@")
    server = Server(with_password(without, "old", str(file)))

    said = []
    for written in ("new &=?%\n", ""):
        file.write_text(written)
        opened = await server.connected()
        said.append(opened._params.password)
        await opened.close()

    # Nobody has an empty one: somebody is just writing it.
    assert said == ["new &=?%", "old"]


async def test_where_tables_are_made_is_said_to_the_server_and_not_to_a_pooler(
    migrated_postgres_url: str,
) -> None:
    opened = await Server(f"{migrated_postgres_url}?search_path=elsewhere").connected()
    said = "SELECT setting, source FROM pg_settings WHERE name = 'search_path'"

    # PgBouncer refuses whoever begins with it: the source would be "client".
    assert tuple(await opened.fetchrow(said)) == ("elsewhere", "session")
    await opened.close()


@pytest.fixture
def plain_owner(own_postgres: Postgres) -> str:
    """
    The url of a user who may do nothing but own a database, as an operator would make one.
    """
    own_postgres.say(
        "CREATE ROLE mailbot LOGIN PASSWORD 'secret' CONNECTION LIMIT 12",
        "CREATE DATABASE mailbot OWNER mailbot ENCODING 'UTF8' TEMPLATE template0",
    )
    return f"postgres://mailbot:secret@{own_postgres.host}:{own_postgres.port}/mailbot"


async def test_a_user_who_owns_the_database_and_nothing_else_is_enough(plain_owner: str) -> None:
    async with database(plain_owner):
        assert await ControlRow.all().count() == 0
        first = AdvisoryLock(OwnSession())
        assert await first.take(NOW) == 1
        others = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _ANOTHER, plain_owner), stdout=subprocess.PIPE
        )
        # It finds the mailbox held, and has it once the holder's session is ended.
        assert others.stdout
        assert await others.stdout.readline() == b"None\n"
        await first.give_up()
        assert await others.stdout.readline() == b"2\n"
        await others.wait()
        # With it went whatever its holder had open, and what is tried anew is refused.
        for _ in range(2):
            with pytest.raises(DatabaseFault):
                await transact(lambda tx: still_holds(tx, 1))


_ANOTHER = """
import asyncio, sys
from datetime import UTC, datetime
from mailbot.store.database import database
from mailbot.store.holding import AdvisoryLock
from mailbot.store.own_session import OwnSession

async def take():
    async with database(sys.argv[1]):
        lock = AdvisoryLock(OwnSession())
        print(await lock.take(datetime.now(UTC)), flush=True)
        while (number := await lock.take(datetime.now(UTC))) is None:
            await asyncio.sleep(0.05)
        print(number, flush=True)

asyncio.run(take())
"""


async def test_a_server_that_is_away_may_come_back_and_a_wrong_name_may_not(
    own_postgres: Postgres,
) -> None:
    url = own_postgres.url("nowhere")
    with pytest.raises(DatabaseFault, match="check the name of the database") as wrong:
        async with database(url):
            pass
    assert not isinstance(wrong.value, DatabaseAway)

    own_postgres.stop()
    with pytest.raises(DatabaseAway, match="see that the server runs"):
        async with database(url):
            pass
    own_postgres.start()


async def test_a_server_that_has_no_connection_left_says_so(plain_owner: str) -> None:
    async with database(plain_owner):
        client: Any = connections.get("default")
        taken = [await client.session() for _ in range(11)]
        with pytest.raises(DatabaseFault, match="let it have more memory or connections"):
            await client.session()
        for each in taken:
            await each.close()


async def test_workers_of_a_database_begin_with_one_key_wherever_they_are(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    """
    Also two on one host, or in containers of one name, each with a folder of its own.
    """
    here, there = (
        settings(tmp_path / name, MAILBOT_DATABASE__URL=migrated_postgres_url)
        for name in ("here", "there")
    )
    async with database(migrated_postgres_url):
        begun = await signing_keys.keyring(here)

        with pytest.raises(KeyFileProblem, match=r"there is none, .* copy the file"):
            await signing_keys.keyring(there)
        assert not there.service.token_key_file.exists()
        there.service.token_key_file.write_text("n" * 32 + "\n")
        with pytest.raises(KeyFileProblem, match=r"it is another one, .* copy the file"):
            await signing_keys.keyring(there)

        shutil.copy(here.service.token_key_file, there.service.token_key_file)
        assert (await signing_keys.keyring(there)).signing_id == begun.signing_id


async def test_a_key_that_signed_nothing_may_be_another_when_nobody_works_with_it(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        assert await control.first_key("aaaa", NOW) == "aaaa"
        assert await control.first_key("bbbb", NOW + AWAY_AFTER / 2) == "aaaa"
        worker = await presence.enter("one", 1, NOW + AWAY_AFTER)
        assert await control.first_key("bbbb", NOW + AWAY_AFTER) == "aaaa"

        await presence.leave(worker)
        assert await control.first_key("bbbb", NOW + AWAY_AFTER) == "bbbb"
        assert await control.first_key("aaaa", NOW + AWAY_AFTER) == "bbbb"


@pytest.fixture
def silent() -> Iterator[int]:
    """
    The port of a host that takes connections, and says nothing.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_a_host_that_is_gone_or_says_nothing_keeps_nobody_from_the_next(
    migrated_postgres_url: str, silent: int
) -> None:
    before = f"127.0.0.1:{free_port()},127.0.0.1:{silent}"
    url = migrated_postgres_url.replace("@", f"@{before},") + "?connect_timeout=1"

    async with database(url):
        assert await connections.get("default").execute_query_dict("SELECT 1 AS one")


async def _asked(within: float) -> None:
    async with asyncio.timeout(within):
        await outbox.is_any_due(NOW, Paused.NOTHING)


async def test_a_table_that_somebody_has_locked_is_not_waited_for_without_a_word(
    migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_LOCKED_FOR", 1)
    beside = await asyncpg.connect(migrated_postgres_url)
    try:
        await beside.execute("BEGIN; LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        async with database(migrated_postgres_url):
            with pytest.raises(DatabaseFault, match="has held a lock for too long"):
                await _asked(within=10)
    finally:
        beside.terminate()


async def test_a_server_that_is_frozen_is_not_waited_for_without_a_word(
    migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_DONE_WITHIN", 0.5)
    async with database(migrated_postgres_url):
        [row] = await connections.get("default").execute_query_dict("SELECT pg_backend_pid() AS id")
        os.kill(row["id"], signal.SIGSTOP)
        try:
            with pytest.raises(DatabaseAway, match="it does not answer; see that the server runs"):
                await _asked(within=10)
        finally:
            os.kill(row["id"], signal.SIGCONT)
        await _asked(within=10)
