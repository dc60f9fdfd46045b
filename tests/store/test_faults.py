"""
What is the database's own fault is told as one, wherever it arises; what was asked of it
wrongly is not.
"""

import asyncio
import random
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import connections
from tortoise.exceptions import IntegrityError, OperationalError

from mailbot.letters.office import Office
from mailbot.store.database import DatabaseFault, Tx, database, transact
from mailbot.store.fault import DatabaseAway, fault_of
from mailbot.store.soundness import free_space, look_through, try_to_write
from mailbot.store.tables import CaseRow, ControlRow, EventRow
from tests.flow.house import Mail
from tests.store.desk import Desk

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)


async def noted(tx: Tx | None, about: str = "") -> None:
    await EventRow.create(using_db=tx, at=NOW, event="noted", cause="test", about=about)


@pytest.fixture
async def opened(url: str) -> AsyncIterator[None]:
    async with database(url):
        yield


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "mailbot.sqlite3"
    async with database(f"sqlite://{path}"):
        yield path


def test_a_server_that_answers_nothing_is_said_to() -> None:
    # What waits for it has no words of its own.
    fault = fault_of(TimeoutError())

    assert isinstance(fault, DatabaseAway)
    assert str(fault) == (
        "the database cannot be used: it does not answer; see that the server runs and can be"
        " reached"
    )


async def bounded(pages: int) -> None:
    """
    Room for so many more pages: SQLite says SQLITE_FULL, as on a disk without room.
    """
    connection = connections.get("default")

    async def work(tx: Tx) -> None:
        [row] = await tx.execute_query_dict("PRAGMA page_count")
        await tx.execute_query(f"PRAGMA max_page_count = {row['page_count'] + pages}")

    await transact(work)
    assert connection


async def test_a_full_disk_is_the_databases_fault_and_names_the_remedy(file: Path) -> None:
    await bounded(0)

    with pytest.raises(DatabaseFault, match="make room on the disk"):
        await transact(lambda tx: noted(tx, "x" * 100_000))


async def test_on_a_nearly_full_disk_what_is_too_large_for_it_counts_against_no_message(
    file: Path,
) -> None:
    await bounded(30)
    await transact(noted)

    with pytest.raises(DatabaseFault):
        await transact(lambda tx: noted(tx, "x" * 300_000))
    await transact(noted)
    assert await EventRow.all().count() == 2


