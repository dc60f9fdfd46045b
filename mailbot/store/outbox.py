"""
The outbox: the one way for mail to leave.

A row holds the final octets with their final Message-ID; a retry sends the same.
Claiming commits attempts + 1 and the next attempt before the network is touched,
so at worst, after a crash between the send and its settling, the recipient gets
the same message, with the same Message-ID, once more.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import cast

from tortoise import connections
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from mailbot.cases.known.claimed import Claimed
from mailbot.cases.letter import COPY
from mailbot.cases.letter_status import NEVER_PAUSED, UNDERWAY, Paused, Status
from mailbot.store import bulk
from mailbot.store.database import LARGEST, Tx, transact
from mailbot.store.tables import OutboxRow

#: What a list of letters shows.
_LISTED = (
    "id",
    "case_id",
    "template",
    "status",
    "attempts",
    "next_attempt_at",
    "recipient",
    "reason",
)


def _due(now: datetime, paused: Paused) -> QuerySet[OutboxRow] | None:
    """
    What may be sent now; None while everything is paused.
    """
    if paused is Paused.EVERYTHING:
        return None
    due = OutboxRow.filter(next_attempt_at__lte=now, status__in=UNDERWAY)
    if paused is Paused.AUTOMATIC:
        due = due.filter(Q(to_staff=True) | _or_copies_of(NEVER_PAUSED))
    return due


def _or_copies_of(templates: Iterable[str]) -> Q:
    """
    Letters of these templates, and their copies, whose occasion begins with the template.
    """
    wanted = sorted(templates)
    of_them = (Q(occasion__startswith=f"{each}.") for each in wanted)
    return Q(template__in=wanted) | (Q(template=COPY) & Q(*of_them, join_type=Q.OR))


async def is_any_due(now: datetime, paused: Paused) -> bool:
    due = _due(now, paused)
    return due is not None and await due.exists()


async def are_ids_rewritten() -> bool:
    """
    Whether the next hop is known to send our mail on under ids of its own.
    """
    return bool(
        await _ids("alias <> '' AND alias <> message_id LIMIT 1"),
    )


async def claim(
    now: datetime, *, limit: int, lease: timedelta, paused: Paused = Paused.NOTHING
) -> list[Claimed]:
    """
    Up to *limit* letters that are due, oldest first, each with one more attempt
    committed and its next one set to the end of the lease.

    A row changes hands only if nobody else has claimed it since it was read, so
    two workers never hold the same one.
    """
    while rows := await _read_due(now, limit, paused):
        with suppress(_Overtaken):
            return await transact(partial(_claim, rows, now + lease))
    return []


class _Overtaken(Exception):  # noqa: N818 - nothing went wrong
    """
    Another worker claimed some of the rows after we had read them: look again.
    """


async def _read_due(now: datetime, limit: int, paused: Paused) -> list[OutboxRow]:
    due = _due(now, paused)
    return await due.order_by("next_attempt_at", "id").limit(limit) if due else []


async def _claim(rows: list[OutboxRow], until: datetime, tx: Tx) -> list[Claimed]:
    by_turn = sorted(rows, key=_turn)
    for (attempts, status), alike in groupby(by_turn, key=_turn):
        ids = [row.id for row in alike]
        unchanged = OutboxRow.filter(id__in=ids, attempts=attempts, status=status)
        won = await unchanged.using_db(tx).update(attempts=attempts + 1, next_attempt_at=until)
        if won != len(ids):
            raise _Overtaken
    return [_claimed(row) for row in rows]


def _turn(row: OutboxRow) -> tuple[int, str]:
    return row.attempts, row.status


def _claimed(row: OutboxRow) -> Claimed:
    return Claimed(
        id=row.id,
        serial=row.case_id,
        template=row.template,
        to_staff=row.to_staff,
        recipient=row.recipient,
        recipient_name=row.recipient_name,
        occasion=row.occasion,
        message_id=row.message_id,
        content=row.content,
        attempt=row.attempts + 1,
        created_at=row.created_at,
    )


async def give_back(claimed: Claimed, now: datetime) -> None:
    """
    Undo a claim that never reached the network: the attempt does not count.
    """
    await OutboxRow.filter(id=claimed.id, attempts=claimed.attempt).update(
        attempts=claimed.attempt - 1, next_attempt_at=now
    )


async def retry_now(outbox_id: int, now: datetime) -> bool:
    """
    Make a letter due at once, also one that was refused or has expired; False
    if there is none, or it has been sent, withheld or withdrawn.
    """
    return bool(
        await OutboxRow.filter(
            id=min(outbox_id, LARGEST), status__in=(*UNDERWAY, Status.REFUSED, Status.EXPIRED)
        ).update(status=Status.DEFERRED, next_attempt_at=now)
    )


async def waiting() -> AsyncIterator[OutboxRow]:
    """
    Every letter that has not been sent, oldest first, without its octets.
    """
    ids = await _ids("status NOT IN ('sent', 'withdrawn') ORDER BY created_at, id")
    rows = OutboxRow.all().only(*_LISTED).prefetch_related("case")
    async for row in bulk.each_of(rows, ids):
        yield row


async def copies(limit: int) -> list[OutboxRow]:
    """
    Sent letters whose copy is still to be put into the sent folder.
    """
    ids = await _ids(f"status = 'sent' AND copy_to <> '' ORDER BY id LIMIT {limit:d}")
    return [row async for row in bulk.each_of(OutboxRow.all(), ids)]


async def copied(outbox_id: int) -> None:
    await OutboxRow.filter(id=outbox_id).update(copy_to="")


async def signing_keys() -> list[str]:
    """
    The ids of all keys that have signed a letter of ours, each found from the one before.
    """
    keys: list[str] = []
    last = ""
    while found := await _signing_key_after(last):
        keys += found
        [last] = found
    return keys


async def _signing_key_after(last: str) -> list[str]:
    later = OutboxRow.filter(key_id__gt=last).order_by("key_id").limit(1)
    return cast("list[str]", await later.values_list("key_id", flat=True))


async def _ids(where: str) -> list[int]:
    """
    The ids of the few that an index over them alone has, which is said as the index says it.
    """
    rows = await connections.get("default").execute_query_dict(
        f"SELECT id FROM outbox WHERE {where}"
    )
    return [row["id"] for row in rows]
