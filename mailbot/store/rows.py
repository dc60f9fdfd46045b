"""
From the rows of a table to the values that rules look at: read with one statement, whatever
it is that was asked for.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from tortoise import fields as columns
from tortoise.models import Model

from mailbot.cases.known.rows import (
    KnownAbsence,
    KnownHeld,
    KnownLetter,
    KnownMessage,
    KnownParty,
    KnownStep,
)
from mailbot.store.database import LARGEST, Tx
from mailbot.store.packed_fields import PackedField, PackedTextField
from mailbot.store.packing import unpacked_if_whole, unpacked_text_if_whole
from mailbot.store.tables import (
    AbsenceRow,
    HeldRow,
    MessageRow,
    OutboxRow,
    PartyRow,
    StepRow,
)

R = TypeVar("R")


@dataclass(frozen=True)
class Condition:
    """
    A part of a WHERE, with a `?` for each of its values.
    """

    sql: str
    values: tuple[object, ...] = ()


def among(column: str, values: Iterable[object]) -> Condition | None:
    """
    That the column has one of these values; None where there are none.
    """
    listed = tuple(values)
    if not listed:
        return None
    return Condition(f'"{column}" IN ({", ".join("?" * len(listed))})', listed)


def either(*conditions: Condition | None) -> Condition | None:
    """
    That one of them holds; None where there is none.
    """
    there = [each for each in conditions if each]
    if not there:
        return None
    sql = " OR ".join(each.sql for each in there)
    return Condition(f"({sql})", tuple(value for each in there for value in each.values))


def both(*conditions: Condition) -> Condition:
    sql = " AND ".join(each.sql for each in conditions)
    return Condition(sql, tuple(value for each in conditions for value in each.values))


def numbers(values: Iterable[object]) -> list[int]:
    """
    Those that a database can look up: a person may write any.
    """
    return [each for each in values if isinstance(each, int) and 0 < each <= LARGEST]


async def ask(tx: Tx, sql: str, values: Sequence[object] = ()) -> Sequence[Sequence[Any]]:
    """
    The rows of a SELECT, whose `?` become the engine's own marks.
    """
    _, rows = await tx.execute_query(_spelt(tx, sql), list(values))
    return rows  # type: ignore[return-value] # rows of either engine are read by position


async def returned(tx: Tx, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    """
    What an INSERT or UPDATE that ends in RETURNING returns.
    """
    return await tx.execute_query_dict(_spelt(tx, sql), list(values))


def _spelt(tx: Tx, sql: str) -> str:
    if tx.capabilities.dialect == "sqlite":
        return sql
    parts = sql.split("?")
    return parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], 1))


class Shelf(Generic[R]):
    """
    A table, and the value that each of its rows is.
    """

    def __init__(
        self, table: type[Model], value: type[R], *, unread: frozenset[str] = frozenset()
    ) -> None:
        self.table = table
        self._value = value
        self._names = [each.name for each in fields(value) if each.name not in unread]  # type: ignore[arg-type]

    @cached_property
    def _listed(self) -> str:
        columns = self.table._meta.fields_db_projection  # noqa: SLF001 - its own description
        return ", ".join(f'"{columns[each]}"' for each in self._names)

    @cached_property
    def _reads(self) -> list[tuple[int, Callable[[Any], Any]]]:
        columns = self.table._meta.fields_map  # noqa: SLF001
        readers = (
            (number, column_reader(columns[each])) for number, each in enumerate(self._names)
        )
        return [(number, reads) for number, reads in readers if reads]

    async def read(
        self, tx: Tx, condition: Condition | None, *, order: str = "id", lock: bool = False
    ) -> list[R]:
        """
        The rows for which it holds, in order; none where there is no condition. With
        *lock* nobody else changes them until the transaction ends.
        """
        if condition is None:
            return []
        sql = (
            f'SELECT {self._listed} FROM "{self.table._meta.db_table}"'  # noqa: SLF001
            f' WHERE {condition.sql} ORDER BY "{order}"{for_update(tx) if lock else ""}'
        )
        return [self._made(row) for row in await ask(tx, sql, condition.values)]

    def _made(self, row: Sequence[Any]) -> R:
        values = list(row)
        for number, reads in self._reads:
            if values[number] is not None:
                values[number] = reads(values[number])
        return self._value(**dict(zip(self._names, values, strict=True)))


def for_update(tx: Tx) -> str:
    """
    What locks the rows of a SELECT; SQLite's transactions hold the whole file.
    """
    return "" if tx.capabilities.dialect == "sqlite" else " FOR UPDATE"


def instant(value: Any) -> datetime:
    """
    An instant as either engine gives it, in UTC.
    """
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def names(value: Any) -> tuple[str, ...]:
    """
    A list of names, as JSON or already read.
    """
    return tuple(json.loads(value) if isinstance(value, str) else value)


def column_reader(column: columns.Field[Any]) -> Callable[[Any], Any] | None:
    """
    What makes of either engine's value the one that we have; None where they are the same.
    """
    match column:
        case columns.DatetimeField():
            return instant
        case columns.DateField():
            return _day
        case columns.BooleanField():
            return bool
        case columns.JSONField():
            return names
        case PackedField():
            return unpacked_if_whole
        case PackedTextField():
            return unpacked_text_if_whole
        case columns.BinaryField():
            return bytes
        case _:
            return None


MESSAGES = Shelf(MessageRow, KnownMessage)
HELD = Shelf(HeldRow, KnownHeld)
PARTIES = Shelf(PartyRow, KnownParty)
STEPS = Shelf(StepRow, KnownStep)
ABSENCES = Shelf(AbsenceRow, KnownAbsence)
LETTERS = Shelf(OutboxRow, KnownLetter)
#: The same without the octets, where only what was said counts.
LETTERS_SAID = Shelf(OutboxRow, KnownLetter, unread=frozenset({"content"}))
