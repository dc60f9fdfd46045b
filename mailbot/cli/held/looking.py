"""
What is held and why, one held message as a person reads it, and its octets.
"""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from mailbot.cases.wording import account
from mailbot.cli.leaving import leave
from mailbot.cli.opening import asked, need_a_database, no_held_mail, quiet_settings
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.cli.shown.lines import printable
from mailbot.cli.shown.tables import print_table, shown
from mailbot.store import held

_COLUMNS = {
    "id": "id",
    "at": "since",
    "reason": "reason",
    "from": "from",
    "subject": "subject",
    "detail": "detail",
}


def list_held(*, as_json: bool) -> None:
    settings = quiet_settings()
    document: Document = asked(settings, waiting, nothing={"held": []})
    if as_json:
        print_document(document)
    elif document["held"]:
        print_table(Console(), document["held"], _COLUMNS, settings.zone)
    else:
        Console().print("nothing is held")


async def waiting() -> Document:
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


def show_held(held_id: int, *, as_json: bool) -> None:
    settings = quiet_settings()
    need_a_database(settings)
    document = asked(settings, lambda: one(held_id), nothing=None)
    if document is None:
        no_held_mail(held_id)
    if as_json:
        print_document(document)
    else:
        print_one(Console(soft_wrap=True), document, settings.zone)


async def one(held_id: int) -> Document | None:
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


def print_one(console: Console, document: Document, zone: ZoneInfo) -> None:
    """
    One held message as a person reads it, and the ways on.
    """
    facts = {
        "held": f"number {document['id']}, since {shown('at', document['at'], zone)}",
        "because": account.rule(document["reason"]) or document["reason"],
        "detail": document["detail"],
        "since then": document["resolution"],
        "from": document["from"],
        "received": shown("received_at", document["received_at"], zone),
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


def export_held(held_id: int, file: Path | None, *, is_forced: bool) -> None:
    async def octets() -> bytes | None:
        row = await held.find(held_id)
        return row.message.content.octets if row else None

    settings = quiet_settings()
    need_a_database(settings)
    found = asked(settings, octets, nothing=None)
    if found is None:
        no_held_mail(held_id)
    if file is None:
        sys.stdout.buffer.write(found)
        return
    leave(file, found, is_forced=is_forced)
