"""
The outbox: the one way for mail to leave.

A row holds the final octets with their final Message-ID; a retry sends the same.
Claiming commits attempts + 1 and the next attempt before the network is touched,
so at worst, after a crash between the send and its settling, the recipient gets
the same message, with the same Message-ID, once more.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, cast

from tortoise import connections
from tortoise.expressions import Q

from mailbot.cases.known.claimed import Claimed
from mailbot.cases.letter import COPY
from mailbot.cases.letter_status import (
    GOES_FIRST,
    LONGEST_WAIT,
    NEVER_PAUSED,
    UNDERWAY,
    Paused,
    Status,
)
from mailbot.store import bulk
from mailbot.store.database import LARGEST, Tx, transact
from mailbot.store.packing import Damaged, unpacked_if_whole
from mailbot.store.rows import Condition, ask, both, instant, returned
from mailbot.store.tables import OutboxRow

#: Whoever claims letters on PostgreSQL holds this lock until they are claimed.
_CLAIMING = 0x6D61696D

#: Two clocks that are right differ by less; a new letter is due when it is written.
_AT_ONCE = timedelta(minutes=1)

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


def _due(now: datetime, paused: Paused) -> Condition | None:
    """
    What may be sent now; None while everything is paused.
    """
    if paused is Paused.EVERYTHING:
        return None
    # As the index of what is underway has it, word for word. Nobody lets a letter wait for so
    # long: whose clock had run ahead has said so, and then it was put right.
    due = Condition(
        '"next_attempt_at" IS NOT NULL AND ("next_attempt_at" <= ? OR "next_attempt_at" > ?)'
        " AND \"status\" IN ('queued','deferred','uncertain')",
        (now.astimezone(UTC), (now + LONGEST_WAIT).astimezone(UTC)),
    )
    if paused is Paused.AUTOMATIC:
        return both(due, Condition(f'("to_staff" OR {_NEVER_PAUSED})'))
    return due


def _or_copies_of(templates: Iterable[str]) -> str:
    """
    Letters of these templates, and their copies, whose occasion begins with the template.
    """
    wanted = sorted(templates)
    listed = ", ".join(f"'{each}'" for each in wanted)
    of_them = " OR ".join(f"\"occasion\" LIKE '{each}.%'" for each in wanted)
    return f'"template" IN ({listed}) OR ("template" = \'{COPY}\' AND ({of_them}))'


_NEVER_PAUSED = _or_copies_of(NEVER_PAUSED)

_FIRST = 'CASE WHEN "template" IN ({}) THEN 0 ELSE 1 END'.format(
    ", ".join(f"'{each}'" for each in sorted(GOES_FIRST))
)


async def is_any_due(now: datetime, paused: Paused) -> bool:
    due = _due(now, paused)
    sql = f'SELECT 1 FROM "outbox" WHERE {due.sql} LIMIT 1' if due else ""
    return due is not None and bool(await ask(connections.get("default"), sql, due.values))


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
    Up to *limit* letters that are due, what is promised first and else the oldest, each
    with one more attempt committed and its next one set to the end of the lease.

    A letter waits while another worker has one of the same case to the same reader in hand:
    they would arrive in any order. Two workers never hold the same one.
    """
    if (due := _due(now, paused)) is None:
        return []
    listed = ", ".join(f'"{each}"' for each in _CLAIMED)
    sql = (
        'UPDATE "outbox" SET "attempts" = "attempts" + 1, "next_attempt_at" = ?,'
        ' "claimed_until" = ? WHERE "id" IN'
        f' (SELECT "id" FROM "outbox" AS "mine" WHERE {due.sql}'
        ' AND ("claimed_until" IS NULL OR "claimed_until" <= ?) AND NOT EXISTS'
        ' (SELECT 1 FROM "outbox" AS "theirs" WHERE "theirs"."case_id" = "mine"."case_id"'
        ' AND "theirs"."recipient" = "mine"."recipient"'
        ' AND "theirs"."claimed_until" IS NOT NULL AND "theirs"."claimed_until" > ?)'
        f' ORDER BY {_FIRST}, "next_attempt_at", "id" LIMIT ?) RETURNING {listed}'
    )
    until = (now + lease).astimezone(UTC)
    values = [until, until, *due.values, now.astimezone(UTC), now.astimezone(UTC), limit]

    async def work(tx: Tx) -> list[dict[str, Any]]:
        if tx.capabilities.dialect != "sqlite":
            # One after the other: who claims sees what others have in hand.
            await ask(tx, "SELECT pg_advisory_xact_lock(?)", [_CLAIMING])
        return await returned(tx, sql, values)

    rows = await transact(work)
    return _in_turn(
        [_claimed({**row, "content": unpacked_if_whole(bytes(row["content"]))}) for row in rows]
    )


