"""
The door to the database: opened, migrated, and written to in one way.
"""

import asyncio
import os
import pkgutil
import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.exceptions import BaseORMException, OperationalError
from tortoise.transactions import in_transaction

from mailbot.store import migrations
from mailbot.store.fault import DatabaseAway as DatabaseAway  # noqa: PLC0414 - the door says it
from mailbot.store.fault import DatabaseEmptied, is_of_a_write, words
from mailbot.store.fault import DatabaseFault as DatabaseFault  # noqa: PLC0414 - and this
from mailbot.store.fault import DatabaseNewer as DatabaseNewer  # noqa: PLC0414 - and this
from mailbot.store.litter import clear_away, draft_of
from mailbot.store.sqlite import SqliteClient

T = TypeVar("T")

Tx = BaseDBAsyncClient

#: The largest number that either database takes, and no row ever has: what a person
#: writes beyond it is looked up as this.
LARGEST = 2**63 - 1

_MIGRATION_TRIES = 5
_MIGRATION_REST = 1.0  # seconds

#: What would end a migration in the middle, or whoever waits for it.
_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")

#: Whoever migrates a PostgreSQL holds this lock until it is done.
_MIGRATING = 0x6D61696F

_MADE = "SELECT name FROM tortoise_migrations WHERE app = 'mailbot'"

#: A command beside the worker waits this long for its turn to write.
_BUSY = 20_000  # milliseconds


#: deadlock_detected and serialization_failure, as PostgreSQL calls them.
_DEADLOCKED = frozenset({"40P01", "40001"})
#: So often the work is done again, after so many seconds.
_MOST_DEADLOCKS = 3
_GIVES_WAY_FOR = 0.1


