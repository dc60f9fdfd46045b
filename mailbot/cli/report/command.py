"""
`mailbot report`: the month shown, and written to files.
"""

from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from mailbot.cases.month.months import Month, last_whole, month_named
from mailbot.cases.month.report import report
from mailbot.cli.leaving import leave, must_be_free
from mailbot.cli.opening import asked, need_a_database, operator, quiet_settings
from mailbot.cli.report.document import report_document
from mailbot.cli.report.telling import tell
from mailbot.cli.shown.document import print_document
from mailbot.report.filled import sheet
from mailbot.report.html import html_page
from mailbot.report.pdf import pdf
from mailbot.settings import Settings
from mailbot.workers.counting import counted, nothing_counted


def report_month(
    named: str, html: Path | None, pdf_file: Path | None, *, is_forced: bool, as_json: bool
) -> None:
    if html and html == pdf_file:
        raise typer.BadParameter("a page and a PDF need a file each", param_hint="--pdf")
    settings = quiet_settings()
    now = datetime.now(UTC)
    month = month_asked(named, settings, now)
    must_be_free(html, pdf_file, is_forced=is_forced)
    need_a_database(settings)
    firm = settings.firm
    found = asked(settings, lambda: counted(month, firm), nothing=nothing_counted(month, firm))
    made = report(found, firm, made_at=now, made_by=operator())
    printed = sheet(made, firm)
    if html:
        leave(html, html_page(printed, firm.face).encode(), is_forced=is_forced)
    if pdf_file:
        leave(pdf_file, pdf(printed, firm.face), is_forced=is_forced)
    if as_json:
        print_document(report_document(made))
    elif not (html or pdf_file):
        tell(Console(), printed)
    for file in filter(None, (html, pdf_file) if not as_json else ()):
        print(f"{month.words} is in {file}")


def month_asked(named: str, settings: Settings, now: datetime) -> Month:
    """
    The month of that name, or the last whole one; a usage error where it is none, or is
    still to come.
    """
    if not named:
        return last_whole(now, settings.calendar)
    month = month_named(named)
    if month is None:
        raise typer.BadParameter(
            f'expected a month such as 2026-12, got "{named}"', param_hint="--month"
        )
    if month.begins(settings.calendar) > now:
        raise typer.BadParameter(f"{month.words} is still to come", param_hint="--month")
    return month
