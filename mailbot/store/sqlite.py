"""
SQLite in this process: what Tortoise needs of it, without a thread for every statement.

Two connections to one file. All writes go through one of them, one transaction at a
time; it begins with the file's lock, so that whatever is read in it is still true when
it writes. The other one reads, and sees what has been committed.

Statements run where they are called: they take microseconds, and a hand-over to a
thread takes more than that. Only what may wait goes to a thread: for another process's
lock (BEGIN IMMEDIATE) and for the disk (COMMIT).

Tortoise chooses how to migrate by this module's name.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite import client as tortoise_sqlite
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from mailbot.store.fault import DatabaseFault, fault_of

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], T]

#: What these begin changes nothing, and needs no lock.
_READS = ("SELECT", "EXPLAIN")

#: Statements that are kept compiled.
_KEPT = 512

_savepoints = count(1)


class _Translated:
    """
    The driver's exceptions as Tortoise's, and the database's own faults as what they are.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(fault, sqlite3.Error) and (blamed := fault_of(fault)):
            raise blamed from fault
        if isinstance(fault, sqlite3.OperationalError):
            raise OperationalError(fault) from fault
        if isinstance(fault, sqlite3.IntegrityError):
            raise IntegrityError(fault) from fault


_translated = _Translated()


class SqliteClient(tortoise_sqlite.SqliteClient):
    """
    The file, to whoever is in no transaction.
    """

    def __init__(self, file_path: str, *, busy_timeout: int, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._busy_timeout = busy_timeout
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        #: Which file the writer has open, by device and number.
        self._file: tuple[int, int] | None = None

    async def create_connection(self, with_db: bool) -> None:
        with _translated:
            self._open_writer()
            self._open_reader()
        await self._post_connect()

    async def close(self) -> None:
        # Whoever is in a transaction comes to its end.
        async with self._lock:
            reader, self._reader = self._reader, None
            writer, self._writer = self._writer, None
            if reader:
                reader.close()
            if writer:
                await _apart(writer.close)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.filename,
            timeout=self._busy_timeout / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_KEPT,
        )
        connection.row_factory = sqlite3.Row
        try:
            for pragma, value in self.pragmas.items():
                connection.execute(f"PRAGMA {pragma}={value}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _open_writer(self) -> sqlite3.Connection:
        if not self._writer:
            self._writer = self._connect()
            self._file = _file_at(self.filename)
        return self._writer

    def still_there(self) -> None:
        """
        DatabaseFault if the file was removed, or another put in its place: what is written
        to an open file without a name is gone when it is closed.
        """
        if self._file and self._file != _file_at(self.filename):
            raise DatabaseFault(
                "the database cannot be used: its file was removed or replaced while mailbot had"
                " it open; stop mailbot, put the file in its place, and start again"
            )

    def _open_reader(self) -> sqlite3.Connection:
        if not self._reader:
            # The first to open a new file makes it one with a WAL.
            self._open_writer()
            self._reader = self._looking()
        return self._reader

    def _looking(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _in_transaction(self) -> TransactionContext:
        return _Writing(self)

    def snapshot(self) -> TransactionContext:
        """
        A transaction that sees the database as it stands, and in which every write is refused.
        """
        return _Looking(self)

    async def _done(self, query: str, work: Work[T]) -> T:
        """
        *work*, which is to do *query*, done on the connection that is meant for it.
        """
        with _translated:
            if query.lstrip().startswith(_READS):
                return work(self._open_reader())
            async with self._lock:
                writer = self._open_writer()
                return await _apart(lambda: work(writer))

    async def execute_insert(self, query: str, values: Sequence[Any]) -> int:
        self.log.debug("%s: %s", query, values)
        return await self._done(query, lambda it: it.execute(query, values).lastrowid or 0)

    async def execute_many(self, query: str, values: Sequence[Sequence[Any]]) -> None:
        self.log.debug("%s: %s", query, values)
        await self._done(query, lambda it: _many(it, query, values))

    async def execute_query(  # type: ignore[override] # a row reads as a dict, and is none
        self, query: str, values: Sequence[Any] | None = None
    ) -> tuple[int, Sequence[sqlite3.Row]]:
        self.log.debug("%s: %s", query, values)
        return await self._done(query, lambda it: _asked(it, query, values or ()))

    async def execute_query_dict(
        self, query: str, values: Sequence[Any] | None = None
    ) -> list[dict[str, Any]]:
        _, rows = await self.execute_query(query, values)
        return [dict(row) for row in rows]

    async def execute_script(self, query: str) -> None:
        self.log.debug(query)
        await self._done("", lambda it: _scripted(it, query))


class _Transaction(SqliteClient, TransactionalDBClient):
    """
    The file, to whoever is in this transaction.
    """

    def __init__(self, parent: SqliteClient, connection: sqlite3.Connection) -> None:
        self.connection_name = parent.connection_name
        self.fetch_inserted = parent.fetch_inserted
        self.log = parent.log
        self.filename = parent.filename
        self._parent = parent
        self._bound_loop = parent._bound_loop  # noqa: SLF001 - it is one of them
        self._on = connection
        self._savepoint = f"savepoint_{next(_savepoints)}"

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self, self._on))

    async def _done(self, query: str, work: Work[T]) -> T:
        with _translated:
            return work(self._on)

    async def begin(self) -> None:
        with _translated:
            await _apart(lambda: self._on.execute("BEGIN IMMEDIATE"))

    async def commit(self) -> None:
        with _translated:
            await _apart(self._on.commit)
        self._finalized = True

    async def rollback(self) -> None:
        with _translated:
            self._on.rollback()
        self._finalized = True

    async def savepoint(self) -> None:
        await self.execute_query(f"SAVEPOINT {self._savepoint}")

    async def savepoint_rollback(self) -> None:
        await self.execute_query(f"ROLLBACK TO {self._savepoint}")
        await self.execute_query(f"RELEASE {self._savepoint}")

    async def release_savepoint(self) -> None:
        await self.execute_query(f"RELEASE {self._savepoint}")


