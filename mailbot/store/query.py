"""
Questions that change nothing: what is due, and what the commands show.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from mailbot.cases.letter_status import PROMISED, UNDERWAY
from mailbot.cases.states import State
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)


async def due(now: datetime) -> list[int]:
    """
    The serials of the cases in which a step is due, the longest due first.
    """
    rows = cast(
        "list[tuple[int]]",
        await StepRow.filter(done_at=None, at__lte=now).order_by("at", "id").values_list("case_id"),
    )
    return list(dict.fromkeys(serial for (serial,) in rows))


async def next_due() -> datetime | None:
    row = await StepRow.filter(done_at=None).order_by("at").first()
    return row.at if row else None


async def overdue_letters(since: datetime) -> int:
    """
    How many promised letters were decided before *since* and have not gone.
    """
    return await OutboxRow.filter(
        template__in=sorted(PROMISED), status__in=UNDERWAY, created_at__lt=since
    ).count()


async def cases(*, closed_too: bool) -> list[CaseRow]:
    rows = CaseRow.filter(merged_into=None)
    if not closed_too:
        rows = rows.filter(state__in=(State.OPEN, State.AWAITING_CONFIRMATION))
    return await rows.order_by("serial").prefetch_related("parties", "obligations")


async def handlers_at_work() -> dict[str, list[str]]:
    """
    By the address of a handler the references of their open cases.
    """
    rows = CaseRow.filter(
        merged_into=None, state__in=(State.OPEN, State.AWAITING_CONFIRMATION)
    ).exclude(handler_email="")
    found = cast(
        "list[tuple[str, str]]",
        await rows.order_by("serial").values_list("handler_email", "reference"),
    )
    at_work: dict[str, list[str]] = {}
    for email, reference in found:
        at_work.setdefault(email, []).append(reference)
    return at_work


async def case(reference: str) -> CaseRow | None:
    """
    The case that the reference leads to: of a merged one the case that it is part of.
    """
    row = await CaseRow.get_or_none(reference=reference)
    return await CaseRow.get(serial=row.merged_into) if row and row.merged_into else row


async def merged(serial: int) -> Sequence[str]:
    """
    The references of the cases that have become part of this one.
    """
    rows = CaseRow.filter(merged_into=serial).order_by("serial").values_list("reference")
    return [reference for (reference,) in cast("list[tuple[str]]", await rows)]


async def parties(serial: int) -> Sequence[PartyRow]:
    return await PartyRow.filter(case_id=serial).order_by("id")


async def obligations(serial: int) -> Sequence[ObligationRow]:
    return await ObligationRow.filter(case_id=serial).order_by("due_at", "id")


async def messages(serial: int) -> Sequence[MessageRow]:
    return await MessageRow.filter(case_id=serial).order_by("received_at", "id")


async def letters(serial: int) -> Sequence[OutboxRow]:
    return await OutboxRow.filter(case_id=serial).order_by("created_at", "id")


async def events(serial: int) -> Sequence[EventRow]:
    return await EventRow.filter(case_id=serial).order_by("at", "id")
