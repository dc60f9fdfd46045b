"""
Databases that have the program's tables already: the migrations make one, once, and
every test gets a copy of it.
"""

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tortoise import Tortoise

from mailbot.store.database import database, is_new


def migrate(url: str) -> None:
    """
    Bring that database to the program's tables, as a first start does.
    """

    async def once() -> None:
        async with database(url):
            pass

    # A thread of its own: whoever asks may be in the middle of an event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, once()).result()


def lay(folder: Path) -> Path:
    """
    The firm's database in that folder, as the first start leaves it, with nothing in it.
    """
    laid = folder / "mailbot.sqlite3"
    shutil.copyfile(_made_once(), laid)
    return laid


@cache
def _made_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="migrated"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "migrated.sqlite3"
    migrate(f"sqlite://{file}")
    # What was written lies in the file itself and not beside it, or a copy lacks it.
    assert [each.name for each in folder.iterdir()] == [file.name]
    return file


class MadeOnce:
    """
    Does what *migrate* does to a database, and to a file that is not there yet once: what
    the migrations make of nothing is the same every time, and nothing is in it. Later files
    are copies of the first; a file, or a server, that is there already is migrated.
    """

    def __init__(self, migrate: Callable[[str], Awaitable[None]]) -> None:
        self._migrate = migrate
        self._made: bytes | None = None

    async def __call__(self, url: str) -> None:
        if not is_new(url):
            await self._migrate(url)
            return
        file = Path(url.removeprefix("sqlite://"))
        if self._made is not None:
            file.write_bytes(self._made)
            return
        await self._migrate(url)
        # Only now everything is in the file itself, and nothing beside it.
        await Tortoise.close_connections()
        self._made = file.read_bytes()
