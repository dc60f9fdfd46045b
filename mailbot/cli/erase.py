"""
`mailbot erase`: one person made nobody, as far as the floors of retention allow.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from mailbot.cli.opening import asked, need_a_database, no_such_case, operator, quiet_settings
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.cli.whose import must_not_have_worked_here, whose
from mailbot.store import erasure, person, query
from mailbot.store.erasure import CasePart, Plan, Stays
from mailbot.store.person import Person
from mailbot.store.retention import FLOOR
from mailbot.workers import erasing
from mailbot.workers.erasing import Erased

WHY_STAYS = {
    Stays.OPEN: "the complaint is open: it has to be answered, and the promises of the code kept",
    Stays.OWES: "something is still owed in it: a credit, a letter on its way",
    Stays.FLOOR: (
        f"a complaint can be taken to the independent scheme for {FLOOR} months, and its record"
        " is kept until then"
    ),
    Stays.WAITS: "it is held, and somebody has to decide about it first: mailbot held list",
    Stays.ON_ITS_WAY: "it is on its way: mailbot outbox list",
}
CHANGED = "something happened in it just now; say it again"

#: What no program of the firm reaches, or this one does not.
OUT_OF_REACH = (
    "copies in the mailbox itself (Processed, the sent folder): delete them in a mail program",
    "backups made before today: remove them in time, and say this again after a restore",
    "files that were made for the ombudsman, or for the person, and handed out",
    "what your own people have in their own mailboxes",
    "the digests of the mornings, which name customers to your people: they stay as they went",
    "mail on the servers of whoever got it",
)


def erase_person(address: str, *, dry_run: bool, as_json: bool) -> None:
    settings = quiet_settings()
    address = whose(address, settings.firm)
    need_a_database(settings)
    now = datetime.now(UTC)

    async def work() -> tuple[Plan, Erased]:
        if "@" not in address and await query.case(address) is None:
            no_such_case(address)
        await must_not_have_worked_here(address)
        found = await erasure.plan(await person.find(address), now)
        if dry_run:
            return found, Erased()
        return found, await erasing.erase(found, operator(), now)

    nothing = (Plan(person=Person(addresses=frozenset())), Erased())
    found, erased = asked(settings, work, nothing=nothing)
    if as_json:
        print_document(document(found, erased, dry_run=dry_run))
    else:
        show(Console(), found, erased, settings.zone, dry_run=dry_run)


def document(found: Plan, erased: Erased, *, dry_run: bool) -> Document:
    return {
        "addresses": sorted(found.person.addresses),
        "dry_run": dry_run,
        "cases": [
            {
                "reference": each.reference,
                "own": each.is_own,
                "may_go": each.past is not None,
                "erased": each.reference in erased.cases,
                "stays_until": instant(each.until) if each.until else None,
                "why": WHY_STAYS[each.stays] if each.stays else "",
            }
            for each in found.cases
        ],
        "mail_of_no_case": {
            "may_go": len(found.messages) + found.letters,
            "erased": erased.mails,
            "held": found.waiting,
            "on_its_way": found.underway,
        },
        "out_of_reach": list(OUT_OF_REACH),
    }


def show(console: Console, found: Plan, erased: Erased, zone: ZoneInfo, *, dry_run: bool) -> None:
    """
    What goes and what stays, a line each, and what is out of reach.
    """
    if found.is_empty:
        console.print(
            "nothing is held of that person; whoever wrote from elsewhere is somebody else"
        )
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("becomes", no_wrap=True)
    table.add_column("why")
    for each in found.cases:
        table.add_row(_what(each), *_fate(each, erased, zone, dry_run=dry_run))
    loose = len(found.messages) + found.letters
    if loose:
        done = f"{erased.mails} erased" if not dry_run else f"{loose} would be erased"
        table.add_row("mail of no case", done, "nothing has to be kept of it")
    if found.waiting:
        table.add_row("mail of no case", f"{found.waiting} stay", WHY_STAYS[Stays.WAITS])
    if found.underway:
        table.add_row("letters of no case", f"{found.underway} stay", WHY_STAYS[Stays.ON_ITS_WAY])
    console.print(table)
    console.print("\nOut of reach from here, and yours to see to:")
    for line in OUT_OF_REACH:
        console.print(f"- {line}")


def _what(each: CasePart) -> str:
    return each.reference if each.is_own else f"their part in {each.reference}"


def _fate(each: CasePart, erased: Erased, zone: ZoneInfo, *, dry_run: bool) -> tuple[str, str]:
    if each.stays:
        until = f" until {each.until.astimezone(zone).date().isoformat()}" if each.until else ""
        return f"stays{until}", WHY_STAYS[each.stays]
    if dry_run:
        return "would be erased", f"it ended more than {FLOOR} months ago"
    if each.reference in erased.cases:
        return "erased", f"it ended more than {FLOOR} months ago"
    return "stays", CHANGED
