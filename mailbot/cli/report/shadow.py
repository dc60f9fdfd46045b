"""
`mailbot report --shadow`: what would have been sent beside what people did send.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailbot import service
from mailbot.cases.shadow.compare import CaseBeside, Finding, Shadow, compare
from mailbot.cases.shadow.known import Known, Theirs
from mailbot.cli.leaving import leave, must_be_free
from mailbot.cli.opening import asked, carried_out, give_up, need_a_database, quiet_settings
from mailbot.cli.report.command import month_asked
from mailbot.cli.shown.document import Document, instant, print_document
from mailbot.report.shadow_html import shadow_page
from mailbot.report.shadow_words import ShadowSheet, shadow_sheet
from mailbot.settings import Settings
from mailbot.store import shadow as stored
from mailbot.transport.mailbox import ImapFault
from mailbot.workers.sent_mail import sent_by_people

#: How far is looked back where nobody says since when.
_USUALLY = timedelta(days=30)


def report_shadow(
    month: str, since: str, html: Path | None, *, is_forced: bool, as_json: bool
) -> None:
    settings = quiet_settings()
    if settings.service.send != "none":
        give_up('[service] send is "live": mailbot sends, and there is nothing to compare')
    begins, ends = _between(month, since, settings)
    must_be_free(html, is_forced=is_forced)
    need_a_database(settings)
    nothing = Known(since=begins, until=ends)
    known = asked(settings, lambda: stored.known(begins, ends), nothing=nothing)
    found = compare(known, carried_out(_sent(settings, begins, ends), ImapFault))
    firm = settings.firm
    sheet = shadow_sheet(found, firm)
    if html:
        leave(html, shadow_page(sheet, firm.face).encode(), is_forced=is_forced)
    if as_json:
        print_document(document(found))
    elif html:
        print(f"the comparison is in {html}")
    else:
        tell(Console(), sheet)


def _between(month: str, since: str, settings: Settings) -> tuple[datetime, datetime]:
    now = service.utc_now()
    if month:
        named = month_asked(month, settings, now)
        return named.begins(settings.calendar), min(named.ends(settings.calendar), now)
    if not since:
        return now - _USUALLY, now
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise typer.BadParameter(
            f'expected a day such as 2026-11-02, got "{since}"', param_hint="--since"
        ) from None
    begins = settings.calendar.at(day, time.min)
    if begins >= now:
        raise typer.BadParameter(f"{since} is still to come", param_hint="--since")
    return begins, now


async def _sent(settings: Settings, begins: datetime, ends: datetime) -> list[Theirs]:
    by = service.tokens(settings)
    inbox = service.source(settings, by)
    try:
        name = await inbox.folder(settings.imap.sent_folder or r"\Sent")
        if name is None:
            raise ImapFault(
                "the mailbox has no sent folder that we know of: name it in [imap] sent_folder"
            )
        folder = service.source(settings, by, name)
        try:
            return await sent_by_people(folder, begins, ends)
        finally:
            await folder.close()
    finally:
        await inbox.close()


def document(shadow: Shadow) -> Document:
    return {
        "since": instant(shadow.since),
        "until": instant(shadow.until),
        "findings": {
            each.value: [case.reference for case in shadow.with_finding(each)] for each in Finding
        },
        "missed": [
            {
                "received_at": instant(each.received_at),
                "kind": each.kind,
                "silence": each.silence,
                "answered_at": instant(each.answered_at),
            }
            for each in shadow.missed
        ],
        "unrelated": shadow.unrelated,
        "cases": [_case(each) for each in shadow.cases],
    }


def _case(case: CaseBeside) -> Document:
    return {
        "reference": case.reference,
        "received_at": instant(case.received_at),
        "ours": [
            {
                "template": each.template,
                "at": instant(each.decided_at),
                "kept_in": each.is_kept_in,
            }
            for each in case.ours
        ],
        "theirs": [
            {"message_id": each.message_id, "at": instant(each.sent_at)} for each in case.theirs
        ],
        "promises": [
            {
                "promise": each.promise,
                "due_at": instant(each.due_at),
                "by_us": each.by_us,
                "by_them": each.by_them,
            }
            for each in case.promises
        ],
        "findings": list(case.findings),
    }


def tell(console: Console, sheet: ShadowSheet) -> None:
    console.print(Text(sheet.title, style="bold"))
    console.print(Text(" ".join(sheet.lead)))
    for name, meaning, references in sheet.findings:
        console.print()
        console.print(Text(f"{name}: {len(references)}", style="bold"))
        console.print(Text(meaning))
        console.print(Text(", ".join(references)))
    for each in sheet.missed:
        console.print()
        console.print(Text(each))
    if sheet.lines:
        console.print()
        console.print(_grid(sheet))
    console.print(Text(sheet.foot))


def _grid(sheet: ShadowSheet) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    grid.add_column("case", no_wrap=True)
    for heading in ("received", "people", "mailbot"):
        grid.add_column(heading, overflow="fold")
    for each in sheet.lines:
        grid.add_row(*map(Text, (each.reference, each.received, each.theirs, each.ours)))
    return grid
