"""
What a report of months is made of: the cases in which anything happened, and those in work.

Rows are found by their keys: what is added in the order of time is looked through by halving,
and what belongs to a case is read with its case. How long a firm has been at it costs nothing.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from tortoise import connections
from tortoise.expressions import Q

from mailbot.cases.known.known import IN_WORK
from mailbot.cases.letter import RIGHTS_LETTERS
from mailbot.cases.letter_status import Status
from mailbot.cases.month.known import (
    LOOKED_AT,
    Duty,
    Happening,
    Known,
    KnownCase,
    RightsLetter,
)
from mailbot.cases.obligation import ObligationState
from mailbot.health.facts import AHEAD_AT_MOST
from mailbot.store.database import Tx
from mailbot.store.retention import CASE_ANONYMISED
from mailbot.store.rows import ask, instant
from mailbot.store.tables import ControlRow, OutboxRow

#: The control row with the latest month that was sent: "2026-12".
_NAME = "reported"

#: Cases whose rows are read with one statement each.
_PORTION = 500

#: Nothing keeps two workers' rows in the exact order of their instants.
_DISORDER = timedelta(days=2)


async def known(begins: datetime) -> AsyncIterator[Known]:
    """
    When records begin and what was made nobody's since *begins*; then, in portions, every case
    in which anything happened since then, or that is in work. A year of cases is never in hand
    at once, and nobody waits for them: what happens meanwhile is in it or not.
    """
    tx = connections.get("default")
    began = await ask(
        tx,
        'SELECT "received_at" FROM "case" WHERE "serial" = (SELECT MIN("serial") FROM "case")',
    )
    yield Known(
        began_at=instant(began[0][0]) if began else None,
        anonymised_at=await _anonymised(tx, begins),
    )
    serials = sorted(await _looked_at(tx, begins))
    for start in range(0, len(serials), _PORTION):
        yield Known(cases=tuple(await _read(tx, serials[start : start + _PORTION])))


async def is_reported(month: str, ends: datetime, now: datetime) -> bool:
    """
    Whether that month, over since *ends*, has been sent; also before the database was
    rebuilt from the mailbox, which remembers letters and nothing else. What was sent in the
    future was so by a clock that has been put right, and was of another month.
    """
    latest = now + AHEAD_AT_MOST
    if await ControlRow.filter(name=_NAME, value__gte=month, at__lte=latest).exists():
        return True
    sent = OutboxRow.filter(template="report", created_at__gte=ends, created_at__lte=latest)
    return await sent.exists()


async def begin(tx: Tx, month: str, now: datetime) -> bool:
    """
    The write that says who is first to send that month; False for everybody else.
    """
    # Two workers may meet on the very first month: the second finds the row.
    first = ControlRow(name=_NAME, value="", at=now)
    await ControlRow.bulk_create([first], ignore_conflicts=True, using_db=tx)
    is_news = Q(value__lt=month) | Q(at__gt=now + AHEAD_AT_MOST)
    earlier = ControlRow.filter(is_news, name=_NAME).using_db(tx)
    return bool(await earlier.update(value=month, at=now))


async def _looked_at(tx: Tx, begins: datetime) -> set[int]:
    since = await first_after(tx, "event", "id", begins - _DISORDER, "at")
    happened = await ask(
        tx,
        'SELECT DISTINCT "case_id" FROM "event" WHERE "id" >= ? AND "case_id" IS NOT NULL',
        [since],
    )
    states = ", ".join("?" * len(IN_WORK))
    in_work = await ask(tx, f'SELECT "serial" FROM "case" WHERE "state" IN ({states})', IN_WORK)
    return {serial for (serial,) in (*happened, *in_work)}


async def first_after(tx: Tx, table: str, key: str, when: datetime, column: str) -> int:
    """
    The key from which on the rows are of that instant or later, by that column; found by
    halving.
    """
    # Asked for together, SQLite would look for them from end to end.
    [(lowest,)] = await ask(tx, f'SELECT MIN("{key}") FROM "{table}"')
    [(highest,)] = await ask(tx, f'SELECT MAX("{key}") FROM "{table}"')
    if lowest is None:
        return 1
    low, high = lowest, highest + 1
    while low < high:
        middle = (low + high) // 2
        row = await ask(
            tx,
            f'SELECT "{key}", "{column}" FROM "{table}" WHERE "{key}" >= ? ORDER BY "{key}" LIMIT 1',
            [middle],
        )
        if not row or instant(row[0][1]) >= when:
            high = middle
        else:
            low = row[0][0] + 1
    return int(low)


async def _anonymised(tx: Tx, begins: datetime) -> tuple[datetime, ...]:
    since = await first_after(tx, "event", "id", begins - _DISORDER, "at")
    rows = await ask(
        tx, 'SELECT "at" FROM "event" WHERE "id" >= ? AND "event" = ?', [since, CASE_ANONYMISED]
    )
    return tuple(instant(at) for (at,) in rows)


async def _read(tx: Tx, serials: Sequence[int]) -> list[KnownCase]:
    marks = ", ".join("?" * len(serials))
    rows = await ask(
        tx,
        'SELECT "serial", "reference", "received_at", "handler_email", "rulebook_version",'
        f' "merged_into" FROM "case" WHERE "serial" IN ({marks}) ORDER BY "serial"',
        serials,
    )
    history = await by_case(
        tx,
        'SELECT "case_id", "at", "event", "reason", "about" FROM "event"'
        f' WHERE "case_id" IN ({marks}) AND "event" IN ({", ".join("?" * len(LOOKED_AT))})'
        ' ORDER BY "id"',
        [*serials, *LOOKED_AT],
    )
    duties = await by_case(
        tx,
        'SELECT "case_id", "promise", "number", "clause", "due_at", "state", "since",'
        f' "settled_at", "evidence" FROM "obligation" WHERE "case_id" IN ({marks})'
        ' ORDER BY "id"',
        serials,
    )
    rights = await by_case(
        tx,
        'SELECT "case_id", "template", "accepted_at" FROM "outbox"'
        f' WHERE "case_id" IN ({marks}) AND "template" IN ({", ".join("?" * len(RIGHTS_LETTERS))})'
        ' AND "status" = ? AND "accepted_at" IS NOT NULL ORDER BY "id"',
        [*serials, *sorted(RIGHTS_LETTERS), Status.SENT],
    )
    return [
        KnownCase(
            reference=reference,
            received_at=instant(received_at),
            handler_email=handler_email,
            rulebook_version=rulebook_version,
            is_merged=merged_into is not None,
            history=tuple(_happening(each) for each in history[serial]),
            duties=tuple(_duty(each) for each in duties[serial]),
            rights=tuple(
                RightsLetter(template=each[0], accepted_at=instant(each[1]))
                for each in rights[serial]
            ),
        )
        for serial, reference, received_at, handler_email, rulebook_version, merged_into in rows
    ]


async def by_case(tx: Tx, sql: str, values: Sequence[object]) -> dict[int, list[Sequence[Any]]]:
    made: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for serial, *row in await ask(tx, sql, values):
        made[serial].append(row)
    return made


def _happening(row: Sequence[Any]) -> Happening:
    at, event, reason, about = row
    return Happening(at=instant(at), event=event, reason=reason, about=about)


def _duty(row: Sequence[Any]) -> Duty:
    promise, number, clause, due_at, state, since, settled_at, evidence = row
    return Duty(
        promise=promise,
        number=number,
        clause=clause,
        due_at=instant(due_at),
        state=ObligationState(state),
        since=instant(since) if since else None,
        settled_at=instant(settled_at) if settled_at else None,
        evidence=evidence,
    )
