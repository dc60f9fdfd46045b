"""
The ledger: what the mailbox showed us, one row a UID.

It alone is memory. Flags, dates and sequence numbers belong to whoever else
opens the mailbox.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar, cast

from tortoise import connections
from tortoise.expressions import F

from mailbot.cases.known.arrivals import NOT_OURS_YET, Attempt, LedgerState, Sight
from mailbot.store.database import Tx, transact
from mailbot.store.holding import still_holds
from mailbot.store.rows import returned
from mailbot.store.tables import LedgerRow

T = TypeVar("T")

#: Rows that one statement is about: PostgreSQL takes 32,767 parameters.
_AT_ONCE = 10_000


async def known(mailbox: str, uid_validity: int, uids: Sequence[int]) -> dict[int, LedgerRow]:
    """
    By UID what the ledger knows of these messages, which the mailbox shows now.
    """
    found: dict[int, LedgerRow] = {}
    for start in range(0, len(uids), _AT_ONCE):
        some = list(uids[start : start + _AT_ONCE])
        rows = LedgerRow.filter(mailbox=mailbox, uid_validity=uid_validity, uid__in=some)
        found |= {row.uid: row for row in await rows}
    return found


async def begin_first(sights: Sequence[Sight], *, holder: int | None = None) -> dict[int, Attempt]:
    """
    Note messages that nobody has seen before, by UID, in one commit: from then on each has
    a row. Those that somebody else has begun meanwhile are missing.

    No attempt is counted yet: of a batch that kills us nobody knows which one did it, and
    the others would pay for it. What fails in it is counted then (`failed`), and what is
    found begun goes alone, each attempt counted before it (`begin_again`).
    """
    if not sights:
        return {}
    columns = ("mailbox", "uid_validity", "uid", "received_at", "state", "attempts")
    listed, marks = ", ".join(f'"{each}"' for each in columns), ", ".join("?" * len(columns))
    sql = (
        f'INSERT INTO "ledger" ({listed}) VALUES {", ".join([f"({marks})"] * len(sights))}'
        ' ON CONFLICT DO NOTHING RETURNING "id", "uid"'
    )
    values = [
        value
        for each in sights
        for value in (
            *(each.mailbox, each.uid_validity, each.uid, each.received_at.astimezone(UTC)),
            *(LedgerState.BEGUN.value, 0),
        )
    ]
    rows = await _by(holder, lambda tx: returned(tx, sql, values))
    begun = {row["uid"]: row["id"] for row in rows}
    return {each.uid: Attempt(begun[each.uid], 1, each) for each in sights if each.uid in begun}


async def begin_again(sight: Sight, *, holder: int | None = None) -> Attempt | None:
    """
    Count one more attempt at a message that was begun before, committed before
    anything can go wrong; None if it is ours by now. One that had vanished and is there
    again is begun as any other.
    """

    async def work(tx: Tx) -> Attempt | None:
        mine = LedgerRow.filter(
            mailbox=sight.mailbox,
            uid_validity=sight.uid_validity,
            uid=sight.uid,
            state__in=list(NOT_OURS_YET),
        ).using_db(tx)
        if not await mine.update(attempts=F("attempts") + 1, state=LedgerState.BEGUN):
            return None
        row = await mine.get()
        return Attempt(row.id, row.attempts, sight)

    return await _by(holder, work)


async def failed(attempt: Attempt, *, holder: int | None = None) -> None:
    """
    Count the first attempt at a message that failed among others.
    """
    begun = LedgerRow.filter(id=attempt.ledger_id, state=LedgerState.BEGUN, attempts=0)
    await _by(holder, lambda tx: begun.using_db(tx).update(attempts=1))


async def give_back(attempt: Attempt, *, holder: int | None = None) -> None:
    """
    Take an attempt back that was none: the server could not be reached.
    """
    begun = LedgerRow.filter(id=attempt.ledger_id, state=LedgerState.BEGUN, attempts__gt=0)
    await _by(holder, lambda tx: begun.using_db(tx).update(attempts=F("attempts") - 1))


async def filed(ledger_ids: Sequence[int], now: datetime) -> None:
    """
    The server has been told that these are ours.
    """
    for start in range(0, len(ledger_ids), _AT_ONCE):
        some = list(ledger_ids[start : start + _AT_ONCE])
        await LedgerRow.filter(id__in=some).update(filed_at=now)


async def settled(mailbox: str, uid_validity: int, uids: Sequence[int]) -> set[int]:
    """
    Which of these are ours, and the server has been told so: nothing is left to do.
    """
    found: set[int] = set()
    for start in range(0, len(uids), _AT_ONCE):
        rows = LedgerRow.filter(
            mailbox=mailbox,
            uid_validity=uid_validity,
            uid__in=list(uids[start : start + _AT_ONCE]),
            state__in=[LedgerState.RECORDED, LedgerState.HELD],
            filed_at__not_isnull=True,
        )
        found.update(cast("list[int]", await rows.values_list("uid", flat=True)))
    return found


async def begun(mailbox: str, uid_validity: int) -> list[int]:
    """
    The UIDs that were begun and are not ours yet.
    """
    connection = connections.get("default")
    marks = ("?", "?") if connection.capabilities.dialect == "sqlite" else ("$1", "$2")
    # As the index over what is begun has it: a parameter would not be known for it.
    of_it = f"mailbox = {marks[0]} AND uid_validity = {marks[1]}"
    rows = await connection.execute_query_dict(
        f"SELECT uid FROM ledger WHERE state = 'begun' AND {of_it}", [mailbox, uid_validity]
    )
    return [row["uid"] for row in rows]


async def gone(
    mailbox: str, uid_validity: int, uids: Sequence[int], *, holder: int | None = None
) -> int:
    """
    Mark what was begun and is no longer on the server; returns how many.
    """

    async def work(tx: Tx) -> int:
        lost = 0
        for start in range(0, len(uids), _AT_ONCE):
            some = list(uids[start : start + _AT_ONCE])
            begun = LedgerRow.filter(
                mailbox=mailbox, uid_validity=uid_validity, uid__in=some, state=LedgerState.BEGUN
            )
            lost += await begun.using_db(tx).update(state=LedgerState.GONE)
        return lost

    return await _by(holder, work)


async def _by(holder: int | None, work: Callable[[Tx], Awaitable[T]]) -> T:
    """
    *work*, refused by the database unless the *holder* of the mailbox is still the last one.
    """

    async def guarded(tx: Tx) -> T:
        await still_holds(tx, holder)
        return await work(tx)

    return await transact(guarded)
