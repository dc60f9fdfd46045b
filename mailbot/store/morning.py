"""
What the mails of the morning are made of: the cases in work, what is held, what was answered.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.query_utils import Prefetch
from tortoise.queryset import QuerySet

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.cases.known.known import IN_WORK
from mailbot.cases.known.rows import KnownParty
from mailbot.cases.morning.known import HeldMail, Relayed
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.obligation import Does, Obligation, ObligationState
from mailbot.store.casefile import CASE_COLUMNS, OBLIGATION_COLUMNS, case_of, obligation_of
from mailbot.store.control import is_first_of_the_day
from mailbot.store.database import Tx
from mailbot.store.rows import PARTIES, Condition, among, ask, both
from mailbot.store.tables import HeldRow, MessageRow, OutboxRow

_NAME = "morning"

#: The letters of a handler's answer carry the message that it was.
_ANSWER = re.compile(r"message\.(\d+)")


@dataclass(frozen=True)
class CaseInWork:
    """
    A case in which something may still be to be done.
    """

    case: Case
    #: As the case has it, also of somebody who has left.
    handler_email: str
    #: Whether one of the warnings before the six weeks falls on this morning.
    is_marked: bool


async def begin(tx: Tx, of: Morning, now: datetime) -> bool:
    """
    The write that says who is first this morning; False for everybody else.
    """
    return await is_first_of_the_day(tx, _NAME, of.today, now)


async def cases(tx: Tx, of: Morning, firm: Firm) -> AsyncIterator[CaseInWork]:
    """
    Every case in work, and those that are over and still owe something. A portion of them is
    in hand at once: what was promised in a case that nobody closes grows by the week.
    """
    listed = ", ".join(f'"{each}"' for each in CASE_COLUMNS)
    marked = await _marked(tx, of)
    serials = sorted(await _in_work(tx))
    for start in range(0, len(serials), _PORTION):
        mine = both(
            # Nothing is of tomorrow: a clock that ran ahead has dated it.
            Condition(
                '"merged_into" IS NULL AND ("opened_at" < ? OR "opened_at" >= ?)',
                (of.opens, of.today_ends),
            ),
            *filter(None, [among("serial", serials[start : start + _PORTION])]),
        )
        found = await ask(
            tx, f'SELECT {listed} FROM "case" WHERE {mine.sql} ORDER BY "serial"', mine.values
        )
        rows = [dict(zip(CASE_COLUMNS, row, strict=True)) for row in found]
        for each in await _filled(tx, rows, marked, firm):
            yield each


async def _in_work(tx: Tx) -> set[int]:
    """
    The cases in work, and those in which an obligation is open.
    """
    states = ", ".join("?" * len(IN_WORK))
    in_work = await ask(
        tx,
        f'SELECT "serial" FROM "case" WHERE "state" IN ({states}) AND "merged_into" IS NULL',
        IN_WORK,
    )
    owing = await ask(
        tx, 'SELECT "case_id" FROM "obligation" WHERE "state" = ?', [ObligationState.OPEN]
    )
    return {serial for (serial,) in (*in_work, *owing)}


#: Cases whose people and promises are read with one statement each.
_PORTION = 100


async def _filled(
    tx: Tx, rows: list[dict[str, Any]], marked: set[int], firm: Firm
) -> list[CaseInWork]:
    mine = among("case_id", [row["serial"] for row in rows])
    people: dict[int, list[KnownParty]] = defaultdict(list)
    for party in await PARTIES.read(tx, mine):
        people[party.case_id].append(party)
    owed: dict[int, list[Obligation]] = defaultdict(list)
    for serial, obligation in await _obligations(tx, mine):
        owed[serial].append(obligation)
    return [
        CaseInWork(
            case_of(row, people[row["serial"]], owed[row["serial"]], firm),
            row["handler_email"],
            row["serial"] in marked,
        )
        for row in rows
    ]


async def _obligations(tx: Tx, mine: Condition | None) -> list[tuple[int, Obligation]]:
    if mine is None:
        return []
    listed = ", ".join(f'"{each}"' for each in OBLIGATION_COLUMNS)
    sql = f'SELECT {listed} FROM "obligation" WHERE {mine.sql} ORDER BY "id"'
    return [(serial, obligation_of(row)) for _, serial, *row in await ask(tx, sql, mine.values)]


async def _marked(tx: Tx, of: Morning) -> set[int]:
    """
    The cases whose handler is warned of the six weeks today, or was since the last
    working day.
    """
    rows = await ask(
        tx,
        'SELECT "case_id" FROM "step"'
        ' WHERE "at" >= ? AND "at" < ? AND "promise" = ? AND "does" = ?',
        [of.last_day_ended, of.midnight, "adr_rights", Does.WARN],
    )
    return {serial for (serial,) in rows}


async def held(tx: Tx, of: Morning) -> tuple[HeldMail, ...]:
    # As above.
    is_known = Q(at__lt=of.opens) | Q(at__gte=of.today_ends)
    rows = (
        await HeldRow.filter(is_known, resolved_at=None)
        .using_db(tx)
        .order_by("at", "id")
        .prefetch_related(Prefetch("message", queryset=_who_wrote()))
    )
    return tuple(
        HeldMail(
            held_id=row.id,
            at=row.at,
            sender=row.message.sender,
            subject=row.message.subject,
            reason=row.reason,
        )
        for row in rows
    )


def _who_wrote() -> QuerySet[MessageRow]:
    """
    Messages without their words, which nobody wants here and which may be damaged.
    """
    return MessageRow.all().only("id", "ledger_id", "sender", "subject")


async def relayed(tx: Tx, of: Morning) -> tuple[Relayed, ...]:
    letters = (
        await OutboxRow.filter(
            template="handler-reply", created_at__gte=of.since, created_at__lt=of.opens
        )
        .using_db(tx)
        .order_by("created_at", "id")
        .only("id", "occasion", "case_id", "recipient", "recipient_name", "created_at", "status")
        .prefetch_related("case")
    )
    answers = {
        letter.id: int(found[1]) for letter in letters if (found := _ANSWER.match(letter.occasion))
    }
    written = await _who_wrote().filter(ledger_id__in=list(answers.values())).using_db(tx)
    writers = {row.ledger_id: row.sender for row in written}
    return tuple(
        Relayed(
            reference=letter.case.reference if letter.case else "",
            customer=letter.recipient_name or letter.recipient,
            at=letter.created_at,
            writer=writers.get(answers.get(letter.id, 0), ""),
            status=letter.status,
        )
        for letter in letters
    )
