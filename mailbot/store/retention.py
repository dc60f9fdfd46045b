"""
What is past its time, and how a case is made nobody's.

Somebody asks, or the rulebook lets it go by itself; case by case, and each is one transaction. What
stays is the skeleton: dates, states, promises, which letter kept which, who of the
firm did what. The customer's name, addresses, words and the octets go. Copies that
are elsewhere (in the mailbox, in backups) are not in reach from here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from tortoise import connections
from tortoise.expressions import F
from tortoise.queryset import QuerySet

from mailbot.cases.decision import Event
from mailbot.cases.known.known import NOWHERE
from mailbot.cases.letter import COPY, RIGHTS_LETTERS
from mailbot.cases.letter_status import UNDERWAY, Status
from mailbot.cases.months import months_after
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.store.control import is_first_of_the_day
from mailbot.store.database import Tx, transact
from mailbot.store.tables import (
    CaseRow,
    Content,
    EventRow,
    HeldRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
)

#: A complaint can be taken to the scheme for twelve months after the rights letter.
FLOOR = 12

ANONYMISED = "anonymised"

_ENDED = (State.CLOSED, State.NOT_A_COMPLAINT)
_ENDS = ("case_closed", "judged_not_a_complaint")
CASE_ANONYMISED = "case_anonymised"
#: Letters that an operator could still send; emptied, they must not be.
_STOPPED = (Status.REFUSED, Status.EXPIRED, Status.WITHHELD)
#: What a settlement says of a letter of ours; anything else are somebody's words.
_OF_A_LETTER = re.compile(r"[\w-]+ accepted, [^\s@]+@[^\s@]+(?: \([\w-]+\))?")
#: What a settlement says in words of the program alone, with the names of our own people.
_OF_OURS = re.compile(
    r"(?:(?:telephone call|answer) by [^@]+"
    r"|an outcome was (?:sent|written)(?: \[[\w.-]+\])?"
    r"|(?:applied|[\w-]+ posted), says [^@]+"
    r"|agreed(?: anew)?: [\w ]+, [\w:]+(?: \[[\w.-]+\])?"
    r"|the customer said no|the customer has not answered)"
)
#: Events of which the report of a month, and whoever proves something, has to know the rest: one
#: of our people, a sum and a month, the name of a letter. Nobody else's words stand there.
_SAY_NOTHING_OF_THEM = (
    *("assigned", "credit_agreed", "credit_applied"),
    *("letter_to_be_posted", "letter_posted"),
)
#: Cases that are looked at together.
_PAGE = 500

#: Which cases a question is about, for each table that belongs to a case.
_These = Mapping[str, list[int]]

#: What is changed of a letter that is emptied, beside its octets.
_EMPTIED = (
    *("key", "occasion", "recipient", "recipient_key", "recipient_name"),
    *("status", "reason", "reply", "copy_to"),
)

#: What was too long for its column, and the digest of all of it.
_SHORTENED = re.compile(r"(?P<begins>.*)~[0-9a-f]{32}", re.DOTALL)

_ADDRESS = re.compile(r"[^\s<>:;,()]+@[^\s<>:;,()]+")


@dataclass(frozen=True, kw_only=True)
class PastCase:
    """
    A case that has been kept for as long as it has to be.
    """

    serial: int
    reference: str
    state: str
    #: The latest of its closure, its rights letter and the last message in it.
    ended_at: datetime
    past_since: datetime
    #: As it was when this was found out: whatever happens in a case raises it.
    revision: int


async def begins(day: date, now: datetime) -> bool:
    """
    Whether nobody has looked yet, on that day, for what is past its time; from now on
    somebody has.
    """

    async def work(tx: Tx) -> bool:
        return await is_first_of_the_day(tx, "retention", day, now)

    return await transact(work)


async def past(now: datetime, months: int) -> list[PastCase]:
    """
    The ended cases that nothing has touched for *months*, the oldest first; those
    that are anonymised already, or still owe somebody something, are left out.
    """
    if months < FLOOR:
        raise ValueError(f"a case is kept for {FLOOR} months at least, not {months}")
    due: list[PastCase] = []
    last = 0
    while page := await _page_after(last):
        ended = [row for row in page if row.state in _ENDED and row.merged_into is None]
        found = await _past(ended, months)
        due += [each for each in found if each.past_since <= now]
        last = page[-1].serial
    return sorted(due, key=lambda each: (each.past_since, each.serial))


async def _page_after(serial: int) -> list[CaseRow]:
    """
    By their key alone: by their state all that have ended would be sorted for each page.
    """
    later = CaseRow.filter(serial__gt=serial).order_by("serial").limit(_PAGE)
    return await later.only("serial", "reference", "state", "revision", "merged_into")


async def _past(rows: Sequence[CaseRow], months: int) -> list[PastCase]:
    """
    What of these ended cases is done with, and from when its months count.
    """
    if not rows:
        return []
    these = {"case_id__in": [row.serial for row in rows]}
    ended = await _ended(these)
    done = await _latest(EventRow.filter(event=CASE_ANONYMISED, **these), "at")
    busy = await _busy(these)
    return [
        PastCase(
            serial=row.serial,
            reference=row.reference,
            state=row.state,
            ended_at=ended[row.serial],
            past_since=months_after(ended[row.serial], months),
            revision=row.revision,
        )
        for row in rows
        if row.serial not in busy
        # Without an event nothing says when it ended; better it stays.
        and row.serial in ended
        and (row.serial not in done or done[row.serial] < ended[row.serial])
    ]


async def ends_of(rows: Sequence[CaseRow], months: int) -> dict[int, PastCase]:
    """
    By serial, those of the cases that have ended and owe nothing any more, with the instant
    from which they are past their time.
    """
    ended = [row for row in rows if row.state in _ENDED and row.merged_into is None]
    return {each.serial: each for each in await _past(ended, months)}


async def anonymise(case: PastCase, said: Event, now: datetime) -> bool:
    """
    Empty the case of everything that tells whose it was; recorded as *said*, which is an
    event of the name CASE_ANONYMISED.

    False, and nothing is changed, if anything happened in it since it was found.
    """

    async def work(tx: Tx) -> bool:
        mine = CaseRow.filter(serial=case.serial, revision=case.revision, state__in=_ENDED)
        if not await mine.using_db(tx).update(revision=F("revision") + 1, needs=""):
            return False
        instead = await empty_parties(tx, PartyRow.filter(case_id=case.serial))
        for merged in await CaseRow.filter(merged_into=case.serial).using_db(tx):
            # What was part of it keeps no people of its own.
            instead |= await empty_parties(tx, PartyRow.filter(case_id=merged.serial))
            await _empty_history(tx, merged.serial)
            await CaseRow.filter(serial=merged.serial).using_db(tx).update(needs="")
        await empty_letters(tx, OutboxRow.filter(case_id=case.serial), instead)
        await empty_messages(tx, MessageRow.filter(case_id=case.serial))
        await _empty_history(tx, case.serial)
        await EventRow.create(
            using_db=tx,
            case_id=case.serial,
            at=now,
            event=said.name,
            cause=said.cause[:64],
            reason=said.reason,
        )
        return True

    await overwrite_what_goes()
    return await transact(work)


async def overwrite_what_goes() -> None:
    """
    SQLite would else leave what is emptied readable in the free parts of its file.
    """
    connection = connections.get("default")
    if connection.capabilities.dialect == "sqlite":
        await connection.execute_query("PRAGMA secure_delete = ON")


# --- when it ended ---------------------------------------------------------


async def _ended(these: _These) -> dict[int, datetime]:
    """
    By serial, from when the months count.
    """
    ends = await _latest(EventRow.filter(event__in=_ENDS, **these), "at")
    # A letter by post is no letter of the outbox; its promise says when it went.
    since = [
        await _latest(MessageRow.filter(**these), "recorded_at"),
        await _latest(OutboxRow.filter(template__in=RIGHTS_LETTERS, **these), "accepted_at"),
        await _latest(ObligationRow.filter(promise="adr_rights", **these), "settled_at"),
    ]
    return {
        serial: max(end, *(each.get(serial, end) for each in since)) for serial, end in ends.items()
    }


async def _latest(
    rows: QuerySet[EventRow] | QuerySet[MessageRow] | QuerySet[OutboxRow] | QuerySet[ObligationRow],
    column: str,
) -> dict[int, datetime]:
    pairs = cast("Iterable[tuple[int, datetime | None]]", await rows.values_list("case_id", column))
    latest: dict[int, datetime] = {}
    for serial, at in pairs:
        if at is not None:
            latest[serial] = max(at, latest.get(serial, at))
    return latest


async def _busy(these: _These) -> set[int]:
    """
    The serials of ended cases in which something is still to come: a credit, a letter.
    """
    owing = await ObligationRow.filter(state=ObligationState.OPEN, **these).values_list("case_id")
    sending = await OutboxRow.filter(status__in=UNDERWAY, **these).values_list("case_id")
    return {serial for (serial,) in cast("list[tuple[int]]", [*owing, *sending])}


# --- what goes -------------------------------------------------------------


async def empty_parties(tx: Tx, rows: QuerySet[PartyRow]) -> dict[str, str]:
    """
    Returns what stands for each address from now on.
    """
    instead = {}
    for row in await rows.using_db(tx):
        instead[row.email_key] = f"party-{row.id}@{NOWHERE}"
        row.update_from_dict(
            {
                "name": ANONYMISED,
                "email": instead[row.email_key],
                "email_key": instead[row.email_key],
                "phone": "",
                "postal_address": "",
                "gets_copies": False,
            }
        )
        await row.save(using_db=tx)
    return instead


async def empty_letters(tx: Tx, rows: QuerySet[OutboxRow], instead: dict[str, str]) -> None:
    """
    All their octets, and the recipients outside the firm, also where a task names them.
    """
    # Without the octets, which may be gigabytes, and are not wanted.
    columns = [each for each in OutboxRow._meta.db_fields if each != "content"]  # noqa: SLF001
    for row in await rows.using_db(tx).only(*columns):
        reader = row.recipient_key
        if not row.to_staff:
            nobody = instead.get(reader, f"letter-{row.id}@{NOWHERE}")
            row.recipient = row.recipient_key = nobody
            row.recipient_name = ANONYMISED
        named = instead if row.to_staff else {**instead, reader: row.recipient_key}
        # The key stays what makes a letter unique, also for who is nobody now.
        row.key = _without_names(row.key, named)
        row.occasion = _without_names(row.occasion, named)
        if COPY in {row.template, row.occasion.partition(".")[0]}:
            # A digest of the reader's address stands in both.
            row.key, row.occasion = f"{row.case_id or 0}|{row.template}|{row.id}", COPY
        if row.status in _STOPPED:
            row.reason = f"{ANONYMISED}; it was {row.status}"
            row.status = Status.WITHDRAWN
        else:
            row.reason = ""
        row.reply = _ADDRESS.sub(ANONYMISED, row.reply)
        row.copy_to = ""
        changed = {name: getattr(row, name) for name in _EMPTIED}
        await OutboxRow.filter(id=row.id).using_db(tx).update(**changed, content=b"")


def _without_names(text: str, instead: Mapping[str, str]) -> str:
    """
    The same with what stands for each address, also where one was too long to stand there whole.
    """
    for address, nobody in instead.items():
        if address:
            text = text.replace(address, nobody)
        if shortened := _SHORTENED.fullmatch(text):
            text = _cut_off(shortened["begins"], address, nobody) or text
    return text


def _cut_off(begins: str, address: str, nobody: str) -> str:
    """
    What stands for a text that was cut off in the midst of the address; "" where it was not.
    """
    for length in range(min(len(address), len(begins)), 2, -1):
        if begins.endswith(address[:length]):
            return begins[:-length] + nobody
    return ""


async def empty_messages(tx: Tx, rows: QuerySet[MessageRow]) -> None:
    """
    The octets, the words and the sender; `identity` is a hash, and stays so that a
    message that a server delivers again is known.
    """
    found = cast("list[tuple[int, int]]", await rows.using_db(tx).values_list("id", "content_id"))
    messages = [message for message, _ in found]
    await (
        MessageRow.filter(id__in=messages)
        .using_db(tx)
        .update(
            sender=ANONYMISED,
            subject="",
            text="",
            text_digest="",
            message_id="",
            message_id_key="",
            attachments=[],
        )
    )
    contents = [content for _, content in found]
    await Content.filter(id__in=contents).using_db(tx).update(octets=b"", sha256="")
    held = HeldRow.filter(message_id__in=messages)
    await held.using_db(tx).update(detail="")


async def _empty_history(tx: Tx, serial: int) -> None:
    said = EventRow.filter(case_id=serial).exclude(event__in=_SAY_NOTHING_OF_THEM)
    await said.using_db(tx).update(about="")
    for row in await ObligationRow.filter(case_id=serial).using_db(tx):
        is_ours = _OF_A_LETTER.fullmatch(row.evidence) or _OF_OURS.fullmatch(row.evidence)
        if row.evidence and not is_ours:
            mine = ObligationRow.filter(id=row.id).using_db(tx)
            await mine.update(evidence=ANONYMISED)
