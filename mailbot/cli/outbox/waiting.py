"""
The letters that have not been sent, and why.
"""

from rich.console import Console

from mailbot.cli.opening import asked, quiet_settings
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.cli.shown.tables import print_table
from mailbot.store import outbox

_COLUMNS = {
    "id": "id",
    "case": "case",
    "template": "letter",
    "to": "to",
    "why": "status",
    "attempts": "tries",
    "next_attempt_at": "next attempt",
}


def list_waiting(*, as_json: bool) -> None:
    settings = quiet_settings()
    document: Document = asked(settings, waiting, nothing={"outbox": []})
    if as_json:
        print_document(document)
    elif document["outbox"]:
        rows = [{**each, "why": _why(each)} for each in document["outbox"]]
        print_table(Console(), rows, _COLUMNS, settings.zone)
    else:
        Console().print("everything has been sent")


async def waiting() -> Document:
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


def _why(letter: Document) -> str:
    return ": ".join(filter(None, (letter["status"], letter["reason"])))