def _in_turn(letters: Iterable[Claimed]) -> list[Claimed]:
    """
    What is promised first, and with it the other letters of its case to the same reader,
    which stay in order: nobody is introduced to somebody before they have read why.
    """
    of_reader: dict[tuple[int, str], list[Claimed]] = {}
    for each in sorted(letters, key=lambda each: (each.created_at, each.id)):
        of_reader.setdefault((each.serial or -each.id, each.recipient), []).append(each)
    together = of_reader.values()
    return list(
        chain.from_iterable(
            sorted(together, key=lambda some: all(each.template not in GOES_FIRST for each in some))
        )
    )


_CLAIMED = (
    *("id", "case_id", "template", "to_staff", "recipient", "recipient_name", "occasion"),
    *("message_id", "content", "attempts", "created_at", "reason"),
)


def _claimed(row: dict[str, Any]) -> Claimed:
    return Claimed(
        id=row["id"],
        serial=row["case_id"],
        template=row["template"],
        to_staff=bool(row["to_staff"]),
        recipient=row["recipient"],
        recipient_name=row["recipient_name"],
        occasion=row["occasion"],
        message_id=row["message_id"],
        content=row["content"],
        attempt=row["attempts"],
        created_at=instant(row["created_at"]),
        reason=row["reason"],
    )


def as_claimed(row: OutboxRow) -> Claimed:
    """
    A letter of which something is to be told that nobody claimed: it went long ago.
    """
    return _claimed({name: getattr(row, name) for name in _CLAIMED})


async def case_of(outbox_id: int) -> int | None:
    """
    The serial of the case that a letter belongs to; None if it has none, or is none.
    """
    row = await OutboxRow.filter(id=min(outbox_id, LARGEST)).first().values("case_id")
    return row["case_id"] if row else None


async def give_back(claimed: Claimed, now: datetime) -> None:
    """
    Undo a claim that never reached the network: the attempt does not count.
    """
    await OutboxRow.filter(id=claimed.id, attempts=claimed.attempt).update(
        attempts=claimed.attempt - 1, next_attempt_at=now, claimed_until=None
    )


async def leases(now: datetime) -> list[datetime]:
    """
    The ends of the leases that are not over by which somebody has letters in hand.
    """
    rows = await connections.get("default").execute_query_dict(
        'SELECT DISTINCT "claimed_until" FROM "outbox" WHERE "claimed_until" IS NOT NULL'
    )
    return [each for row in rows if (each := instant(row["claimed_until"])) > now]


async def free(
    ended: Sequence[datetime], now: datetime, most_attempts: int, tx: Tx | None = None
) -> int:
    """
    Make due at once what was claimed until these instants by somebody who is gone, of all
    that was tried no oftener; returns how many letters that are. None where the next hop gives
    our mail ids of its own: one that had left would not be known again. The others wait for the
    end of the lease, and no longer than any letter where a clock that ran ahead has set it.
    """
    # One that came back while it was in hand is settled, and goes no more.
    rows = OutboxRow.filter(status__in=UNDERWAY).using_db(tx)
    freed, latest = 0, now + LONGEST_WAIT
    if ended and not await are_ids_rewritten():
        mine = rows.filter(claimed_until__in=ended, attempts__lte=most_attempts)
        freed = await mine.update(next_attempt_at=now, claimed_until=None)
    if far := [each for each in ended if each > latest]:
        others = rows.filter(claimed_until__in=far)
        freed += await others.update(next_attempt_at=latest, claimed_until=None)
    return freed


async def from_the_future(now: datetime) -> int:
    """
    Make due at once what waits for an hour that a clock which ran ahead had reached when it was
    written or tried: by the clock that is right by now its reader would wait until then. It
    counts as written now. What somebody has in hand is theirs. Returns how many letters that are.
    """
    soon = now + _AT_ONCE
    late = Q(created_at__gt=soon) | Q(attempts=0) | Q(next_attempt_at__gt=now + LONGEST_WAIT)
    in_no_hand = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    theirs = OutboxRow.filter(late & in_no_hand, status__in=UNDERWAY, next_attempt_at__gt=soon)

    async def work(tx: Tx) -> int:
        ids = cast("list[int]", await theirs.using_db(tx).values_list("id", flat=True))
        if not ids:
            return 0
        rows = OutboxRow.filter(id__in=ids).using_db(tx)
        await rows.filter(created_at__gt=now).update(created_at=now)
        return await rows.update(next_attempt_at=now)

    return await transact(work)


async def retry_now(outbox_id: int, now: datetime) -> bool:
    """
    Make a letter due at once, also one that was refused or has expired; False
    if there is none, or it has been sent, withheld or withdrawn. One that somebody is sending
    at this moment stays in their hand.
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


async def copies(limit: int) -> AsyncIterator[OutboxRow]:
    """
    Sent letters whose copy is still to be put into the sent folder, one at a time, for their
    files may be large. Nobody can lay one of octets that are damaged, and it is not asked for
    again.
    """
    for each in await _ids(f"status = 'sent' AND copy_to <> '' ORDER BY id LIMIT {limit:d}"):
        if row := await _whole(each):
            yield row


async def _whole(outbox_id: int) -> OutboxRow | None:
    try:
        return await OutboxRow.get_or_none(id=outbox_id)
    except Damaged:
        await copied(outbox_id)
        return None


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
