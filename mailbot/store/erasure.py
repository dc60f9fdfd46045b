"""
One person is made nobody: their own cases, their part in others', and mail that is in none.

Nothing goes before the floor of retention, nor what somebody still waits for; each case is
one transaction, and what happens in it meanwhile keeps it as it is.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from tortoise.expressions import F
from tortoise.queryset import QuerySet

from mailbot.cases.decision import Event
from mailbot.cases.letter_status import UNDERWAY
from mailbot.cases.states import State
from mailbot.store import person as persons
from mailbot.store import retention
from mailbot.store.database import Tx, transact
from mailbot.store.person import Person
from mailbot.store.retention import ANONYMISED, FLOOR, PastCase
from mailbot.store.tables import CaseRow, EventRow, HeldRow, MessageRow, OutboxRow, PartyRow

PARTY_ANONYMISED = "party_anonymised"
MAIL_ANONYMISED = "mail_anonymised"


class Stays(StrEnum):
    """
    Why something of a person cannot go yet.
    """

    OPEN = "open"
    OWES = "owes"
    FLOOR = "floor"
    WAITS = "waits"
    ON_ITS_WAY = "on_its_way"


@dataclass(frozen=True, kw_only=True)
class CasePart:
    """
    A case in which the person is. With *past* it may go; else *stays* says why not, and
    *until* is the first instant at which it may.
    """

    serial: int
    reference: str
    is_own: bool
    past: PastCase | None = None
    stays: Stays | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    *messages* and *letters* are in no case and may go; *waiting* and *underway* may not.
    """

    person: Person
    cases: tuple[CasePart, ...] = ()
    messages: tuple[int, ...] = ()
    letters: tuple[int, ...] = ()
    waiting: int = 0
    underway: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.cases or self.messages or self.letters or self.waiting or self.underway)


async def plan(person: Person, now: datetime) -> Plan:
    """
    What of that person may go at *now*, and what stays.
    """
    loose = MessageRow.filter(id__in=person.messages, case_id=None)
    held = HeldRow.filter(message__id__in=person.messages, message__case_id=None, resolved_at=None)
    waiting = {*cast("list[int]", await held.values_list("message_id", flat=True))}
    messages = cast(
        "list[int]", await loose.exclude(sender=ANONYMISED).values_list("id", flat=True)
    )
    letters = OutboxRow.filter(id__in=person.letters, case_id=None)
    underway = {
        *cast("list[int]", await letters.filter(status__in=UNDERWAY).values_list("id", flat=True))
    }
    written = cast("list[int]", await letters.values_list("id", flat=True))
    return Plan(
        person=person,
        cases=tuple(await _cases(person, now)),
        messages=tuple(sorted(set(messages) - waiting)),
        letters=tuple(sorted(set(written) - underway)),
        waiting=len(waiting),
        underway=len(underway),
    )


async def _cases(person: Person, now: datetime) -> Iterable[CasePart]:
    rows = [
        each
        for each in await persons.cases(person.own | person.others)
        # What is part of another case goes with it.
        if each.merged_into is None
    ]
    ends = await retention.ends_of(rows, FLOOR)
    return [_part(each, ends.get(each.serial), person, now) for each in rows]


def _part(row: CaseRow, end: PastCase | None, person: Person, now: datetime) -> CasePart:
    is_past = end is not None and end.past_since <= now
    stays = None
    if end is None:
        is_over = row.state in (State.CLOSED, State.NOT_A_COMPLAINT)
        stays = Stays.OWES if is_over else Stays.OPEN
    elif not is_past:
        stays = Stays.FLOOR
    return CasePart(
        serial=row.serial,
        reference=row.reference,
        is_own=row.serial in person.own,
        past=end if is_past else None,
        stays=stays,
        until=end.past_since if end and not is_past else None,
    )


async def leave_case(part: PastCase, person: Person, said: Event, now: datetime) -> bool:
    """
    Empty what the person was and wrote in somebody else's case, and what was written to them
    or made of their mail. False, and nothing is changed, if anything happened in it since.
    """

    async def work(tx: Tx) -> bool:
        mine = CaseRow.filter(serial=part.serial, revision=part.revision)
        if not await mine.using_db(tx).update(revision=F("revision") + 1):
            return False
        theirs = PartyRow.filter(case_id=part.serial, email_key__in=person.addresses)
        names = cast("list[str]", await theirs.using_db(tx).values_list("name", flat=True))
        instead = await retention.empty_parties(tx, theirs)
        messages = MessageRow.filter(case_id=part.serial, id__in=person.messages)
        letters = OutboxRow.filter(case_id=part.serial)
        await _empty_mail(tx, messages, letters, person, instead)
        await _empty_mentions(tx, part.serial, {*person.addresses, *filter(None, names)})
        await _record(tx, part.serial, said, now)
        return True

    await retention.overwrite_what_goes()
    return await transact(work)


async def empty_mail_of_no_case(found: Plan, said: Event, now: datetime) -> int:
    """
    Returns how many messages and letters are emptied now; what was taken up since stays.
    """

    async def work(tx: Tx) -> int:
        waiting = HeldRow.filter(resolved_at=None).using_db(tx)
        held = cast("list[int]", await waiting.values_list("message_id", flat=True))
        free = sorted(set(found.messages) - set(held))
        messages = MessageRow.filter(id__in=free, case_id=None)
        letters = OutboxRow.filter(case_id=None).exclude(status__in=UNDERWAY)
        done = await _empty_mail(tx, messages, letters, found.person, {})
        if done:
            await _record(tx, None, said, now)
        return done

    await retention.overwrite_what_goes()
    return await transact(work)


async def _empty_mail(
    tx: Tx,
    messages: QuerySet[MessageRow],
    letters: QuerySet[OutboxRow],
    person: Person,
    instead: dict[str, str],
) -> int:
    """
    The messages, and of the letters those to the person and those that staff got because of
    one of the messages.
    """
    heard = cast("list[int]", await messages.using_db(tx).values_list("ledger_id", flat=True))
    occasions = {f"message.{each}" for each in heard}
    about = letters.filter(to_staff=True).using_db(tx).values_list("id", "occasion")
    told = [
        number
        for number, occasion in cast("list[tuple[int, str]]", await about)
        if ".".join(occasion.split(".")[:2]) in occasions
    ]
    to_them = letters.filter(id__in=person.letters).using_db(tx).values_list("id", flat=True)
    goes = sorted({*told, *cast("list[int]", await to_them)})
    await retention.empty_messages(tx, messages)
    await retention.empty_letters(tx, OutboxRow.filter(id__in=goes), instead)
    return len(heard) + len(goes)


async def _empty_mentions(tx: Tx, serial: int, named: Collection[str]) -> None:
    """
    What the history says of them by name or address; the rest of it is somebody else's.
    """
    for row in await EventRow.filter(case_id=serial).using_db(tx):
        said = row.about.lower()
        if any(each.lower() in said for each in named):
            await EventRow.filter(id=row.id).using_db(tx).update(about=ANONYMISED)


async def _record(tx: Tx, serial: int | None, said: Event, now: datetime) -> None:
    await EventRow.create(
        using_db=tx,
        case_id=serial,
        at=now,
        event=said.name,
        cause=said.cause[:64],
        reason=said.reason,
    )
