"""
What would follow from a message if nobody did anything: the desk at work on a clock that
jumps from one due step to the next.

It is the `take_in`, `strike` and `settle` that live mail meets, with a memory in which
nothing came before. Every letter is taken to be accepted by the next server at once, and
nobody ever answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Event
from mailbot.cases.identity.triage import Action, Triage
from mailbot.cases.known.arrivals import Arrival
from mailbot.cases.known.claimed import Claimed
from mailbot.cases.known.known import Known, step
from mailbot.cases.known.lately import Numbers
from mailbot.cases.known.nothing_before import NothingBefore
from mailbot.cases.known.rows import Draft, KnownLetter
from mailbot.cases.letter import KEEPS, Letter
from mailbot.cases.letter_status import Status
from mailbot.cases.obligation import Obligation, Step
from mailbot.cases.reference import reference
from mailbot.desk.arriving.intake import considered, take_in
from mailbot.desk.arriving.message_alone import in_itself
from mailbot.desk.letter_outcomes import Delivered, settle
from mailbot.desk.orders import strike
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.classify import Classification
from mailbot.mail.outcome import Sent

#: No real case has this serial, so nobody can take the rehearsal for one.
SERIAL = 0

#: More strokes of the clock than any rulebook needs in its time; a fold must end.
_MOST_STROKES = 1000


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """
    One letter that would be written: by which rule, and what it would be composed from.
    """

    letter: Letter
    reason: str
    #: The promise that demands it, if one does.
    promise: Obligation | None = None
    case: Case | None = None


@dataclass(frozen=True, kw_only=True)
class Instant:
    """
    One stroke of the clock: what was due, and what comes of it.
    """

    at: datetime
    steps: tuple[Step, ...] = ()
    letters: tuple[Foreseen, ...] = ()
    events: tuple[Event, ...] = ()
    #: Obligations whose state changes, as they stand then.
    settled: tuple[Obligation, ...] = ()
    #: The case as it stands then, None if there is none.
    case: Case | None = None


@dataclass(frozen=True, kw_only=True)
class Future:
    """
    All that would follow. *case* is as it stands at the end, None if there is none.
    """

    message: InboundMessage
    classification: Classification
    triage: Triage
    instants: tuple[Instant, ...] = ()
    case: Case | None = None
    #: References that the message names. Here it is read as if it named none.
    named: tuple[str, ...] = ()
    #: What would still be due after the last instant, where promises repeat for ever.
    pending: tuple[Step, ...] = ()


def foresee(arrival: Arrival, office: Office) -> Future:
    """
    The future of *arrival*, the only message that the firm ever gets.
    """
    message, seen = arrival.message, in_itself(arrival.message, office)
    # What is decided leaves, whatever the live service may send.
    office = replace(office, is_live=True)
    known = NothingBefore(numbers=Numbers(case=SERIAL))
    found = seen.signals
    named = dict.fromkeys((*found.in_subject.serials, *found.in_text.serials))
    clerk = considered(Turn(known, office, message.received_at), arrival, seen)
    future = Future(
        message=message,
        classification=seen.classification,
        triage=clerk.what_to_do(),
        named=tuple(reference(office.firm.reference_prefix, each) for each in named),
    )
    if future.triage.action is Action.FILE:
        return future
    fold = _Fold(known, office)
    fold.happens(message.received_at, lambda turn: take_in(turn, arrival, seen).reason)
    fold.runs_down()
    return replace(
        future, instants=tuple(fold.instants), case=fold.case, pending=tuple(fold.pending)
    )


@dataclass
class _Fold:
    """
    What is known as far as it has come, and what has happened on the way.
    """

    known: Known
    office: Office
    instants: list[Instant] = field(default_factory=list)

    @property
    def case(self) -> Case | None:
        return self.known.case(SERIAL)

    @property
    def pending(self) -> list[Step]:
        """
        What is still to strike, in its order.
        """
        return [step(each) for each in self.known.steps_of(SERIAL) if each.done_at is None]

    def runs_down(self) -> None:
        """
        Every stroke until the promises made at the opening have run out. Promises
        that repeat would go on as long as nobody acts.
        """
        end = max((each.at for each in self.pending), default=None)
        for _ in range(_MOST_STROKES):
            next_at = min((each.at for each in self.pending), default=None)
            if end is None or next_at is None or next_at > end:
                return
            # A step may lie before the receipt: it is due as soon as it is booked.
            at = max(next_at, self.instants[-1].at)
            due = tuple(each for each in self.pending if each.at <= at)
            self.happens(at, lambda turn: strike(turn, SERIAL).reason, due)

    def happens(
        self, at: datetime, rule: Callable[[Turn], str], due: tuple[Step, ...] = ()
    ) -> None:
        """
        Note what follows from *rule*, and from each letter that leaves.
        """
        instant = self._with(Instant(at=at, steps=due), rule)
        while leaving := self._leaving():
            instant = self._with(instant, _accepted(leaving[0]))
        self.instants.append(instant)

    def _leaving(self) -> list[KnownLetter]:
        return [each for each in self.known.letters.values() if each.status == Status.QUEUED]

    def _with(self, instant: Instant, rule: Callable[[Turn], str]) -> Instant:
        """
        The instant, with what *rule* makes of it.
        """
        known = self.known
        events, decisions, drafts = len(known.events), len(known.decisions), len(known.drafts)
        said = rule(Turn(known, self.office, instant.at))
        decided = known.decisions[decisions:]
        reason = decided[-1].reason if decided else said
        ends = {(each.promise, each.number) for one in decided for each in one.settled}
        booked = self.case.obligations if self.case else ()
        return replace(
            instant,
            letters=(
                *instant.letters,
                *(
                    _foreseen(each, reason if each.case else said)
                    for each in list(known.drafts.values())[drafts:]
                ),
            ),
            events=(*instant.events, *(each.event for each in known.events[events:])),
            settled=(
                *instant.settled,
                *(each for each in booked if (each.promise, each.number) in ends),
            ),
            case=self.case,
        )


def _accepted(letter: KnownLetter) -> Callable[[Turn], str]:
    """
    The next server takes it.
    """
    claimed = Claimed(
        id=letter.id,
        serial=letter.case_id,
        template=letter.template,
        to_staff=letter.to_staff,
        recipient=letter.recipient,
        recipient_name=letter.recipient_name,
        occasion=letter.occasion,
        message_id=letter.message_id,
        content=b"",
        attempt=letter.attempts,
        created_at=letter.created_at,
    )

    def rule(turn: Turn) -> str:
        sent = Delivered(letter=claimed, result=Sent(""), at=turn.now, next_at=None)
        return settle(turn, [sent])[0]

    return rule


def _foreseen(draft: Draft, reason: str) -> Foreseen:
    promise = _demanded_by(draft.letter, draft.case) if draft.case else None
    return Foreseen(letter=draft.letter, reason=reason, promise=promise, case=draft.case)


def _demanded_by(letter: Letter, case: Case) -> Obligation | None:
    """
    The promise in whose course the letter is written, by its occasion, or that it keeps.
    """
    name, _, rest = letter.occasion.partition(".")
    number = rest.partition(".")[0]
    names = (name, *KEEPS.get(letter.template, ()))
    booked = [each for each in case.obligations if each.promise in names]
    same = (each for each in booked if (each.promise, str(each.number)) == (name, number))
    return next(iter((*same, *booked)), None)
