"""
`mailbot explain`: a file as it would be read, a Message-ID as it was.

The database is looked at and never written; where there is none, no case is known.
"""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console

from mailbot import log, service
from mailbot.cases.firm import Firm
from mailbot.cases.known.arrivals import Left, arriving
from mailbot.cases.reference import reference
from mailbot.cli.explain.document import foreseen, remembered
from mailbot.cli.explain.telling import tell
from mailbot.cli.file import (
    FileProblem,
    header,
    instant_of,
    octets,
    read,
    receipt,
    without_passwords,
)
from mailbot.cli.office import PROBLEMS
from mailbot.cli.opening import carried_out, settings_in_force
from mailbot.cli.shown.document import Document, print_document
from mailbot.letters.office import Office
from mailbot.settings import Settings
from mailbot.store.database import Tx, as_it_is, is_new, look
from mailbot.store.recorded_message import Past, letter_of_ours, past
from mailbot.workers.dry_run import Imagined, imagined, reread


class NothingToExplain(Exception):  # noqa: N818 - it is the question's
    """
    There is no such file or message; str() says what to do.
    """


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    What is asked about: a file or, where there is none, a Message-ID. *at* is when
    the file's message is taken to come, None = at its own Date.
    """

    name: str
    file: Path | None
    at: datetime | None
    now: datetime


def explain_message(name: str, at: str, *, as_json: bool) -> None:
    log.to_stderr()
    # A Message-ID may be longer than any name of a file, which is a fault to `Path.exists`.
    file = Path(name) if os.access(name, os.F_OK) else None
    received_at = instant_of(at) if at else None
    if at and file is None:
        raise typer.BadParameter("only a file can come at another time", param_hint="--at")
    settings = settings_in_force(without_passwords(os.environ))
    asked = Asked(name=name, file=file, at=received_at, now=service.utc_now())
    document = carried_out(explained(asked, settings), *PROBLEMS, FileProblem, NothingToExplain)
    if as_json:
        print_document(document)
    else:
        tell(Console(), document, settings.firm)


async def explained(asked: Asked, settings: Settings) -> Document:
    """
    The explanation. NothingToExplain where there is nothing of that name, FileProblem
    where the file cannot be read.
    """
    url = settings.database.url.get_secret_value()
    async with as_it_is(url):
        found = await answered(asked, settings, await service.office_to_look(settings))
    return {"asked": asked.name, "database": not is_new(url), "messages": found}


async def answered(asked: Asked, settings: Settings, office: Office) -> list[Document]:
    """
    The same from the database that is open: every message of that name.
    """
    if asked.file:
        return [await _of_file(asked, asked.file, settings, office)]
    return await _of_record(asked, settings, office)


async def _of_file(asked: Asked, file: Path, settings: Settings, office: Office) -> Document:
    content = octets(file)
    message, unreadable = read(content, asked.at or asked.now, settings)
    received_at, clock = receipt(message, asked.at, asked.now)
    arrival = arriving(
        content,
        replace(message, received_at=received_at),
        unreadable=unreadable,
        left=None if len(content) <= settings.imap.max_message else Left.TOO_LARGE,
    )

    async def ask(tx: Tx) -> Imagined:
        return await imagined(tx, arrival, office, received_at)

    return foreseen(await look(ask), office.firm, clock)


async def _of_record(asked: Asked, settings: Settings, office: Office) -> list[Document]:
    async def ask(tx: Tx) -> list[tuple[Past, Imagined]]:
        found = await past(tx, asked.name)
        if not found:
            raise NothingToExplain(await _advice(tx, asked.name, office.firm))
        return [(each, await _again(tx, each, settings, office)) for each in found]

    pairs = await look(ask)
    return [remembered(then, now, office.firm) for then, now in pairs]


async def _again(tx: Tx, then: Past, settings: Settings, office: Office) -> Imagined:
    at = then.row.received_at
    left = then.left
    if left is None:
        message, unreadable = read(then.content, at, settings)
    else:
        message, unreadable = header(then.content, at), left.words
    arrival = arriving(then.content, message, unreadable=unreadable, left=left)
    return await reread(tx, then.row, arrival, office, then.row.recorded_at)


async def _advice(tx: Tx, name: str, firm: Firm) -> str:
    """
    What to do where no message that came has that name.
    """
    letter = await letter_of_ours(tx, name)
    if letter is None:
        return (
            f"there is no file {name}, and no message of that Message-ID is recorded; mailbot case"
            " REF lists the Message-IDs of a case, mailbot held list what waits for a person"
        )
    if letter.case_id is None:
        return f"{name} is a letter of ours to {letter.recipient}, and no message that came"
    case = reference(firm.reference_prefix, letter.case_id)
    return f"{name} is a letter of ours; mailbot case {case} says why it was written"
