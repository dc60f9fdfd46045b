"""
`mailbot simulate`: from a file to its future. Nothing is asked but the configuration
folder and the templates; no server and no database is touched.
"""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console

from mailbot import log, service
from mailbot.cases.known.arrivals import arriving
from mailbot.cli.file import (
    FileProblem,
    instant_of,
    octets,
    read,
    receipt,
    without_passwords,
)
from mailbot.cli.leaving import leave, must_be_free
from mailbot.cli.opening import give_up, settings_in_force
from mailbot.cli.simulate.future import foresee
from mailbot.cli.simulate.telling import Telling, tell
from mailbot.letters.templates import TemplateProblem
from mailbot.page.layout import page
from mailbot.settings import Settings


def simulate_file(file: Path, at: str, html: Path | None, *, is_forced: bool) -> None:
    log.to_stderr()
    received_at = instant_of(at) if at else None
    settings = settings_in_force(without_passwords(os.environ))
    must_be_free(html, is_forced=is_forced)
    try:
        simulate(settings, file, received_at, html, service.utc_now(), is_forced=is_forced)
    except (FileProblem, TemplateProblem) as wrong:
        give_up(str(wrong))


def simulate(
    settings: Settings,
    file: Path,
    at: datetime | None,
    html: Path | None,
    now: datetime,
    *,
    is_forced: bool = False,
) -> None:
    """
    Print what would follow from the message in *file*, and leave it in *html* as a page.

    FileProblem if the file cannot be read, TemplateProblem if a mail
    cannot be composed.
    """
    content = octets(file)
    if len(content) > settings.imap.max_message:
        raise FileProblem(
            f"{file} is larger than [imap] max_message: such a message stays on the server, and its"
            " case is opened from the header alone. Raise the limit, or take a smaller one"
        )
    message, unreadable = read(content, at or now, settings)
    received_at, clock = receipt(message, at, now)
    office = service.office_with(settings, None)
    message = replace(message, received_at=received_at)
    future = foresee(arriving(content, message, unreadable=unreadable), office)
    telling = Telling(office.firm, office.stationery, clock)
    tell(Console(), telling, future)
    if html:
        drawn = page(telling.story(future), settings.calendar, settings.firm.face)
        leave(html, drawn.encode(), is_forced=is_forced)
