"""
What operations said, in force until they say otherwise.
"""

from datetime import datetime, timedelta

from mailbot.cases.decision import Event
from mailbot.cases.known.home import Home, Moved
from mailbot.cases.letter_status import Paused
from mailbot.store.database import Tx, transact
from mailbot.store.home import HOME, moved_from
from mailbot.store.tables import ControlRow, EventRow

_PAUSED = "paused"

#: The highest serial that was seen on mail and that no case here has.
SERIALS_SEEN = "serials_seen"


#: Octets of the largest mail that our own server takes, as it said last.
_LARGEST_MAIL = "largest_mail"


async def largest_mail() -> int | None:
    """
    What the server said last of its largest mail; None if it never said anything.
    """
    row = await ControlRow.get_or_none(name=_LARGEST_MAIL)
    return int(row.value) if row else None


async def keep_largest_mail(octets: int, now: datetime) -> None:
    async def work(tx: Tx) -> None:
        row = ControlRow.filter(name=_LARGEST_MAIL).using_db(tx)
        if not await row.update(value=str(octets), at=now):
            await ControlRow.create(using_db=tx, name=_LARGEST_MAIL, value=str(octets), at=now)

    await transact(work)


async def paused() -> Paused:
    row = await ControlRow.get_or_none(name=_PAUSED)
    return Paused(row.value) if row else Paused.NOTHING


async def keep_serials_seen(tx: Tx, serial: int, at: datetime) -> None:
    """
    Numbers begin above *serial* from now on, also after a restart.
    """
    row = ControlRow.filter(name=SERIALS_SEEN).using_db(tx)
    if not await row.update(value=str(serial), at=at):
        await ControlRow.create(using_db=tx, name=SERIALS_SEEN, value=str(serial), at=at)


async def standing(home: Home | None) -> tuple[Paused, Moved]:
    """
    How much of the mail is stopped, and how *home* differs from the one that the database
    knows: asked together, since each batch of letters asks.
    """
    rows = await ControlRow.filter(name__in=(_PAUSED, HOME))
    said = {row.name: row.value for row in rows}
    known = said.get(HOME)
    return Paused(said.get(_PAUSED, "")), moved_from(known, home) if home else Moved.NOTHING


async def is_due(name: str, every: timedelta, now: datetime) -> bool:
    """
    Whether what is done so often is to be done *now*: True for one caller, who has done it
    then.
    """
    first = ControlRow(name=name, value="", at=now - 2 * every)
    await ControlRow.bulk_create([first], ignore_conflicts=True)
    return bool(await ControlRow.filter(name=name, at__lte=now - every).update(at=now))


async def pause(how_much: Paused, said: Event, now: datetime) -> None:
    """
    Stop mail, or let it go again with Paused.NOTHING; recorded as *said*.
    """

    async def work(tx: Tx) -> None:
        row = ControlRow.filter(name=_PAUSED).using_db(tx)
        if not await row.update(value=how_much, at=now):
            await ControlRow.create(using_db=tx, name=_PAUSED, value=how_much, at=now)
        await EventRow.create(
            using_db=tx,
            at=now,
            event=said.name,
            cause=said.cause,
            reason=said.reason,
            about=said.about,
        )

    await transact(work)
