"""
The floor: what a round costs if nothing is decided and nothing composed.

The bare libraries do the same work: fetch in batches, parse, one commit a batch for the
octets and the letters that are ready in a file, move on the server, and send the
letters over kept connections, with one commit for each batch that was accepted.
"""

import argparse
import asyncio
import pickle
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import mailparser
from aiosmtplib import SMTP
from imapclient import IMAPClient

#: As many as mailbot takes at a time, and as many connections as it keeps.
BATCH = 50
CONNECTIONS = 2

T = TypeVar("T")

#: Recipient and octets.
Ready = tuple[str, bytes]


class Memory(Protocol):
    async def keep(self, contents: Sequence[bytes], letters: Sequence[Ready]) -> list[int]: ...
    async def settle(self, ids: Sequence[int]) -> None: ...
    async def close(self) -> None: ...


class SqliteMemory:
    def __init__(self, path: str) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        for each in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE IF NOT EXISTS content (id INTEGER PRIMARY KEY, octets BLOB)",
            "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, recipient, octets, status)",
        ):
            self._file.execute(each)

    async def keep(self, contents: Sequence[bytes], letters: Sequence[Ready]) -> list[int]:
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany(
            "INSERT INTO content (octets) VALUES (?)", [(each,) for each in contents]
        )
        last = self._file.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0]
        ids = list(range(last + 1, last + 1 + len(letters)))
        self._file.executemany(
            "INSERT INTO outbox VALUES (?, ?, ?, 'queued')",
            [(row, *each) for row, each in zip(ids, letters, strict=True)],
        )
        self._file.execute("COMMIT")
        return ids

    async def settle(self, ids: Sequence[int]) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany(
            "UPDATE outbox SET status = 'sent' WHERE id = ?", [(each,) for each in ids]
        )
        self._file.execute("COMMIT")

    async def close(self) -> None:
        self._file.close()


class PostgresMemory:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> "PostgresMemory":
        import asyncpg  # type: ignore[import-untyped]

        connection = await asyncpg.connect(url)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS content (id bigserial PRIMARY KEY, octets bytea);"
            "CREATE TABLE IF NOT EXISTS outbox"
            " (id bigserial PRIMARY KEY, recipient text, octets bytea, status text)"
        )
        return cls(connection)

    async def keep(self, contents: Sequence[bytes], letters: Sequence[Ready]) -> list[int]:
        async with self._connection.transaction():
            await self._connection.execute(
                "INSERT INTO content (octets) SELECT unnest($1::bytea[])", list(contents)
            )
            rows = await self._connection.fetch(
                "INSERT INTO outbox (recipient, octets, status)"
                " SELECT *, 'queued' FROM unnest($1::text[], $2::bytea[]) RETURNING id",
                [recipient for recipient, _ in letters],
                [octets for _, octets in letters],
            )
        return [row["id"] for row in rows]

    async def settle(self, ids: Sequence[int]) -> None:
        await self._connection.execute(
            "UPDATE outbox SET status = 'sent' WHERE id = ANY($1::bigint[])", list(ids)
        )

    async def close(self) -> None:
        await self._connection.close()


def batches(of: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(of), size):
        yield of[start : start + size]


def connected(port: int, username: str) -> Any:
    imap = IMAPClient("127.0.0.1", port, ssl=False)
    imap.plain_login(username, "secret")
    return imap


async def take_in(imap: Any, memory: Memory, ready: Sequence[Ready]) -> list[tuple[int, Ready]]:
    """
    All that lies in the mailbox, kept with as many letters for each as there are.
    """
    imap.select_folder("INBOX")
    uids = imap.search("ALL")
    if not uids:
        return []
    imap.fetch(uids, ["INTERNALDATE", "RFC822.SIZE"])
    if not imap.folder_exists("Processed"):
        imap.create_folder("Processed")
    each_has = len(ready) // len(uids)
    left = iter(ready)
    queued: list[tuple[int, Ready]] = []
    for batch in batches(uids):
        fetched = imap.fetch(batch, ["BODY.PEEK[]"])
        contents = [fetched[uid][b"BODY[]"] for uid in batch]
        for each in contents:
            parsed = mailparser.parse_from_bytes(each)
            assert parsed.message_id and parsed.text_plain and parsed.from_  # noqa: PT018
        letters = list(islice(left, each_has * len(batch)))
        queued += zip(await memory.keep(contents, letters), letters, strict=True)
        imap.move(batch, "Processed")
    return queued


async def send(port: int, memory: Memory, queued: Sequence[tuple[int, Ready]]) -> None:
    lines = [
        SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost")
        for _ in range(CONNECTIONS)
    ]
    for line in lines:
        await line.connect()

    async def work(line: SMTP, batch: list[tuple[int, Ready]]) -> None:
        while batch:
            _, (recipient, octets) = batch.pop()
            await line.sendmail("service@example.com", [recipient], octets)

    for each in batches(queued):
        batch = list(each)
        await asyncio.gather(*(work(line, batch) for line in lines))
        await memory.settle([row for row, _ in each])
    for line in lines:
        await line.quit()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--imap", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--letters", type=Path, required=True)
    options = parser.parse_args()
    memory: Memory
    if options.database.startswith("sqlite://"):
        memory = SqliteMemory(options.database.removeprefix("sqlite://"))
    else:
        memory = await PostgresMemory.open(options.database)
    ready = pickle.loads(options.letters.read_bytes())
    imap = connected(options.imap, options.user)
    await send(options.smtp, memory, await take_in(imap, memory, ready))
    imap.logout()
    await memory.close()


if __name__ == "__main__":
    asyncio.run(main())