def _config(url: str, *, is_patient: bool = False) -> dict[str, Any]:
    if urlsplit(url).scheme == "sqlite":
        path = url.removeprefix("sqlite://")
        connection: Any = {
            "engine": "mailbot.store.sqlite",
            "credentials": {
                "file_path": path,
                "journal_mode": "WAL",
                # FULL: a commit that we act upon has reached the disk.
                "synchronous": "FULL",
                "foreign_keys": "ON",
                "busy_timeout": _BUSY,
            },
        }
    else:
        # What the sessions of this process are called on the server, and nobody else's.
        name = f"mailbot-{secrets.token_hex(6)}"
        connection = {
            "engine": "mailbot.store.postgres",
            "credentials": {"url": url, "application_name": name, "is_patient": is_patient},
        }
    return {
        "connections": {"default": connection},
        "apps": {
            "mailbot": {
                "models": ["mailbot.store.tables"],
                "migrations": "mailbot.store.migrations",
                "default_connection": "default",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


#: What the `tortoise` command needs to write the next migration.
MIGRATIONS = _config("sqlite://:memory:")


class NoTablesYet(DatabaseFault):
    """
    Nobody has worked on the database so far.
    """


@asynccontextmanager
async def database(url: str, *, may_change: bool = True) -> AsyncIterator[None]:
    """
    The database of *url*, open and migrated to this program's tables.

    Raises DatabaseFault if it cannot be had, or if it needs a migration and must
    not be changed.
    """
    async with _opened(_open(url, may_change=may_change)):
        yield


@asynccontextmanager
async def as_found(url: str) -> AsyncIterator[None]:
    """
    The database of *url*, open with whatever tables are in it; nothing is migrated.
    """
    async with _opened(_find(url)):
        yield


@asynccontextmanager
async def as_it_is(url: str) -> AsyncIterator[None]:
    """
    The database of *url* for those who only look; an empty one, which nobody keeps,
    where there is none yet.
    """
    if not is_new(url):
        async with database(url, may_change=False):
            yield
        return
    async with empty():
        yield


@asynccontextmanager
async def _opened(opening: Awaitable[None]) -> AsyncIterator[None]:
    """
    The connections that *opening* makes, and none of them afterwards.
    """
    # Tortoise keeps its INSERTs by the connection's name, in the words of the engine
    # that was open first in this process.
    EXECUTOR_CACHE.clear()
    try:
        try:
            await opening
        except DatabaseFault:
            raise
        except (BaseORMException, sqlite3.Error, OSError) as fault:
            raise DatabaseFault(words("opened", fault)) from fault
        yield
    finally:
        await Tortoise.close_connections()


@asynccontextmanager
async def empty() -> AsyncIterator[None]:
    """
    A database in which nothing is known, and which is gone afterwards.
    """
    with TemporaryDirectory(prefix="mailbot-") as folder:
        async with database(f"sqlite://{folder}/empty.sqlite3"):
            yield


def _probe(url: str) -> None:
    """
    Raise if the file is there and is no database: the driver would wait for ever.
    """
    if url.startswith("sqlite://") and not is_new(url):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"), timeout=5)) as file:
            file.execute("PRAGMA schema_version").fetchone()


async def made_new(url: str) -> None:
    """
    A new file with our tables, complete from the first instant at which it has its name: a kill
    in the middle of the tables would leave one that never opens again.
    """
    path = Path(url.removeprefix("sqlite://"))
    draft = draft_of(path)
    draft.unlink(missing_ok=True)
    await _migrate(f"sqlite://{draft}")
    await Tortoise.close_connections()
    # Whoever links first has made it; the others' drafts are as empty as theirs.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


async def _migrated(url: str) -> None:
    """
    Several processes may start on one new database: the first to come migrates, and the
    later ones wait, and find nothing left to do.
    """
    for left in reversed(range(_MIGRATION_TRIES)):
        try:
            await _migrate(url)
        except (OperationalError, DatabaseFault):
            if not left:
                raise
            await asyncio.sleep(_MIGRATION_REST)
        else:
            return


async def _find(url: str) -> None:
    _probe(url)
    await Tortoise.init(config=_config(url))
    await connections.get("default").execute_query("SELECT 1")


async def _open(url: str, *, may_change: bool) -> None:
    _probe(url)
    if may_change:
        _make_folder(url)
        if url.startswith("sqlite://"):
            clear_away(Path(url.removeprefix("sqlite://")))
        if is_new(url):
            await made_new(url)
    await Tortoise.init(config=_config(url))
    made, ours = await _made(), known_migrations()
    _must_not_be_newer(made)
    if made == ours:
        return
    if not may_change:
        raise (
            DatabaseFault("the database is older than this program; mailbot run brings it up")
            if made
            else NoTablesYet(
                "the database has no tables yet; the first mailbot run makes them; if mailbot has"
                " worked here before, restore your backup first"
            )
        )
    await Tortoise.close_connections()
    await _migrated(url)
    await Tortoise.init(config=_config(url))
    await connections.get("default").execute_query("SELECT 1")


async def see_that_it_is_not_newer() -> None:
    """
    DatabaseNewer if a later program has changed it meanwhile: what that one writes, this one
    would read as something else.
    """
    _must_not_be_newer(await _made())


def _must_not_be_newer(made: set[str]) -> None:
    if made - known_migrations():
        raise DatabaseNewer(
            "the database is newer than this program: install the mailbot that it was last"
            " opened with, or a later one"
        )


async def _made() -> set[str]:
    """
    The migrations that the database has seen; none of one without a table.
    """
    try:
        rows = await connections.get("default").execute_query_dict(_MADE)
    except DatabaseEmptied:
        return set()
    return {row["name"] for row in rows}


@cache
def known_migrations() -> frozenset[str]:
    """
    The names of this program's migrations.
    """
    return frozenset(each.name for each in pkgutil.iter_modules(migrations.__path__))


async def _migrate(url: str) -> None:
    """
    Everything that is lacking, and the record of it, in one transaction: a kill in the middle
    leaves what was there before.
    """
    # Few starts have anything to migrate.
    from mailbot.store.migrating import Executor, MigrationTarget  # noqa: PLC0415

    config = _config(url, is_patient=True)
    await Tortoise.init(config=config)
    async with in_transaction("default") as tx:
        if tx.capabilities.dialect != "sqlite":
            # Years of mail take as long as they take, whatever a role may do at other times.
            for each in _LIMITS:
                await tx.execute_query(f"SET LOCAL {each} = 0")
            # Whoever comes second waits here, and sees what the first has made.
            await tx.execute_query("SELECT pg_advisory_xact_lock($1)", [_MIGRATING])
        executor = Executor(tx, config["apps"])
        # It asks for what was recorded before it makes the table; an error ends a transaction.
        editor = executor._schema_editor(atomic=False)  # noqa: SLF001
        await executor.recorder.ensure_schema(editor)
        await executor.migrate([MigrationTarget("mailbot", "__latest__")])


def _make_folder(url: str) -> None:
    if url.startswith("sqlite://"):
        path = Path(url.removeprefix("sqlite://"))
        path.absolute().parent.mkdir(parents=True, exist_ok=True)


def is_new(url: str) -> bool:
    """
    Whether the database is a file that does not exist yet. Of one in a folder that we may
    not enter nobody knows: whoever opens it is told why they cannot.
    """
    if not url.startswith("sqlite://"):
        return False
    try:
        return not Path(url.removeprefix("sqlite://")).exists()
    except OSError:
        return False


async def transact(work: Callable[[Tx], Awaitable[T]]) -> T:
    """
    Do *work* in one transaction and return its result.

    On SQLite it is alone from its beginning: what it reads is true until it ends.
    On PostgreSQL what others have committed is seen by each statement anew; two that wait
    for each other are told so by it, and the one that gave way does its *work* again.
    Shielded: what has begun goes on to its end when its task is cancelled.
    """

    async def run() -> T:
        for tried in range(_MOST_DEADLOCKS):
            if tried:
                # Or it would have what the other waits for before that one wakes up.
                await asyncio.sleep(_GIVES_WAY_FOR)
            try:
                async with in_transaction("default") as tx:
                    return await work(tx)
            # Tortoise passes what it does not know on as the driver has it.
            except Exception as fault:
                if gave_way(fault):
                    continue
                raise
        await asyncio.sleep(_GIVES_WAY_FOR)
        async with in_transaction("default") as tx:
            return await work(tx)

    return await asyncio.shield(asyncio.ensure_future(run()))


def gave_way(fault: Exception) -> bool:
    """
    Whether the database has ended a transaction so that another could go on.
    """
    return any(getattr(each, "sqlstate", "") in _DEADLOCKED for each in (fault, *fault.args))


async def look(work: Callable[[Tx], Awaitable[T]]) -> T:
    """
    Do *work* on the database as it stands at this instant, and return its result.
    The engine refuses every write in it.
    """
    try:
        return await _looked(work)
    except DatabaseFault as fault:
        if is_of_a_write(fault):
            raise OperationalError("a write by somebody who only looks") from fault
        raise


async def _looked(work: Callable[[Tx], Awaitable[T]]) -> T:
    connection = connections.get("default")
    if isinstance(connection, SqliteClient):
        async with connection.snapshot() as tx:
            return await work(tx)
    async with in_transaction("default") as tx:
        await tx.execute_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return await work(tx)
