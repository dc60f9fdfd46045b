"""
What the mails of the morning are made of: the cases in work, what is held, what was answered.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from mailbot.cases.firm import Firm
from mailbot.cases.model import Does, Obligation, ObligationState
from mailbot.cases.promises.deadlines import OUTLIVE_THE_CASE, SETTLED
from mailbot.cases.promises.digest import HeldMail, Known, Morning, OpenCase, Relayed
from mailbot.cases.states import State
from mailbot.store import bulk
from mailbot.store.casefile import obligation_of
from mailbot.store.database import Tx
from mailbot.store.tables import (
    CaseRow,
    ControlRow,
    HeldRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)

_NAME = "morning"

#: The letters of a handler's answer carry the message that it was.
_ANSWER = re.compile(r"message\.(\d+)")


async def begin(tx: Tx, of: Morning, now: datetime) -> bool:
    """
    The write that says who is first this morning; False for everybody else.
    """
    day = of.today.isoformat()
    # Two workers may meet on the very first morning: the second finds the row.
    first = ControlRow(name=_NAME, value="", at=now)
    await ControlRow.bulk_create([first], ignore_conflicts=True, using_db=tx)
    yesterday = ControlRow.filter(name=_NAME).exclude(value=day).using_db(tx)
    return bool(await yesterday.update(value=day, at=now))


async def known(tx: Tx, of: Morning, firm: Firm) -> Known:
    """
    All that a digest may speak of: what was there when the day began.
    """
    return Known(
        cases=tuple(await _cases(tx, of, firm)),
        held=tuple(await _held(tx, of)),
        relayed=tuple(await _relayed(tx, of)),
    )


async def _cases(tx: Tx, of: Morning, firm: Firm) -> list[OpenCase]:
    in_work = CaseRow.filter(
        state__in=(State.OPEN, State.AWAITING_CONFIRMATION), merged_into=None
    ).using_db(tx)
    owing = ObligationRow.filter(state=ObligationState.OPEN).using_db(tx)
    serials = {
        *cast("list[int]", await in_work.values_list("serial", flat=True)),
        *cast("list[int]", await owing.values_list("case_id", flat=True)),
    }
    known_then = CaseRow.filter(merged_into=None, opened_at__lt=of.opens).using_db(tx)
    with_all = known_then.prefetch_related("parties", "obligations")
    rows = [row async for row in bulk.each_of(with_all, sorted(serials))]
    marked = await _marked(tx, of)
    cases = [_case(row, firm, is_marked=row.serial in marked) for row in rows]
    return [case for row, case in zip(rows, cases, strict=True) if case.owed or _is_open(row)]


def _is_open(row: CaseRow) -> bool:
    return State(row.state) not in SETTLED


def _case(row: CaseRow, firm: Firm, *, is_marked: bool) -> OpenCase:
    duties = sorted(map(obligation_of, row.obligations), key=lambda each: each.number)  # type: ignore[attr-defined]
    if not _is_open(row):
        duties = [each for each in duties if each.promise in OUTLIVE_THE_CASE]
    latest = {each.promise: each for each in duties}
    return OpenCase(
        reference=row.reference,
        customer=_customer(list(row.parties)),  # type: ignore[attr-defined]
        received_at=row.received_at,
        opened_at=row.opened_at,
        handler=firm.people.by_address(row.handler_email) if row.handler_email else None,
        handler_email=row.handler_email,
        verdict=row.verdict if _is_open(row) else "",
        owed=_soonest(each for each in latest.values() if each.is_owed),
        broken_before=_soonest(
            each
            for each in duties
            if each.state is ObligationState.BREACHED and each is not latest[each.promise]
        ),
        to_post=tuple(filter(None, row.to_post.split(","))),
        is_marked=is_marked,
    )


def _soonest(duties: Iterable[Obligation]) -> tuple[Obligation, ...]:
    return tuple(sorted(duties, key=lambda each: each.due_at))


def _customer(parties: Sequence[PartyRow]) -> str:
    complainant = next(each for each in parties if each.role == "complainant")
    return complainant.name or complainant.email


async def _marked(tx: Tx, of: Morning) -> set[int]:
    """
    The cases whose handler is warned of the six weeks today, or was since the last
    working day.
    """
    warned = StepRow.filter(
        promise="adr_rights",
        does=Does.WARN,
        at__gte=of.last_day_ended,
        at__lt=of.midnight,
    )
    rows = cast("list[tuple[int]]", await warned.using_db(tx).values_list("case_id"))
    return {serial for (serial,) in rows}


async def _held(tx: Tx, of: Morning) -> list[HeldMail]:
    rows = (
        await HeldRow.filter(resolved_at=None, at__lt=of.opens)
        .using_db(tx)
        .order_by("at", "id")
        .prefetch_related("message")
    )
    return [
        HeldMail(
            held_id=row.id,
            at=row.at,
            sender=row.message.sender,
            subject=row.message.subject,
            reason=row.reason,
        )
        for row in rows
    ]


async def _relayed(tx: Tx, of: Morning) -> list[Relayed]:
    letters = (
        await OutboxRow.filter(
            template="handler-reply", created_at__gte=of.since, created_at__lt=of.opens
        )
        .using_db(tx)
        .order_by("created_at", "id")
        .prefetch_related("case")
    )
    answers = {
        letter.id: int(found[1]) for letter in letters if (found := _ANSWER.match(letter.occasion))
    }
    written = await MessageRow.filter(ledger_id__in=list(answers.values())).using_db(tx)
    writers = {row.ledger_id: row.sender for row in written}
    return [
        Relayed(
            reference=letter.case.reference if letter.case else "",
            customer=letter.recipient_name or letter.recipient,
            at=letter.created_at,
            writer=writers.get(answers.get(letter.id, 0), ""),
            status=letter.status,
        )
        for letter in letters
    ]
