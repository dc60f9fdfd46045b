"""
Why nothing may leave a database, whatever operations said: it was restored and has not caught
up with the mailbox, it is being filled from another one, or it was moved away.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailbot.store.database import DatabaseFault, Tx, transact
from mailbot.store.tables import ControlRow

RESTORED = "restored"
MOVING = "moving"
MOVED = "moved_to"

#: While one of these is there no mail leaves.
ALL = (RESTORED, MOVING, MOVED)


async def mark(tx: Tx, name: str, said: dict[str, Any], at: datetime) -> None:
    value = json.dumps(said)
    if not await ControlRow.filter(name=name).using_db(tx).update(value=value, at=at):
        await ControlRow.create(using_db=tx, name=name, value=value, at=at)


async def marked(name: str, tx: Tx | None = None) -> dict[str, Any] | None:
    """
    What was said with the mark; None if there is none.
    """
    row = await ControlRow.get_or_none(name=name, using_db=tx)
    return dict(json.loads(row.value)) if row else None


async def unmark(*names: str) -> int:
    """
    Take these marks away; returns how many there were.
    """
    return await transact(lambda tx: ControlRow.filter(name__in=list(names)).using_db(tx).delete())


async def refuse_elsewhere() -> None:
    """
    DatabaseFault if the open database is not the one to work on: it was moved away, or is
    not filled yet.
    """
    rows = await ControlRow.filter(name__in=[MOVED, MOVING])
    must_be_the_one({row.name: row.value for row in rows})


def must_be_the_one(said: Mapping[str, str]) -> None:
    """
    The same of a database whose control says so, by name.
    """
    if MOVED in said:
        moved = json.loads(said[MOVED])
        raise DatabaseFault(
            f"the database was moved to {moved['to']}: name that one in [database] url; to go on"
            " with this one all the same, mailbot resume"
        )
    if MOVING in said:
        moving = json.loads(said[MOVING])
        raise DatabaseFault(
            f"the database is being filled from {moving['from']}, and that has not ended: say"
            f" {moving['command']} once more"
        )
