"""
All that rules may ask about a batch of messages, deadlines or letters, and what they have
decided about it so far.

It is read once, before anybody decides. Each decision goes into a copy (`after`), so that
the next one sees it and a broken one leaves nothing behind; what differs in the end is kept.
"""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Self

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.known.lately import Alike, Beginning, CaseEvent, Lately, Numbers, Work
from mailbot.cases.known.questions import Asks, Question, SameText, Unread
from mailbot.cases.known.rows import (
    FIRST_NEW,
    Draft,
    KnownAbsence,
    KnownContent,
    KnownHeld,
    KnownLetter,
    KnownMessage,
    KnownParty,
    KnownStep,
)
from mailbot.cases.letter_status import Status
from mailbot.cases.obligation import Does, Obligation, Step
from mailbot.cases.states import State

#: Where the addresses of an anonymised case lead (RFC 2606: no mail is delivered there).
NOWHERE = "anonymised.invalid"

#: The longest Message-ID that is looked up; a longer one is nobody's.
LONGEST_KEY = 255

#: So often within a day may somebody send one text before more of it is only filed.
MOST_ALIKE = 3

#: A nonce is twelve characters of lower-case base32.
_NONCE_OCTETS = 7

IN_WORK = (State.OPEN, State.AWAITING_CONFIRMATION)


