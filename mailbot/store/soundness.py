"""
Whether the database is whole, and would take what a round writes: tried, and undone.
"""

import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from tortoise import connections

from mailbot.store.database import DatabaseFault, Tx, is_new, transact
from mailbot.store.tables import ControlRow

#: Octets that are written for a trial: a message of a usual size, and its letters.
TRIAL = 1024 * 1024
#: Steps of SQLite's machine between two looks at the time.
_STEPS = 100_000


class _Undone(Exception):  # noqa: N818 - it is the way out of a transaction that worked
    pass


def look_through(url: str, *, within: float) -> None:
    """
    Raise DatabaseFault if a page of the file is damaged, as far as can be seen in
    *within* seconds: a large file is not read to its end. A server looks after its own.
    """
    path = file_of(url)
    if path is None or is_new(url):
        return
    until = time.monotonic() + within
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            file.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            found = file.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as fault:
        if getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT:
            raise _damaged() from fault
        # Out of time, or another fault: whoever opens the file hears of it.
        return
    if found and found[0] != "ok":
        raise _damaged()


def _damaged() -> DatabaseFault:
    return DatabaseFault(
        "the database cannot be opened: database disk image is malformed; restore it from your"
        " backup, and look at the disk"
    )


async def try_to_write() -> None:
    """
    Write as much as a message of a usual size takes, and undo it. DatabaseFault says
    why that cannot be done.
    """

    async def work(tx: Tx) -> None:
        if tx.capabilities.dialect == "sqlite":
            # What fits the cache would not reach the disk before a commit.
            await tx.execute_query("PRAGMA cache_size = 16")
        now = datetime.now(UTC)
        await ControlRow.create(using_db=tx, name="trial", value=token_hex(TRIAL // 2), at=now)
        raise _Undone

    with suppress(_Undone):
        try:
            await transact(work)
        finally:
            connection = connections.get("default")
            if connection.capabilities.dialect == "sqlite":
                with suppress(DatabaseFault):
                    await connection.execute_query("PRAGMA cache_size = -2000")


def free_space(url: str) -> int | None:
    """
    Octets that are free where the file is, or is to be; None for a server's database.
    """
    path = file_of(url)
    if path is None:
        return None
    # What may not be entered lies on the disk of the first folder above it that may.
    places = (path.absolute(), *path.absolute().parents)
    there = next(each for each in places if os.access(each, os.F_OK))
    return shutil.disk_usage(there).free


def file_of(url: str) -> Path | None:
    return Path(url.removeprefix("sqlite://")) if url.startswith("sqlite://") else None
