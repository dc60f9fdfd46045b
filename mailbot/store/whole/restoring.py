"""
A backup put back into an empty place. Nothing leaves it before the worker has caught up with
what the mailbox has beyond the backup.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.store import presence, standstill
from mailbot.store.database import Tx, database, known_migrations, transact
from mailbot.store.home import HOME
from mailbot.store.soundness import file_of
from mailbot.store.standstill import MOVED, MOVING, RESTORED
from mailbot.store.tables import ControlRow
from mailbot.store.whole import manifest
from mailbot.store.whole.backup import counted, latest, on_disk, opened, write_new
from mailbot.store.whole.filling import NotFree, fill
from mailbot.store.whole.manifest import DATABASE, KEYS, Manifest, NoBackup
from mailbot.store.whole.pages import Place

#: What may lie beside a file and would be taken for its own.
_BESIDE = ("", "-wal", "-shm", "-journal")
_DRAFT = ".restoring"


@dataclass(frozen=True)
class Restored:
    folder: Path
    manifest: Manifest


async def restore(folder: Path, url: str, keys: Path, now: datetime) -> Restored:
    """
    Put the backup in *folder*, or the latest of those in it, where *url* and *keys* say.
    Raises NoBackup if it is none, or not intact, and NotFree if there is something already.
    """
    backup = latest(folder)
    made = manifest.read(backup)
    if set(made.migrations) - known_migrations():
        raise NoBackup(f"{backup}: made by a newer mailbot than this one ({made.program})")
    kept = _kept_keys(backup, keys)
    path = file_of(url)
    if path is not None:
        await _as_file(backup, made, path, lambda: _put_keys(keys, kept), now)
    else:
        _put_keys(keys, kept)
        await _as_server(backup, made, url, keys.parent, now)
    return Restored(backup, made)


def _kept_keys(backup: Path, keys: Path) -> bytes:
    kept = (backup / KEYS).read_bytes()
    if keys.exists() and keys.read_bytes() != kept:
        raise NotFree(f"{keys}: there are other keys in it; move the file away")
    return kept


def _put_keys(keys: Path, kept: bytes) -> None:
    if keys.exists():
        return
    keys.parent.mkdir(parents=True, exist_ok=True)
    draft = keys.with_name(f"{keys.name}{_DRAFT}")
    draft.unlink(missing_ok=True)
    write_new(draft, kept)
    draft.rename(keys)
    on_disk(keys.parent)


async def _as_file(
    backup: Path, made: Manifest, path: Path, put_keys: Callable[[], None], now: datetime
) -> None:
    for beside in _BESIDE:
        if (there := path.with_name(path.name + beside)).exists():
            raise NotFree(f"{there}: there is a file already; move it away")
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{path.name}*{_DRAFT}*"):
        left.unlink()
    draft = path.with_name(f"{path.name}.{os.getpid()}{_DRAFT}")
    write_new(draft, b"")
    shutil.copyfile(backup / DATABASE, draft)
    _must_be_whole(draft, made)
    async with database(f"sqlite://{draft}"):
        await transact(lambda tx: _begin_anew(tx, backup, made, now))
    on_disk(draft)
    put_keys()
    # Whatever came there meanwhile is not replaced.
    try:
        os.link(draft, path)
    except FileExistsError:
        raise NotFree(f"{path}: there is a file already; move it away") from None
    finally:
        draft.unlink()
    on_disk(path.parent)


def _must_be_whole(path: Path, made: Manifest) -> None:
    with opened(path) as file:
        try:
            [(found,)] = file.execute("PRAGMA quick_check(1)")
        except sqlite3.Error as fault:
            found = type(fault).__name__
        if found != "ok" or counted(file) != dict(made.rows):
            raise NoBackup(f"{path}: the database in the backup is damaged")


async def _as_server(backup: Path, made: Manifest, url: str, scratch: Path, now: datetime) -> None:
    async with _of_our_tables(backup, made, scratch) as path, database(url):
        with opened(path) as file:
            await fill(Place.file(file), f"backup {backup.name}", "mailbot restore", now)
        await transact(lambda tx: _begin_anew(tx, backup, made, now))


@asynccontextmanager
async def _of_our_tables(backup: Path, made: Manifest, scratch: Path) -> AsyncIterator[Path]:
    """
    The file of the backup; of an older one a copy that was brought to the tables of this
    program.
    """
    if set(made.migrations) == known_migrations():
        yield backup / DATABASE
        return
    with TemporaryDirectory(prefix="restoring-", dir=scratch) as folder:
        copy = Path(folder) / DATABASE
        shutil.copyfile(backup / DATABASE, copy)
        async with database(f"sqlite://{copy}"):
            pass
        yield copy


async def _begin_anew(tx: Tx, backup: Path, made: Manifest, now: datetime) -> None:
    """
    The home stays the one that it was: put back elsewhere it is a copy, until somebody says
    otherwise. What it lacks begins where the backup was made; one of a database that had itself
    not caught up lacks what that one did.
    """
    await presence.forget_all(tx)
    await ControlRow.filter(name__in=[MOVED, MOVING]).using_db(tx).delete()
    if made.home:
        home = {"value": json.dumps(dict(made.home)), "at": now}
        await ControlRow.get_or_create(name=HOME, defaults=home, using_db=tx)
    lacks = await standstill.marked(RESTORED, tx)
    since = (
        min(made.made_at, lacks["made_at"], key=datetime.fromisoformat) if lacks else made.made_at
    )
    said = {"made_at": since, "from": backup.name}
    await standstill.mark(tx, RESTORED, said, now.astimezone(UTC))
