"""
`mailbot recalc`: what is owed in a case, stored beside the present rules.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Console

from mailbot import service
from mailbot.cases.promises.recalculate import Recalculated
from mailbot.cli.office import at_the_office
from mailbot.cli.opening import need_a_database, no_such_case, operator, quiet_settings
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.cli.shown.lines import counted
from mailbot.cli.shown.tables import print_table
from mailbot.letters.office import Office
from mailbot.store import query
from mailbot.workers import orders

_COLUMNS = {
    "promise": "promise",
    "due_at": "due as stored",
    "new_due_at": "due under the present rules",
    "why": "",
}


def recalculate(reference: str, *, dry_run: bool, as_json: bool) -> None:
    settings = quiet_settings()
    need_a_database(settings)
    named = reference.strip().upper()

    async def work(office: Office) -> tuple[Recalculated, ...] | None:
        return await orders.recalculation(
            named, operator(), office, service.utc_now(), dry_run=dry_run
        )

    compared = at_the_office(settings, work, nothing=None)
    if compared is None:
        no_such_case(reference)
    document = recalculated(named, compared, is_recorded=not dry_run)
    if as_json:
        print_document(document)
    else:
        print_recalculated(Console(), document, settings.zone)


def recalculate_all(*, dry_run: bool, as_json: bool) -> None:
    """
    Each open case in a transaction of its own, oldest first.
    """
    settings = quiet_settings()

    async def work(office: Office) -> list[Document]:
        by, now = operator(), service.utc_now()
        made = []
        for reference in await query.references_in_work():
            compared = await orders.recalculation(reference, by, office, now, dry_run=dry_run)
            # One that was merged since leads to a case that is seen itself.
            made.append(recalculated(reference, compared or (), is_recorded=not dry_run))
        return made

    none: list[Document] = []
    cases = at_the_office(settings, work, nothing=none)
    if as_json:
        is_recorded = any(each["recorded"] for each in cases)
        print_document({"recorded": is_recorded, "cases": cases})
    else:
        print_all(Console(), cases, settings.zone)


def print_all(console: Console, cases: Sequence[Document], zone: ZoneInfo) -> None:
    """
    What moves, or stays although the rules would move it; the rest only counted.
    """
    rows = [
        {
            **each,
            "reference": case["reference"],
            "why": each["stays_because"] or "moves",
        }
        for case in cases
        for each in case["obligations"]
        if each["moves"] or each["stays_because"]
    ]
    if rows:
        print_table(console, rows, {"reference": "case", **_COLUMNS}, zone)
    moving = sum(each["moves"] for each in rows)
    console.print(f"{counted(len(cases), 'open case')}, {counted(moving, 'date')} to move")
    if any(each["recorded"] for each in cases):
        console.print("recorded")
    elif moving:
        console.print("nothing is changed; without --dry-run it is")


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
    print_table(console, rows, _COLUMNS, zone)
    if document["recorded"]:
        console.print("recorded")
    elif any(each["moves"] for each in rows):
        console.print("nothing is changed; without --dry-run it is")
