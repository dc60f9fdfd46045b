"""
What would be done with a message if it came now: read about and decided as ever, and not kept.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.identity.match import Match, Signals
from mailbot.cases.identity.staff_mail import StaffMail, StaffToken
from mailbot.cases.identity.triage import Action, Triage
from mailbot.cases.known.arrivals import Arrival
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.known.rows import KnownMessage
from mailbot.cases.letter import Letter
from mailbot.desk.arriving import intake
from mailbot.desk.arriving.intake import SEEN_BEFORE, UNREADABLE, Clerk
from mailbot.desk.arriving.questions_foreseen import foreseen
from mailbot.desk.recorded import Recorded
from mailbot.desk.staff.proof import before_it_was_spent
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.store.database import Tx
from mailbot.store.tables import MessageRow
from mailbot.workers.record import incoming
from mailbot.workers.transaction import Sitting, sit


@dataclass(frozen=True, kw_only=True)
class Imagined:
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
    #: The message that it is a copy of.
    same: KnownMessage | None = None
    triage: Triage
    #: The case as it would stand then; None if it would belong to none.
    case: Case | None = None
    decisions: tuple[Decision, ...] = ()
    #: Those of their letters that were not written before.
    letters: tuple[Letter, ...] = ()


async def imagined(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Imagined:
    """
    What would happen if *arrival* came at *now*, everything that follows included.
    """
    found = await triaged(tx, arrival, office, now)
    if found.triage is SEEN_BEFORE:
        return found
    each = incoming(arrival, office, now)
    sitting = await _sitting(tx, arrival, office, now)
    recorded = await sitting.do(lambda turn: intake.take_in(turn, arrival, each.seen), now)
    return _followed(found, recorded, sitting)


def _followed(found: Imagined, recorded: Recorded, sitting: Sitting) -> Imagined:
    known = sitting.known
    return replace(
        found,
        case=known.cases[recorded.after.serial] if recorded.after else None,
        decisions=tuple(known.decisions),
        letters=tuple(each.letter for each in known.drafts.values()),
    )


async def triaged(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Imagined:
    """
    How *arrival* would be read, and what would be done with it; not what follows.
    """
    if arrival.says_nothing:
        return _without_words(arrival)
    each = incoming(arrival, office, now)

    def rule(turn: Turn) -> Imagined:
        clerk = intake.considered(turn, arrival, each.seen)
        what = SEEN_BEFORE if clerk.is_seen_before else _decided(clerk)
        return _as_known(clerk, what)

    return await (await _sitting(tx, arrival, office, now)).do(rule, now)


async def reread(
    tx: Tx, row: MessageRow, arrival: Arrival, office: Office, now: datetime
) -> Imagined:
    """
    How *arrival*, which is recorded as *row*, would be read with what is known now.
    What followed from it has happened, and is not imagined again.
    """
    if arrival.says_nothing:
        return _without_words(arrival)
    each = incoming(arrival, office, now)

    def rule(turn: Turn) -> Imagined:
        first = turn.known.message(row.copy_of) if row.copy_of else None
        clerk = intake.briefed(turn, arrival, each.seen, first)
        clerk = _as_it_came(turn, clerk, row)
        return _as_known(clerk, _decided(clerk))

    return await (await _sitting(tx, arrival, office, now)).do(rule, now)


def _as_it_came(turn: Turn, clerk: Clerk, row: MessageRow) -> Clerk:
    """
    A reply address that this very message spent was not spent when it came.
    """
    token = clerk.brief.token
    if token is None or not token.is_spent:
        return clerk
    letter = turn.known.letter_with(token.nonce)
    if letter is None or letter.spent_at is None or letter.spent_at < row.recorded_at:
        return clerk
    staff = before_it_was_spent(clerk.brief.staff) if clerk.brief.staff else None
    unspent = replace(clerk.brief, token=replace(token, is_spent=False), staff=staff)
    return replace(clerk, brief=unspent)


async def _sitting(tx: Tx, arrival: Arrival, office: Office, now: datetime) -> Sitting:
    each = incoming(arrival, office, now)
    questions = [*foreseen(arrival, each.seen, office), Question(Asks.LEDGER, 0)]
    return await sit(tx, office, now, questions, gives_numbers=True, is_kept=False)


def _without_words(arrival: Arrival) -> Imagined:
    return Imagined(
        message=arrival.message,
        unreadable=arrival.unreadable,
        classification=Classification(Kind.PERSON, UNREADABLE.reason),
        triage=UNREADABLE,
    )


def _decided(clerk: Clerk) -> Triage:
    what = clerk.what_to_do()
    if what.action is Action.OPEN and clerk.complainant is None:
        return Triage(Action.HOLD, "no_sender")
    return what


def _as_known(clerk: Clerk, what: Triage) -> Imagined:
    told = clerk.brief
    return Imagined(
        message=told.message,
        unreadable=told.arrival.unreadable,
        classification=told.classification,
        signals=told.signals,
        named=told.named,
        token=told.token,
        staff=told.staff,
        same=told.altered,
        triage=what,
    )
