"""
What would be done with a message if it came now: the clerk's own decisions, none of
them carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.identity.match import Match, Signals
from mailbot.cases.identity.set_aside import held_letters
from mailbot.cases.identity.staff_mail import StaffMail, StaffToken
from mailbot.cases.identity.triage import CONFIRMATION, Action, Triage
from mailbot.cases.letter import Letter
from mailbot.cases.people import unreached
from mailbot.cases.reference import reference
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.store import casefile
from mailbot.store.arrival import Arrival, text_digest, twin
from mailbot.store.briefing import briefed, in_itself
from mailbot.store.clerk import Clerk
from mailbot.store.database import Tx
from mailbot.store.ledger import Attempt, Sight
from mailbot.store.office import Office
from mailbot.store.post import key, unsaid
from mailbot.store.staffing import before_it_was_spent
from mailbot.store.tables import MessageRow, OutboxRow

#: No real case has this serial, so nobody takes what is only imagined for one.
IMAGINED = 0

SEEN_BEFORE = Triage(Action.FILE, "seen_before")
UNREADABLE = Triage(Action.HOLD, "unreadable")


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """
    How a message is read, and what would follow.
    """

    message: InboundMessage
    #: Why only its header could be read; "" = it was read in full.
    unreadable: str = ""
    classification: Classification
    signals: Signals = field(default_factory=Signals)
    named: Match = field(default_factory=Match)
    token: StaffToken | None = None
    #: What is known of it where one of our people is said to have written it.
    staff: StaffMail | None = None
    #: The row of the message that it is a copy of.
    same: MessageRow | None = None
    triage: Triage
    #: The case as it would stand then; None if it would belong to none.
    case: Case | None = None
    decisions: tuple[Decision, ...] = ()
    #: Those of their letters that were not written before.
    letters: tuple[Letter, ...] = ()


def arriving(
    content: bytes, message: InboundMessage, *, unreadable: str = "", is_whole: bool = True
) -> Arrival:
    """
    A message that no mailbox has shown.
    """
    nowhere = Sight("", 0, 0, message.received_at)
    return Arrival(
        attempt=Attempt(0, 1, nowhere),
        content=content,
        message=message,
        unreadable=unreadable,
        is_whole=is_whole,
    )


async def replayed(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Replayed:
    """
    What would happen if *arrival* came at *now*, everything that follows included.
    """
    if _says_nothing(arrival.message):
        return await _unread(tx, arrival, office, now)
    clerk, what = await _considered(tx, arrival, office, now)
    return await _followed(clerk, what)


async def triaged(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Replayed:
    """
    How *arrival* would be read, and what would be done with it; not what follows.
    """
    if _says_nothing(arrival.message):
        return _without_words(arrival)
    clerk, what = await _considered(tx, arrival, office, now)
    return _as_known(clerk, what)


async def _considered(
    tx: Tx, arrival: Arrival, office: Office, now: datetime
) -> tuple[Clerk, Triage]:
    read = arrival.message
    same = await twin(tx, read)
    clerk = await briefed(tx, arrival, in_itself(read, office), office, now, altered=same)
    if same and same.text_digest == text_digest(read):
        return clerk, SEEN_BEFORE
    return clerk, await _decided(clerk)


async def reread(
    tx: Tx, row: MessageRow, arrival: Arrival, office: Office, now: datetime
) -> Replayed:
    """
    How *arrival*, which is recorded as *row*, would be read with what is known now.
    What followed from it has happened, and is not imagined again.
    """
    if _says_nothing(arrival.message):
        return _without_words(arrival)
    first = await MessageRow.get_or_none(id=row.copy_of, using_db=tx) if row.copy_of else None
    seen = in_itself(arrival.message, office)
    clerk = await briefed(tx, arrival, seen, office, now, altered=first)
    # A reply address that this very message spent was not spent when it came.
    if clerk.token and clerk.token.is_spent:
        spent = OutboxRow.filter(nonce=clerk.token.nonce, spent_at__lt=row.recorded_at)
        if not await spent.using_db(tx).exists():
            token = replace(clerk.token, is_spent=False)
            staff = before_it_was_spent(clerk.staff) if clerk.staff else None
            clerk = replace(clerk, token=token, staff=staff)
    return _as_known(clerk, await _decided(clerk))


def _says_nothing(read: InboundMessage) -> bool:
    return not read.readable and not read.headers


def _without_words(arrival: Arrival) -> Replayed:
    return Replayed(
        message=arrival.message,
        unreadable=arrival.unreadable,
        classification=Classification(Kind.PERSON, UNREADABLE.reason),
        triage=UNREADABLE,
    )


async def _unread(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Replayed:
    letters = held_letters(UNREADABLE.reason, IMAGINED, arrival.message, office.firm, now)
    return replace(_without_words(arrival), letters=await _new(tx, IMAGINED, letters))


async def _decided(clerk: Clerk) -> Triage:
    what = await clerk.what_to_do()
    if what.action is Action.OPEN and clerk.arrival.message.sender is None:
        return Triage(Action.HOLD, "no_sender")
    return what


def _as_known(clerk: Clerk, what: Triage) -> Replayed:
    return Replayed(
        message=clerk.arrival.message,
        unreadable=clerk.arrival.unreadable,
        classification=clerk.classification,
        signals=clerk.signals,
        named=clerk.named,
        token=clerk.token,
        staff=clerk.staff,
        same=clerk.altered,
        triage=what,
    )


async def _followed(clerk: Clerk, what: Triage) -> Replayed:
    known = _as_known(clerk, what)
    match what.action:
        case Action.OPEN:
            return await _opened(clerk, known)
        case Action.HOLD:
            read, firm = clerk.arrival.message, clerk.office.firm
            held = held_letters(what.reason, IMAGINED, read, firm, clerk.now)
            return replace(known, letters=await _new(clerk.tx, IMAGINED, held))
        case Action.FILE:
            return await _filed(clerk, known)
        case Action.ERRAND:
            return await _done_for_staff(clerk, known)
        case _:
            return await _joined(clerk, known)


async def _opened(clerk: Clerk, known: Replayed) -> Replayed:
    read, firm = clerk.arrival.message, clerk.office.firm
    if read.sender is None:  # it would be held
        raise ValueError("a case of nobody")
    case = Case(
        serial=IMAGINED,
        reference=reference(firm.reference_prefix, IMAGINED),
        received_at=read.received_at,
        opened_at=clerk.now,
        complainant=Party(address=read.sender),
        rulebook_version=firm.rulebook.version,
        verdict=clerk.verdict,
    )
    trigger = await clerk.opening(read.sender, known.triage)
    decision = decide(case, trigger, firm, clerk.now)
    return replace(
        known, case=decision.applied_to(case), decisions=(decision,), letters=decision.letters
    )


async def _filed(clerk: Clerk, known: Replayed) -> Replayed:
    row = await clerk.returned.without_case()
    if row is None:
        return known
    told = unreached.told(clerk.returned.failure(row), clerk.office.firm, clerk.now)
    return replace(known, letters=await _new(clerk.tx, IMAGINED, told))


async def _joined(clerk: Clerk, known: Replayed) -> Replayed:
    serial, firm = await clerk.serial(), clerk.office.firm
    if known.triage.reason == CONFIRMATION:
        # What it lets go has an explanation of its own.
        return known
    if serial is None:
        return await _done_for_staff(clerk, known)
    case = await casefile.load(clerk.tx, serial, firm)
    decisions = [decide(case, await clerk.trigger(case, known.triage), firm, clerk.now)]
    after = decisions[0].applied_to(case)
    if row := await clerk.returned.letter():
        decisions.append(decide(after, clerk.returned.failure(row), firm, clerk.now))
        after = decisions[-1].applied_to(after)
    letters = [letter for each in decisions for letter in each.letters]
    return replace(
        known,
        case=after,
        decisions=tuple(decisions),
        letters=await _new(clerk.tx, serial, letters),
    )


async def _done_for_staff(clerk: Clerk, known: Replayed) -> Replayed:
    """
    What they are told or asked; what is done for them beside that is not imagined.
    """
    wanted = await clerk.desk.errand(known.triage)
    return replace(known, letters=await _new(clerk.tx, IMAGINED, wanted.letters))


async def _new(tx: Tx, serial: int, letters: Sequence[Letter]) -> tuple[Letter, ...]:
    wanted = {key(serial, each): each for each in letters}
    return tuple((await unsaid(tx, wanted)).values())
