"""
`mailbot cases`: the cases in a list.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from mailbot.cases.people.handlers import People
from mailbot.cli.opening import asked, quiet_settings
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.cli.shown.tables import print_table
from mailbot.settings import Settings
from mailbot.store import query
from mailbot.store.tables import CaseRow, PartyRow

_COLUMNS = {
    "reference": "case",
    "state": "state",
    "age": "age",
    "handler": "handler",
    "complainant": "complainant",
    "next_due_at": "next deadline",
}


def list_cases(*, closed_too: bool, as_json: bool) -> None:
    settings = quiet_settings()
    document: Document = asked(
        settings, lambda: listed(closed_too=closed_too), nothing={"cases": []}
    )
    if as_json:
        print_document(document)
    elif document["cases"]:
        print_cases(Console(), document, settings, datetime.now(UTC))
    else:
        Console().print("no case" if closed_too else "no open case")


async def listed(*, closed_too: bool) -> Document:
    return {"cases": [_case_line(row) async for row in query.cases(closed_too=closed_too)]}


def _case_line(row: CaseRow) -> Document:
    complainant = _complainant(list(row.parties))  # type: ignore[attr-defined]
    due = [each.due_at for each in row.obligations if each.state == "open"]  # type: ignore[attr-defined]
    return {
        "reference": row.reference,
        "state": row.state,
        "handler": row.handler_email,
        "opened_at": instant(row.opened_at),
        "received_at": instant(row.received_at),
        "complainant": complainant.email if complainant else "",
        "next_due_at": instant(min(due, default=None)),
    }


def _complainant(parties: Sequence[PartyRow]) -> PartyRow | None:
    return next((each for each in parties if each.role == "complainant"), None)


def print_cases(console: Console, document: Document, settings: Settings, now: datetime) -> None:
    rows = [
        {
            **each,
            "age": _age(each["received_at"], now),
            "handler": _name(settings.people, each["handler"]) or "nobody",
        }
        for each in document["cases"]
    ]
    print_table(console, rows, _COLUMNS, settings.zone)


def _age(received_at: str, now: datetime) -> str:
    days = (now - datetime.fromisoformat(received_at)).days
    return f"{days} d" if days else "today"


def _name(people: People, email: str) -> str:
    """
    Staff by name, anybody else by address.
    """
    handler = people.by_address(email) if email else None
    return handler.name if handler else email
