"""
What was decided about a message when it came, from the rows of that instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.cases.known.arrivals import LedgerState, Left
from mailbot.cases.known.known import LONGEST_KEY
from mailbot.mail.signed_ids import canonical
from mailbot.store.database import Tx
from mailbot.store.tables import (
    CaseRow,
    Content,
    EventRow,
    HeldRow,
    LedgerRow,
    MessageRow,
    OutboxRow,
)


@dataclass(frozen=True, kw_only=True)
class Past:
    row: MessageRow
    content: bytes
    #: The reference of its case; "" = it belongs to none.
    reference: str
    events: Sequence[EventRow]
    letters: Sequence[OutboxRow]
    #: Where it waits for a person, or waited.
    held: HeldRow | None
    #: How often the mailbox showed it again.
    seen_again: int
    #: Why its header is all that we have, if it is.
    left: Left | None
    #: The Message-ID of the message that it is a copy of, "" = of none.
    copy_of: str


async def past(tx: Tx, message_id: str) -> list[Past]:
    """
    Every recorded message of that Message-ID, the first recorded first.
    """
    wanted = canonical(message_id)[:LONGEST_KEY]
    if not wanted:
        return []
    rows = MessageRow.filter(message_id_key=wanted).using_db(tx).order_by("id")
    return [await _past(tx, row) for row in await rows]


async def _past(tx: Tx, row: MessageRow) -> Past:
    case = await CaseRow.get_or_none(serial=row.case_id, using_db=tx) if row.case_id else None
    first = await MessageRow.get_or_none(id=row.copy_of, using_db=tx) if row.copy_of else None
    # One transaction, one instant: what it wrote, and nothing else, has this one.
    events = EventRow.filter(case_id=row.case_id, at=row.recorded_at)
    letters = OutboxRow.filter(case_id=row.case_id, created_at=row.recorded_at)
    left = LedgerRow.filter(id=row.ledger_id, state=LedgerState.LEFT)
    is_left = await left.using_db(tx).exists()
    held = await HeldRow.get_or_none(message_id=row.id, using_db=tx)
    is_told = held is not None and held.reason in set(Left)
    return Past(
        row=row,
        content=(await Content.get(id=row.content_id, using_db=tx)).octets,
        reference=case.reference if case else "",
        events=await events.using_db(tx).order_by("id"),
        letters=await letters.using_db(tx).order_by("id"),
        held=held,
        seen_again=await LedgerRow.filter(seen_as=row.id).using_db(tx).count(),
        left=(Left(held.reason) if held and is_told else Left.TOO_LARGE) if is_left else None,
        copy_of=first.message_id if first else "",
    )


async def letter_of_ours(tx: Tx, message_id: str) -> OutboxRow | None:
    """
    The letter that left under that id, or under the one that a relay gave it.
    """
    wanted = canonical(message_id)[:LONGEST_KEY]
    if not wanted:
        return None
    sent = OutboxRow.filter(message_id=wanted).using_db(tx)
    relayed = OutboxRow.filter(alias=wanted).using_db(tx)
    return await sent.first() or await relayed.first()
