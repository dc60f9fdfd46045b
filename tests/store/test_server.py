"""
Where PostgreSQL is, and by what right it is believed to be the one.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.connection import connections

from mailbot.store.database import DatabaseFault, database
from mailbot.store.server import Server
from tests.servers.certificate import Certificate, self_signed
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres

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
