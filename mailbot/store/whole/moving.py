"""
A file moved to a server, with nobody at work on either. The file stays as it is, and says
where its rows went.
"""

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from mailbot.cases.known.home import Home
from mailbot.health.facts import was_seen_lately
from mailbot.store import home as homes
from mailbot.store import standstill
from mailbot.store.database import DatabaseFault, Tx, database, known_migrations, transact
from mailbot.store.fault import words
from mailbot.store.home import HOME, moved_from
from mailbot.store.rows import instant
from mailbot.store.standstill import MOVED, MOVING
from mailbot.store.tables import ControlRow
from mailbot.store.whole.filling import NotFree, fill
from mailbot.store.whole.pages import Place
from mailbot.store.whole.sameness import Compared

_PUT = (
    'INSERT INTO "control" ("name", "value", "at") VALUES (?, ?, ?)'
    ' ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value", "at" = excluded."at"'
)
#: Seconds to wait for somebody's last write.
_PATIENCE = 5.0


@dataclass(frozen=True)
class MovedTo:
    #: Without user and password.
    where: str
    #: By table.
    same: dict[str, Compared]
    #: Rows that an earlier time had copied already.
    were_there: int


async def move(path: Path, url: str, mailbox: str, now: datetime) -> MovedTo:
    """
    Everything in the file at *path* into the empty database of *url*, which has the home of
    *mailbox* from then on. Raises NotFree if somebody is at work, or something is there
    already; a DatabaseFault if either cannot be had; NotTheSame if a row differs afterwards.
    Said once more after it was ended, it goes on.
    """
    where = without_secrets(url)
    with _nobody_writes(path) as file:
        known = _must_be_at_rest(file, mailbox, where, now)
        async with database(url):
            await _must_not_be_done(file, where)
            same, were_there = await fill(
                Place.file(file), _named(path), f"mailbot move {where}", now
            )
            # The file first: of two that could send there is never more than one.
            _say_where(file, where, now)
            await transact(lambda tx: _settle_in(tx, mailbox, known, now))
    return MovedTo(where, same, were_there)


@contextmanager
def _nobody_writes(path: Path) -> Iterator[sqlite3.Connection]:
    """
    The file, to be read; nobody else writes to it meanwhile.
    """
    if not path.exists():
        raise DatabaseFault(f"there is no database at {path}")
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield file
    except sqlite3.Error as fault:
        raise DatabaseFault(words("moved", fault)) from fault


def _must_be_at_rest(
    file: sqlite3.Connection, mailbox: str, where: str, now: datetime
) -> str | None:
    """
    NotFree unless the file may be moved now; returns the home that it knows.
    """
    made = file.execute("SELECT name FROM tortoise_migrations WHERE app = 'mailbot'")
    if {name for (name,) in made} != known_migrations():
        raise NotFree("the tables are of another mailbot; mailbot run --once brings them up")
    said = dict(file.execute("SELECT name, value FROM control"))
    if (moved := said.get(MOVED)) and (to := json.loads(moved)["to"]) != where:
        raise NotFree(f"the database was moved to {to} already")
    host = socket.gethostname()
    there = Home(mailbox=mailbox, host=host)
    if moved_from(said.get(HOME), there):
        raise NotFree(
            "the database is a copy of one that is at home elsewhere; if it is at home here by"
            " now, mailbot resume first"
        )
    for at, pid, seen_at in file.execute("SELECT host, pid, seen_at FROM worker"):
        is_fresh = was_seen_lately(instant(seen_at), now)
        if is_fresh and not (at == host and _is_gone(pid)):
            raise NotFree(f"a worker is at work on it (process {pid} on {at}): stop it")
    [(until,)] = file.execute("SELECT max(claimed_until) FROM outbox")
    if until and instant(until) > now:
        raise NotFree(
            f"letters are in somebody's hand, until {instant(until):%H:%M} UTC at the latest"
        )
    return said.get(HOME)


async def _must_not_be_done(file: sqlite3.Connection, where: str) -> None:
    """
    NotFree where all of it is there since an earlier time: what is in it now is nowhere else.
    """
    said = [name for (name,) in file.execute("SELECT name FROM control WHERE name = ?", [MOVED])]
    is_whole = await ControlRow.filter(name=HOME).exists()
    if said and is_whole and await standstill.marked(MOVING) is None:
        raise NotFree(
            f"the database was moved to {where} already, and all of it is there: name the server"
            " in [database] url, and start"
        )


def _named(path: Path) -> str:
    return str(path.absolute())


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _say_where(file: sqlite3.Connection, where: str, now: datetime) -> None:
    at = now.astimezone(UTC).isoformat(" ")
    file.execute(_PUT, (MOVED, json.dumps({"to": where}), at))
    file.commit()


async def _settle_in(tx: Tx, mailbox: str, known: str | None, now: datetime) -> None:
    """
    It is at home here, if the file was at home; and it may be worked on.
    """
    await ControlRow.filter(name__in=[HOME, MOVING]).using_db(tx).delete()
    if known is not None:
        home = await homes.here(mailbox, socket.gethostname())
        value = homes.written(home)
        await ControlRow.create(using_db=tx, name=HOME, value=value, at=now)


def without_secrets(url: str) -> str:
    """
    The database of *url* as it may be shown.
    """
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
