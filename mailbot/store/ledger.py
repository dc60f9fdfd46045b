"""
The ledger: what the mailbox showed us, one row a UID.

It alone is memory. Flags, dates and sequence numbers belong to whoever else
opens the mailbox.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tortoise.expressions import F

from mailbot.cases.known.arrivals import Attempt, LedgerState, Sight
from mailbot.store.database import Tx, transact
from mailbot.store.tables import LedgerRow


async def known(mailbox: str, uid_validity: int) -> dict[int, LedgerRow]:
    """
    Every UID of this mailbox that the ledger has seen.
    """
    rows = await LedgerRow.filter(mailbox=mailbox, uid_validity=uid_validity)
    return {row.uid: row for row in rows}


async def ours(mailbox: str) -> set[tuple[int, int]]:
    """
    The (uid_validity, uid) pairs of this mailbox that are recorded.
    """
    rows = await LedgerRow.filter(mailbox=mailbox).exclude(state=LedgerState.BEGUN)
    return {(row.uid_validity, row.uid) for row in rows}


async def begin_first(sights: Sequence[Sight]) -> dict[int, Attempt]:
    """
    Count the first attempt at messages that nobody has seen before, by UID, in
    one commit. Those that somebody else has begun meanwhile are missing.
    """
    if not sights:
        return {}
    first = sights[0]

    async def work(tx: Tx) -> dict[int, Attempt]:
        await LedgerRow.bulk_create(
            [
                LedgerRow(
                    mailbox=each.mailbox,
                    uid_validity=each.uid_validity,
                    uid=each.uid,
                    received_at=each.received_at,
                    state=LedgerState.BEGUN,
                    attempts=0,
                )
                for each in sights
            ],
            ignore_conflicts=True,
            using_db=tx,
        )
        mine = LedgerRow.filter(
            mailbox=first.mailbox,
            uid_validity=first.uid_validity,
            uid__in=[each.uid for each in sights],
            state=LedgerState.BEGUN,
            attempts=0,
        ).using_db(tx)
        begun = {uid: ledger_id for ledger_id, uid in await mine.values_list("id", "uid")}
        await (
            LedgerRow.filter(id__in=list(begun.values()), attempts=0)
            .using_db(tx)
            .update(attempts=1)
        )
        return {each.uid: Attempt(begun[each.uid], 1, each) for each in sights if each.uid in begun}

    return await transact(work)


async def begin_again(sight: Sight) -> Attempt | None:
    """
    Count one more attempt at a message that was begun before, committed before
    anything can go wrong; None if it is ours by now.
    """

    async def work(tx: Tx) -> Attempt | None:
        mine = LedgerRow.filter(
            mailbox=sight.mailbox,
            uid_validity=sight.uid_validity,
            uid=sight.uid,
            state=LedgerState.BEGUN,
        ).using_db(tx)
        if not await mine.update(attempts=F("attempts") + 1):
            return None
        row = await mine.get()
        return Attempt(row.id, row.attempts, sight)

    return await transact(work)


async def filed(ledger_ids: Sequence[int], now: datetime) -> None:
    """
    The server has been told that these are ours.
    """
    await LedgerRow.filter(id__in=list(ledger_ids)).update(filed_at=now)


async def gone(mailbox: str, uid_validity: int, present: Iterable[int]) -> int:
    """
    Mark what was begun and is no longer on the server; returns how many.
    """
    begun = await LedgerRow.filter(
        mailbox=mailbox, uid_validity=uid_validity, state=LedgerState.BEGUN
    )
    lost = {row.uid for row in begun} - set(present)
    if not lost:
        return 0
    return await LedgerRow.filter(
        mailbox=mailbox,
        uid_validity=uid_validity,
        uid__in=sorted(lost),
        state=LedgerState.BEGUN,
    ).update(state=LedgerState.GONE)
