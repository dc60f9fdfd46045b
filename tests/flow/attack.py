"""
An office that is attacked: what an attacker knows, and all that they could be after.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from mailbot import service
from mailbot.letters.office import Office
from mailbot.store.database import database
from mailbot.store.tables import AbsenceRow, CaseRow, EventRow, OutboxRow
from tests.flow import vouching
from tests.flow.house import JANE, RHIAN, Mail, read, settings, text_of
from tests.servers.migrated import lay
from tests.store.desk import Desk

BY_RHIAN = f"Rhian Price <{RHIAN}>"
BY_JANE = f"Jane Doe <{JANE}>"
BY_A_STRANGER = "Sam Stranger <sam@elsewhere.example>"

WORDS = "We owe you nothing. Ring me on 0900 000 000."
CLOSE = "#close phone Jane Doe, today 9:00"
AN_ENTRY = (
    "#open\nchannel: telephone\nname: Carys Hughes\nemail: carys@example.com\n\nNo dial tone."
)

#: What is on record where something was only asked about, or turned down.
_NOT_DONE = (
    *("command_to_be_confirmed", "contact_to_be_confirmed", "command_refused"),
    *("message_rejected", "message_released"),
)


@asynccontextmanager
async def an_office(folder: Path, kind: str = "confirm") -> AsyncIterator[Office]:
    """
    The office with its database open, and with that `staff_proof`.
    """
    own = folder / "config"
    config = own if own.exists() else vouching.configuration(folder)
    known = settings(folder, config, **vouching.environ(kind))
    if not (folder / "mailbot.sqlite3").exists():
        lay(folder)
    async with database(known.database.url.get_secret_value()):
        yield await service.office(known)


async def a_desk(office: Office, kind: str = "confirm") -> Desk:
    """
    Jane has complained, and Rhian has the case.
    """
    desk = Desk(office)
    await desk.arrives(vouching.from_outside(kind) + bytes(Mail()))
    later(desk)
    return desk


def later(desk: Desk) -> None:
    desk.now += timedelta(minutes=5)


async def letter(template: str, to: str = RHIAN) -> OutboxRow:
    row = await OutboxRow.filter(template=template, recipient=to).order_by("-id").first()
    assert row, template
    return row


async def reply_to(template: str, to: str = RHIAN) -> str:
    """
    The reply address of the latest letter of that template.
    """
    return str(read((await letter(template, to)).content)["Reply-To"])


async def said(template: str, to: str = RHIAN) -> str:
    return " ".join(text_of((await letter(template, to)).content).split())


async def an_answer(
    template: str,
    text: str,
    *,
    sender: str = BY_RHIAN,
    to: str = RHIAN,
    number: int = 1,
    headers: tuple[tuple[str, str], ...] = (),
    subject: str = "Re: Your case",
) -> Mail:
    """
    An answer to the latest letter of that template that went *to* that reader; *sender*
    is who they say they are.
    """
    row = await letter(template, to)
    return Mail(
        sender=sender,
        to=await reply_to(template, to),
        subject=subject,
        text=text,
        message_id=f"{template}.{number}.{row.id}@client.example",
        headers=(("In-Reply-To", f"<{row.message_id}>"), *headers),
    )


async def told(email: str = RHIAN) -> list[str]:
    """
    What one of our people was told, beside what shows them the case.
    """
    rows = await OutboxRow.filter(
        recipient=email, template__in=("receipt", "confirm-command", "held")
    ).order_by("id")
    return [each.template for each in rows]


async def done() -> tuple[object, ...]:
    """
    All that somebody could be after: what left for customers, what became of the
    cases, and what was recorded on somebody's word.
    """
    letters = await OutboxRow.filter(to_staff=False).order_by("id").values_list("template")
    cases = await CaseRow.all().order_by("serial").values_list("serial", "state", "verdict")
    ordered = EventRow.filter(cause__startswith="command").exclude(event__in=_NOT_DONE)
    return (
        *letters,
        *cases,
        *await ordered.values_list("event"),
        *await AbsenceRow.all().values_list("email_key"),
    )
