"""
What operations said, in force until they say otherwise.
"""

from datetime import datetime

from mailbot.store.database import Tx, transact
from mailbot.store.outbox import Paused
from mailbot.store.tables import ControlRow, EventRow

_PAUSED = "paused"


async def paused() -> Paused:
    row = await ControlRow.get_or_none(name=_PAUSED)
    return Paused(row.value) if row else Paused.NOTHING


async def pause(how_much: Paused, reason: str, by: str, now: datetime) -> None:
    """
    Stop mail, or let it go again with Paused.NOTHING; recorded with who said so.
    """

    async def work(tx: Tx) -> None:
        row = ControlRow.filter(name=_PAUSED).using_db(tx)
        if not await row.update(value=how_much, at=now):
            await ControlRow.create(using_db=tx, name=_PAUSED, value=how_much, at=now)
        await EventRow.create(
            using_db=tx,
            at=now,
            event="mail_paused" if how_much else "mail_resumed",
            cause=f"command by {by}",
            reason=how_much or "all mail goes",
            about=reason,
        )

    await transact(work)
