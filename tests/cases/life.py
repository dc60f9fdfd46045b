"""
The life of one case as values: the rules folded over what happens, on a clock that
jumps from step to step, with an outbox that says a thing once, as the real one does.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from mailbot.cases.case import Case
from mailbot.cases.commands.reading.grammar import parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.identity.staff_mail import Proof
from mailbot.cases.letter import HEARD_OF, ONCE_PER_RECIPIENT, RIGHTS_LETTERS, Letter
from mailbot.cases.obligation import Obligation, Step
from mailbot.cases.people.handlers import Handler
from mailbot.cases.triggers import (
    CaseOpened,
    ClockStruck,
    CommandsGiven,
    LetterAccepted,
    LetterFailed,
    MessageJoined,
    StaffAnswered,
    Trigger,
)
from mailbot.mail.message import Address
from tests.cases.builders import FRIDAY, JANE, RHIAN, a_firm, a_message, a_new_case

RIGHTS_DAY = 42


@dataclass(frozen=True)
class Written:
    """
    One letter, and when it was decided.
    """

    at: datetime
    letter: Letter


@dataclass
class Life:
    """
    A complaint that has just been opened, and everything that has happened since.
    """

    received_at: datetime = FRIDAY
    firm: Firm = field(default_factory=a_firm)
    verdict: str = ""
    case: Case = field(init=False)
    now: datetime = field(init=False)
    written: list[Written] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    #: False while our mail server takes nothing.
    is_server_up: bool = True
    #: False while mailbot itself stands still.
    is_running: bool = True
    _pending: list[Step] = field(default_factory=list)
    _waiting: list[Letter] = field(default_factory=list)
    _said: set[tuple[str, str]] = field(default_factory=set)
    _count: int = 0

    def __post_init__(self) -> None:
        self.now = self.received_at
        self.case = a_new_case(received_at=self.received_at, verdict=self.verdict)
        message = a_message(received_at=self.received_at)
        self.happens(CaseOpened(message=message, occasion="opened", rule="nothing_automatic"))

    # --- time ------------------------------------------------------------------

    def day(self, number: int, clock: str = "12:00") -> datetime:
        """
        That local moment on that calendar day after the day of receipt.
        """
        day = self.firm.calendar.local_day(self.received_at) + timedelta(days=number)
        return self.firm.calendar.at(day, time.fromisoformat(clock))

    def until(self, when: datetime) -> "Life":
        """
        Every step up to and including *when*, each at its own instant.
        """
        while self.is_running and (due := self._next()) is not None and due <= when:
            self.now = max(due, self.now)
            self._round()
        self.now = when
        return self

    def stops(self) -> None:
        self.is_running = False

    def starts(self) -> None:
        """
        mailbot is back: everything that fell due meanwhile, in the rounds it takes.
        """
        self.is_running = True
        self._round()

    def server_down(self) -> None:
        self.is_server_up = False

    def server_up(self) -> None:
        self.is_server_up = True
        self._deliver()

    def _next(self) -> datetime | None:
        return min((each.at for each in self._pending), default=None)

    def _round(self) -> None:
        while due := sorted((s for s in self._pending if s.at <= self.now), key=_by_time):
            self._pending = [each for each in self._pending if each.at > self.now]
            self.happens(ClockStruck(steps=tuple(due)))

    # --- people ----------------------------------------------------------------

    def order(self, text: str, *, writer: Handler | None = None) -> Decision:
        """
        What an operator orders, or a handler by mail where *writer* is given.
        """
        return self.happens(
            CommandsGiven(
                commands=parse(text, Reckoning(self.now, self.firm.calendar)),
                by="Olwen",
                occasion=self._occasion("order"),
                said_at=self.now,
                writer=writer,
            )
        )

    def mailed(
        self,
        text: str,
        *,
        writer: Handler = RHIAN,
        received_at: datetime | None = None,
        proof: Proof = Proof.REPLY_ADDRESS,
        reason: str = "staff_answer",
        went_to: frozenset[str] = frozenset(),
    ) -> Decision:
        """
        A handler's answer to the assignment.
        """
        return self.happens(
            StaffAnswered(
                message=a_message(
                    sender=Address(email=writer.email), received_at=received_at or self.now
                ),
                occasion=self._occasion("answer"),
                writer=writer,
                text=text,
                may_relay=True,
                reason=reason,
                proof=proof,
                went_to=went_to,
            )
        )

    def customer(
        self,
        text: str = "Any news?",
        *,
        said: Said = Said.ELSE,
        sender: Address = JANE,
        is_altered_copy: bool = False,
    ) -> Decision:
        """
        A further message; *said* is what it says to the outcome, if that is proved.
        """
        return self.happens(
            MessageJoined(
                message=a_message(text=text, sender=sender, received_at=self.now),
                occasion=self._occasion("message"),
                reason="joined_by_in_reply_to",
                confirmation=said,
                is_altered_copy=is_altered_copy,
            )
        )

    def bounces(self, template: str = "") -> Decision | None:
        """
        The last letter to the customer (of that template) that left comes back; None
        if none has left.
        """
        left = [
            each.letter
            for each in self.written
            if not each.letter.to_staff
            and not each.letter.copy_of
            and not each.letter.withheld
            and each.letter not in self._waiting
            and template in {"", each.letter.template}
        ]
        if not left:
            return None
        letter = left[-1]
        return self.happens(
            LetterFailed(
                template=letter.template,
                to=letter.to,
                to_staff=False,
                occasion=letter.occasion,
                outcome="bounced",
                reason="5.1.1 unknown",
            )
        )

    def _occasion(self, of: str) -> str:
        self._count += 1
        return f"{of}.{self._count}"

    # --- what came of it ---------------------------------------------------------

    def obligation(self, promise: str, number: int | None = None) -> Obligation:
        found = [
            each
            for each in self.case.obligations
            if each.promise == promise and number in {None, each.number}
        ]
        assert found, f"{promise} {number} was never booked"
        return found[-1]

    def sent(self, template: str) -> list[Written]:
        """
        Every letter of that template that left, or would have.
        """
        return [
            each
            for each in self.written
            if each.letter.template == template and not each.letter.withheld
        ]

    def to_customer(self, since: datetime) -> list[str]:
        return [
            each.letter.template
            for each in self.written
            if each.at >= since
            and not each.letter.to_staff
            and not each.letter.copy_of
            and not each.letter.withheld
        ]

    def copies(self, since: datetime | None = None) -> list[tuple[str, str]]:
        """
        Whose copies of which letters were written.
        """
        return [
            (each.letter.to.email, each.letter.copy_of.template)
            for each in self.written
            if each.letter.copy_of and each.at >= (since or self.received_at)
        ]

    def to_staff(self, since: datetime) -> list[tuple[str, str]]:
        return [
            (each.letter.template, each.letter.to.email)
            for each in self.written
            if each.at >= since and each.letter.to_staff
        ]

    def rights(self) -> list[tuple[str, datetime]]:
        """
        The letters that the law wants, and when.
        """
        return [
            (each.letter.template, each.at)
            for each in self.written
            if each.letter.template in RIGHTS_LETTERS and not each.letter.withheld
        ]

    # --- the fold ----------------------------------------------------------------

    def happens(self, trigger: Trigger) -> Decision:
        decision = decide(self.case, trigger, self.firm, self.now)
        self.decisions.append(decision)
        self.case = decision.applied_to(self.case)
        moved = {(each.promise, each.number) for each in decision.moved}
        self._pending = [each for each in self._pending if (each.promise, each.number) not in moved]
        for each in (*decision.booked, *decision.moved):
            self._pending += each.steps
        if decision.frees_withheld:
            self._said -= {_key(each.letter) for each in self.written if each.letter.withheld}
        for letter in decision.letters:
            if _key(letter) not in self._said:
                self._said.add(_key(letter))
                self.written.append(Written(self.now, letter))
                self._waiting += [] if letter.withheld else [letter]
        if self.is_server_up:
            self._deliver()
        return decision

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, []
        for letter in waiting:
            if letter.template in HEARD_OF:
                self.happens(
                    LetterAccepted(
                        template=letter.template,
                        recipient=letter.to.email,
                        at=self.now,
                        evidence=f"{letter.template} accepted",
                    )
                )


def _by_time(step: Step) -> tuple[datetime, str]:
    return step.at, step.promise


def _key(letter: Letter) -> tuple[str, str]:
    once = letter.template in ONCE_PER_RECIPIENT
    return letter.template, letter.to.key if once else letter.occasion
