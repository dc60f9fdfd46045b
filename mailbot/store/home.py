"""
Where a database is at home. A copy of it elsewhere must not write to real customers.

A file belongs to one host; a server's database to whoever reaches it, so several
hosts on one PostgreSQL are no copies of each other.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from tortoise import connections

from mailbot.store.tables import ControlRow

_HOME = "home"

#: The cluster's own identity where we may ask for it, and which of its databases this is.
_PLACE = """
SELECT current_database() AS name,
       (SELECT oid FROM pg_database WHERE datname = current_database()) AS number,
       CASE WHEN has_function_privilege('pg_control_system()', 'execute')
            THEN (SELECT system_identifier FROM pg_control_system()) END AS server
"""


class Moved(StrEnum):
    """
    What is another than it was.
    """

    NOTHING = ""
    MAILBOX = "another_mailbox"
    HOST = "another_host"
    DATABASE = "another_database"


@dataclass(frozen=True, kw_only=True)
class Home:
    """
    The mailbox that is served, and where the memory of it is kept.
    """

    mailbox: str
    #: Of a file the host that it is on; of a server's database the server and its name.
    host: str = ""
    database: str = ""

    def moved_from(self, other: "Home") -> Moved:
        if self.mailbox != other.mailbox:
            return Moved.MAILBOX
        if self.host != other.host:
            return Moved.HOST
        return Moved.DATABASE if self.database != other.database else Moved.NOTHING


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
    await ControlRow.get_or_create(name=_HOME, defaults={"value": _written(home), "at": now})


async def moved(home: Home) -> Moved:
    """
    How *home* differs from the one that the database knows. A database that never
    had a home is at home everywhere.
    """
    row = await ControlRow.get_or_none(name=_HOME)
    return home.moved_from(Home(**json.loads(row.value))) if row else Moved.NOTHING


async def move(home: Home, now: datetime) -> Moved:
    """
    Make it a home from now on, by an operator's word; returns what had been another.
    """
    difference = await moved(home)
    if difference:
        await ControlRow.filter(name=_HOME).update(value=_written(home), at=now)
    return difference


def _written(home: Home) -> str:
    return json.dumps(asdict(home))
