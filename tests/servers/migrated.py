"""
Databases that have the program's tables already: the migrations make one, once, and
every test gets a copy of it.
"""

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from mailbot.store.database import database


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
