"""
Held mail: what waits for a person, with its octets.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from tortoise.query_utils import Prefetch

from mailbot.cases.known.arrivals import ASKED_FOR_AGAIN, Attempt, LedgerState, Sight
from mailbot.store import bulk
from mailbot.store.database import LARGEST, Tx, transact
from mailbot.store.tables import HeldRow, LedgerRow, MessageRow


async def waiting() -> list[HeldRow]:
    """
    What is held now, oldest first, with who wrote its message about what.
    """
    ids = await HeldRow.filter(resolved_at=None).order_by("at", "id").values_list("id", flat=True)
    about = MessageRow.all().only("id", "sender", "subject")
    rows = HeldRow.all().prefetch_related(Prefetch("message", queryset=about))
    return [row async for row in bulk.each_of(rows, cast("list[int]", ids))]


async def find(held_id: int) -> HeldRow | None:
    return await HeldRow.get_or_none(id=min(held_id, LARGEST)).prefetch_related("message__content")


async def find_in(tx: Tx, held_id: int) -> HeldRow | None:
    """
    The same as this transaction sees it.
    """
    row = HeldRow.get_or_none(id=min(held_id, LARGEST), using_db=tx)
    return await row.prefetch_related("message__content")


async def attempt_of(tx: Tx | None, held: HeldRow) -> Attempt:
    """
    The attempt under which a held message is read again: its own UID, its own
    time of receipt.
    """
    row = await LedgerRow.get(id=held.message.ledger_id, using_db=tx)
    sight = Sight(row.mailbox, row.uid_validity, row.uid, row.received_at)
    return Attempt(row.id, held.attempts + 1, sight)


async def fetch_again(held: HeldRow, now: datetime) -> bool:
    """
    Let the next round fetch a message that is still on the server; False if somebody
    else has resolved it.
    """

    async def work(tx: Tx) -> bool:
        mine = HeldRow.filter(id=held.id, resolved_at=None).using_db(tx)
        if not await mine.update(resolved_at=now, resolution="retried"):
            return False
        await (
            LedgerRow.filter(id=held.message.ledger_id, state=LedgerState.LEFT)
            .using_db(tx)
            .update(state=LedgerState.BEGUN, attempts=0)
        )
        return True

    return await transact(work)


async def asked_for_again(ledger_ids: Sequence[int]) -> dict[int, HeldRow]:
    """
    By its row of the ledger, what waits because the server did not hand it out.
    """
    found = HeldRow.filter(
        message__ledger_id__in=list(ledger_ids),
        resolved_at=None,
        reason__in=sorted(ASKED_FOR_AGAIN),
    )
    where = MessageRow.all().only("id", "ledger_id")
    rows = found.prefetch_related(Prefetch("message", queryset=where))
    return {row.message.ledger_id: row async for row in rows}
