"""
The count at the end, of what was delivered and what the relay took down: nothing of it is
believed to the database, which is what is counted against.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

from mailbot.store.database import database
from mailbot.store.tables import (
    CaseRow,
    Content,
    HeldRow,
    LedgerRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
)
from tests.flow.house import House
from tests.flow.story import LONDON
from tests.killing.journal import Letter
from tests.killing.stream import PLOTS, STAFF, Complaint, Stream, by_complaint

#: Seconds between the relay's word and our having heard it, on a busy machine.
HEARD_WITHIN = timedelta(seconds=30)

#: What everybody gets, and somebody in the firm.
_TO_CUSTOMER = ("acknowledgement", "introduction")
_TO_STAFF = ("assignment",)

#: The promises that a letter keeps by being accepted.
_KEPT_BY = {
    "acknowledge": "acknowledgement",
    "introduce": "introduction",
    "adr_rights": "adr-rights",
}
#: What a plot makes of the others.
_ENDS = {
    "agreed": {"agree_contact": "met"},
    "resolved": {"agree_contact": "met", "confirm_closure": "met", "adr_rights": "withdrawn"},
    "disputed": {"agree_contact": "met", "confirm_closure": "met", "answer": "open"},
    "told by telephone": {"agree_contact": "met", "adr_rights": "withdrawn"},
    "writes again": {"answer": "met"},
}


@dataclass
class Count:
    """
    What there is, and, a line each, what is wrong with it.
    """

    delivered: int = 0
    put_away_twice: int = 0
    read_twice: int = 0
    accepted: int = 0
    letters: int = 0
    #: Letters that the relay took more often than once, under one Message-ID.
    repeated: int = 0
    promises: int = 0
    lost: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    misjudged: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [*self.lost, *self.missing, *self.doubled, *self.misjudged]


async def count(house: House, stream: Stream) -> Count:
    letters = stream.journal.accepted()
    counted = Count(
        delivered=len(stream.delivered),
        accepted=len(letters),
        letters=len({each.id for each in letters}),
    )
    counted.repeated = counted.accepted - counted.letters
    async with database(house.url):
        await _messages(house, stream, counted)
        await _outbox(letters, counted)
        await _promises(stream, letters, counted)
    counted.missing += _missing(stream, letters)
    counted.doubled += _doubled(letters)
    return counted


async def _messages(house: House, stream: Stream, counted: Count) -> None:
    """
    Each in the database exactly once, octet by octet, and put away.
    """
    rows: defaultdict[str, list[MessageRow]] = defaultdict(list)
    for row in await MessageRow.all():
        rows[row.message_id.strip().strip("<>")].append(row)
    octets = {each.id: bytes(each.octets) for each in await Content.all()}
    put_away = Counter(house.mailbox.messages("Processed"))
    left = Counter(house.mailbox.messages())
    for name, content in stream.delivered.items():
        found = rows.pop(name, [])
        if len(found) != 1:
            counted.lost.append(f"message {name}: {len(found)} times in the database")
        elif octets[found[0].content_id] != content:
            counted.lost.append(f"message {name}: with other octets in the database")
        if not put_away[content] or left[content]:
            where = f"{put_away[content]} times in Processed, {left[content]} times in the inbox"
            counted.lost.append(f"message {name}: {where}")
        counted.put_away_twice += max(0, put_away[content] - 1)
    counted.lost += [f"message {name}: nobody delivered it" for name in rows]
    for held in await HeldRow.filter(resolved_at=None).prefetch_related("message"):
        counted.lost.append(
            f"message {held.message.message_id}: held ({held.reason}, {held.attempts} attempts)"
        )
    counted.read_twice = await LedgerRow.exclude(seen_as=None).count()
    for state, number in Counter(each.state for each in await LedgerRow.all()).items():
        if state not in {"recorded", "held", "gone"}:
            counted.lost.append(f"{number} rows of the ledger: {state}")


async def _outbox(letters: list[Letter], counted: Count) -> None:
    """
    What is said to be sent was accepted, in these octets; what was accepted is known.
    """
    accepted = {each.id: each for each in letters}
    for row in await OutboxRow.all():
        letter = accepted.pop(row.message_id.strip("<>"), None)
        name = f"letter {row.message_id} ({row.template}, case {row.case_id})"
        if letter is None:
            if row.status not in {"withheld", "withdrawn"}:
                counted.missing.append(f"{name}: {row.status}, and the relay has not taken it")
        elif row.status not in {"sent", "bounced"}:
            counted.missing.append(f"{name}: {row.status}, and the relay has taken it")
        elif bytes(row.content).split() != letter.received.content.split():
            counted.missing.append(f"{name}: the relay has other octets")
    counted.doubled += [f"letter {name}: the database does not know it" for name in accepted]


def _missing(stream: Stream, letters: list[Letter]) -> Iterator[str]:
    references, of_case = by_complaint(stream, letters)
    for complaint in stream.complaints:
        plot, reference = PLOTS[complaint.plot], references.get(complaint, "")
        got = {
            (each.template, each.recipient.endswith(STAFF)) for each in of_case.get(reference, [])
        }
        wanted = [(each, False) for each in (*_TO_CUSTOMER, *plot.to_customer)]
        wanted += [(each, True) for each in (*_TO_STAFF, *plot.to_staff)]
        for template, is_staff in wanted:
            if (template, is_staff) not in got:
                yield f"letter {template} of complaint {complaint.number} ({complaint.plot})"


def _doubled(letters: list[Letter]) -> Iterator[str]:
    """
    The same said to the same person of the same case, under several ids.
    """
    ids: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for each in letters:
        ids[each.said].add(each.id)
    for said, names in ids.items():
        if len(names) > 1:
            yield f"letter {said[1]} of case {said[0]}: {len(names)} ids, {sorted(names)}"


async def _promises(stream: Stream, letters: list[Letter], counted: Count) -> None:
    references, of_case = by_complaint(stream, letters)
    cases = {each.reference: each for each in await CaseRow.all()}
    rows: defaultdict[int, list[ObligationRow]] = defaultdict(list)
    now = datetime.now(UTC)
    for row in await ObligationRow.all().order_by("number"):
        rows[row.case_id].append(row)
        counted.promises += 1
        if not _is_consistent(row, now):
            counted.misjudged.append(
                f"promise {row.promise} {row.number} of case {row.case_id}: {row.state}, due"
                f" {row.due_at}, settled {row.settled_at}"
            )
    if len(cases) != len(stream.complaints):
        counted.lost.append(f"{len(cases)} cases for {len(stream.complaints)} complaints")
    for complaint in stream.complaints:
        case = cases.get(references.get(complaint, ""))
        if case is None:
            counted.misjudged.append(f"complaint {complaint.number} has no case")
            continue
        if (case.state == "closed") is not PLOTS[complaint.plot].is_closed:
            counted.misjudged.append(f"complaint {complaint.number}: its case is {case.state}")
        booked = {each.promise: each for each in reversed(rows[case.serial])}
        for promise, states in _states(complaint, of_case[case.reference], now).items():
            row_of = booked.get(promise)
            found = row_of.state if row_of else "not booked"
            if found not in states:
                counted.misjudged.append(
                    f"promise {promise} of complaint {complaint.number} ({complaint.plot}):"
                    f" {found}, and not {' or '.join(states)}"
                )
            due = _due(promise, complaint.received_at)
            if row_of and due and row_of.due_at != due:
                counted.misjudged.append(
                    f"promise {promise} of complaint {complaint.number}: due {row_of.due_at},"
                    f" and not {due}"
                )


def _is_consistent(row: ObligationRow, now: datetime) -> bool:
    if row.state == "open":
        return row.due_at > now - HEARD_WITHIN
    if row.settled_at is None:
        return False
    match row.state:
        case "met":
            return row.settled_at <= row.due_at
        case "met_late":
            return row.settled_at > row.due_at
        case "breached":
            return row.due_at < now
        case _:
            return row.state == "withdrawn"


def _states(complaint: Complaint, letters: list[Letter], now: datetime) -> dict[str, set[str]]:
    """
    The states that each of its promises may have, by what was accepted when.
    """
    expected: dict[str, set[str]] = {}
    for promise, template in _KEPT_BY.items():
        due = _due(promise, complaint.received_at)
        assert due is not None
        accepted = [each.at for each in letters if each.template == template]
        if complaint.plot == "bounced" and promise == "acknowledge":
            accepted = []
        expected[promise] = _by_letter(accepted, due, now)
    due = _due("agree_contact", complaint.received_at)
    assert due is not None
    expected["agree_contact"] = {"breached" if due < now else "open"}
    for promise, state in _ENDS.get(complaint.plot, {}).items():
        expected[promise] = {state}
    return expected


def _by_letter(accepted: list[datetime], due: datetime, now: datetime) -> set[str]:
    if not accepted:
        return {"breached" if due < now else "open"}
    states = set()
    if min(accepted) <= due:
        states.add("met")
    # Of one that was said again we may have heard the second time only.
    if max(accepted) + HEARD_WITHIN > due:
        states.add("met_late")
    return states


# --- when each is due, counted on our own fingers ------------------------------------


def _due(promise: str, received_at: datetime) -> datetime | None:
    local = received_at.astimezone(LONDON)
    match promise:
        case "introduce":
            return received_at + timedelta(hours=48)
        case "adr_rights":
            return _at(local.date() + timedelta(days=43), time())
        case "agree_contact":
            return _at(_working_days_after(local.date(), 3), time(17))
        case "acknowledge":
            return _working_hours_after(local, 24)
        case _:
            return None


@cache
def _is_working_day(day: date) -> bool:
    closed = holidays.country_holidays("GB", subdiv="ENG", years=day.year)
    return day.weekday() < 5 and day not in closed


def _working_days_after(day: date, number: int) -> date:
    while number:
        day += timedelta(days=1)
        number -= _is_working_day(day)
    return day


def _working_hours_after(local: datetime, hours: int) -> datetime:
    left = timedelta(hours=hours)
    day, begins = local.date(), local
    while True:
        opens, closes = _at(day, time(9)), _at(day, time(17))
        begins = max(begins, opens)
        if _is_working_day(day) and begins < closes:
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        day += timedelta(days=1)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=LONDON).astimezone(UTC)
