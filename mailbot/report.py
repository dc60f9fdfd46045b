"""
What the commands show: JSON documents for scripts, tables for people.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailbot.cases.people.handlers import People
from mailbot.cases.promises.recalculate import Recalculated
from mailbot.cases.wording import account
from mailbot.check import Report
from mailbot.settings import Settings
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
    rows = query.cases(closed_too=closed_too)
    return {"cases": [_case_line(row) async for row in rows]}


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


def recalculated(
    reference: str, compared: Sequence[Recalculated], *, is_recorded: bool
) -> Document:
    return {
        "reference": reference,
        "recorded": is_recorded and any(each.moves for each in compared),
        "obligations": [
            {
                "promise": each.stored.promise,
                "number": each.stored.number,
                "acts_at": instant(each.stored.acts_at),
                "due_at": instant(each.stored.due_at),
                "new_acts_at": instant(each.by_the_rules.acts_at),
                "new_due_at": instant(each.by_the_rules.due_at),
                "moves": each.moves,
                "stays_because": each.stays,
            }
            for each in compared
        ],
    }


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


async def held_one(held_id: int) -> Document | None:
    """
    One held message, also one that was dealt with; None if there never was one.
    """
    row = await held.find(held_id)
    if row is None:
        return None
    return {
        "id": row.id,
        "at": instant(row.at),
        "received_at": instant(row.message.received_at),
        "reason": row.reason,
        "detail": row.detail,
        "attempts": row.attempts,
        "resolution": row.resolution,
        "from": row.message.sender,
        "subject": row.message.subject,
        "message_id": row.message.message_id,
        "attachments": row.message.attachments,
        "text": row.message.text,
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
            async for row in outbox.waiting()
        ]
    }


def findings(found: Report, shown: Sequence[tuple[str, str]]) -> Document:
    """
    What `check` found, and the configuration *shown* that it found it under.
    """
    return {
        "problems": found.problems,
        "warnings": found.warnings,
        "facts": found.facts,
        "mailbox": found.mailbox,
        "configuration": dict(shown),
    }


# --- for people ------------------------------------------------------------

#: Screens from here on have room for every column.
_WIDE = 110
#: What people wrote or servers said; names of ours stay in one piece.
_FOLDED = {"complainant", "detail", "evidence", "from", "subject", "to", "who", "why"}


def print_findings(console: Console, found: Report, shown: Sequence[tuple[str, str]]) -> None:
    """
    The configuration in force, what works, and last what has to be mended.
    """
    for key, value in shown:
        console.print(Text(f"{key} = {value}", style="dim"))
    for heading, lines in (
        ("ok:", found.facts),
        ("warning:", found.warnings),
        ("problem:", found.problems),
    ):
        for line in lines:
            console.print(Text(f"{heading} {line}"))
    if found.problems:
        count = _counted(len(found.problems), "problem")
        console.print(Text(f"{count}: mailbot cannot work until each is mended", style="bold"))
    else:
        count = _counted(len(found.warnings), "warning")
        console.print(Text(f"ready to run, {count}", style="bold"))


def _counted(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def print_cases(console: Console, document: Document, settings: Settings, now: datetime) -> None:
    if not document["cases"]:
        console.print("no open case")
        return
    rows = [
        {
            **each,
            "age": _age(each["received_at"], now),
            "handler": _name(settings.people, each["handler"]) or "nobody",
        }
        for each in document["cases"]
    ]
    columns = {
        "reference": "case",
        "state": "state",
        "age": "age",
        "handler": "handler",
        "complainant": "complainant",
        "next_due_at": "next deadline",
    }
    _table(console, rows, columns, settings.zone)


def _age(received_at: str, now: datetime) -> str:
    days = (now - datetime.fromisoformat(received_at)).days
    return f"{days} d" if days else "today"


def _name(people: People, email: str) -> str:
    """
    Staff by name, anybody else by address.
    """
    handler = people.by_address(email) if email else None
    return handler.name if handler else email


def print_held(console: Console, document: Document, zone: ZoneInfo) -> None:
    if not document["held"]:
        console.print("nothing is held")
        return
    columns = {
        "id": "id",
        "at": "since",
        "reason": "reason",
        "from": "from",
        "subject": "subject",
        "detail": "detail",
    }
    _table(console, document["held"], columns, zone)


def print_held_one(console: Console, document: Document, zone: ZoneInfo) -> None:
    """
    One held message as a person reads it, and the ways on.
    """
    facts = {
        "held": f"number {document['id']}, since {_shown('at', document['at'], zone)}",
        "because": account.rule(document["reason"]) or document["reason"],
        "detail": document["detail"],
        "since then": document["resolution"],
        "from": document["from"],
        "received": _shown("received_at", document["received_at"], zone),
        "subject": document["subject"],
        "files": ", ".join(document["attachments"]),
    }
    for name, value in facts.items():
        if value:
            console.print(Text(f"{name:<11} {printable(str(value))}"))
    console.print()
    for line in document["text"].splitlines():
        console.print(Text(f"    {printable(line)}"))
    number = document["id"]
    if not document["resolution"]:
        console.print(
            Text(
                f"\nmailbot held release {number}, or with --case REFERENCE into that case;"
                f" mailbot held reject {number}; mailbot held export {number} FILE.eml"
            )
        )


def print_outbox(console: Console, document: Document, zone: ZoneInfo) -> None:
    if not document["outbox"]:
        console.print("everything has been sent")
        return
    columns = {
        "id": "id",
        "case": "case",
        "template": "letter",
        "to": "to",
        "why": "status",
        "attempts": "tries",
        "next_attempt_at": "next attempt",
    }
    rows = [{**each, "why": _joined(each["status"], each["reason"])} for each in document["outbox"]]
    _table(console, rows, columns, zone)


def print_recalculated(console: Console, document: Document, zone: ZoneInfo) -> None:
    """
    Stored beside present rules, and what that means.
    """
    rows = [
        {
            **each,
            "why": each["stays_because"] or ("moves" if each["moves"] else "the same"),
        }
        for each in document["obligations"]
    ]
    if not rows:
        console.print("nothing is owed that depends on a rule")
        return
    columns = {
        "promise": "promise",
        "due_at": "due as stored",
        "new_due_at": "due under the present rules",
        "why": "",
    }
    _table(console, rows, columns, zone)
    if document["recorded"]:
        console.print("recorded")
    elif any(each["moves"] for each in rows):
        console.print("nothing is changed; without --dry-run it is")


def _joined(*said: str | None) -> str:
    return ": ".join(filter(None, said))


def _table(
    console: Console, rows: Sequence[Document], columns: Mapping[str, str], zone: ZoneInfo
) -> None:
    """
    Print *rows* under the headings of *columns* (key to heading); a column in which
    nothing stands is left out.
    """
    filled = {key: each for key, each in columns.items() if any(row.get(key) for row in rows)}
    shown = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for key, heading in filled.items():
        shown.add_column(heading, overflow="fold", no_wrap=key not in _FOLDED)
    for row in rows:
        shown.add_row(*(Text(_shown(key, row.get(key), zone)) for key in filled))
    console.print(shown)


def _is_instant(key: str) -> bool:
    return key == "at" or key.endswith("_at")


def _shown(key: str, value: object, zone: ZoneInfo) -> str:
    """
    The value as people read it: an instant by the clock on their wall.
    """
    if value is None:
        return ""
    if _is_instant(key):
        return f"{datetime.fromisoformat(str(value)).astimezone(zone):%Y-%m-%d %H:%M}"
    return printable(str(value))


def printable(text: str) -> str:
    """
    Strangers wrote it: what would steer the terminal is shown as a blot.
    """
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
