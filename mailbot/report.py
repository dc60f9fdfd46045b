"""
What the commands show: JSON documents for scripts, tables for people.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailbot.cases.model import People
from mailbot.store import held, outbox, query
from mailbot.store.tables import CaseRow, PartyRow

Document = Mapping[str, Any]


def instant(at: datetime | None) -> str | None:
    """
    UTC, ISO 8601 with `Z`.
    """
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def as_json(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


async def cases(*, closed_too: bool) -> Document:
    rows = await query.cases(closed_too=closed_too)
    return {"cases": [_case_line(row) for row in rows]}


def _case_line(row: CaseRow) -> Document:
    complainant = _complainant(list(row.parties))  # type: ignore[attr-defined]
    due = [step.at for step in row.steps if step.done_at is None]  # type: ignore[attr-defined]
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


async def case(reference: str, people: People) -> Document | None:
    """
    One case whole, or None if there is none of that reference.
    """
    row = await query.case(reference)
    if row is None:
        return None
    complainant = _complainant(await query.parties(row.serial))
    handler = people.by_address(row.handler_email) if row.handler_email else None
    return {
        "reference": row.reference,
        "state": row.state,
        "opened_at": instant(row.opened_at),
        "received_at": instant(row.received_at),
        "verdict": row.verdict,
        "rulebook_version": row.rulebook_version,
        "complainant": {
            "name": complainant.name if complainant else "",
            "email": complainant.email if complainant else "",
            "phone": complainant.phone if complainant else "",
        },
        "handler": {
            "name": handler.name if handler else "",
            "email": row.handler_email,
        },
        "obligations": [
            {
                "promise": each.promise,
                "number": each.number,
                "clause": each.clause,
                "acts_at": instant(each.acts_at),
                "due_at": instant(each.due_at),
                "state": each.state,
                "settled_at": instant(each.settled_at),
                "evidence": each.evidence,
            }
            for each in await query.obligations(row.serial)
        ],
        "messages": await _messages(row.serial),
        "events": [
            {
                "at": instant(each.at),
                "event": each.event,
                "cause": each.cause,
                "reason": each.reason,
                "about": each.about,
            }
            for each in await query.events(row.serial)
        ],
    }


async def _messages(serial: int) -> list[Document]:
    incoming = [
        {
            "direction": "in",
            "at": instant(each.received_at),
            "kind": each.kind,
            "message_id": each.message_id,
            "status": None,
            "evidence": each.evidence,
            "silence": each.silence,
            "rule": each.rule,
            "from": each.sender,
        }
        for each in await query.messages(serial)
    ]
    outgoing = [
        {
            "direction": "out",
            "at": instant(each.accepted_at or each.created_at),
            "kind": each.template,
            "message_id": each.message_id,
            "status": each.status,
            "evidence": each.reply,
            "silence": each.reason,
            "rule": "",
            "to": each.recipient,
        }
        for each in await query.letters(serial)
    ]
    return sorted([*incoming, *outgoing], key=lambda each: str(each["at"]))


async def held_list() -> Document:
    return {
        "held": [
            {
                "id": row.id,
                "at": instant(row.at),
                "reason": row.reason,
                "attempts": row.attempts,
                "from": row.message.sender,
                "subject": row.message.subject,
                "detail": row.detail,
            }
            for row in await held.waiting()
        ]
    }


async def outbox_list() -> Document:
    return {
        "outbox": [
            {
                "id": row.id,
                "case": row.case.reference if row.case else None,
                "template": row.template,
                "status": row.status,
                "attempts": row.attempts,
                "next_attempt_at": instant(row.next_attempt_at),
                "to": row.recipient,
                "reason": row.reason,
            }
            for row in await outbox.waiting()
        ]
    }


# --- for people ------------------------------------------------------------


def table(console: Console, rows: Sequence[Document], columns: Mapping[str, str]) -> None:
    """
    Print *rows* under the headings of *columns* (key to heading).
    """
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(row.get(key)) for key in columns))
    console.print(shown)


def _cell(value: object) -> Text:
    # Text, not markup: a subject may hold what rich takes for a style.
    return Text("" if value is None else str(value))


def print_case(console: Console, document: Document) -> None:
    """
    One case, for a complaints officer to read.
    """
    complainant, handler = document["complainant"], document["handler"]
    console.print(Text(f"{document['reference']}  {document['state']}", style="bold"))
    _facts(
        console,
        {
            "complainant": f"{complainant['name']} <{complainant['email']}>".strip(),
            "handler": f"{handler['name']} <{handler['email']}>" if handler["email"] else "nobody",
            "received": document["received_at"],
            "opened": document["opened_at"],
            "verdict": document["verdict"],
            "rulebook": document["rulebook_version"],
        },
    )
    console.print(Text("\nPromises", style="bold"))
    table(
        console,
        document["obligations"],
        {
            "promise": "promise",
            "state": "state",
            "acts_at": "acts",
            "due_at": "due",
            "settled_at": "settled",
            "evidence": "evidence",
        },
    )
    console.print(Text("\nMessages", style="bold"))
    rows = [{**each, "who": each.get("from") or each.get("to")} for each in document["messages"]]
    table(
        console,
        rows,
        {
            "at": "at",
            "direction": "",
            "kind": "kind",
            "who": "from or to",
            "status": "status",
            "silence": "why not answered or sent",
        },
    )
    console.print(Text("\nHistory", style="bold"))
    table(
        console,
        document["events"],
        {"at": "at", "event": "event", "cause": "cause", "reason": "reason", "about": "about"},
    )


def _facts(console: Console, facts: Mapping[str, object]) -> None:
    for name, value in facts.items():
        if value:
            console.print(Text(f"  {name:<12} {value}"))


def listed(console: Console, heading: str, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(f"{heading} {line}"))
