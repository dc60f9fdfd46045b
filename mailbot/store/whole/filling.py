"""
A server's empty database filled from a file: it goes on where it was ended, and is compared
row by row.
"""

from datetime import datetime

from mailbot.store import control, presence, standstill
from mailbot.store.database import Tx, look, transact
from mailbot.store.standstill import MOVING
from mailbot.store.whole.copying import clear, into_server
from mailbot.store.whole.pages import TABLES, Place
from mailbot.store.whole.sameness import Compared, NotTheSame, compared


class NotFree(Exception):  # noqa: N818 - it is what the place is
    """
    There is something already where the database is to come; str() says what.
    """


async def fill(
    source: Place, origin: str, command: str, now: datetime
) -> tuple[dict[str, Compared], int]:
    """
    Fill the open database with all that is in *source*, and compare. While it lasts, and after
    it, the database is marked as being filled from *origin* by that *command*: whoever takes
    the mark away has a whole one. Returns what was compared, and how many rows were there from
    an earlier time. Raises NotFree, or NotTheSame if a row is another than it was copied.
    """
    # First of all: a mark would stop whoever is at work.
    if await presence.at_work(await control.common_clock(now)):
        raise NotFree("a worker is at work on the database: stop it")
    before = await standstill.marked(MOVING)
    if before is None:
        await transact(lambda tx: _begin(tx, origin, command, now))
    elif before["from"] != origin:
        raise NotFree(f"the database is being filled from {before['from']}")
    copied = await into_server(source)
    try:
        same = await _compared(source)
    except NotTheSame:
        if before is None:
            raise
        # What was copied at an earlier time is not what the file has now.
        await transact(_empty)
        copied = await into_server(source)
        same = await _compared(source)
    return same, sum(each.rows for each in same.values()) - copied


async def _compared(source: Place) -> dict[str, Compared]:
    return await look(lambda tx: compared(source, Place.open_database(tx)))


async def _begin(tx: Tx, origin: str, command: str, now: datetime) -> None:
    there = Place.open_database(tx)
    for table in TABLES:
        if await there.count(table):
            raise NotFree(
                f"the database is not empty (there are rows in table {table.name}): name an empty"
                " one; if nobody needs what is in this one, drop it and make it anew"
            )
    await standstill.mark(tx, MOVING, {"from": origin, "command": command}, now)


async def _empty(tx: Tx) -> None:
    numbered = ", ".join(f'"{each.name}"' for each in TABLES if each.is_numbered)
    await tx.execute_query(f"TRUNCATE {numbered}")
    for table in TABLES:
        if not table.is_numbered:
            await clear(tx, table)
