"""
`mailbot retention`: what is past its time, shown, and emptied when somebody asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from mailbot.cli.opening import asked, operator, quiet_settings
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.store import retention
from mailbot.store.retention import PastCase
from mailbot.workers import orders


@dataclass(frozen=True, kw_only=True)
class Carried:
    """
    What was found, and the references of those that are anonymised now.
    """

    months: int
    found: Sequence[PastCase] = ()
    anonymised: frozenset[str] = frozenset()
    is_dry: bool = True


def keep_to_retention(*, dry_run: bool, as_json: bool) -> None:
    settings = quiet_settings()
    now, months = datetime.now(UTC), settings.rulebook.retention.months

    async def work() -> Carried:
        found = await look(now, months)
        return found if dry_run else await carry_out(found, operator(), now)

    carried = asked(settings, work, nothing=Carried(months=months))
    if as_json:
        print_document(document(carried))
    else:
        show(Console(), carried, settings.zone)


async def look(now: datetime, months: int) -> Carried:
    return Carried(months=months, found=await retention.past(now, months))


async def carry_out(found: Carried, by: str, now: datetime) -> Carried:
    """
    Each case in a transaction of its own; one in which something has happened
    since it was found is left as it is.
    """
    done = [each.reference for each in found.found if await orders.anonymise(each, by, now)]
    return Carried(months=found.months, found=found.found, anonymised=frozenset(done), is_dry=False)


def document(carried: Carried) -> Document:
    return {
        "months": carried.months,
        "cases": [
            {
                "reference": each.reference,
                "state": each.state,
                "ended_at": instant(each.ended_at),
                "past_since": instant(each.past_since),
                "anonymised": each.reference in carried.anonymised,
            }
            for each in carried.found
        ],
    }


def show(console: Console, carried: Carried, zone: ZoneInfo) -> None:
    """
    A table of the cases that are past their time, or that there are none.
    """
    if not carried.found:
        console.print(f"no case is past its time: each is kept for {carried.months} months")
        return
    table = Table(box=None, header_style="bold")
    for title in ("case", "state", "ended", "past its time since", ""):
        table.add_column(title)
    for each in carried.found:
        table.add_row(
            each.reference,
            each.state.replace("_", " "),
            each.ended_at.astimezone(zone).date().isoformat(),
            each.past_since.astimezone(zone).date().isoformat(),
            _fate(each, carried),
        )
    console.print(table)


def _fate(each: PastCase, carried: Carried) -> str:
    if each.reference in carried.anonymised:
        return "anonymised"
    return "" if carried.is_dry else "stays: something happened in it just now; say it again"
