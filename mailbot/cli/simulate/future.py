"""
What would follow from a message if nobody did anything: a fold of the rules over
a clock that jumps from one due step to the next.

It is the `classify`, `triage` and `decide` that a live message meets, on values alone.
Every letter is taken to be accepted by the next server at once, and nobody ever answers.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.identity.match import Match
from mailbot.cases.identity.set_aside import held_letters
from mailbot.cases.identity.triage import Action, Triage, triage
from mailbot.cases.letter import KEEPS, ONCE_PER_RECIPIENT, Letter
from mailbot.cases.obligation import Obligation, Step
from mailbot.cases.reference import Found, find, reference
from mailbot.cases.triggers import CaseOpened, ClockStruck, LetterAccepted, Trigger
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import Classification, Surroundings, classify

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
    reasons: tuple[str, ...] = ()
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


def foresee(
    message: InboundMessage, firm: Firm, around: Surroundings, *, unreadable: str = ""
) -> Future:
    """
    The future of *message*, the only one that the firm ever gets. *unreadable* says
    why its body could not be read, if it could not.
    """
    classification = classify(message, around)
    found = _references(message, firm)
    what = triage(message, classification, Match(near=found.near), None, firm)
    future = Future(
        message=message,
        classification=classification,
        triage=what,
        named=tuple(reference(firm.reference_prefix, each) for each in found.serials),
    )
    sender = message.sender
    if what.action is Action.OPEN and sender is not None:
        return _opened(future, sender, found, firm, unreadable)
    if what.action is Action.HOLD:
        return replace(future, instants=(_held(message, what, firm),))
    return future


def _references(message: InboundMessage, firm: Firm) -> Found:
    subject = find(message.subject, firm.reference_prefix)
    text = find(message.text, firm.reference_prefix)
    return Found(
        tuple(dict.fromkeys((*subject.serials, *text.serials))), (*subject.near, *text.near)
    )


def _held(message: InboundMessage, what: Triage, firm: Firm) -> Instant:
    letters = held_letters(what.reason, 1, message, firm, message.received_at)
    return Instant(
        at=message.received_at,
        reasons=(what.reason,),
        letters=tuple(Foreseen(letter=each, reason=what.reason) for each in letters),
        events=(Event(name="message_held", cause="message", reason=what.reason),),
    )


def _opened(future: Future, sender: Address, found: Found, firm: Firm, unreadable: str) -> Future:
    message, rule = future.message, future.classification.rule
    case = Case(
        serial=SERIAL,
        reference=reference(firm.reference_prefix, SERIAL),
        received_at=message.received_at,
        opened_at=message.received_at,
        complainant=Party(address=sender),
        rulebook_version=firm.rulebook.version,
        verdict=rule if future.classification.kind is Kind.SPAM else "",
    )
    trigger = CaseOpened(
        message=message,
        occasion="message.0",
        rule=future.triage.reason,
        near=found.near,
        unreadable=unreadable,
    )
    fold = _Fold(case, firm)
    fold.happens(message.received_at, trigger)
    fold.runs_down()
    return replace(
        future,
        instants=tuple(fold.instants),
        case=fold.case,
        pending=tuple(sorted(fold.pending, key=lambda each: each.at)),
    )


@dataclass
class _Fold:
    """
    The case as far as it has come, and what is still to strike.
    """

    case: Case
    firm: Firm
    pending: list[Step] = field(default_factory=list)
    instants: list[Instant] = field(default_factory=list)
    _said: set[tuple[str, str]] = field(default_factory=set)

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
            due = sorted((each for each in self.pending if each.at <= at), key=_by_time)
            self.pending = [each for each in self.pending if each.at > at]
            self.happens(at, ClockStruck(steps=tuple(due)))

    def happens(self, at: datetime, trigger: Trigger) -> None:
        """
        Record what follows from *trigger*, and from the letters that it sends.
        """
        instant = Instant(at=at, steps=trigger.steps if isinstance(trigger, ClockStruck) else ())
        waiting = [trigger]
        while waiting:
            decision = decide(self.case, waiting.pop(0), self.firm, at)
            self.case = decision.applied_to(self.case)
            self.pending += _steps(decision)
            letters = self._new(decision)
            waiting += [_accepted(each, at) for each in letters if _is_heard_of(each)]
            instant = self._with(instant, decision, letters)
        self.instants.append(instant)

    def _new(self, decision: Decision) -> list[Letter]:
        """
        The letters of the decision that were not said before.
        """
        new = {_key(each): each for each in decision.letters if _key(each) not in self._said}
        self._said |= set(new)
        return list(new.values())

    def _with(self, instant: Instant, decision: Decision, letters: list[Letter]) -> Instant:
        ends = {(each.promise, each.number) for each in decision.settled}
        foreseen = [
            Foreseen(
                letter=each,
                reason=decision.reason,
                promise=_demanded_by(each, self.case),
                case=self.case,
            )
            for each in letters
        ]
        return replace(
            instant,
            reasons=(*instant.reasons, decision.reason),
            letters=(*instant.letters, *foreseen),
            events=(*instant.events, *decision.events),
            settled=(
                *instant.settled,
                *(each for each in self.case.obligations if (each.promise, each.number) in ends),
            ),
            case=self.case,
        )


def _by_time(step: Step) -> datetime:
    return step.at


def _steps(decision: Decision) -> list[Step]:
    return [
        replace(step, promise=each.promise, number=each.number)
        for each in decision.booked
        for step in each.steps
    ]


def _key(letter: Letter) -> tuple[str, str]:
    """
    What makes a letter unique, as the outbox has it.
    """
    once = letter.template in ONCE_PER_RECIPIENT
    return letter.template, letter.to.key if once else letter.occasion


def _is_heard_of(letter: Letter) -> bool:
    """
    Whether its acceptance is evidence of anything.
    """
    return letter.template in KEEPS and not letter.withheld


def _accepted(letter: Letter, at: datetime) -> Trigger:
    return LetterAccepted(
        template=letter.template,
        recipient=letter.to.email,
        at=at,
        evidence=f"{letter.template} accepted",
    )


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
