"""
The rows of a table, a page at a time, with values that are the engine's no more.
"""

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tortoise import fields
from tortoise.models import Model

from mailbot.store.database import Tx
from mailbot.store.packed_fields import AS_KEPT
from mailbot.store.rows import ask, column_reader
from mailbot.store.tables import (
    AbsenceRow,
    CaseRow,
    Content,
    ControlRow,
    EventRow,
    HeldRow,
    LedgerRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)

#: Rows and octets of a page. One row that has more is a page of its own.
_MOST_ROWS = 500
_MOST_OCTETS = 4 * 1024 * 1024

#: One row of values, in the order of the columns.
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """
    A table that belongs to the whole, and which of its rows do not.
    """

    model: type[Model]
    #: Keys of rows that are about one engine, or one place, and mean nothing elsewhere.
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)  # noqa: SLF001 - Tortoise has no other way to ask

    @cached_property
    def fields(self) -> dict[str, fields.Field[Any]]:
        meta = self.model._meta  # noqa: SLF001
        return {name: meta.fields_map[name] for name in sorted(meta.fields_db_projection)}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        projection = self.model._meta.fields_db_projection  # noqa: SLF001
        return tuple(projection[each] for each in self.fields)

    @property
    def key(self) -> str:
        return str(self.model._meta.db_pk_column)  # noqa: SLF001

    @cached_property
    def key_at(self) -> int:
        return self.columns.index(self.key)

    @property
    def is_numbered(self) -> bool:
        """
        Whether the engine gives out its keys.
        """
        return bool(self.model._meta.pk.generated)  # noqa: SLF001

    @cached_property
    def readers(self) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
        readers = ((at, _reader(each)) for at, each in enumerate(self.fields.values()))
        return tuple((at, reads) for at, reads in readers if reads)

    @cached_property
    def weighed(self) -> tuple[str, ...]:
        """
        The columns that may be large.
        """
        large = (fields.BinaryField, fields.TextField)
        named = zip(self.fields.values(), self.columns, strict=True)
        return tuple(column for field, column in named if isinstance(field, large))


#: What a trial, a holder of the mailbox and its sessions leave behind.
OF_ONE_PLACE = ("home", "mailbox_holder", "mailbox_holders_sessions", "moved_to", "moving", "trial")

#: Every table but `worker`, which says who is at work, in the order in which rows need each other.
TABLES = (
    *map(Table, (Content, CaseRow, PartyRow, LedgerRow, MessageRow, HeldRow, ObligationRow)),
    *map(Table, (StepRow, EventRow, OutboxRow, AbsenceRow)),
    Table(ControlRow, left_out=OF_ONE_PLACE),
)

#: The rows of a SELECT, with a `?` for each value.
Ask = Callable[[str, Sequence[object]], Awaitable[Sequence[Sequence[Any]]]]


@dataclass(frozen=True)
class Place:
    """
    Where rows are read: a file, or a server's database.
    """

    ask: Ask
    is_file: bool

    @classmethod
    def file(cls, connection: sqlite3.Connection) -> "Place":
        async def asked(sql: str, values: Sequence[object]) -> Sequence[Sequence[Any]]:
            return connection.execute(sql, values).fetchall()

        return cls(asked, is_file=True)

    @classmethod
    def open_database(cls, tx: Tx) -> "Place":
        async def asked(sql: str, values: Sequence[object]) -> Sequence[Sequence[Any]]:
            return await ask(tx, sql, values)

        return cls(asked, is_file=tx.capabilities.dialect == "sqlite")

    async def count(self, table: Table) -> int:
        where, values = _where(table)
        [(number,)] = await self.ask(f'SELECT count(*) FROM "{table.name}"{where}', values)
        return int(number)

    async def last(self, table: Table) -> int:
        """
        The highest key of a table whose keys are numbers; 0 where it has no row.
        """
        [(number,)] = await self.ask(f'SELECT max("{table.key}") FROM "{table.name}"', ())
        return int(number or 0)

    async def pages(self, table: Table, after: Any = None) -> AsyncIterator[list[Row]]:
        """
        The rows with keys above *after*, in the order of the keys.
        """
        while ends := await self._end_of_page(table, after):
            yield await self._rows(table, after, ends[0])
            after = ends[0]

    async def _end_of_page(self, table: Table, after: Any) -> list[Any]:
        length = "length" if self.is_file else "octet_length"
        weight = " + ".join(f'{length}("{each}")' for each in table.weighed) or "0"
        where, values = _where(table, above=after, key=self._key(table))
        sql = (
            f'SELECT "{table.key}", {weight} FROM "{table.name}"{where}'
            f" ORDER BY {self._key(table)} LIMIT {_MOST_ROWS}"
        )
        octets = 0
        end: list[Any] = []
        for key, weighs in await self.ask(sql, values):
            octets += weighs
            if end and octets > _MOST_OCTETS:
                break
            end = [key]
        return end

    async def _rows(self, table: Table, after: Any, until: Any) -> list[Row]:
        where, values = _where(table, above=after, until=until, key=self._key(table))
        listed = ", ".join(f'"{each}"' for each in table.columns)
        order = f" ORDER BY {self._key(table)}"
        rows = await self.ask(f'SELECT {listed} FROM "{table.name}"{where}{order}', values)
        return [_read(table, each) for each in rows]

    def _key(self, table: Table) -> str:
        """
        The key as it is compared: names by their octets, as a file has them anyway.
        """
        is_by_name = not table.is_numbered and not self.is_file
        return f'"{table.key}" COLLATE "C"' if is_by_name else f'"{table.key}"'


def _where(
    table: Table, *, above: Any = None, until: Any = None, key: str = ""
) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    if table.left_out:
        parts.append(f'"{table.key}" NOT IN ({", ".join("?" * len(table.left_out))})')
        values += table.left_out
    for sign, bound in ((">", above), ("<=", until)):
        if bound is not None:
            parts.append(f"{key} {sign} ?")
            values.append(bound)
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def _reader(field: fields.Field[Any]) -> Callable[[Any], Any] | None:
    """
    What is packed goes on as it is.
    """
    return AS_KEPT.get(type(field)) or column_reader(field)


def _read(table: Table, row: Sequence[Any]) -> Row:
    values = list(row)
    for at, reads in table.readers:
        if values[at] is not None:
            values[at] = reads(values[at])
    return tuple(values)


def as_in_a_file(value: Any) -> Any:
    """
    The value as the file has it.
    """
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, tuple):
        return json.dumps(list(value), separators=(",", ":"))
    if isinstance(value, bool | int | float | str | bytes) or value is None:
        return value
    return value.isoformat()
