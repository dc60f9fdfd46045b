"""
What a rehearsal has on record: mail that came, and letters that were written and not sent.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tortoise import connections

from mailbot.cases.letter_status import NOT_LIVE, Status
from mailbot.cases.obligation import ObligationState
from mailbot.cases.shadow.known import Came, Known, Ours, Owed, ShadowCase
from mailbot.store.database import Tx
from mailbot.store.month import by_case, first_after
from mailbot.store.rows import ask, instant

#: Cases whose rows are read with one statement each.
_PORTION = 500


async def known(since: datetime, until: datetime) -> Known:
    """
    The cases that were opened in that time, and every message that came in it.
    """
    tx = connections.get("default")
    first = await first_after(tx, "case", "serial", since, "opened_at")
    rows = await ask(
        tx,
        'SELECT "serial", "reference", "received_at" FROM "case"'
        ' WHERE "serial" >= ? AND "opened_at" < ? AND "merged_into" IS NULL ORDER BY "serial"',
        [first, until],
    )
    cases: list[ShadowCase] = []
    for start in range(0, len(rows), _PORTION):
        cases += await _read(tx, rows[start : start + _PORTION], until)
    return Known(since=since, until=until, cases=tuple(cases), came=await _came(tx, since, until))


async def _came(tx: Tx, since: datetime, until: datetime) -> tuple[Came, ...]:
    first = await first_after(tx, "message", "id", since, "recorded_at")
    rows = await ask(
        tx,
        'SELECT m."message_id", m."sender", m."received_at", c."reference", m."kind", m."silence"'
        ' FROM "message" m LEFT JOIN "case" c ON c."serial" = m."case_id"'
        ' WHERE m."id" >= ? AND m."recorded_at" < ? ORDER BY m."id"',
        [first, until],
    )
    return tuple(
        Came(
            message_id=message_id,
            sender=sender,
            received_at=instant(received_at),
            reference=reference or "",
            kind=kind,
            silence=silence,
        )
        for message_id, sender, received_at, reference, kind, silence in rows
    )


async def _read(tx: Tx, rows: Sequence[Sequence[Any]], until: datetime) -> list[ShadowCase]:
    serials = [serial for serial, *_ in rows]
    marks = ", ".join("?" * len(serials))
    parties = await by_case(
        tx,
        f'SELECT "case_id", "email_key" FROM "party" WHERE "case_id" IN ({marks})'
        ' AND "role" = ? ORDER BY "id"',
        [*serials, "complainant"],
    )
    letters = await by_case(
        tx,
        f'SELECT "case_id", "template", "created_at", "status", "reason" FROM "outbox"'
        f' WHERE "case_id" IN ({marks}) AND "to_staff" = ? AND "created_at" < ? ORDER BY "id"',
        [*serials, False, until],
    )
    owed: dict[int, list[Owed]] = defaultdict(list)
    found = await ask(
        tx,
        'SELECT "case_id", "promise", "number", "since", "acts_at", "due_at", "state"'
        f' FROM "obligation" WHERE "case_id" IN ({marks}) ORDER BY "id"',
        serials,
    )
    for serial, promise, number, began, acts_at, due_at, state in found:
        owed[serial].append(
            Owed(
                promise=promise,
                number=number,
                since=instant(began or acts_at),
                due_at=instant(due_at),
                state=ObligationState(state),
            )
        )
    return [
        ShadowCase(
            reference=reference,
            received_at=instant(received_at),
            email=parties[serial][0][0] if parties[serial] else "",
            ours=tuple(
                Ours(
                    template=template,
                    decided_at=instant(created_at),
                    is_kept_in=status == Status.WITHHELD and reason != NOT_LIVE,
                )
                for template, created_at, status, reason in letters[serial]
            ),
            owed=tuple(owed[serial]),
        )
        for serial, reference, received_at in rows
    ]