class _Writing(TransactionContext):
    """
    The one transaction of this process that may write.
    """

    def __init__(self, parent: SqliteClient) -> None:
        self._parent = parent
        self._token: ConnectionToken | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        await self._parent._lock.acquire()  # noqa: SLF001 - it is one of them
        try:
            with _translated:
                self._on = self._parent._open_writer()  # noqa: SLF001
            self._parent.still_there()
            self.client = _Transaction(self._parent, self._on)
            await self.client.begin()
        except BaseException:
            self._leave()
            raise
        self._token = get_connections().set(self.client.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self.client._finalized:  # noqa: SLF001
                await self.client.commit()
        finally:
            get_connections().reset(self._token)
            self._leave()

    def _leave(self) -> None:
        """
        Nothing of it is left open, whatever became of it.
        """
        writer = self._parent._writer  # noqa: SLF001
        try:
            if writer and writer.in_transaction:
                writer.rollback()
        finally:
            self._parent._lock.release()  # noqa: SLF001


class _Looking(TransactionContext):
    """
    A connection of its own: others read on beside it, and see what comes.
    """

    def __init__(self, parent: SqliteClient) -> None:
        self._parent = parent

    async def __aenter__(self) -> TransactionalDBClient:
        with _translated:
            self._parent._open_writer()  # noqa: SLF001 - it is one of them
            self._on = self._parent._looking()  # noqa: SLF001
            self._on.execute("BEGIN")
        self.client = _Transaction(self._parent, self._on)
        self._token = get_connections().set(self.client.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        get_connections().reset(self._token)
        self._on.close()


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _asked(
    connection: sqlite3.Connection, query: str, values: Sequence[Any]
) -> tuple[int, list[sqlite3.Row]]:
    before = connection.total_changes
    rows = connection.execute(query, values).fetchall()
    return (connection.total_changes - before) or len(rows), rows


def _many(connection: sqlite3.Connection, query: str, values: Sequence[Sequence[Any]]) -> None:
    if connection.in_transaction:
        connection.executemany(query, values)
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(query, values)
        connection.commit()
    finally:
        connection.rollback()


def _scripted(connection: sqlite3.Connection, script: str) -> None:
    """
    One statement after the other; the driver's own way commits what has begun.
    """
    statement = ""
    for part in re.split("(?<=;)", script):
        statement += part
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    connection.execute(statement)


async def _apart(work: Callable[[], T]) -> T:
    """
    *work* in a thread. Who is cancelled meanwhile goes when it is done: before that
    nobody else may use the connection.
    """
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        raise


#: What Tortoise looks for in the module of an engine.
client_class = SqliteClient
