"""
What happened lately, for rules that need more than one case: caps and workloads.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from tortoise.functions import Count

from mailbot.cases.firm import Firm
from mailbot.cases.model import ObligationState
from mailbot.cases.states import State
from mailbot.cases.triggers import Acknowledged
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.store.database import Tx
from mailbot.store.outbox import Status
from mailbot.store.tables import CaseRow, OutboxRow

#: More than a mail lists of one handler.
_MOST_CASES = 100

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


async def acknowledged(tx: Tx, sender: str, now: datetime) -> Acknowledged:
    """
    The acknowledgements of late, from the outbox: the counts survive a restart.
    """
    decided = OutboxRow.filter(template="acknowledgement").exclude(status=Status.WITHHELD)
    to_them = cast(
        "list[tuple[datetime]]",
        await decided.filter(recipient_key=sender, created_at__gt=now - _DAY)
        .using_db(tx)
        .values_list("created_at"),
    )
    return Acknowledged(
        address_last_hour=sum(1 for (at,) in to_them if at > now - _HOUR),
        address_last_day=len(to_them),
        everyone_last_hour=await decided.filter(created_at__gt=now - _HOUR).using_db(tx).count(),
    )


async def busy(tx: Tx) -> Mapping[str, int]:
    """
    Cases in work by handler address.
    """
    counted = cast(
        "list[tuple[str, int]]",
        await CaseRow.filter(state__in=(State.OPEN, State.AWAITING_CONFIRMATION), merged_into=None)
        .using_db(tx)
        .annotate(cases=Count("serial"))
        .group_by("handler_email")
        .values_list("handler_email", "cases"),
    )
    return dict(counted)


async def open_cases_of_handler(tx: Tx, email: str, firm: Firm) -> list[str]:
    """
    The cases in work of that handler, oldest first, each with what is owed next.
    """
    rows = (
        await CaseRow.filter(
            handler_email__iexact=email,
            state__in=(State.OPEN, State.AWAITING_CONFIRMATION),
            merged_into=None,
        )
        .using_db(tx)
        .order_by("serial")
        .limit(_MOST_CASES)
        .prefetch_related("obligations")
    )
    return [_line(row, firm) for row in rows]


def _line(row: CaseRow, firm: Firm) -> str:
    owed = [each for each in row.obligations if each.state == ObligationState.OPEN]  # type: ignore[attr-defined]
    first = min(owed, key=lambda each: each.due_at, default=None)
    if first is None:
        return str(row.reference)
    return f"{row.reference} ({PROMISES[first.promise].name}, by {in_words(first.due_at, firm)})"
