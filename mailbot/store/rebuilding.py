"""
A database that is made anew beside the place of the lost one, and put there once it is whole.

A file is built under another name and renamed; in PostgreSQL it is built in a schema of its
own, whose tables change places with the empty ones in one transaction. What a killed rebuild
has left is thrown away by the next one.
"""

import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from tortoise import connections

from mailbot.store import control, presence
from mailbot.store.database import (
    DatabaseFault,
    Tx,
    as_found,
    database,
    empty,
    is_new,
    transact,
)
from mailbot.store.rows import ask
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    HeldRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
)

#: Where it is built in PostgreSQL.
_SCHEMA = "mailbot_rebuild"

#: Without a row in one of these a database remembers nothing.
_REMEMBERED = ("case", "message", "outbox", "ledger", "event")

_OUR_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = $1
"""


async def is_empty(url: str) -> bool:
    """
    Whether nothing is remembered at *url*: no file, no tables, or none with a row.
    """
    if is_new(url):
        return True
    async with as_found(url):
        there = await _tables("current_schema()")
        for each in sorted(there.intersection(_REMEMBERED)):
            rows = await connections.get("default").execute_query_dict(
                f'SELECT 1 AS one FROM "{each}" LIMIT 1'
            )
            if rows:
                return False
    return True


async def _is_still_empty(url: str) -> None:
    """
    DatabaseFault if somebody has begun to work there: what they took in is nowhere else.
    """
    if is_new(url):
        return
    is_theirs = not await is_empty(url)
    async with as_found(url):
        if "worker" in await _tables("current_schema()"):
            is_theirs = is_theirs or bool(
                await presence.at_work(await control.common_clock(datetime.now(UTC)))
            )
    if is_theirs:
        raise DatabaseFault(
            "somebody works on the database: stop every worker, move it away, and say mailbot"
            " rebuild once more"
        )


async def _tables(schema: str) -> set[str]:
    connection = connections.get("default")
    if connection.capabilities.dialect == "sqlite":
        sql = "SELECT name AS name FROM sqlite_master WHERE type = 'table'"
    else:
        sql = f"SELECT tablename AS name FROM pg_tables WHERE schemaname = {schema}"
    return {row["name"] for row in await connection.execute_query_dict(sql)}


@asynccontextmanager
async def beside(url: str) -> AsyncIterator[None]:
    """
    A new database, open; at *url* once the block has ended well, and gone if it has not.
    """
    building = _on_a_server if urlsplit(url).scheme != "sqlite" else _in_a_file
    async with building(url):
        yield


@asynccontextmanager
async def _in_a_file(url: str) -> AsyncIterator[None]:
    path = Path(url.removeprefix("sqlite://"))
    await _is_still_empty(url)
    draft = path.with_name(f"{path.name}.rebuild")
    _unlink(draft)
    try:
        async with database(f"sqlite://{draft}"):
            await _without_waiting_for_the_disk()
            yield
        _reaches_the_disk(draft)
        await _is_still_empty(url)
        _unlink(path)
        draft.rename(path)
        _reaches_the_disk(path.parent)
    finally:
        _unlink(draft)


@asynccontextmanager
async def thrown_away() -> AsyncIterator[None]:
    """
    A new database, open, that nobody keeps.
    """
    async with empty():
        await _without_waiting_for_the_disk()
        yield


async def _without_waiting_for_the_disk() -> None:
    """
    Nobody needs half of it: it reaches the disk as a whole.
    """
    await connections.get("default").execute_script("PRAGMA synchronous = OFF")


def _unlink(path: Path) -> None:
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        each.unlink(missing_ok=True)


def _reaches_the_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@asynccontextmanager
async def _on_a_server(url: str) -> AsyncIterator[None]:
    await _is_still_empty(url)
    async with as_found(url):
        await connections.get("default").execute_script(
            f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE; CREATE SCHEMA {_SCHEMA}"
        )
    split = urlsplit(url)
    query = f"{split.query}&search_path={_SCHEMA}".removeprefix("&")
    async with database(urlunsplit(split._replace(query=query))):
        yield
    await _is_still_empty(url)
    async with as_found(url):
        await transact(_change_places)


async def _change_places(tx: Tx) -> None:
    """
    The tables that were built in the place of the empty ones.
    """
    [[place]] = await ask(tx, "SELECT current_schema()", [])
    built = [name for (name,) in await ask(tx, _OUR_TABLES.replace("$1", "?"), [_SCHEMA])]
    for each in built:
        await tx.execute_script(f'DROP TABLE IF EXISTS "{place}"."{each}" CASCADE')
    for each in built:
        await tx.execute_script(f'ALTER TABLE {_SCHEMA}."{each}" SET SCHEMA "{place}"')
    await tx.execute_script(f"DROP SCHEMA {_SCHEMA}")


# --- what came of it ---------------------------------------------------------------------


async def counts() -> dict[str, int]:
    """
    How many rows came of it, by what they are.
    """
    tables: dict[str, Any] = {
        "cases": CaseRow,
        "parties": PartyRow,
        "messages": MessageRow,
        "held": HeldRow,
        "promises": ObligationRow,
        "letters": OutboxRow,
        "events": EventRow,
    }
    return {name: await table.all().count() for name, table in tables.items()}


async def withheld_with(reason: str) -> list[tuple[str, str, datetime]]:
    """
    The letters to customers that were withheld for that reason: case, template, when.
    """
    rows = OutboxRow.filter(status="withheld", reason=reason, to_staff=False).order_by("id")
    found = await rows.values_list("case__reference", "template", "created_at")
    return cast("list[tuple[str, str, datetime]]", found)


async def without_case(references: Collection[str]) -> list[str]:
    """
    Those of the references that no case has.
    """
    rows = await CaseRow.all().values_list("reference", flat=True)
    return sorted(set(references) - set(cast("list[str]", rows)))


async def numbers_without_case(highest: int) -> list[int]:
    """
    The serials up to *highest* that no case has.
    """
    rows = await CaseRow.filter(serial__lte=highest).values_list("serial", flat=True)
    return sorted(set(range(1, highest + 1)) - set(cast("list[int]", rows)))
