"""
Questions that change nothing: what is due, and what the commands show.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from typing import cast

from tortoise.expressions import Q

from mailbot.cases.letter_status import PROMISED, UNDERWAY, Status
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.mail.outcome import THEIRS
from mailbot.store import bulk
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)

#: Cases in work, and part of no other.
_IN_WORK = {"state__in": (State.OPEN, State.AWAITING_CONFIRMATION), "merged_into": None}

#: Before any letter; what is later than it is not null, in words that an index knows.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)

#: Rows that are read at a time where all are gone through.
_PAGE = 500


async def due(now: datetime) -> list[int]:
    """
    The serials of the cases in which a step is due, the longest due first.

    All of them: one that cannot be settled must not keep those behind it from their turn.
    """
    rows = cast(
        "list[tuple[int]]",
        await StepRow.filter(done_at=None, at__lte=now).order_by("at", "id").values_list("case_id"),
    )
    return list(dict.fromkeys(serial for (serial,) in rows))


async def next_due(*, without: Collection[int] = ()) -> datetime | None:
    """
    When the next step is due, in a case that is not among these.
    """
    steps = StepRow.filter(done_at=None)
    if without:
        steps = steps.exclude(case_id__in=list(without))
    row = await steps.order_by("at", "id").first()
    return row.at if row else None


async def next_due_after(now: datetime) -> datetime | None:
    """
    When the next step falls due that is not due yet.
    """
    row = await StepRow.filter(done_at=None, at__gt=now).order_by("at", "id").first()
    return row.at if row else None


async def overdue_letters(since: datetime) -> int:
    """
    How many promised letters were decided before *since* and have not gone, for another reason
    than that their readers' own mail systems keep them out.
    """
    return (
        await OutboxRow.filter(
            next_attempt_at__gt=_EVER,
            template__in=sorted(PROMISED),
            created_at__lt=since,
            status__in=UNDERWAY,
        )
        .exclude(Q(status=Status.DEFERRED, reason__endswith=THEIRS))
        .count()
    )


async def open_promises() -> Sequence[tuple[str, datetime, datetime | None, str]]:
    """
    Every open obligation: which promise, when it is due, from when its time was counted, None
    where the instant itself was agreed, and the reference of its case.
    """
    rows = ObligationRow.filter(state=ObligationState.OPEN).order_by("id")
    listed = rows.values_list("promise", "due_at", "since", "case__reference")
    return cast("list[tuple[str, datetime, datetime | None, str]]", await listed)


async def references_in_work() -> Sequence[str]:
    rows = CaseRow.filter(**_IN_WORK).order_by("serial").values_list("reference")
    return [reference for (reference,) in cast("list[tuple[str]]", await rows)]


async def cases(*, closed_too: bool) -> AsyncIterator[CaseRow]:
    """
    Those in work or all of them, by serial, each with its parties and obligations.
    """
    rows = CaseRow.all().prefetch_related("parties", "obligations")
    if not closed_too:
        open_ones = await CaseRow.filter(**_IN_WORK).values_list("serial", flat=True)
        async for row in bulk.each_of(rows, sorted(cast("list[int]", open_ones))):
            yield row
        return
    last = 0
    while page := await rows.filter(serial__gt=last).order_by("serial").limit(_PAGE):
        for row in page:
            if row.merged_into is None:
                yield row
        last = page[-1].serial


async def handlers_at_work() -> dict[str, list[str]]:
    """
    By the address of a handler the references of their open cases.
    """
    rows = CaseRow.filter(**_IN_WORK, handler_email__gt="")
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


async def parts(serial: int) -> Sequence[CaseRow]:
    """
    The cases that have become part of this one.
    """
    return await CaseRow.filter(merged_into=serial).order_by("serial")


async def parties(serial: int) -> Sequence[PartyRow]:
    return await PartyRow.filter(case_id=serial).order_by("id")


async def obligations(serial: int) -> Sequence[ObligationRow]:
    return await ObligationRow.filter(case_id=serial).order_by("due_at", "id")


async def messages(serial: int) -> Sequence[MessageRow]:
    return await MessageRow.filter(case_id=serial).order_by("received_at", "id")


async def letters(serial: int) -> Sequence[OutboxRow]:
    """
    Without their octets, see `octets`: with the files of all of them they may be gigabytes.
    """
    columns = [each for each in OutboxRow._meta.db_fields if each != "content"]  # noqa: SLF001
    return await OutboxRow.filter(case_id=serial).order_by("created_at", "id").only(*columns)


async def events(serial: int) -> Sequence[EventRow]:
    return await EventRow.filter(case_id=serial).order_by("at", "id")
