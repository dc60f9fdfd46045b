"""
A case between its tables and the value that the rules look at.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tortoise.expressions import F

from mailbot.cases import reference
from mailbot.cases.firm import Firm
from mailbot.cases.model import (
    Case,
    Decision,
    Does,
    Event,
    Obligation,
    ObligationState,
    Party,
    Step,
)
from mailbot.cases.states import State
from mailbot.mail.identity import Keyring, Thread
from mailbot.mail.message import Address
from mailbot.store.database import Tx
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    ObligationRow,
    PartyRow,
    StepRow,
)


async def open_new(
    tx: Tx,
    *,
    sender: Address,
    received_at: datetime,
    verdict: str,
    firm: Firm,
    keyring: Keyring,
    nonce: str,
    now: datetime,
) -> Case:
    """
    A new case, inserted for the sake of its serial; `write` completes it.
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
    complainant = Party(
        address=sender,
        anchor=keyring.message_id(Thread.CUSTOMER_ANCHOR, row.serial, nonce),
        token=keyring.token(nonce, for_staff=False),
    )
    await PartyRow.create(
        using_db=tx,
        case_id=row.serial,
        role=complainant.role,
        name=sender.name[:200],
        email=sender.email[:320],
        email_key=sender.key[:320],
        anchor=complainant.anchor,
        token=complainant.token,
        token_nonce=nonce,
    )
    return Case(
        serial=row.serial,
        reference=reference.reference(firm.reference_prefix, row.serial),
        received_at=received_at,
        opened_at=now,
        complainant=complainant,
        rulebook_version=firm.rulebook.version,
        verdict=verdict,
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


async def load(tx: Tx, serial: int, firm: Firm) -> Case:
    """
    The case as it stands, with its parties and obligations.
    """
    row = await CaseRow.get(serial=serial, using_db=tx)
    parties = [
        _party(each) for each in await PartyRow.filter(case_id=serial).using_db(tx).order_by("id")
    ]
    obligations = await ObligationRow.filter(case_id=serial).using_db(tx).order_by("id")
    complainant = next(each for each in parties if each.role == "complainant")
    return Case(
        serial=serial,
        reference=row.reference,
        received_at=row.received_at,
        opened_at=row.opened_at,
        complainant=complainant,
        parties=tuple(each for each in parties if each is not complainant),
        state=State(row.state),
        handler=firm.people.by_address(row.handler_email) if row.handler_email else None,
        rulebook_version=row.rulebook_version,
        verdict=row.verdict,
        obligations=tuple(_obligation(each) for each in obligations),
        rights_letters=frozenset(filter(None, row.rights_letters.split(","))),
        level=row.level,
        not_eligible=row.not_eligible,
        needs=tuple(row.needs.splitlines()),
        interval=row.interval,
        is_data_protection=row.is_data_protection,
        credit=row.credit,
        outcome_at=row.outcome_at,
    )


def _party(row: PartyRow) -> Party:
    return Party(
        address=Address(name=row.name, email=row.email),
        role=row.role,
        phone=row.phone,
        anchor=row.anchor,
        token=row.token,
    )


def _obligation(row: ObligationRow) -> Obligation:
    return Obligation(
        promise=row.promise,
        number=row.number,
        clause=row.clause,
        acts_at=row.acts_at,
        due_at=row.due_at,
        state=ObligationState(row.state),
        settled_at=row.settled_at,
        evidence=row.evidence,
    )


async def due_steps(tx: Tx, serial: int, now: datetime) -> list[StepRow]:
    return (
        await StepRow.filter(case_id=serial, done_at=None, at__lte=now)
        .using_db(tx)
        .order_by("at", "id")
    )


def step(row: StepRow) -> Step:
    return Step(does=Does(row.does), at=row.at, promise=row.promise, number=row.number)


async def write(tx: Tx, case: Case, decision: Decision, now: datetime) -> None:
    """
    Everything of *decision* but its letters; *case* is as it stood before.
    """
    after = decision.applied_to(case)
    if case.is_new or _row_of(after) != _row_of(case):
        await CaseRow.filter(serial=case.serial).using_db(tx).update(**_row_of(after))
    await _book(tx, case.serial, decision.booked)
    for end in decision.settled:
        settled = ObligationRow.filter(case_id=case.serial, promise=end.promise, number=end.number)
        await settled.using_db(tx).update(state=end.state, settled_at=end.at, evidence=end.evidence)
    await add_events(tx, case.serial, decision.events, now)


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
                state=each.state,
            )
            for each in booked
        ],
        using_db=tx,
    )
    await StepRow.bulk_create(
        [
            StepRow(
                case_id=serial,
                promise=each.promise,
                number=each.number,
                does=step.does,
                at=step.at,
            )
            for each in booked
            for step in each.steps
        ],
        using_db=tx,
    )


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
