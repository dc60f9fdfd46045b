"""
A backup: database and keys together, in a folder that is complete from the instant at which it
has its name. What is made beside a running worker is the database as it stood at one instant.
"""

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailbot.store import standstill
from mailbot.store.database import DatabaseFault, database, look, made_new
from mailbot.store.fault import words
from mailbot.store.soundness import file_of
from mailbot.store.whole import manifest
from mailbot.store.whole.copying import into_file
from mailbot.store.whole.manifest import DATABASE, KEYS, Manifest
from mailbot.store.whole.pages import Place

PREFIX = "mailbot-"
_UNFINISHED = ".unfinished"

_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table'
AND name NOT LIKE 'sqlite_%' AND name <> 'tortoise_migrations' ORDER BY name
"""
#: The keys of the signed letters, which must be among those that are kept.
_SIGNED_WITH = 'SELECT DISTINCT "key_id" FROM "outbox"'


@dataclass(frozen=True)
class Backup:
    folder: Path
    manifest: Manifest


async def back_up(
    url: str,
    keys: Path,
    into: Path,
    now: datetime,
    *,
    program: str,
    try_keys: Callable[[list[str]], object],
) -> Backup:
    """
    A new folder in *into*. *try_keys* raises if a key is lacking that has signed one of the
    letters in it. Raises DatabaseFault if the database cannot be read, was moved away or is still
    being filled, OSError if the folder
    cannot be written.
    """
    with _unfinished(into, now) as (draft, finish):
        source = file_of(url)
        if source is not None:
            _copy_file(source, draft / DATABASE)
            with opened(draft / DATABASE) as file:
                standstill.must_be_the_one(dict(file.execute("SELECT name, value FROM control")))
        else:
            await _copy_server(url, draft / DATABASE)
        # After the database: a key that came meanwhile is needed by no letter in it.
        _copy_keys(keys, draft / KEYS)
        with opened(draft / DATABASE) as file:
            try_keys([key for (key,) in file.execute(_SIGNED_WITH)])
            said = _told_by(file)
        made = manifest.sealed(
            draft,
            made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
            program=program,
            engine="postgresql" if source is None else "sqlite",
            **said,
        )
        write_new(draft / manifest.NAME, made.written().encode())
        return Backup(finish(), made)


def latest(folder: Path) -> Path:
    """
    The folder itself if it is a backup, else the latest that was finished in it.
    """
    if (folder / manifest.NAME).exists():
        return folder
    finished = [
        each
        for each in (folder.iterdir() if folder.is_dir() else ())
        if each.name.startswith(PREFIX) and not each.name.endswith(_UNFINISHED)
    ]
    if not finished:
        raise manifest.NoBackup(f"{folder}: there is no backup in it")
    return max(finished, key=lambda each: each.name)


# --- the database -------------------------------------------------------------


def _copy_file(source: Path, target: Path) -> None:
    """
    The file as it stands, from one look at it: whoever writes meanwhile waits for nobody. What
    was deleted in it is not in the copy.
    """
    write_new(target, b"")
    try:
        with opened(source) as connection:
            connection.execute("VACUUM INTO ?", [str(target)])
    except sqlite3.Error as fault:
        raise DatabaseFault(words("copied", fault)) from fault
    on_disk(target)


async def _copy_server(url: str, target: Path) -> None:
    await made_new(f"sqlite://{target}")
    async with database(url, may_change=False):
        with closing(sqlite3.connect(target, isolation_level=None)) as file:
            _only_for_us(target)
            # It has its name once it is whole, and on the disk then.
            file.execute("PRAGMA journal_mode = DELETE")
            file.execute("PRAGMA synchronous = OFF")
            await look(lambda tx: _copied(Place.open_database(tx), file))
    on_disk(target)


async def _copied(source: Place, file: sqlite3.Connection) -> None:
    said = await source.ask('SELECT "name", "value" FROM "control"', [])
    standstill.must_be_the_one({row[0]: row[1] for row in said})
    await into_file(source, file)
    # Of the rows that belong to one place a backup has to tell whose it is.
    rows = await source.ask(
        'SELECT "name", "value", "at" FROM "control" WHERE "name" = ?', ["home"]
    )
    for name, value, at in rows:
        file.execute('INSERT INTO "control" VALUES (?, ?, ?)', (name, value, at.isoformat(" ")))


def _told_by(file: sqlite3.Connection) -> dict[str, Any]:
    homes = file.execute("SELECT value FROM control WHERE name = 'home'").fetchall()
    made = file.execute("SELECT name FROM tortoise_migrations WHERE app = 'mailbot' ORDER BY name")
    return {
        "migrations": tuple(name for (name,) in made),
        "home": json.loads(homes[0][0]) if homes else {},
        "rows": counted(file),
    }


def counted(file: sqlite3.Connection) -> dict[str, int]:
    """
    By table how many rows there are; an older program has fewer tables.
    """
    names = [name for (name,) in file.execute(_TABLES)]
    return {each: file.execute(f'SELECT count(*) FROM "{each}"').fetchone()[0] for each in names}


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """
    The file, for those who only look.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        yield file


def _only_for_us(path: Path) -> None:
    path.chmod(0o600)


def _copy_keys(keys: Path, target: Path) -> None:
    try:
        octets = keys.read_bytes()
    except FileNotFoundError:
        raise manifest.NoBackup(
            f"{keys} is not there: a database without the keys that signed its letters is no"
            " backup. Copy the file from the host of another worker, or from an older backup"
        ) from None
    write_new(target, octets)


# --- the folder -----------------------------------------------------------------


@contextmanager
def _unfinished(into: Path, now: datetime) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """
    A folder to write in, and what gives it its name. Without that, nothing is left of it.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_up(into)
    name = f"{PREFIX}{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    draft = into / f"{name}{_UNFINISHED}"
    draft.mkdir(mode=0o700)
    held = os.open(draft, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(held, fcntl.LOCK_EX)

    def finish() -> Path:
        os.fsync(held)
        draft.rename(into / name)
        on_disk(into)
        return into / name

    try:
        yield draft, finish
    finally:
        os.close(held)
        shutil.rmtree(draft, ignore_errors=True)


def _clear_up(into: Path) -> None:
    """
    Take away what somebody began and was killed at: whoever is at it holds a lock.
    """
    for left in into.glob(f"{PREFIX}*{_UNFINISHED}"):
        with suppress(OSError):
            held = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(held)


def write_new(path: Path, octets: bytes) -> None:
    """
    A new file that nobody else may read, on the disk when this returns.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(handle)


def on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
