"""
A case between its tables and the value that the rules look at.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

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
    State,
    Step,
    WrittenLetter,
)
from mailbot.mail.identity import Keyring, Thread
from mailbot.mail.message import Address
from mailbot.store.database import Tx
from mailbot.store.tables import (
    CaseRow,
    ControlRow,
    EventRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)

_SERIAL = "case_serial"


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
    A new case with the next serial. Serials have no gaps: the counter is part
    of the transaction.
    """
    serial = await _next_serial(tx, now)
    complainant = Party(
        address=sender,
        anchor=keyring.message_id(Thread.CUSTOMER_ANCHOR, serial, nonce),
        token=keyring.token(nonce, for_staff=False),
    )
    case = Case(
        serial=serial,
        reference=reference.reference(firm.reference_prefix, serial),
        received_at=received_at,
        opened_at=now,
        complainant=complainant,
        rulebook_version=firm.rulebook.version,
        verdict=verdict,
    )
    await CaseRow.create(
        using_db=tx,
        serial=serial,
        reference=case.reference,
        state=case.state,
        received_at=received_at,
        opened_at=now,
        rulebook_version=case.rulebook_version,
        verdict=verdict,
    )
    await PartyRow.create(
        using_db=tx,
        case_id=serial,
        role=complainant.role,
        name=sender.name[:200],
        email=sender.email[:320],
        email_key=sender.key[:320],
        anchor=complainant.anchor,
        token=complainant.token,
        token_nonce=nonce,
    )
    return case


async def _next_serial(tx: Tx, now: datetime) -> int:
    counter = ControlRow.filter(name=_SERIAL).using_db(tx)
    row = await counter.select_for_update().get_or_none()
    if row is None:
        await ControlRow.create(using_db=tx, name=_SERIAL, value="1", at=now)
        return 1
    serial = int(row.value) + 1
    await counter.update(value=str(serial), at=now)
    return serial


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
    The case as it stands, with its obligations, letters and parties.
    """
    row = await CaseRow.get(serial=serial, using_db=tx)
    parties = [
        Party(
            address=Address(name=each.name, email=each.email),
            role=each.role,
            phone=each.phone,
            anchor=each.anchor,
            token=each.token,
        )
        for each in await PartyRow.filter(case_id=serial).using_db(tx).order_by("id")
    ]
    obligations = await ObligationRow.filter(case_id=serial).using_db(tx).order_by("id")
    letters = cast(
        "list[tuple[str, str, str]]",
        await OutboxRow.filter(case_id=serial, to_staff=False)
        .using_db(tx)
        .values_list("template", "recipient", "status"),
    )
    complainant = next(each for each in parties if each.role == "complainant")
    return Case(
        serial=row.serial,
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
        letters=tuple(WrittenLetter(template=t, recipient=r, status=s) for t, r, s in letters),
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
    if (after.handler, after.state) != (case.handler, case.state):
        await (
            CaseRow.filter(serial=case.serial)
            .using_db(tx)
            .update(
                state=after.state,
                handler_email=after.handler.email.lower() if after.handler else "",
            )
        )
    await _book(tx, case.serial, decision.booked)
    for end in decision.settled:
        obligation = after.obligation(end.promise)
        if obligation is not None:
            await (
                ObligationRow.filter(
                    case_id=case.serial, promise=end.promise, number=obligation.number
                )
                .using_db(tx)
                .update(state=end.state, settled_at=end.at, evidence=end.evidence)
            )
    await add_events(tx, case.serial, decision.events, now)


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
