"""
The transactions: what happened, what follows, and every letter of it, in one commit.

There is no network inside. Each begins with the write that decides whether it
is the first to do this: the ledger's row, the case's revision, the outbox's
attempt.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.commands.orders import Away, Back, Command, Merge, Open
from mailbot.cases.identity.match import Match
from mailbot.cases.identity.triage import Action, Triage
from mailbot.cases.letter import KEEPS
from mailbot.cases.morning.mails import letters
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.promises.recalculate import Recalculated, under_present_rules
from mailbot.cases.triggers import (
    ClockStruck,
    CommandsGiven,
    LetterAccepted,
    LetterFailed,
    RecalculationAsked,
)
from mailbot.cases.wording.account import rule
from mailbot.mail.message import Address, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent, Uncertain
from mailbot.mail.reading.confined import read_confined
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed, is_heavy
from mailbot.store import absences, casefile, errands, lately, ledger, morning, post, unreached
from mailbot.store.arrival import Arrival, text_digest, twin
from mailbot.store.briefing import InItself, briefed, in_itself
from mailbot.store.candidates import LONGEST_KEY
from mailbot.store.clerk import Clerk
from mailbot.store.database import Tx, transact
from mailbot.store.decided import ALREADY_OURS, LetGo, Recorded, decided
from mailbot.store.errands import Ordered
from mailbot.store.held import TOO_LARGE, attempt_of
from mailbot.store.ledger import LedgerState
from mailbot.store.office import Office
from mailbot.store.outbox import Claimed, Status
from mailbot.store.tables import HeldRow, MessageRow, OutboxRow, StepRow

#: A letter that was claimed anew before its outcome could be written.
CLAIMED_BY_ANOTHER = "claimed_by_another"


async def message(arrival: Arrival, office: Office, now: datetime) -> Recorded:
    """
    Make a message ours, with everything that follows from it. That commit is
    the instant from which the server's copy is no longer needed.
    """
    return await transact(lambda tx: _taken(tx, arrival, office, now))


async def _taken(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Recorded:
    read = arrival.message
    if not await _take(tx, arrival, now):
        return ALREADY_OURS
    seen = in_itself(read, office)
    again = arrival.again or await _known_by_its_header(tx, arrival)
    same = None if again else await twin(tx, read)
    if same and same.case_id is None and _is_a_persons(seen, same):
        # A list's copy came first, and waits: the direct mail is not the copy.
        same = None
    if same and same.text_digest == text_digest(read):
        return await _seen_before(tx, arrival, same)
    clerk = await briefed(tx, replace(arrival, again=again), seen, office, now, altered=same)
    recorded = await clerk.record()
    return await _let_go(tx, recorded, office, now) if recorded.lets_go else recorded


async def _let_go(tx: Tx, recorded: Recorded, office: Office, now: datetime) -> Recorded:
    """
    What one of our people has let go, in the transaction of their word: it goes the way
    of any other message. They get a receipt, if it has not brought one.
    """
    let = recorded.lets_go
    if let is None:
        return recorded
    before = await OutboxRow.all().using_db(tx).order_by("-id").first()
    went = await _again(tx, let, office, now)
    letters = (*recorded.letters, *went.letters)
    theirs = OutboxRow.filter(
        template=let.receipt.template,
        recipient_key=let.receipt.to.key,
        id__gt=before.id if before else 0,
    )
    if not await theirs.using_db(tx).exists():
        letter = replace(let.receipt, facts={**let.receipt.facts, **_became(went)})
        rows = await post.write(tx, None, [letter], office, now)
        letters += tuple(each.template for each in rows)
    return replace(recorded, case=went.case, letters=letters, lets_go=None)


async def _again(tx: Tx, let: LetGo, office: Office, now: datetime) -> Recorded:
    held = await HeldRow.get(id=let.held_id, using_db=tx).prefetch_related("message__content")
    if held.reason == TOO_LARGE:
        return _BY_OPERATIONS
    octets, received_at = held.message.content.octets, held.message.received_at
    try:
        read = (
            await asyncio.to_thread(read_confined, octets, received_at=received_at)
            if is_heavy(octets)
            else parse(octets, received_at=received_at)
        )
    except Malformed:
        return _BY_OPERATIONS
    arrival = Arrival(
        attempt=await attempt_of(tx, held),
        content=octets,
        message=read,
        again=held.message_id,
        released=let.vouched,
    )
    return await _taken(tx, arrival, office, now)


#: What nobody can read here may still be read by whoever runs mailbot.
_BY_OPERATIONS = Recorded(reason="read_by_operations", action=Action.HOLD)


def _became(went: Recorded) -> Mapping[str, str]:
    """
    What became of it, for the receipt.
    """
    if went.action == Action.HOLD:
        why = _STILL_HELD.get(went.reason, rule(went.reason))
        return {"outcome": "It is still held.", "why": f"{why}.", "instead": _INSTEAD}
    if went.answer:
        # Commands: what was done, in the words of their own receipt.
        return {"outcome": went.answer}
    sentence = _WENT.get(Action(went.action), "It was taken in.")
    return {"outcome": f"{sentence} Case: {went.case}." if went.case else sentence}


_WENT = {
    Action.OPEN: "It opened a case, and its sender got what is promised to everybody.",
    Action.JOIN: "It was added to the case, and its handler got it.",
    Action.RELAY: "The words went to the customer.",
}
_STILL_HELD = {
    "names_no_case": "nothing in it says whose case it is about",
    "names_several_cases": "it names several cases",
    "no_sender": "it names nobody who could be answered",
}
_INSTEAD = "Say which case it belongs to, with its number: #case REFERENCE NUMBER"


def _is_a_persons(seen: InItself, same: MessageRow) -> bool:
    return seen.classification.kind is Kind.PERSON and same.kind != Kind.PERSON


async def _known_by_its_header(tx: Tx, arrival: Arrival) -> int | None:
    """
    The row of a message that was too large, now that it came whole.
    """
    if not arrival.is_whole:
        return None
    row = await MessageRow.filter(ledger_id=arrival.attempt.ledger_id).using_db(tx).first()
    return row.id if row else None


async def _seen_before(tx: Tx, arrival: Arrival, same: MessageRow) -> Recorded:
    """
    Another delivery of a message that is here. One that is still too large stays
    on the server, and waits for a person as before.
    """
    await ledger.seen_as(tx, arrival.attempt.ledger_id, same.id)
    if not arrival.is_whole:
        await ledger.turn(tx, arrival.attempt.ledger_id, LedgerState.LEFT)
        held = HeldRow.filter(message_id=same.id).using_db(tx)
        await held.update(resolved_at=None, resolution="")
    return Recorded(reason="seen_before", kind=same.kind, silence="seen_before")


async def held_without_reading(arrival: Arrival, office: Office, now: datetime) -> Recorded:
    """
    Hold a message whose header cannot be read either: its octets are ours.
    """

    async def work(tx: Tx) -> Recorded:
        if not await _take(tx, arrival, now):
            return ALREADY_OURS
        clerk = Clerk(
            tx=tx,
            office=office,
            now=now,
            arrival=arrival,
            classification=Classification(Kind.PERSON, "unreadable"),
            named=Match(),
        )
        recorded = await clerk.hold(Triage(Action.HOLD, "unreadable"))
        return replace(recorded, action=Action.HOLD, silence="unreadable")

    return await transact(work)


async def _take(tx: Tx, arrival: Arrival, now: datetime) -> bool:
    """
    The write that says who is first: the ledger's row, or the held one.
    """
    if arrival.again is None:
        return await ledger.take(tx, arrival.attempt.ledger_id, LedgerState.RECORDED)
    waiting = HeldRow.filter(message_id=arrival.again, resolved_at=None).using_db(tx)
    return bool(await waiting.update(resolved_at=now, resolution="retried"))


async def clock(serial: int, office: Office, now: datetime) -> Recorded:
    """
    Everything that is due in one case at *now*, settled in the transaction of
    its decision.
    """

    async def work(tx: Tx) -> Recorded:
        case = await casefile.lock(tx, serial, office.firm)
        if case is None:
            return Recorded(reason="no_such_case")
        rows = await casefile.due_steps(tx, serial, now)
        if not rows:
            # Somebody else was here since we looked.
            return Recorded(reason="nothing_due", case=case.reference)
        await StepRow.filter(id__in=[row.id for row in rows]).using_db(tx).update(done_at=now)
        trigger = ClockStruck(steps=tuple(casefile.step(row) for row in rows))
        return await decided(tx, case, trigger, office, now)

    return await transact(work)


async def commands(
    reference: str, ordered: tuple[Command, ...], by: str, office: Office, now: datetime
) -> Ordered:
    """
    What an operator orders on a case, by their name; the answer is for them to read.
    """

    async def work(tx: Tx) -> Ordered:
        # The first statement has to be a write, and a reference names no row to lock yet.
        others = [each.into for each in ordered if isinstance(each, Merge)]
        serials = await casefile.at_reference(tx, reference, *others)
        if reference not in serials:
            return Ordered(is_done=False, answer=f"there is no case {reference}")
        case = await casefile.load(tx, serials[reference], office.firm)
        trigger = CommandsGiven(
            commands=ordered,
            by=by,
            occasion=f"operator.{case.serial}.{now:%Y%m%dT%H%M%S%f}",
            said_at=now,
            busy=await lately.busy(tx),
            others={
                other: await casefile.load(tx, serials[other], office.firm)
                for other in others
                if other in serials
            },
        )
        recorded = await decided(tx, case, trigger, office, now)
        return Ordered(is_done=not recorded.refusal, answer=recorded.refusal or recorded.answer)

    return await transact(work)


async def entered(command: Open, by: str, office: Office, now: datetime) -> Ordered:
    """
    A complaint that came another way than by mail, opened as a case of its own.
    """
    return await transact(lambda tx: errands.enter(tx, command, by, office, now))


async def absence(command: Away | Back, by: str, office: Office, now: datetime) -> Ordered:
    """
    Somebody of the firm is away, or in again, as *by* says.
    """
    return await transact(lambda tx: errands.absence(tx, command, by, office, now))


async def daily(of: Morning, office: Office, now: datetime) -> list[str]:
    """
    The mails of the morning, once a working day whatever restarts; returns their templates.
    """

    async def work(tx: Tx) -> list[str]:
        if not await morning.begin(tx, of, now):
            return []
        today = await absences.known_to(tx, office, now)
        written = letters(await morning.known(tx, of, today.firm), of, today.firm)
        return [each.template for each in await post.write(tx, None, written, today, now)]

    return await transact(work)


async def recalculation(
    reference: str, by: str, office: Office, now: datetime, *, dry_run: bool
) -> tuple[Recalculated, ...] | None:
    """
    What is owed in a case as it is stored and under the present rules; None if there
    is no such case. Recorded unless *dry_run*.
    """

    async def work(tx: Tx) -> tuple[Recalculated, ...] | None:
        serials = await casefile.at_reference(tx, reference)
        if reference not in serials:
            return None
        case = await casefile.load(tx, serials[reference], office.firm)
        compared = under_present_rules(case, office.firm)
        if not dry_run:
            await decided(tx, case, RecalculationAsked(by=by), office, now)
        return compared

    return await transact(work)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """
    A claimed letter and what became of it. *next_at* is None once it is too old
    to try again.
    """

    letter: Claimed
    result: Outcome
    at: datetime
    next_at: datetime | None


async def outcomes(delivered: Sequence[Delivered], office: Office) -> list[str]:
    """
    What became of the letters of one case, in one commit; returns each one's
    status, or `claimed_by_another`.

    A letter that keeps a promise settles it here.
    """
    serial = delivered[0].letter.serial

    async def work(tx: Tx) -> list[str]:
        # First the letters' own rows, then the case: the same order for everybody.
        statuses = [await _settle(tx, each) for each in delivered]
        heard = [
            (each, trigger)
            for each, status in zip(delivered, statuses, strict=True)
            if (trigger := _of_letter(each, status))
        ]
        case = await casefile.lock(tx, serial, office.firm) if serial and heard else None
        for each, trigger in heard:
            if case is not None:
                case = (await decided(tx, case, trigger, office, each.at)).after
            elif isinstance(trigger, LetterFailed):
                await unreached.told(tx, trigger, office, each.at)
        return statuses

    return await transact(work)


async def _settle(tx: Tx, delivered: Delivered) -> str:
    letter = delivered.letter
    change = _change(delivered.result, delivered.at, delivered.next_at)
    # A stale claim changes nothing: somebody else has the letter by now.
    mine = OutboxRow.filter(id=letter.id, attempts=letter.attempt).using_db(tx)
    # Nor does the line where a person, or a bounce, has said meanwhile what became of it.
    mine = mine.exclude(status__in=(Status.SENT, Status.REFUSED, Status.BOUNCED))
    return str(change["status"]) if await mine.update(**change) else CLAIMED_BY_ANOTHER


def _change(result: Outcome, now: datetime, next_at: datetime | None) -> dict[str, object]:
    match result:
        case Sent():
            return {
                "status": Status.SENT,
                "accepted_at": now,
                "reply": result.reply[:500],
                "alias": alias_in(result.reply),
                "reason": "",
                "next_attempt_at": None,
            }
        case Refused():
            return {"status": Status.REFUSED, "reason": result.reason, "next_attempt_at": None}
        case Deferred() | Uncertain():
            if next_at is None:
                return {"status": Status.EXPIRED, "reason": result.reason, "next_attempt_at": None}
            status = Status.DEFERRED if isinstance(result, Deferred) else Status.UNCERTAIN
            return {"status": status, "reason": result.reason, "next_attempt_at": next_at}


def _of_letter(delivered: Delivered, status: str) -> LetterAccepted | LetterFailed | None:
    """
    What the case has to hear of, or None: a letter that keeps no promise and
    was sent, or one that is still on its way.
    """
    claimed, result = delivered.letter, delivered.result
    if status == Status.SENT:
        if claimed.template not in KEEPS:
            return None
        return LetterAccepted(
            template=claimed.template,
            recipient=claimed.recipient,
            at=delivered.at,
            evidence=f"{claimed.template} accepted, {claimed.message_id}",
        )
    if status in {Status.REFUSED, Status.EXPIRED}:
        return LetterFailed(
            template=claimed.template,
            to=Address(name=claimed.recipient_name, email=claimed.recipient),
            to_staff=claimed.to_staff,
            occasion=claimed.occasion,
            outcome=status,
            reason="" if isinstance(result, Sent) else result.reason,
            message_id=claimed.message_id,
            content=claimed.content,
        )
    return None


def alias_in(reply: str) -> str:
    """
    The id under which the next hop sends the message on, if its 250 line names
    one: `<id@host>` as Microsoft 365 writes it, or SES's bare token.
    """
    words = reply.replace("<", " ").replace(">", " ").split()
    while words and re.fullmatch(r"2\d\d|2\.\d{1,3}\.\d{1,3}", words[0]):
        words = words[1:]
    for word in words:
        local, at, domain = word.partition("@")
        if at and local and domain and len(word) <= LONGEST_KEY:
            return word.lower()
    if len(words) == 2 and words[0].lower() == "ok" and len(words[1]) >= 20:
        return words[1].lower()[:LONGEST_KEY]
    return ""
