"""
Whether two places have the same rows: each is compared as it is read back from both.
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from mailbot.store.whole.pages import TABLES, Place, Row, Table


class NotTheSame(Exception):  # noqa: N818 - it is what was found
    """
    A row differs, or is in one of the places only; str() says where.
    """


@dataclass(frozen=True)
class Compared:
    """
    How many rows of a table are the same, and the digest over the digests of all of them.
    """

    rows: int
    sha256: str


async def compared(one: Place, other: Place) -> dict[str, Compared]:
    """
    By table what was compared; NotTheSame at the first row that is not the same in both.
    """
    return {table.name: await _compared(table, one, other) for table in TABLES}


async def _compared(table: Table, one: Place, other: Place) -> Compared:
    rows, whole = 0, hashlib.sha256()
    there = _each(other, table)
    async for key, digest in _each(one, table):
        if await anext(there, None) != (key, digest):
            raise NotTheSame(f"table {table.name}, at {table.key} {key}")
        whole.update(digest)
        rows += 1
    if (more := await anext(there, None)) is not None:
        raise NotTheSame(f"table {table.name}, at {table.key} {more[0]}")
    return Compared(rows, whole.hexdigest())


async def _each(place: Place, table: Table) -> AsyncIterator[tuple[object, bytes]]:
    async for page in place.pages(table):
        for row in page:
            yield row[table.key_at], digest_of(row)


def digest_of(row: Row) -> bytes:
    """
    SHA-256 of the values of a row, whichever engine it is read from.
    """
    digest = hashlib.sha256()
    for value in row:
        octets = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        digest.update(f"{type(value).__name__} {len(octets)} ".encode())
        digest.update(octets)
    return digest.digest()