@dataclass
class Known:
    """
    Every lookup raises Unread where nobody has read what it needs.
    """

    #: Chance, drawn by whoever began: every nonce of this batch comes from it.
    seed: bytes = b""
    numbers: Numbers = field(default_factory=Numbers)
    asked: set[Question] = field(default_factory=set)
    #: Cases in work by handler address, where it was asked for.
    busy: Counter[str] = field(default_factory=Counter)
    #: Acknowledgements that were decided within the hour before.
    acknowledged_lately: int = 0
    absences: dict[int, KnownAbsence] = field(default_factory=dict)
    #: Where each serial that was asked for is now; None: there is no such case.
    at: dict[int, int | None] = field(default_factory=dict)
    by_reference: dict[str, int] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    #: The rows of the obligations, by case, promise and number.
    obligation_ids: dict[tuple[int, str, int], int] = field(default_factory=dict)
    #: How often something has happened in each case.
    revisions: dict[int, int] = field(default_factory=dict)
    parties: dict[int, KnownParty] = field(default_factory=dict)
    steps: dict[int, KnownStep] = field(default_factory=dict)
    letters: dict[int, KnownLetter] = field(default_factory=dict)
    messages: dict[int, KnownMessage] = field(default_factory=dict)
    contents: dict[int, KnownContent] = field(default_factory=dict)
    held: dict[int, KnownHeld] = field(default_factory=dict)
    #: The state of each row of the ledger that was asked for, and what it is seen as.
    ledger: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    #: The keys of letters that belong to no case and were written.
    said: set[str] = field(default_factory=set)
    lately: dict[Question, tuple[Lately, ...]] = field(default_factory=dict)
    alike: tuple[Alike, ...] = ()
    #: References by serial of the cases in work of a complainant.
    of_complainant: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    of_handler: dict[str, tuple[Work, ...]] = field(default_factory=dict)
    beginnings: dict[int, Beginning] = field(default_factory=dict)

    # What was decided and is not kept yet, beside the changes of the rows above.
    events: list[CaseEvent] = field(default_factory=list)
    drafts: dict[int, Draft] = field(default_factory=dict)
    #: What the rules have said, in order, for whoever only looks.
    decisions: list[Decision] = field(default_factory=list)
    #: Cases that have become part of another one, with which.
    merged: list[tuple[int, int]] = field(default_factory=list)
    #: Cases in which anything happened.
    touched: set[int] = field(default_factory=set)
    _new: int = FIRST_NEW

    def after(self) -> Self:
        """
        A copy for the next decision.
        """
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (dict, set, list)):
                setattr(other, name, copy(value))
        return other

    def learn(self, more: Self, before: Mapping[str, int]) -> None:
        """
        Take over what was read into *more* since it had *before* (`size`) answers.
        """
        if Question(Asks.WORKLOAD, "") in more.asked - self.asked:
            # What was decided meanwhile has been counted already.
            self.busy.update(more.busy)
        for name, value in vars(more).items():
            if isinstance(value, dict) and not isinstance(value, Counter):
                getattr(self, name).update(islice(value.items(), before[name], None))
        for number, letter in more.letters.items():
            mine = self.letters.get(number, letter)
            if mine.content is None and letter.content is not None:
                self.letters[number] = replace(mine, content=letter.content)
        self.acknowledged_lately = more.acknowledged_lately
        self.alike = more.alike
        self.said |= more.said
        self.asked |= more.asked

    def size(self) -> dict[str, int]:
        """
        How much of each kind is known.
        """
        return {name: len(value) for name, value in vars(self).items() if isinstance(value, dict)}

    def need(self, asks: Asks, about: str | int) -> None:
        question = Question(asks, about)
        if question not in self.asked:
            raise Unread(question)

    # --- cases ---------------------------------------------------------------

    def serial_at(self, serial: int) -> int | None:
        """
        The case that *serial* leads to, which may be another one by now; None if there
        is none.
        """
        if serial in self.cases:
            return self.at.get(serial, serial)
        self.need(Asks.CASE, serial)
        return self.at.get(serial)

    def case(self, serial: int) -> Case | None:
        at = self.serial_at(serial)
        return self.cases[at] if at is not None else None

    def workload(self) -> dict[str, int]:
        """
        Cases in work by handler address.
        """
        self.need(Asks.WORKLOAD, "")
        return dict(self.busy)

    def parties_of(self, serial: int) -> list[KnownParty]:
        """
        Everybody who has a role in the case or had one, in the order in which they came in.
        """
        theirs = (each for each in self.parties.values() if each.case_id == serial)
        return sorted(theirs, key=lambda each: each.id)

    def letters_of(self, serial: int) -> list[KnownLetter]:
        """
        What was said in the case, in that order.
        """
        self.need(Asks.LETTERS, serial)
        theirs = (each for each in self.letters.values() if each.case_id == serial)
        return sorted(theirs, key=lambda each: each.id)

    def steps_of(self, serial: int) -> list[KnownStep]:
        self.need(Asks.STEPS, serial)
        return sorted(
            (each for each in self.steps.values() if each.case_id == serial),
            key=lambda each: (each.at, each.id),
        )

    def is_nobodys(self, serial: int) -> bool:
        """
        Whether the case was anonymised: nobody could be answered in it.
        """
        return any(
            each.case_id == serial
            and each.role == "complainant"
            and each.email_key.endswith(f"@{NOWHERE}")
            for each in self.parties.values()
        )

    def in_work_of(self, email: str) -> list[tuple[int, str]]:
        """
        Serial and reference of the cases in work whose complainant has that address.
        """
        self.need(Asks.CASES_OF, email)
        found = dict(self.of_complainant.get(email, ()))
        for serial, case in self.cases.items():
            is_theirs = case.complainant.address.key == email and self.at.get(serial) == serial
            if is_theirs and case.state in IN_WORK:
                found[serial] = case.reference
            else:
                found.pop(serial, None)
        return sorted(found.items())

    def at_reference(self, reference: str) -> int | None:
        """
        The serial of the case that the reference leads to.
        """
        for serial, case in self.cases.items():
            if case.reference == reference:
                return self.at.get(serial, serial)
        self.need(Asks.REFERENCE, reference)
        found = self.by_reference.get(reference)
        return self.serial_at(found) if found is not None else None

    # --- letters and messages ------------------------------------------------

    def letter_with(self, nonce: str) -> KnownLetter | None:
        self.need(Asks.NONCE, nonce)
        return next((each for each in self.letters.values() if each.nonce == nonce), None)

    def party_with(self, nonce: str) -> KnownParty | None:
        self.need(Asks.NONCE, nonce)
        return next((each for each in self.parties.values() if each.token_nonce == nonce), None)

    def letters_named(self, ids: Iterable[str]) -> list[KnownLetter]:
        """
        The letters that one of these is the Message-ID or the alias of, the latest last.
        """
        wanted = [each for each in ids if each and len(each) <= LONGEST_KEY]
        for each in wanted:
            self.need(Asks.ID, each)
        found = [
            each
            for each in self.letters.values()
            if each.message_id in wanted or (each.alias and each.alias in wanted)
        ]
        return sorted(found, key=lambda each: each.id)

    def sent_to(self, email: str) -> list[KnownLetter]:
        """
        The letters of cases that have left for that address of late, the latest last.
        """
        self.need(Asks.SENT_TO, email)
        found = (
            each
            for each in self.letters.values()
            if each.recipient_key == email and each.case_id and each.status == Status.SENT
        )
        return sorted(found, key=lambda each: each.id)

    def messages_named(self, message_id: str) -> list[KnownMessage]:
        self.need(Asks.ID, message_id)
        return [each for each in self._messages() if each.message_id_key == message_id]

    def twins(self, identity: str) -> list[KnownMessage]:
        self.need(Asks.IDENTITY, identity)
        return [each for each in self._messages() if each.identity == identity]

    def answers_to(self, nonce: str) -> list[KnownMessage]:
        """
        What came in answer to a staff mail, the latest first.
        """
        self.need(Asks.ANSWERS, nonce)
        return [each for each in reversed(self._messages()) if each.answers == nonce]

    def with_text(self, wanted: SameText) -> list[Alike]:
        """
        Messages of that sender with that text which are in a case, the latest first.
        """
        self.need(*wanted.question)
        found = {
            each.id: each
            for each in self.alike
            if (each.text_digest, each.sender) == (wanted.digest, wanted.sender)
        }
        found |= {
            each.id: Alike(each.id, each.text_digest, each.sender, each.received_at, each.case_id)
            for each in self.messages.values()
            if each.text_digest == wanted.digest
            and each.sender == wanted.sender
            and each.case_id is not None
        }
        latest = (found[number] for number in sorted(found, reverse=True))
        return [each for each in latest if each.received_at > wanted.since][:MOST_ALIKE]

    def message(self, message_id: int) -> KnownMessage:
        if message_id not in self.messages:
            raise Unread(Question(Asks.MESSAGE, message_id))
        return self.messages[message_id]

    def octets_of(self, letter: KnownLetter) -> bytes:
        """
        The octets of a letter that was written before.
        """
        if letter.content is None:
            raise Unread(Question(Asks.OCTETS, letter.id))
        return letter.content

    def _messages(self) -> list[KnownMessage]:
        return sorted(self.messages.values(), key=lambda each: each.id)

    def is_said(self, key: str, serial: int | None) -> bool:
        """
        Whether a letter of that key was written before, in the case or in none.
        """
        if serial is not None:
            self.need(Asks.LETTERS, serial)
        else:
            self.need(Asks.KEY, key)
        return key in self.said or any(each.key == key for each in self.letters.values())

    # --- what happened lately --------------------------------------------------

    def acknowledged(self, email: str) -> list[datetime]:
        """
        When acknowledgements to that address were decided within the last day.
        """
        question = Question(Asks.ACKNOWLEDGED, email)
        self.need(*question)
        before = [each.at for each in self.lately.get(question, ())]
        return before + [
            each.created_at for each in self._acknowledgements() if each.recipient_key == email
        ]

    def acknowledged_within_the_hour(self) -> int:
        return self.acknowledged_lately + sum(1 for _ in self._acknowledgements())

    def _acknowledgements(self) -> Iterator[KnownLetter]:
        return (
            self.letters[each]
            for each, draft in self.drafts.items()
            if draft.letter.template == "acknowledgement" and not draft.letter.withheld
        )

    def mailed(self, email: str) -> list[Lately]:
        """
        Receipts, and what unproved mail caused, to one of our people within the last day.
        """
        question = Question(Asks.MAILED, email)
        self.need(*question)
        now = [self.letters[each] for each in self.drafts]
        return [*self.lately.get(question, ())] + [
            Lately(each.template, each.occasion, each.created_at)
            for each in now
            if each.recipient_key == email
        ]

    # --- held mail -------------------------------------------------------------

    def held_under(self, held_id: int) -> KnownHeld | None:
        if held_id in self.held:
            return self.held[held_id]
        self.need(Asks.HELD, held_id)
        return None

    def held_message(self, message_id: int) -> KnownHeld | None:
        """
        That the message is held, or was.
        """
        self.message(message_id)
        return next((each for each in self.held.values() if each.message_id == message_id), None)

    def held_from(self, ledger_id: int) -> KnownHeld | None:
        """
        What is held of that row of the ledger, the latest.
        """
        self.need(Asks.HELD_FROM, ledger_id)
        found = [
            each
            for each in self.held.values()
            if self.message(each.message_id).ledger_id == ledger_id
        ]
        return max(found, key=lambda each: each.id, default=None)

    # --- what is new -------------------------------------------------------------

    def nonce(self, what: str) -> str:
        """
        Chance for *what*, which nobody else may be called in this batch.
        """
        digest = hmac.digest(self.seed, what.encode(), hashlib.sha256)[:_NONCE_OCTETS]
        return base64.b32encode(digest).decode().rstrip("=").lower()

    def new_id(self) -> int:
        """
        An id for a row to which the database will give its own.
        """
        self._new += 1
        return self._new

    def number_case(self) -> int:
        number = self.numbers.case
        self.numbers = replace(self.numbers, case=number + 1)
        return number

    def has_seen(self, serial: int, at: datetime) -> None:
        """
        Somebody has been told that serial: no case gets it, or one below, from now on.
        """
        if serial >= self.numbers.case:
            self.numbers = replace(self.numbers, case=serial + 1, seen=serial, seen_at=at)

    def opens(self, serial: int) -> None:
        """
        Nothing stands in a case that is opened now but what is decided from here on.
        """
        self.asked |= {Question(each, serial) for each in (Asks.CASE, Asks.STEPS, Asks.LETTERS)}

    def number_message(self) -> int:
        number = self.numbers.message
        self.numbers = replace(self.numbers, message=number + 1)
        return number

    def number_content(self) -> int:
        number = self.numbers.content
        self.numbers = replace(self.numbers, content=number + 1)
        return number

    def number_held(self) -> int:
        number = self.numbers.held
        self.numbers = replace(self.numbers, held=number + 1)
        return number

    def put_case(self, case: Case) -> None:
        """
        The case as it stands now.
        """
        before = self.cases.get(case.serial)
        for handler in _at_work(before, self.at.get(case.serial)):
            self.busy[handler] -= 1
        self.cases[case.serial] = case
        self.at.setdefault(case.serial, case.serial)
        for handler in _at_work(case, self.at[case.serial]):
            self.busy[handler] += 1
        self.touched.add(case.serial)

    def leaves_work(self, case: Case) -> None:
        """
        The case counts for nobody any more: it has become part of another one.
        """
        for handler in _at_work(case, self.at.get(case.serial)):
            self.busy[handler] -= 1

    def note(self, serial: int | None, events: Iterable[Event], at: datetime) -> None:
        self.events += [CaseEvent(serial, each, at) for each in events]

    def with_steps(self, case: Case) -> Case:
        """
        The case, and of its obligations the steps that are still to come.
        """
        waiting = [each for each in self.steps_of(case.serial) if each.done_at is None]
        return replace(
            case, obligations=tuple(_stepped(each, waiting) for each in case.obligations)
        )


def _at_work(case: Case | None, at: int | None) -> Iterator[str]:
    """
    The address under which a case in work counts.
    """
    if case and case.serial == at and case.state in IN_WORK:
        yield case.handler.email.lower() if case.handler else ""


def _stepped(obligation: Obligation, waiting: Iterable[KnownStep]) -> Obligation:
    wanted = (obligation.promise, obligation.number)
    return replace(
        obligation,
        steps=tuple(step(each) for each in waiting if (each.promise, each.number) == wanted),
    )


def step(row: KnownStep) -> Step:
    return Step(does=Does(row.does), at=row.at, promise=row.promise, number=row.number)