def words_that_cannot_be_packed(octets: int) -> str:
    return "".join(sha256(b"%d" % each).hexdigest() for each in range(octets // 64))


@pytest.mark.parametrize(
    "text", [words_that_cannot_be_packed(20_000), words_that_cannot_be_packed(100_000)]
)
async def test_a_complaint_that_the_disk_has_no_room_for_is_not_held_against_it(
    office: Office, text: str
) -> None:
    if connections.get("default").capabilities.dialect != "sqlite":
        await connections.get("default").execute_script(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE"
            " EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; CREATE TRIGGER"
            " full_disk BEFORE INSERT ON outbox EXECUTE FUNCTION full_disk();"
        )
    else:
        await bounded(0)

    with pytest.raises(DatabaseFault):
        await Desk(office).arrives(Mail(text=text))
    assert await CaseRow.all().count() == 0


@pytest.mark.parametrize(
    "way",
    [
        lambda: transact(lambda tx: tx.execute_query("SELECT count(*) FROM event")),
        lambda: EventRow.all().count(),
        lambda: EventRow.filter(about="x"),
    ],
)
async def test_a_damaged_page_is_told_in_a_read_as_in_a_transaction(
    tmp_path: Path, way: Callable[[], Awaitable[object]]
) -> None:
    path = tmp_path / "mailbot.sqlite3"
    async with database(f"sqlite://{path}"):
        await transact(many)
    damage(path)

    async def asked() -> None:
        async with database(f"sqlite://{path}"):
            await way()
            await transact(lambda tx: tx.execute_query("SELECT about FROM event"))

    with pytest.raises(DatabaseFault, match="malformed; restore it from your backup"):
        await asked()


async def many(tx: Tx) -> None:
    for _ in range(100):
        await noted(tx, "x" * 3000)


def damage(path: Path) -> None:
    """
    Noise in every second page from the middle on.
    """
    with closing(sqlite3.connect(path)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    octets = bytearray(path.read_bytes())
    chance = random.Random(7)
    for page in range(len(octets) // 4096 // 2, len(octets) // 4096, 2):
        octets[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
    path.write_bytes(octets)


async def test_a_damaged_page_in_the_middle_is_seen_before_anything_is_done(tmp_path: Path) -> None:
    path = tmp_path / "mailbot.sqlite3"
    async with database(f"sqlite://{path}"):
        await transact(many)
    look_through(f"sqlite://{path}", within=20)
    damage(path)

    with pytest.raises(DatabaseFault, match="malformed; restore it from your backup"):
        look_through(f"sqlite://{path}", within=20)


async def test_a_look_through_ends_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mailbot.sqlite3"
    async with database(f"sqlite://{path}"):
        await transact(many)
    damage(path)
    monkeypatch.setattr("mailbot.store.soundness._STEPS", 1)

    look_through(f"sqlite://{path}", within=0)


def test_what_is_not_there_needs_no_look(tmp_path: Path) -> None:
    look_through(f"sqlite://{tmp_path}/none.sqlite3", within=20)
    look_through("postgres://nobody@127.0.0.1:1/none", within=20)


async def test_a_wrong_question_is_not_the_databases_fault(opened: None) -> None:
    with pytest.raises(OperationalError):
        await connections.get("default").execute_query("SELECT nothing FROM nowhere")
    with pytest.raises(OperationalError):
        await transact(lambda tx: tx.execute_query("SELECT nothing FROM nowhere"))


async def test_what_a_constraint_refuses_is_not_the_databases_fault(opened: None) -> None:
    await ControlRow.create(name="twice", value="1", at=NOW)

    with pytest.raises(IntegrityError):
        await transact(lambda tx: ControlRow.create(using_db=tx, name="twice", value="2", at=NOW))


# --- PostgreSQL ------------------------------------------------------------------


@pytest.fixture
async def server(migrated_postgres_url: str) -> AsyncIterator[None]:
    async with database(migrated_postgres_url):
        yield


#: disk_full, out_of_memory, too_many_connections, admin_shutdown, query_canceled, io_error,
#: connection_failure, read_only_sql_transaction, idle_in_transaction_session_timeout,
#: data_corrupted.
@pytest.mark.parametrize(
    "state",
    ["53100", "53200", "53300", "57P01", "57014", "58030", "08006", "25006", "25P03", "XX001"],
)
async def test_what_the_server_says_of_itself_is_the_databases_fault(
    server: None, state: str
) -> None:
    said = f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{state}'; END $$"

    with pytest.raises(DatabaseFault):
        await connections.get("default").execute_query_dict(said)
    with pytest.raises(DatabaseFault):
        await transact(lambda tx: tx.execute_query_dict(said))


@pytest.mark.parametrize("state", ["22001", "22021", "23514", "P0001"])
async def test_what_the_server_says_of_a_value_is_not(server: None, state: str) -> None:
    said = f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{state}'; END $$"

    with pytest.raises(Exception, match="so") as caught:
        await transact(lambda tx: tx.execute_query_dict(said))
    assert not isinstance(caught.value, DatabaseFault)


async def test_a_server_that_ends_the_connection_in_the_middle_of_a_transaction(
    server: None,
) -> None:
    async def work(tx: Tx) -> None:
        await noted(tx, "lost")
        [row] = await tx.execute_query_dict("SELECT pg_backend_pid() AS pid")
        async with _Beside() as beside:
            await beside(f"SELECT pg_terminate_backend({row['pid']})")
        await noted(tx, "after it")

    with pytest.raises(DatabaseFault):
        await transact(work)
    assert await EventRow.all().count() == 0


async def test_a_statement_that_the_server_ends_for_its_length_names_the_lock_and_the_limit(
    server: None,
) -> None:
    async def work(tx: Tx) -> None:
        await tx.execute_query("SET LOCAL statement_timeout = '50ms'")
        await tx.execute_query("SELECT pg_sleep(1)")

    with pytest.raises(DatabaseFault, match="find out who holds a lock there, or raise"):
        await transact(work)


async def test_a_server_that_ends_a_transaction_for_its_idleness(server: None) -> None:
    async def work(tx: Tx) -> None:
        await tx.execute_query("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        await noted(tx, "lost")
        await asyncio.sleep(0.3)
        await noted(tx, "after it")

    with pytest.raises(DatabaseFault):
        await transact(work)
    assert await EventRow.all().count() == 0
    await transact(noted)


class _Beside:
    """
    A connection of its own to the same server.
    """

    async def __aenter__(self) -> Callable[[str], Awaitable[object]]:
        client: Any = connections.get("default")
        self._line = await getattr(client, "_parent", client).session()
        ask: Callable[[str], Awaitable[object]] = self._line.ask
        return ask

    async def __aexit__(self, *_: object) -> None:
        await self._line.close()


# --- a trial -----------------------------------------------------------------------


async def test_a_trial_writes_and_leaves_nothing(opened: None) -> None:
    await try_to_write()

    assert await ControlRow.filter(name="trial").count() == 0
    await transact(noted)


async def test_a_trial_of_a_full_disk_says_so(file: Path) -> None:
    await bounded(100)

    with pytest.raises(DatabaseFault, match="make room on the disk"):
        await try_to_write()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_real_disk_without_room_is_told_and_works_again_with_room(
    small_disk: Path,
) -> None:
    url = f"sqlite://{small_disk}/mailbot.sqlite3"
    async with database(url):
        free = free_space(url)
        assert free is not None
        (small_disk / "filler").write_bytes(bytes(free - 96 * 1024))

        await transact(noted)
        with pytest.raises(DatabaseFault):
            await try_to_write()
        with pytest.raises(DatabaseFault):
            await transact(lambda tx: noted(tx, "x" * 400_000))

        (small_disk / "filler").unlink()
        await try_to_write()
        await transact(lambda tx: noted(tx, "x" * 400_000))
        assert await EventRow.all().count() == 2


async def test_a_database_that_somebody_empties_under_a_worker_is_told_with_what_to_do(
    url: str, opened: None
) -> None:
    connection = connections.get("default")
    cascade = " CASCADE" if url.startswith("postgres") else ""
    await connection.execute_query(f'DROP TABLE "event"{cascade}')
    with pytest.raises(DatabaseFault, match="restore your backup before it is started again"):
        await transact(noted)
    with pytest.raises(DatabaseFault, match="somebody has emptied it"):
        await EventRow.all().count()
