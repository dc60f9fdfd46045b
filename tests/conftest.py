"""
The servers that tests talk to: each is started once, and only if a test asks for it.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import hypothesis
import pytest

from mailbot import service
from mailbot.cli.check import trying
from mailbot.store import database
from tests.servers import dovecot as dovecot_server
from tests.servers import postfix as postfix_server
from tests.servers import postgres as postgres_server
from tests.servers.certificate import Certificate, self_signed
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.migrated import MadeOnce
from tests.servers.ports import free_port
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.smtp import SmtpSink
from tests.tried import Tried

# Timing never fails a test: the machine may be busy with others.
hypothesis.settings.register_profile("mailbot", deadline=None)
hypothesis.settings.load_profile("mailbot")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Long tests first, in whatever order the others are.
    """
    items.sort(key=lambda each: each.get_closest_marker("long") is None)


def missing(server: str) -> NoReturn:
    """
    Leave the test out; in CI, where everything has to be there, fail it.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(f"{server} is not installed")
    pytest.skip(f"{server} is not installed")


def needs_postfix() -> None:
    """
    Leave the test out, by name, where there is no Postfix or nobody may start it.
    """
    if not postfix_server.PROGRAM.exists():
        missing("Postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix has to be started by root")


@pytest.fixture(scope="session", autouse=True)
def _paper_tried_once() -> Iterator[None]:
    """
    Templates that were tried on the made-up case are not tried again for the same
    firm: every start of the service would render all of them.
    """
    with pytest.MonkeyPatch.context() as during_the_tests:
        tried = Tried(service.stationery)
        during_the_tests.setattr(service, "stationery", tried)
        during_the_tests.setattr(trying, "stationery", tried)
        yield


@pytest.fixture(scope="session", autouse=True)
def _new_files_made_once() -> Iterator[None]:
    """
    The first new database of this process is made by the migrations, and the others are
    its copies. Commands in processes of their own are not touched by it.
    """
    with pytest.MonkeyPatch.context() as during_the_tests:
        during_the_tests.setattr(database, "_migrate", MadeOnce(database._migrate))
        yield


@pytest.fixture(scope="session")
def _shared_dovecot() -> Iterator[Dovecot]:
    if not dovecot_server.PROGRAM.exists():
        missing("Dovecot")
    with tempfile.TemporaryDirectory(prefix="mail") as folder, Dovecot(Path(folder)) as server:
        yield server


@pytest.fixture
def dovecot(_shared_dovecot: Dovecot) -> Mailbox:
    """
    A mailbox that nobody used before, on a server that all tests share.
    """
    return _shared_dovecot.mailbox(f"u{uuid4().hex}")


@pytest.fixture
def own_dovecot(tmp_path: Path) -> Iterator[Dovecot]:
    """
    A server that the test may stop, with TLS.
    """
    if not dovecot_server.PROGRAM.exists():
        missing("Dovecot")
    with Dovecot(tmp_path / "dovecot", tls=True) as server:
        yield server


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as server:
        yield server


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """
    A relay for the tests of one file; what it takes goes to `postfix.sink_port`.
    """
    needs_postfix()
    with Postfix(free_port()) as server:
        yield server


@pytest.fixture(scope="session")
def certificate() -> Iterator[Certificate]:
    with tempfile.TemporaryDirectory() as folder:
        yield self_signed(Path(folder))


@pytest.fixture(scope="session")
def _shared_postgres() -> Iterator[Postgres]:
    if postgres_server.programs() is None:
        missing("PostgreSQL")
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres(_shared_postgres: Postgres) -> Postgres:
    """
    The server itself, for whoever makes databases of their own.
    """
    return _shared_postgres


@pytest.fixture
def postgres_url(_shared_postgres: Postgres) -> Iterator[str]:
    """
    An empty database of the test's own.
    """
    name = _shared_postgres.new_database()
    yield _shared_postgres.url(name)
    _shared_postgres.drop(name)


@pytest.fixture
def migrated_postgres_url(_shared_postgres: Postgres) -> Iterator[str]:
    """
    A database of the test's own with the program's tables, and nothing in them.
    """
    name = _shared_postgres.new_database(template=_shared_postgres.migrated)
    yield _shared_postgres.url(name)
    _shared_postgres.drop(name)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """
    A server that the test may stop, kill and follow with another.
    """
    if postgres_server.programs() is None:
        missing("PostgreSQL")
    # What was committed is there after a kill of the server, though not of the machine.
    with Postgres(synchronous_commit="on") as server:
        yield server


@pytest.fixture
def tls_postgres(certificate: Certificate) -> Iterator[Postgres]:
    if postgres_server.programs() is None:
        missing("PostgreSQL")
    with Postgres(certificate=certificate) as server:
        yield server
