"""
Who is at work on this database: a row a worker, which says when it was last heard of.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from mailbot.health.facts import AHEAD_AT_MOST, AWAY_AFTER
from mailbot.health.told import NOTHING, Told, read, written
from mailbot.store.database import Tx, transact
from mailbot.store.tables import ControlRow, WorkerRow

#: After so long the row of whoever did not take their leave goes.
_FORGOTTEN_AFTER = timedelta(days=7)

#: Of each part the last round of workers that took their leave: its name and the part's.
ROUND = "round_"


#: Before the number of a worker: what it says of itself.
_TOLD = "worker_"


def told_by(number: int) -> str:
    """
    Under which name there is what that worker says of itself.
    """
    return f"{_TOLD}{number}"


async def enter(host: str, pid: int, now: datetime) -> int:
    """
    Begin to be at work; returns the worker's number.
    """
    is_gone = Q(seen_at__lt=now - _FORGOTTEN_AFTER) | Q(seen_at__gt=now + _FORGOTTEN_AFTER)
    gone = await WorkerRow.filter(is_gone)
    if gone:
        numbers = [each.id for each in gone]
        await WorkerRow.filter(id__in=numbers).delete()
        await ControlRow.filter(name__in=[told_by(each) for each in numbers]).delete()
    row = await WorkerRow.create(host=host, pid=pid, started_at=now, seen_at=now)
    return int(row.id)


async def seen(number: int, now: datetime, told: Told = NOTHING, *, holds_mailbox: bool) -> bool:
    """
    Still at work, as *told*. Of those that held the mailbox before, none does any more. False
    if the worker was forgotten: it said nothing for days, or somebody's clock had run ahead.
    """

    async def work(tx: Tx) -> bool:
        mine = WorkerRow.filter(id=number).using_db(tx)
        if not await mine.update(seen_at=now, holds_mailbox=holds_mailbox):
            return False
        # Nobody began later than now: it was by a clock that has been put right since.
        await mine.filter(started_at__gt=now).update(started_at=now)
        if holds_mailbox:
            others = WorkerRow.filter(holds_mailbox=True).exclude(id=number).using_db(tx)
            await others.update(holds_mailbox=False)
        await _put(tx, {told_by(number): (written(told), now)})
        return True

    return await transact(work)


async def leave(number: int, told: Told = NOTHING) -> None:
    """
    At work no more; when the last rounds were is remembered.
    """

    async def work(tx: Tx) -> None:
        await WorkerRow.filter(id=number).using_db(tx).delete()
        await ControlRow.filter(name=told_by(number)).using_db(tx).delete()
        await _remember_rounds(tx, told)

    await transact(work)


async def ended_rounds(told: Told) -> None:
    """
    Remember the rounds of somebody who is at work for no longer than they take.
    """
    await transact(lambda tx: _remember_rounds(tx, told))


async def forget_all(tx: Tx) -> None:
    """
    Nobody is at work on a database that was just put in its place.
    """
    await WorkerRow.all().using_db(tx).delete()
    await ControlRow.filter(name__startswith=_TOLD).using_db(tx).delete()


async def _remember_rounds(tx: Tx, told: Told) -> None:
    rounds = {name: at for name, each in told.parts.items() if (at := each.last_round_at)}
    await _put(
        tx, {f"{ROUND}{name}": (at.astimezone(UTC).isoformat(), at) for name, at in rounds.items()}
    )


async def _put(tx: Tx, values: Mapping[str, tuple[str, datetime]]) -> None:
    rows = [ControlRow(name=name, value=value, at=at) for name, (value, at) in values.items()]
    if rows:
        await ControlRow.bulk_create(
            rows, using_db=tx, on_conflict=["name"], update_fields=["value", "at"]
        )


async def how_many(now: datetime) -> int:
    """
    How many were heard of lately.
    """
    return await _lately(now).count()


async def at_work(now: datetime) -> Sequence[WorkerRow]:
    """
    Everybody who was heard of lately, the longest at work first.
    """
    return await _lately(now).order_by("started_at", "id")


async def takes_mail_in(since: datetime, now: datetime) -> bool:
    """
    Whether whoever holds the mailbox has looked through it since then, and nothing keeps them
    from it.
    """
    holder = await _lately(now).filter(holds_mailbox=True).first()
    row = await ControlRow.get_or_none(name=told_by(holder.id)) if holder else None
    found = read(row.value).parts.get("imap") if row else None
    if found is None or found.last_round_at is None:
        return False
    return found.broken_since is None and found.last_round_at > since


def _lately(now: datetime) -> QuerySet[WorkerRow]:
    return WorkerRow.filter(seen_at__gte=now - AWAY_AFTER, seen_at__lte=now + AHEAD_AT_MOST)
