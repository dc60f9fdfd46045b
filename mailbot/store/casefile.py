"""
A case between its tables and the value that the rules look at.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tortoise.expressions import F, Q

from mailbot.cases import reference
from mailbot.cases.case import Case, Party
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.obligation import Does, Obligation, ObligationState, Step
from mailbot.cases.states import State
from mailbot.mail.signed_ids import Keyring
from mailbot.store import parties
from mailbot.store.database import Tx
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    StepRow,
)


async def open_new(
    tx: Tx,
    who: Party,
    *,
    received_at: datetime,
    verdict: str,
    firm: Firm,
    keyring: Keyring,
    nonce: str,
    now: datetime,
) -> Case:
    """
    A new case of *who* complains, inserted for the sake of its serial; `write`
    completes it.
    """
    row = await CaseRow.create(
        using_db=tx,
        reference=f"new-{nonce}",
        state=State.OPEN,
        received_at=received_at,
        opened_at=now,
        rulebook_version=firm.rulebook.version,
        verdict=verdict,
    )
    complainant = await parties.add(tx, row.serial, who, keyring, nonce)
    return Case(
        serial=row.serial,
        reference=reference.reference(firm.reference_prefix, row.serial),
        received_at=received_at,
        opened_at=now,
        complainant=complainant,
        rulebook_version=firm.rulebook.version,
        verdict=verdict,
        # Who has no mail address is written to on paper.
        by_post=not who.address.email,
    )


async def lock(tx: Tx, serial: int, firm: Firm) -> Case | None:
    """
    The case, locked until the transaction ends; None if there is none.

    The lock is a write, which is one on SQLite and on PostgreSQL alike.
    """
    mine = CaseRow.filter(serial=serial).using_db(tx)
    if not await mine.update(revision=F("revision") + 1):
        return None
    return await load(tx, serial, firm)


async def at_reference(tx: Tx, *references: str) -> dict[str, int]:
    """
    The serials of the cases that these references lead to, which are locked until
    the transaction ends; a merged one leads to the case that it is part of.
    """
    named = CaseRow.filter(reference__in=references).using_db(tx)
    await named.update(revision=F("revision") + 1)
    found = {row.reference: row.merged_into or row.serial for row in await named}
    merged = set(found.values())
    await CaseRow.filter(serial__in=merged).using_db(tx).update(revision=F("revision") + 1)
    return found


async def serials(tx: Tx, *references: str) -> dict[str, int]:
    """
    The serials of the cases that these references lead to, as `at_reference` and unlocked.
    """
    named = await CaseRow.filter(reference__in=references).using_db(tx)
    return {row.reference: row.merged_into or row.serial for row in named}


async def with_steps(tx: Tx, case: Case) -> Case:
    """
    The case, and of its obligations the steps that are still to come.
    """
    rows = await StepRow.filter(case_id=case.serial, done_at=None).using_db(tx).order_by("at", "id")
    steps = [step(row) for row in rows]
    obligations = tuple(
        replace(
            each,
            steps=tuple(
                one for one in steps if (one.promise, one.number) == (each.promise, each.number)
            ),
        )
        for each in case.obligations
    )
    return replace(case, obligations=obligations)


async def load(tx: Tx, serial: int, firm: Firm) -> Case:
    """
    The case as it stands, with its parties and obligations.
    """
    row = await CaseRow.get(serial=serial, using_db=tx)
    everyone = await parties.present(tx, serial)
    obligations = await ObligationRow.filter(case_id=serial).using_db(tx).order_by("id")
    complainant = next(each for each in everyone if each.role == "complainant")
    return Case(
        serial=serial,
        reference=row.reference,
        received_at=row.received_at,
        opened_at=row.opened_at,
        complainant=complainant,
        parties=tuple(each for each in everyone if each is not complainant),
        state=State(row.state),
        handler=firm.people.by_address(row.handler_email) if row.handler_email else None,
        rulebook_version=row.rulebook_version,
        verdict=row.verdict,
        obligations=tuple(obligation_of(each) for each in obligations),
        rights_letters=frozenset(filter(None, row.rights_letters.split(","))),
        level=row.level,
        not_eligible=row.not_eligible,
        needs=tuple(row.needs.splitlines()),
        interval=row.interval,
        is_data_protection=row.is_data_protection,
        credit=row.credit,
        outcome_at=row.outcome_at,
        by_post=row.by_post,
        to_post=tuple(filter(None, row.to_post.split(","))),
    )


def obligation_of(row: ObligationRow) -> Obligation:
    """
    The obligation without its steps.
    """
    return Obligation(
        promise=row.promise,
        number=row.number,
        clause=row.clause,
        acts_at=row.acts_at,
        due_at=row.due_at,
        state=ObligationState(row.state),
        settled_at=row.settled_at,
        evidence=row.evidence,
        since=row.since,
    )


async def due_steps(tx: Tx, serial: int, now: datetime) -> list[StepRow]:
    return (
        await StepRow.filter(case_id=serial, done_at=None, at__lte=now)
        .using_db(tx)
        .order_by("at", "id")
    )


def step(row: StepRow) -> Step:
    return Step(does=Does(row.does), at=row.at, promise=row.promise, number=row.number)


async def write(
    tx: Tx,
    case: Case,
    decision: Decision,
    now: datetime,
    *,
    keyring: Keyring,
    chance: Callable[[], str],
) -> Case:
    """
    Everything of *decision* but its letters; *case* is as it stood before, and what is
    returned as it stands then.
    """
    after = decision.applied_to(case)
    if case.is_new or _row_of(after) != _row_of(case):
        await CaseRow.filter(serial=case.serial).using_db(tx).update(**_row_of(after))
    after = await parties.write(tx, case, after, now, keyring=keyring, chance=chance)
    await _book(tx, case.serial, decision.booked)
    for each in decision.moved:
        await _move(tx, case.serial, each, now)
    for end in decision.settled:
        settled = ObligationRow.filter(case_id=case.serial, promise=end.promise, number=end.number)
        await settled.using_db(tx).update(state=end.state, settled_at=end.at, evidence=end.evidence)
    await add_events(tx, case.serial, decision.events, now)
    return after


async def _move(tx: Tx, serial: int, moved: Obligation, now: datetime) -> None:
    """
    Other instants for a stored obligation. What has been done is not done again,
    and nobody is warned of what is past.
    """
    mine = {"case_id": serial, "promise": moved.promise, "number": moved.number}
    await (
        ObligationRow.filter(**mine)
        .using_db(tx)
        .update(acts_at=moved.acts_at, due_at=moved.due_at, since=moved.since)
    )
    steps = StepRow.filter(**mine).using_db(tx)
    done = {Does(row.does) for row in await steps.exclude(done_at=None)}
    await steps.filter(done_at=None).delete()
    wanted = [
        each
        for each in moved.steps
        if (each.does not in done if each.does in {Does.ACT, Does.DUE} else each.at > now)
    ]
    await _write_steps(tx, serial, wanted)


async def _write_steps(tx: Tx, serial: int, steps: Iterable[Step]) -> None:
    await StepRow.bulk_create(
        [
            StepRow(
                case_id=serial,
                promise=each.promise,
                number=each.number,
                does=each.does,
                at=each.at,
            )
            for each in steps
        ],
        using_db=tx,
    )


async def merge(tx: Tx, serial: int, into: int) -> None:
    """
    The case *serial* is part of *into* from now on: its messages, letters and
    history stand there, and what leads to it leads there.
    """
    for table in (MessageRow, OutboxRow, EventRow):
        await table.filter(case_id=serial).using_db(tx).update(case_id=into)
    await (
        CaseRow.filter(Q(serial=serial) | Q(merged_into=serial))
        .using_db(tx)
        .update(merged_into=into, revision=F("revision") + 1)
    )
    await StepRow.filter(case_id=serial).using_db(tx).delete()


def _row_of(case: Case) -> dict[str, object]:
    """
    The columns that a decision can change, and the reference that a new case gets.
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


async def _book(tx: Tx, serial: int, booked: Sequence[Obligation]) -> None:
    if not booked:
        return
    await ObligationRow.bulk_create(
        [
            ObligationRow(
                case_id=serial,
                promise=each.promise,
                number=each.number,
                clause=each.clause,
                acts_at=each.acts_at,
                due_at=each.due_at,
                since=each.since,
                state=each.state,
                settled_at=each.settled_at,
                evidence=each.evidence,
            )
            for each in booked
        ],
        using_db=tx,
    )
    await _write_steps(tx, serial, [step for each in booked for step in each.steps])


async def add_events(tx: Tx, serial: int | None, events: Iterable[Event], now: datetime) -> None:
    rows = [
        EventRow(
            case_id=serial,
            at=now,
            event=each.name,
            cause=each.cause,
            reason=each.reason,
            about=each.about,
        )
        for each in events
    ]
    if rows:
        await EventRow.bulk_create(rows, using_db=tx)
