"""
Counts, inside a process that knows nothing of it, what it asks of the database and how
often one thread hands something over to another.

It is laid as `sitecustomize.py` into a folder ahead on the path, and writes its counts
into the folder that BENCHMARK_COUNTS names when the process ends.

A statement is what is said to the engine: one with many rows is one. BEGIN, COMMIT and
the rest of a transaction's frame are not counted among them; commits are, and what
writes outside of a transaction is one. A hand-over is a result that comes back to the
event loop from another thread.
"""

import asyncio
import atexit
import json
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

COUNTS: Counter[str] = Counter()

_FRAME = ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "PRAGMA")
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CREATE", "ALTER", "DROP")


def note(statement: str, *, in_transaction: bool) -> None:
    words = statement.lstrip(" \t\r\n(").upper()
    # What a trigger or a foreign key does is told as a comment.
    if words.startswith("--"):
        return
    if words.startswith(("COMMIT", "END")):
        COUNTS["commits"] += 1
    if words.startswith(_FRAME):
        return
    COUNTS["statements"] += 1
    if words.startswith(_WRITES) and not in_transaction:
        COUNTS["commits"] += 1


class CountedCursor(sqlite3.Cursor):
    def executemany(self, *given: Any) -> Any:
        connection: Any = self.connection
        connection.rows_told = 0
        try:
            return super().executemany(*given)
        finally:
            connection.rows_told = None


class CountedConnection(sqlite3.Connection):
    #: While many rows are written by one statement: how many the engine has told of.
    rows_told: int | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.set_trace_callback(self._note)

    def cursor(self, factory: Any = CountedCursor) -> Any:
        return super().cursor(factory)

    def executemany(self, *given: Any) -> Any:
        # The original makes a plain cursor.
        return self.cursor().executemany(*given)

    def _note(self, statement: str) -> None:
        if self.rows_told is not None and not statement.upper().startswith(_FRAME):
            self.rows_told += 1
            if self.rows_told > 1:
                return
        note(statement, in_transaction=self.in_transaction)


def count_sqlite() -> None:
    connect = sqlite3.connect

    def counted(*given: Any, **named: Any) -> Any:
        named.setdefault("factory", CountedConnection)
        return connect(*given, **named)

    modules: tuple[Any, ...] = (sqlite3, sqlite3.dbapi2)
    for each in modules:
        each.connect = counted


def count_asyncpg() -> None:
    try:
        from asyncpg import Connection  # type: ignore[import-untyped]
        from asyncpg.prepared_stmt import (  # type: ignore[import-untyped]
            PreparedStatement,
        )
    except ImportError:
        return
    for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany"):
        if hasattr(Connection, name):
            _count_said(Connection, name)
    for name in ("copy_records_to_table", "copy_to_table"):
        _count_said(Connection, name)
    for name in ("executemany", "fetch", "fetchrow", "fetchval", "fetchmany"):
        if hasattr(PreparedStatement, name):
            _count_prepared(PreparedStatement, name)


def _count_said(kind: Any, name: str) -> None:
    original = getattr(kind, name)

    async def said(self: Any, statement: str, *given: Any, **named: Any) -> Any:
        text = f"INSERT {statement}" if name.startswith("copy") else statement
        note(text, in_transaction=self.is_in_transaction())
        return await original(self, statement, *given, **named)

    setattr(kind, name, said)


def _count_prepared(kind: Any, name: str) -> None:
    original = getattr(kind, name)

    async def said(self: Any, *given: Any, **named: Any) -> Any:
        note(self.get_query(), in_transaction=self._connection.is_in_transaction())
        return await original(self, *given, **named)

    setattr(kind, name, said)


def count_hand_overs() -> None:
    loop: Any = asyncio.BaseEventLoop
    _count_calls(loop, "call_soon_threadsafe", "hand_overs")
    if sys.platform != "win32":
        from asyncio import unix_events

        own: Any = unix_events.SelectorEventLoop
        if "call_soon_threadsafe" in vars(own):
            _count_calls(own, "call_soon_threadsafe", "hand_overs")


def _count_calls(kind: Any, name: str, what: str) -> None:
    original: Callable[..., Any] = getattr(kind, name)

    def counted(self: Any, *given: Any, **named: Any) -> Any:
        COUNTS[what] += 1
        return original(self, *given, **named)

    setattr(kind, name, counted)


def write() -> None:
    with open(f"{os.environ['BENCHMARK_COUNTS']}/{os.getpid()}.json", "w") as file:  # noqa: PTH123
        json.dump(COUNTS, file)


if "BENCHMARK_COUNTS" in os.environ:
    count_sqlite()
    count_hand_overs()
    count_asyncpg()
    atexit.register(write)
