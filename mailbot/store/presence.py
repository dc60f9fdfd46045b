"""
Who is at work on this database: a row a worker, which says when it was last heard of.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailbot.store.tables import WorkerRow

#: Whoever was not heard of for so long is at work no more.
AWAY_AFTER = timedelta(minutes=1)
#: And after so long its row goes.
_FORGOTTEN_AFTER = timedelta(days=7)


async def enter(host: str, pid: int, now: datetime) -> int:
    """
    Begin to be at work; returns the worker's number.
    """
    await WorkerRow.filter(seen_at__lt=now - _FORGOTTEN_AFTER).delete()
    row = await WorkerRow.create(host=host, pid=pid, started_at=now, seen_at=now)
    return int(row.id)


async def seen(number: int, now: datetime, *, holds_mailbox: bool) -> None:
    """
    Still at work. Of those that held the mailbox before, none does any more.
    """
    await WorkerRow.filter(id=number).update(seen_at=now, holds_mailbox=holds_mailbox)
    if holds_mailbox:
        await WorkerRow.filter(holds_mailbox=True).exclude(id=number).update(holds_mailbox=False)


async def leave(number: int) -> None:
    await WorkerRow.filter(id=number).delete()


async def how_many(now: datetime) -> int:
    """
    How many were heard of lately.
    """
    return await WorkerRow.filter(seen_at__gte=now - AWAY_AFTER).count()


async def at_work(now: datetime) -> Sequence[WorkerRow]:
    """
    Everybody who was heard of lately, the longest at work first.
    """
    return await WorkerRow.filter(seen_at__gte=now - AWAY_AFTER).order_by("started_at", "id")
