"""
Where a database is at home. A copy of it elsewhere must not write to real customers.

A file belongs to one host; a server's database to whoever reaches it, so several
hosts on one PostgreSQL are no copies of each other.
"""

import json
from dataclasses import asdict
from datetime import datetime

from tortoise import connections

from mailbot.cases.known.home import Home, Moved
from mailbot.store.fault import EMPTIED, DatabaseEmptied
from mailbot.store.tables import ControlRow

HOME = "home"

#: The cluster's own identity where we may ask for it, and which of its databases this is.
_PLACE = """
SELECT current_database() AS name,
       (SELECT oid FROM pg_database WHERE datname = current_database()) AS number,
       CASE WHEN has_function_privilege('pg_control_system()', 'execute')
            THEN (SELECT system_identifier FROM pg_control_system()) END AS server
"""


async def here(mailbox: str, host: str) -> Home:
    """
    Where the open database is now, seen from *host*.
    """
    connection = connections.get("default")
    if connection.capabilities.dialect == "sqlite":
        return Home(mailbox=mailbox, host=host)
    [row] = await connection.execute_query_dict(_PLACE)
    return Home(mailbox=mailbox, database=f"{row['server']}/{row['number']}/{row['name']}")


async def settle_in(home: Home, now: datetime) -> None:
    """
    The first to come makes it a home; it stays one until `move`.
    """
    if await ControlRow.filter(name=HOME).exists():
        return
    # Of two who come first at once neither is told that there is one.
    first = ControlRow(name=HOME, value=written(home), at=now)
    await ControlRow.bulk_create([first], ignore_conflicts=True)


async def see_that_it_is_there() -> None:
    """
    A DatabaseEmptied if the home that was there at the start is gone, and with it all else: a
    new case would be given the reference of one that was there before.
    """
    if not await ControlRow.filter(name=HOME).exists():
        raise DatabaseEmptied(EMPTIED)


async def moved(home: Home) -> Moved:
    """
    How *home* differs from the one that the database knows.
    """
    row = await ControlRow.get_or_none(name=HOME)
    return moved_from(row.value if row else None, home)


def moved_from(known: str | None, home: Home) -> Moved:
    """
    How *home* differs from the one that is *known* as it is stored. A database that never
    had a home is at home everywhere.
    """
    return home.moved_from(Home(**json.loads(known))) if known else Moved.NOTHING


async def move(home: Home, now: datetime) -> Moved:
    """
    Make it a home from now on, by an operator's word; returns what had been another.
    """
    difference = await moved(home)
    if difference:
        await ControlRow.filter(name=HOME).update(value=written(home), at=now)
    return difference


def written(home: Home) -> str:
    """
    The home as it is stored.
    """
    return json.dumps(asdict(home))
