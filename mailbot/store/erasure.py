"""
One person is made nobody: their own cases, their part in others', and mail that is in none.

Nothing goes before the floor of retention, nor what somebody still waits for; each case is
one transaction, and what happens in it meanwhile keeps it as it is.
"""

from collections.abc import Collection, Iterable, Sequence
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

#: Messages that are emptied in one transaction.
_PORTION = 500


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
    *messages* are in no case and may go, and so many *letters*; *waiting* and *underway* may not.
    """

    person: Person
    cases: tuple[CasePart, ...] = ()
    messages: tuple[int, ...] = ()
    letters: int = 0
    waiting: int = 0
    underway: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.cases or self.messages or self.letters or self.waiting or self.underway)


async def plan(person: Person, now: datetime) -> Plan:
    """
    What of that person may go at *now*, and what stays.
    """
    held = HeldRow.filter(resolved_at=None, message__case_id=None)
    waiting = {*cast("list[int]", await held.values_list("message_id", flat=True))}
    loose = person.messages_in(None)
    letters = _letters_to(person, None)
    underway = letters.filter(status__in=UNDERWAY)
    return Plan(
        person=person,
        cases=tuple(await _cases(person, now)),
        messages=tuple(each for each in loose if each not in waiting),
        letters=await letters.exclude(status__in=UNDERWAY).exclude(content=b"").count(),
        waiting=len(waiting.intersection(loose)),
        underway=await underway.count(),
    )


def _letters_to(person: Person, serial: int | None) -> QuerySet[OutboxRow]:
    return OutboxRow.filter(case_id=serial, recipient_key__in=person.addresses, to_staff=False)


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
        theirs_alone = person.messages_in(part.serial)
        messages = MessageRow.filter(case_id=part.serial, id__in=theirs_alone)
        await _empty_mail(tx, messages, part.serial, person, instead)
        await _empty_mentions(tx, part.serial, {*person.addresses, *filter(None, names)})
        await _record(tx, part.serial, said, now)
        return True

    await retention.overwrite_what_goes()
    return await transact(work)


async def empty_mail_of_no_case(found: Plan, said: Event, now: datetime) -> int:
    """
    Returns how many messages and letters are emptied now; what was taken up since stays.
    """
    await retention.overwrite_what_goes()
    done = 0
    for start in range(0, max(len(found.messages), 1), _PORTION):
        portion = found.messages[start : start + _PORTION]
        done += await _empty_portion(portion, found.person, said, now)
    return done


async def _empty_portion(portion: Sequence[int], person: Person, said: Event, now: datetime) -> int:
    async def work(tx: Tx) -> int:
        waiting = HeldRow.filter(resolved_at=None, message_id__in=portion).using_db(tx)
        held = {*cast("list[int]", await waiting.values_list("message_id", flat=True))}
        free = [each for each in portion if each not in held]
        messages = MessageRow.filter(id__in=free, case_id=None)
        done = await _empty_mail(tx, messages, None, person, {})
        if done:
            await _record(tx, None, said, now)
        return done

    return await transact(work)


async def _empty_mail(
    tx: Tx,
    messages: QuerySet[MessageRow],
    serial: int | None,
    person: Person,
    instead: dict[str, str],
) -> int:
    """
    The messages, the letters to the person there, and those that staff got because of one of
    the messages.
    """
    heard = cast("list[int]", await messages.using_db(tx).values_list("ledger_id", flat=True))
    occasions = {f"message.{each}" for each in heard}
    to_staff = OutboxRow.filter(case_id=serial, to_staff=True).using_db(tx)
    told = [
        number
        for number, occasion in cast(
            "list[tuple[int, str]]", await to_staff.values_list("id", "occasion")
        )
        if ".".join(occasion.split(".")[:2]) in occasions
    ]
    sent = _letters_to(person, serial).exclude(status__in=UNDERWAY).exclude(content=b"")
    to_them = cast("list[int]", await sent.using_db(tx).values_list("id", flat=True))
    await retention.empty_messages(tx, messages)
    goes = OutboxRow.filter(id__in=[*told, *to_them])
    await retention.empty_letters(tx, goes, instead)
    return len(heard) + len(told) + len(to_them)


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
