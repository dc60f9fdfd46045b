"""
Many rows of a table with one statement.

PostgreSQL takes each column as one array, so the statement is the same for any number
of rows, and kept prepared. SQLite has no arrays: it takes VALUES, in as few statements
as its limit of variables allows.
"""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from tortoise.fields import CharField, Field, TextField
from tortoise.models import Model
from tortoise.queryset import QuerySet

from mailbot.store.database import Tx
from mailbot.store.packed_fields import AS_KEPT

#: Variables that one statement may have.
_MOST = 32_766

#: Rows that are in memory at a time, where all are gone through.
_PAGE = 500

Table = type[Model]
M = TypeVar("M", bound=Model)


async def each_of(rows: QuerySet[M], keys: Sequence[int]) -> AsyncIterator[M]:
    """
    Those of *rows* that have these keys, in the order of the keys, a page at a time.
    """
    for start in range(0, len(keys), _PAGE):
        page = keys[start : start + _PAGE]
        found = {row.pk: row for row in await rows.filter(pk__in=page)}
        for key in page:
            if key in found:
                yield found[key]


async def insert(tx: Tx, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """
    New rows, by field. What a row does not say is as the table's model has it; either
    all of them bring their id or none does.
    """
    if not rows:
        return
    key = table._meta.pk_attr  # noqa: SLF001
    fields = {
        name: field
        for name, field in _fields(table).items()
        if not field.generated or name in rows[0]
    }
    for row in rows:
        if unknown := row.keys() - fields.keys():
            raise ValueError(f"{table.__name__} has no field {', '.join(sorted(unknown))}")
        if key in fields and fields[key].generated and key not in row:
            raise ValueError(f"a row of {table.__name__} without {key} among some with it")
    values = [
        [
            _as_kept(table, field, row[name] if name in row else _default(field))
            for name, field in fields.items()
        ]
        for row in rows
    ]
    names = [f'"{name}"' for name in _columns(table, fields)]
    into = f'INSERT INTO "{table._meta.db_table}" ({", ".join(names)})'  # noqa: SLF001
    if not _is_sqlite(tx):
        await tx.execute_query(
            f"{into} SELECT * FROM unnest({_arrays(fields.values())})",
            _by_column(values),
        )
        return
    for some, marks in _portions(values):
        await tx.execute_query(f"{into} VALUES {marks}", some)


async def change(tx: Tx, table: Table, rows: Mapping[Any, Mapping[str, object]]) -> int:
    """
    By key of a row, what its fields are from now on. Returns how many there were.
    """
    alike: dict[frozenset[str], list[Any]] = defaultdict(list)
    for key, row in rows.items():
        if row:
            alike[frozenset(row)].append(key)
    changed = 0
    for names, keys in alike.items():
        changed += await _changed(tx, table, sorted(names), {key: rows[key] for key in keys})
    return changed


async def _changed(
    tx: Tx, table: Table, names: Sequence[str], rows: Mapping[Any, Mapping[str, object]]
) -> int:
    every, pk = _fields(table), table._meta.pk_attr  # noqa: SLF001
    fields = {name: every[name] for name in (pk, *names)}
    columns = _columns(table, fields)
    values = [
        [_as_kept(table, field, key if name == pk else row[name]) for name, field in fields.items()]
        for key, row in rows.items()
    ]
    new = [f"v.column{number}" for number in range(1, len(columns) + 1)]
    settings = ", ".join(
        f'"{name}" = {value}' for name, value in zip(columns[1:], new[1:], strict=True)
    )
    update = f'UPDATE "{table._meta.db_table}" AS t SET {settings} FROM'  # noqa: SLF001
    these = f'WHERE t."{columns[0]}" = {new[0]}'
    if not _is_sqlite(tx):
        names_of_new = ", ".join(each.removeprefix("v.") for each in new)
        query = f"{update} unnest({_arrays(fields.values())}) AS v({names_of_new}) {these}"
        return (await tx.execute_query(query, _by_column(values)))[0]
    changed = 0
    for some, marks in _portions(values):
        changed += (await tx.execute_query(f"{update} (VALUES {marks}) AS v {these}", some))[0]
    return changed


def _is_sqlite(tx: Tx) -> bool:
    return tx.capabilities.dialect == "sqlite"


def _fields(table: Table) -> dict[str, Field[Any]]:
    """
    By name the fields that are columns.
    """
    meta = table._meta  # noqa: SLF001 - Tortoise has no other way to ask
    return {name: meta.fields_map[name] for name in meta.fields_db_projection}


def _columns(table: Table, names: Mapping[str, object]) -> list[str]:
    projection = table._meta.fields_db_projection  # noqa: SLF001
    return [projection[name] for name in names]


def _default(field: Field[Any]) -> object:
    value = field.default
    if callable(value):
        return value()
    if value is None and field.has_db_default():
        return field.db_default
    return copy(value)


#: What either engine takes as it is, whatever the column.
_PLAIN = frozenset({int, bool})


def _as_kept(table: Table, field: Field[Any], value: object) -> object:
    """
    As a model of Tortoise would have it written.
    """
    kind = type(value)
    # Nearly all values are of these, and need no second look.
    if kind in _PLAIN or (kind is datetime and value.tzinfo is UTC):  # type: ignore[attr-defined]
        return value
    if kind is str and len(value) <= _longest(field):  # type: ignore[arg-type]
        return value
    if value is None and not field.null:
        raise ValueError(f"{table.__name__}.{field.model_field_name} is never null")
    if type(field) in AS_KEPT:
        return field.to_db_value(value, table)
    return field.to_db_value(field.to_python_value(value), table)


@cache
def _longest(field: Field[Any]) -> int:
    """
    Characters that may go into the column as they are.
    """
    if type(field) in AS_KEPT:
        return -1
    if isinstance(field, TextField):
        return sys.maxsize
    return field.max_length if isinstance(field, CharField) else -1


def _arrays(fields: Any) -> str:
    """
    One parameter a column. A bound that is a column's own is not the array's: a cast
    would cut what is too long.
    """
    kinds = [
        str(field.get_for_dialect("postgres", "SQL_TYPE")).partition("(")[0] for field in fields
    ]
    return ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, start=1))


def _by_column(rows: Sequence[Sequence[object]]) -> list[Any]:
    return [list(column) for column in zip(*rows, strict=True)]


def _portions(rows: Sequence[Sequence[object]]) -> Iterator[tuple[list[object], str]]:
    """
    The values of as many rows as fit in a statement, and the marks for them.
    """
    width = len(rows[0])
    most = _MOST // width
    row_of_marks = f"({', '.join('?' * width)})"
    for start in range(0, len(rows), most):
        some = rows[start : start + most]
        yield [value for row in some for value in row], ", ".join([row_of_marks] * len(some))
