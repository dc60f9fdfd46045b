"""
What operations said, in force until they say otherwise.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise import connections
from tortoise.expressions import Q

from mailbot.cases.decision import Event
from mailbot.cases.known.clock import Doubt, Doubted
from mailbot.cases.known.home import Home, Moved
from mailbot.cases.letter_status import Paused
from mailbot.health.facts import AHEAD_AT_MOST, AWAY_AFTER
from mailbot.store import presence, standstill
from mailbot.store.database import Tx, transact
from mailbot.store.home import HOME, moved_from
from mailbot.store.tables import ControlRow, EventRow

PAUSED = "paused"
_BELIEVED, DOUBTED, _RESUMED = "clock_believed", "clock_doubted", "clock_resumed"

#: The highest serial that was seen on mail and that no case here has.
SERIALS_SEEN = "serials_seen"


#: The id of the key of a database that has signed nothing yet.
_FIRST_KEY = "first_key"

#: Octets of the largest mail that our own server takes, as it said last.
_LARGEST_MAIL = "largest_mail"


async def largest_mail() -> int | None:
    """
    What the server said last of its largest mail; None if it never said anything.
    """
    row = await ControlRow.get_or_none(name=_LARGEST_MAIL)
    return int(row.value) if row else None


async def keep_largest_mail(octets: int, now: datetime) -> None:
    await transact(lambda tx: _put(tx, _LARGEST_MAIL, str(octets), now))


async def first_key(key_id: str, now: datetime) -> str:
    """
    The id of the key with which this database begins: *key_id*, unless somebody is at work, or
    has just come, with another.
    """
    if connections.get("default").capabilities.dialect == "sqlite":
        return key_id
    first = ControlRow(name=_FIRST_KEY, value=key_id, at=now)
    await ControlRow.bulk_create([first], ignore_conflicts=True)
    row = await ControlRow.get(name=_FIRST_KEY)
    is_fresh = abs(now - row.at) < AWAY_AFTER
    if row.value == key_id or is_fresh or await presence.how_many(now):
        return str(row.value)
    await transact(lambda tx: _put(tx, _FIRST_KEY, key_id, now))
    return key_id


async def paused() -> Paused:
    row = await ControlRow.get_or_none(name=PAUSED)
    return Paused(row.value) if row else Paused.NOTHING


async def keep_serials_seen(tx: Tx, serial: int, at: datetime) -> None:
    """
    Numbers begin above *serial* from now on, also after a restart.
    """
    await _put(tx, SERIALS_SEEN, str(serial), at)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """
    What is on record of the machine's clock: when it was last believed, what was doubted,
    and the last word of operations on it.
    """

    believed_at: datetime | None = None
    doubted: Doubted | None = None
    resumed: str = ""


async def clock() -> Clock:
    rows = await ControlRow.filter(name__in=(_BELIEVED, DOUBTED, _RESUMED))
    said = {row.name: row.value for row in rows}
    believed, doubted = said.get(_BELIEVED), said.get(DOUBTED)
    return Clock(
        believed_at=datetime.fromisoformat(believed) if believed else None,
        doubted=doubt_read(doubted) if doubted else None,
        resumed=said.get(_RESUMED, ""),
    )


async def servers_clock() -> datetime | None:
    """
    What the database's own server says the time is; None where there is no server.
    """
    connection = connections.get("default")
    if connection.capabilities.dialect == "sqlite":
        return None
    [row] = await connection.execute_query_dict("SELECT now() AS at")
    at: datetime = row["at"]
    return at


async def common_clock(now: datetime) -> datetime:
    """
    What the time is by the clock that all workers have in common, their database's; *now* where
    there is none, or one that is so far from ours that it may be wrong.
    """
    server = await servers_clock()
    return server if server and abs(server - now) <= AHEAD_AT_MOST else now


async def believe(now: datetime) -> None:
    """
    The clock is believed, and nothing is in doubt any more.
    """

    async def work(tx: Tx) -> None:
        await _put(tx, _BELIEVED, now.isoformat(), now)
        await ControlRow.filter(name=DOUBTED).using_db(tx).delete()

    await transact(work)


async def doubt(doubted: Doubted) -> None:
    value = json.dumps(
        {
            "doubt": doubted.doubt,
            "believed_at": doubted.believed_at.isoformat(),
            "doubted_at": doubted.doubted_at.isoformat(),
        }
    )
    await transact(lambda tx: _put(tx, DOUBTED, value, doubted.doubted_at))


async def resume_clock(said: Event, now: datetime) -> None:
    """
    The clock is right as it stands, as *said*: whoever is at work goes by it.
    """

    async def work(tx: Tx) -> None:
        await _put(tx, _BELIEVED, now.isoformat(), now)
        await _put(tx, _RESUMED, now.isoformat(), now)
        await ControlRow.filter(name=DOUBTED).using_db(tx).delete()
        await EventRow.create(
            using_db=tx, at=now, event=said.name, cause=said.cause, reason=said.reason
        )

    await transact(work)


def doubt_read(value: str) -> Doubted:
    """
    The doubt as it is stored.
    """
    said = json.loads(value)
    return Doubted(
        doubt=Doubt(said["doubt"]),
        believed_at=datetime.fromisoformat(said["believed_at"]),
        doubted_at=datetime.fromisoformat(said["doubted_at"]),
    )


async def _put(tx: Tx, name: str, value: str, at: datetime) -> None:
    # One statement: of two who say it first, neither is told that it was said.
    row = ControlRow(name=name, value=value, at=at)
    await ControlRow.bulk_create(
        [row], using_db=tx, on_conflict=["name"], update_fields=["value", "at"]
    )


async def standing(home: Home | None) -> tuple[Paused, Moved]:
    """
    How much of the mail is stopped, by a word or for the database's own sake, and how *home*
    differs from the one that the database knows: asked together, since each batch of letters
    asks.
    """
    rows = await ControlRow.filter(name__in=(PAUSED, HOME, *standstill.ALL))
    said = {row.name: row.value for row in rows}
    stands_still = any(each in said for each in standstill.ALL)
    paused = Paused.EVERYTHING if stands_still else Paused(said.get(PAUSED, ""))
    known = said.get(HOME)
    return paused, moved_from(known, home) if home else Moved.NOTHING


async def is_due(name: str, every: timedelta, now: datetime) -> bool:
    """
    Whether what is done so often is to be done *now*: True for one caller, who has done it
    then. What was done far in the future was done by a clock that has been put right.
    """
    first = ControlRow(name=name, value="", at=now - 2 * every)
    await ControlRow.bulk_create([first], ignore_conflicts=True)
    is_over = Q(at__lte=now - every) | Q(at__gt=now + every)
    return bool(await ControlRow.filter(is_over, name=name).update(at=now))


async def pause(how_much: Paused, said: Event, now: datetime) -> None:
    """
    Stop mail, or let it go again with Paused.NOTHING; recorded as *said*.
    """

    async def work(tx: Tx) -> None:
        await _put(tx, PAUSED, how_much, now)
        await EventRow.create(
            using_db=tx,
            at=now,
            event=said.name,
            cause=said.cause,
            reason=said.reason,
            about=said.about,
        )

    await transact(work)


async def is_first_of_the_day(tx: Tx, name: str, day: date, now: datetime) -> bool:
    """
    The write that says who is first to do the thing of that name on that day; False for
    everybody else.
    """
    # Two workers may meet on the very first day: the second finds the row.
    first = ControlRow(name=name, value="", at=now)
    await ControlRow.bulk_create([first], ignore_conflicts=True, using_db=tx)
    before = ControlRow.filter(name=name).exclude(value=day.isoformat()).using_db(tx)
    return bool(await before.update(value=day.isoformat(), at=now))
