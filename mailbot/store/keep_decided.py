"""
What was decided, kept: what differs between what is known before and after goes into the
tables, one bulk statement for each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from tortoise.expressions import F, Q
from tortoise.models import Model

from mailbot.cases.case import Case
from mailbot.cases.known.known import Known
from mailbot.cases.known.rows import FIRST_NEW, KnownLetter
from mailbot.cases.letter_status import STILL_HERE, Status
from mailbot.cases.obligation import Obligation
from mailbot.store.bulk import change, insert
from mailbot.store.control import keep_serials_seen
from mailbot.store.database import Tx
from mailbot.store.rows import ask
from mailbot.store.tables import (
    AbsenceRow,
    CaseRow,
    Content,
    EventRow,
    HeldRow,
    LedgerRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)


async def keep(tx: Tx, before: Known, after: Known) -> None:
    """
    Everything that was decided since *before*, in the order in which the rows need each other.
    """
    await _keep_ledger(tx, before, after)
    await _keep_contents(tx, before, after)
    await _keep_cases(tx, before, after)
    await _keep_rows(tx, PartyRow, before.parties, after.parties)
    await _keep_rows(tx, MessageRow, before.messages, after.messages)
    await _keep_rows(tx, HeldRow, before.held, after.held)
    await _keep_obligations(tx, before, after)
    await _keep_rows(tx, StepRow, before.steps, after.steps)
    await _keep_rows(tx, AbsenceRow, before.absences, after.absences)
    await _keep_letters(tx, before, after)
    for serial, into in after.merged[len(before.merged) :]:
        await _merge(tx, serial, into)
    await _keep_events(tx, before, after)
    if after.numbers.seen > before.numbers.seen and after.numbers.seen_at:
        await keep_serials_seen(tx, after.numbers.seen, after.numbers.seen_at)


async def _keep_ledger(tx: Tx, before: Known, after: Known) -> None:
    changed = {
        number: {"state": state, "seen_as": seen_as}
        for number, (state, seen_as) in after.ledger.items()
        if before.ledger.get(number) != (state, seen_as)
    }
    await change(tx, LedgerRow, changed)


async def _keep_contents(tx: Tx, before: Known, after: Known) -> None:
    new = [each for number, each in after.contents.items() if number not in before.contents]
    await insert(tx, Content, [vars(each) for each in new])


async def _keep_rows(
    tx: Tx, table: type[Model], before: Mapping[int, Any], after: Mapping[int, Any]
) -> None:
    """
    The rows of one table: what is new, what has changed, what is gone.
    """
    # What is gone first: what it was unique by may be another row's now.
    if gone := before.keys() - after.keys():
        await table.filter(pk__in=sorted(gone)).using_db(tx).delete()
    changed = {
        number: different
        for number, each in after.items()
        if number in before
        and each is not before[number]
        and (different := _different(before[number], each))
    }
    await change(tx, table, changed)
    await insert(
        tx, table, [_columns(each) for number, each in after.items() if number not in before]
    )


async def _keep_letters(tx: Tx, before: Known, after: Known) -> None:
    """
    The letters. One that was called back and has left while that was decided has left: who only
    settles a letter need not hold its case.
    """
    called_back = [
        number
        for number, each in after.letters.items()
        if number in before.letters and _is_called_back(before.letters[number], each)
    ]
    letters = dict(after.letters)
    if called_back and tx.capabilities.dialect != "sqlite":
        marks = ", ".join("?" * len(called_back))
        sql = (
            f'SELECT "id", "status" FROM "outbox" WHERE "id" IN ({marks}) ORDER BY "id" FOR UPDATE'
        )
        for number, status in await ask(tx, sql, called_back):
            if status not in STILL_HERE:
                letters[number] = before.letters[number]
    await _keep_rows(tx, OutboxRow, before.letters, letters)


def _is_called_back(was: KnownLetter, now: KnownLetter) -> bool:
    """
    Whether it is not to leave any more, or for another address.
    """
    is_withdrawn = now.status == Status.WITHDRAWN != was.status
    return was.status in STILL_HERE and (is_withdrawn or now.recipient != was.recipient)


def _columns(row: Any) -> dict[str, object]:
    """
    The columns of a new row; its id only where it has one already.
    """
    columns = dict(vars(row))
    if columns["id"] >= FIRST_NEW:
        del columns["id"]
    return columns


def _different(before: Any, after: Any) -> dict[str, object]:
    return {
        each.name: value
        for each in fields(after)
        if (value := getattr(after, each.name)) != getattr(before, each.name)
    }


# --- cases ------------------------------------------------------------------------


async def _keep_cases(tx: Tx, before: Known, after: Known) -> None:
    new = [each for serial, each in after.cases.items() if serial not in before.cases]
    await insert(
        tx, CaseRow, [{"serial": each.serial, **_opened(each), **_row_of(each)} for each in new]
    )
    touched = [each for each in sorted(after.touched) if each in before.cases]
    changed = {}
    for serial in touched:
        row = _row_of(after.cases[serial])
        is_other = row != _row_of(before.cases[serial])
        revision = after.revisions.get(serial, 0) + 1
        changed[serial] = {"revision": revision, **(row if is_other else {})}
    await change(tx, CaseRow, changed)


def _opened(case: Case) -> dict[str, object]:
    """
    The columns that stay as they were when the case was opened.
    """
    return {"opened_at": case.opened_at, "rulebook_version": case.rulebook_version}


def _row_of(case: Case) -> dict[str, object]:
    """
    The columns that a decision can change.
    """
    return {
        "reference": case.reference,
        "state": case.state,
        "handler_email": case.handler.email.lower() if case.handler else "",
        "rights_letters": ",".join(sorted(case.rights_letters)),
        "level": case.level,
        "not_eligible": case.not_eligible,
        "needs": "\n".join(case.needs),
        "interval": case.interval,
        "is_data_protection": case.is_data_protection,
        "credit": case.credit,
        "outcome_at": case.outcome_at,
        "by_post": case.by_post,
        "to_post": ",".join(case.to_post),
        "received_at": case.received_at,
        "verdict": case.verdict,
    }


async def _keep_obligations(tx: Tx, before: Known, after: Known) -> None:
    new: list[dict[str, object]] = []
    changed: dict[int, dict[str, object]] = {}
    for serial, case in after.cases.items():
        known = before.cases.get(serial)
        if case is known:
            continue
        stored = _by_number(known.obligations if known else ())
        for each in case.obligations:
            was = stored.get((each.promise, each.number))
            if was is None:
                new.append({"case_id": serial, **_obligation(each)})
            elif each != was:
                number = after.obligation_ids[serial, each.promise, each.number]
                old = _obligation(was)
                changed[number] = {
                    name: value for name, value in _obligation(each).items() if value != old[name]
                }
    await insert(tx, ObligationRow, new)
    await change(tx, ObligationRow, changed)


def _by_number(obligations: Iterable[Obligation]) -> dict[tuple[str, int], Obligation]:
    return {(each.promise, each.number): each for each in obligations}


def _obligation(each: Obligation) -> dict[str, object]:
    return {
        "promise": each.promise,
        "number": each.number,
        "clause": each.clause,
        "acts_at": each.acts_at,
        "due_at": each.due_at,
        "since": each.since,
        "state": each.state,
        "settled_at": each.settled_at,
        "evidence": each.evidence,
    }


async def _merge(tx: Tx, serial: int, into: int) -> None:
    """
    What stands in the one case stands in the other from now on, and what leads to it
    leads there.
    """
    for table in (MessageRow, OutboxRow, EventRow):
        await table.filter(case_id=serial).using_db(tx).update(case_id=into)
    await (
        CaseRow.filter(Q(serial=serial) | Q(merged_into=serial))
        .using_db(tx)
        .update(merged_into=into, revision=F("revision") + 1)
    )
    await StepRow.filter(case_id=serial).using_db(tx).delete()


async def _keep_events(tx: Tx, before: Known, after: Known) -> None:
    await insert(
        tx,
        EventRow,
        [
            {
                "case_id": each.case_id,
                "at": each.at,
                "event": each.event.name,
                "cause": each.event.cause,
                "reason": each.event.reason,
                "about": each.event.about,
            }
            for each in after.events[len(before.events) :]
        ],
    )
