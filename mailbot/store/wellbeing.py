"""
What the database says of how mailbot is: read by whoever asks, from the process that is at
work or from another. Each question is answered from an index, or from a table that stays small.
"""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tortoise import connections

from mailbot.cases.letter_status import PROMISED, UNDERWAY, Paused, Status
from mailbot.cases.states import State
from mailbot.health.facts import NONE_WAITS, Memory, Waiting, Worker
from mailbot.health.told import NOTHING, read
from mailbot.mail.outcome import THEIRS
from mailbot.store import control, query, standstill
from mailbot.store.control import DOUBTED, PAUSED, doubt_read
from mailbot.store.presence import ROUND, told_by
from mailbot.store.rows import ask, instant
from mailbot.store.tables import ControlRow, WorkerRow

#: What is held because the mail server would not hand it out. Named here: what makes it so
#: is much to load for a command that is asked every minute.
SET_ASIDE = frozenset({"not_handed_out", "server_placeholder"})
IN_WORK = (State.OPEN, State.AWAITING_CONFIRMATION)

_LAST_RECORDED = """
SELECT "recorded_at" FROM "message" WHERE "id" = (SELECT max("id") FROM "message")
"""
#: Grouped by an expression: the index over all reasons would be read from end to end.
_HELD = """
SELECT "reason" || '' AS "why", count(*), min("at") FROM "held" WHERE "resolved_at" IS NULL
GROUP BY "why"
"""
#: As the indexes over what is underway have it.
#: Grouped by whether only the reader's own mail system keeps them out.
_PROMISED = f"""
SELECT CASE WHEN "status" = '{Status.DEFERRED}' AND "reason" LIKE ?
THEN 1 ELSE 0 END AS "theirs", count(*), min("created_at") FROM "outbox"
WHERE "next_attempt_at" IS NOT NULL
AND "template" IN ({", ".join("?" * len(PROMISED))})
AND "status" IN ({", ".join("?" * len(UNDERWAY))}) GROUP BY "theirs"
"""
_IN_WORK = f'"state" IN ({", ".join("?" * len(IN_WORK))}) AND "merged_into" IS NULL'
_AT_WORK = f"""
SELECT "handler_email", count(*) FROM "case" WHERE {_IN_WORK} GROUP BY "handler_email"
"""
_UNDERWAY = f"""
SELECT "status", count(*) FROM "outbox" WHERE "next_attempt_at" IS NOT NULL
AND "status" IN ({", ".join("?" * len(UNDERWAY))}) GROUP BY "status"
"""
_CASES = f'SELECT "state", count(*) FROM "case" WHERE {_IN_WORK} GROUP BY "state"'
_PROMISES = f"""
SELECT "promise", "obligation"."state", count(*) FROM "case" JOIN "obligation"
ON "obligation"."case_id" = "case"."serial" WHERE {_IN_WORK.replace('"state"', '"case"."state"')}
GROUP BY "promise", "obligation"."state"
"""
_OVERDUE = """
SELECT "promise", count(*) FROM "obligation" WHERE "state" = 'open' AND "due_at" < ?
GROUP BY "promise"
"""


async def memory(now: datetime) -> Memory:
    """
    All of it, as it is *now* by the clock of whoever asks; a DatabaseFault if it cannot be asked.
    """
    ahead = now - await control.common_clock(now)
    said = {row.name: row for row in await ControlRow.all()}
    held = await _held()
    promised = [
        (theirs, count, instant(at))
        for theirs, count, at in await _ask(_PROMISED, [f"%{THEIRS}", *sorted(PROMISED), *UNDERWAY])
    ]
    stands_still = next((each for each in reversed(standstill.ALL) if each in said), "")
    paused = Paused(said[PAUSED].value) if PAUSED in said else Paused.NOTHING
    return Memory(
        workers=[
            _worker(row, said, ahead) for row in await WorkerRow.all().order_by("started_at", "id")
        ],
        rounds={
            name.removeprefix(ROUND): row.at for name, row in said.items() if name.startswith(ROUND)
        },
        recorded_at=_first(await _ask(_LAST_RECORDED)),
        promised=_together([each for theirs, *each in promised if not theirs]),
        kept_out=_together([each for theirs, *each in promised if theirs]),
        held=_together([each for why, *each in held if why not in SET_ASIDE]),
        set_aside=_together([each for why, *each in held if why in SET_ASIDE]),
        next_due_at=await query.next_due(),
        doubted=doubt_read(said[DOUBTED].value) if DOUBTED in said else None,
        paused=paused,
        paused_since=said[PAUSED].at if paused else None,
        standstill=stands_still,
        stands_still_since=said[stands_still].at if stands_still else None,
        at_work={email: count for email, count in await _ask(_AT_WORK, IN_WORK) if email},
        is_writable=await _is_writable(),
    )


async def letters_underway() -> dict[str, int]:
    """
    How many letters have not left and will be tried, by their status.
    """
    return _counted(await _ask(_UNDERWAY, UNDERWAY))


async def cases_in_work() -> dict[str, int]:
    """
    How many cases are in work, by their state.
    """
    return _counted(await _ask(_CASES, IN_WORK))


async def promises_in_work() -> dict[tuple[str, str], int]:
    """
    Of the cases in work how many promises there are, by promise and state.
    """
    rows = await _ask(_PROMISES, IN_WORK)
    return {(promise, state): count for promise, state, count in rows}


async def promises_overdue(now: datetime) -> dict[str, int]:
    """
    How many open promises are past their last instant, by promise.
    """
    return _counted(await _ask(_OVERDUE, [now]))


def _worker(row: WorkerRow, said: dict[str, ControlRow], ahead: timedelta) -> Worker:
    told = said.get(told_by(row.id))
    return Worker(
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        seen_at=row.seen_at + ahead,
        holds_mailbox=row.holds_mailbox,
        told=read(told.value) if told else NOTHING,
    )


async def _held() -> list[tuple[str, int, datetime]]:
    return [(why, count, instant(at)) for why, count, at in await _ask(_HELD)]


def _together(counted: Sequence[Sequence[Any]]) -> Waiting:
    if not counted:
        return NONE_WAITS
    return Waiting(
        count=sum(count for count, _ in counted), since=min(since for _, since in counted)
    )


def _counted(rows: Sequence[Sequence[Any]]) -> dict[str, int]:
    return dict(rows)  # type: ignore[arg-type] # two columns each


def _first(rows: Sequence[Sequence[Any]]) -> datetime | None:
    return instant(rows[0][0]) if rows else None


async def _is_writable() -> bool:
    connection = connections.get("default")
    if connection.capabilities.dialect == "sqlite":
        return _may_be_written(Path(connection.filename))
    [(said,)] = await _ask("SELECT current_setting('transaction_read_only')")
    return bool(said == "off")


def _may_be_written(file: Path) -> bool:
    # Beside the file stand those of its log.
    return os.access(file, os.W_OK) and os.access(file.absolute().parent, os.W_OK)


async def _ask(sql: str, values: Sequence[object] = ()) -> Sequence[Sequence[Any]]:
    return await ask(connections.get("default"), sql, values)
