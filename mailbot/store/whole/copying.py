"""
From a file to a server, and from a server to a file.
"""

import sqlite3
from functools import partial
from typing import Any

from mailbot.store import bulk
from mailbot.store.database import Tx, transact
from mailbot.store.whole.pages import TABLES, Place, Row, Table, as_in_a_file

#: By the engine the highest key that a table ever had, or might have had.
_GIVEN_BY_FILE = 'SELECT "seq" FROM "sqlite_sequence" WHERE "name" = ?'


async def into_server(source: Place) -> int:
    """
    Copy whatever the open database has not yet, a page a transaction: whoever was ended goes
    on after the last page. Returns how many rows were copied.
    """
    copied = 0
    for table in TABLES:
        after = await transact(partial(_copied_until, table=table))
        async for page in source.pages(table, after):
            await transact(partial(_put, table=table, page=page))
            copied += len(page)
        if table.is_numbered:
            given = await _given_by_file(source, table)
            await transact(partial(_go_on_above, table=table, given=given))
    return copied


async def _copied_until(tx: Tx, table: Table) -> int | None:
    """
    After which row to go on. The few that have names for keys are copied at once.
    """
    if table.is_numbered:
        return await Place.open_database(tx).last(table) or None
    await clear(tx, table)
    return None


async def _put(tx: Tx, table: Table, page: list[Row]) -> None:
    await bulk.insert(
        tx, table.model, [dict(zip(table.fields, each, strict=True)) for each in page]
    )


async def clear(tx: Tx, table: Table) -> None:
    """
    Take the rows away that would be copied.
    """
    rows = table.model.all().using_db(tx)
    if table.left_out:
        rows = rows.exclude(pk__in=table.left_out)
    await rows.delete()


async def _given_by_file(source: Place, table: Table) -> int:
    rows = await source.ask(_GIVEN_BY_FILE, (table.name,))
    return int(rows[0][0]) if rows else 0


async def _go_on_above(tx: Tx, table: Table, given: int) -> None:
    """
    No key is given twice: a person may have been told the number of what is gone.
    """
    highest = max(given, await Place.open_database(tx).last(table))
    if highest:
        await tx.execute_query(
            "SELECT setval(pg_get_serial_sequence($1, $2), $3)",
            [f'"{table.name}"', table.key, highest],
        )


async def into_file(source: Place, file: sqlite3.Connection) -> None:
    """
    Copy everything into a file that has the tables, and nothing in them.
    """
    for table in TABLES:
        listed = ", ".join(f'"{each}"' for each in table.columns)
        marks = ", ".join("?" * len(table.columns))
        insert = f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})'
        async for page in source.pages(table):
            file.execute("BEGIN")
            file.executemany(insert, [[as_in_a_file(value) for value in each] for each in page])
            file.commit()
        if table.is_numbered:
            _number_above(file, table, await _given_by_server(source, table))


async def _given_by_server(source: Place, table: Table) -> int:
    [(sequence,)] = await source.ask(
        "SELECT pg_get_serial_sequence(?, ?)", (f'"{table.name}"', table.key)
    )
    [(given, is_given)] = await source.ask(f"SELECT last_value, is_called FROM {sequence}", ())
    return int(given) if is_given else 0


def _number_above(file: sqlite3.Connection, table: Table, given: int) -> None:
    values: tuple[Any, ...] = (given, table.name)
    if not file.execute('UPDATE "sqlite_sequence" SET "seq" = ? WHERE "name" = ?', values).rowcount:
        file.execute('INSERT INTO "sqlite_sequence" ("seq", "name") VALUES (?, ?)', values)
