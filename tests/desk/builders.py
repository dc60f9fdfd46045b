"""
A desk on values: a memory in which nothing came before, an office, and a clock that a test
sets. Nothing is read from anywhere and nothing is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from mailbot.cases.case import Case
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.firm import Firm
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import Arrival, Attempt, Sight
from mailbot.cases.known.claimed import Claimed
from mailbot.cases.known.known import Known
from mailbot.cases.known.nothing_before import NothingBefore
from mailbot.cases.known.rows import KnownHeld, KnownLetter, KnownMessage
from mailbot.desk import letter_outcomes, orders
from mailbot.desk.arriving import intake, released_mail
from mailbot.desk.arriving.message_alone import InItself, in_itself
from mailbot.desk.letter_outcomes import Delivered, Statement, Word
from mailbot.desk.past import compose
from mailbot.desk.recorded import Ordered, Recorded
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.letters.stationery import Stationery
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.outcome import Outcome, Sent
from mailbot.mail.signed_ids import Keyring
from tests.cases.builders import FRIDAY, RHIAN, SERVICE, a_firm, a_message

T = TypeVar("T")

KEYRING = Keyring([bytes(32)], "example.com")

#: The first case of a desk.
FIRST, FIRST_REFERENCE = 1, "ISS-000001-95"


@cache
def _stationery() -> Stationery:
    links = (*a_firm().rulebook.hosts_allowed, "example.com")
    return Stationery.load(Path(__file__).parents[2] / "templates", links=links)


def an_office(firm: Firm | None = None, **other: Any) -> Office:
    return Office(
        firm=firm or a_firm(),
        keyring=KEYRING,
        stationery=_stationery(),
        chance=lambda: bytes(32),
        **other,
    )


def an_arrival(
    message: InboundMessage,
    *,
    ledger_id: int = 1,
    number: int = 1,
    content: bytes = b"octets",
    **other: Any,
) -> Arrival:
    sight = Sight("INBOX", 7, ledger_id, message.received_at)
    return Arrival(
        attempt=Attempt(ledger_id, number, sight), content=content, message=message, **other
    )


@dataclass
class Desk:
    """
    Who decides, and what is known so far: each decision goes on from the one before.
    """

    office: Office = field(default_factory=an_office)
    known: Known = field(default_factory=lambda: NothingBefore(seed=b"chance"))
    now: datetime = FRIDAY
    #: Every message as it was read, by its row of the ledger.
    read: dict[int, InboundMessage] = field(default_factory=dict)

    def does(self, rule: Callable[[Turn], T]) -> T:
        """
        One decision with its letters composed, as it is done before anything is kept.
        """
        turn = Turn(self.known.after(), self.office, self.now)
        done = rule(turn)
        compose(self.known, turn.known, self.office)
        self.known = turn.known
        return done

    def arrives(self, message: InboundMessage | None = None, **other: Any) -> Recorded:
        """
        A message under a sight of its own.
        """
        read = message or a_message(received_at=self.now)
        arrival = an_arrival(read, **({"ledger_id": len(self.read) + 1} | other))
        self.read[arrival.attempt.ledger_id] = read
        return self.takes_in(arrival)

    def takes_in(self, arrival: Arrival) -> Recorded:
        seen = (
            InItself(Classification(Kind.PERSON, "unreadable"))
            if arrival.says_nothing
            else in_itself(arrival.message, self.office)
        )
        return self.does(lambda turn: intake.take_in(turn, arrival, seen))

    def again(
        self, message: InboundMessage, held: KnownHeld, by: Vouched | None = None
    ) -> Recorded:
        """
        A held message read once more.
        """
        ledger_id = self.known.message(held.message_id).ledger_id
        return self.arrives(
            message, ledger_id=ledger_id, number=2, again=held.message_id, released=by
        )

    def lets_go(self, word: Recorded) -> Recorded:
        """
        What somebody's word lets go, read once more, and the receipt of it.
        """
        let = word.lets_go
        assert let is not None, "nothing was let go"
        held, before = self.known.held[let.held_id], set(self.known.drafts)
        read = self.read[self.known.message(held.message_id).ledger_id]
        went = self.again(read, held, let.vouched)
        went = self.lets_go(went) if went.lets_go else went
        written = [self.known.letters[each] for each in self.known.drafts if each not in before]
        return self.does(lambda turn: released_mail.told(turn, word, let, went, written))

    def told(self, text: str, answers: KnownLetter, **other: Any) -> Recorded:
        """
        What its reader answers to one of our letters, to the address that it gives.
        """
        return self.arrives(an_answer(answers, text, received_at=self.now, **other))

    def sends(self, result: Outcome | None = None, next_at: datetime | None = None) -> list[str]:
        """
        Everything that may leave, with one fate for all.
        """
        delivered = [
            Delivered(
                letter=claimed(each),
                result=result or Sent("250 2.0.0 Ok: queued as 4XY"),
                at=self.now,
                next_at=next_at,
            )
            for each in self.known.letters.values()
            if each.next_attempt_at is not None
        ]
        return self.does(lambda turn: letter_outcomes.settle(turn, delivered))

    def settles(self, letter: KnownLetter, result: Outcome, next_at: datetime | None = None) -> str:
        delivered = Delivered(letter=claimed(letter), result=result, at=self.now, next_at=next_at)
        return self.does(lambda turn: letter_outcomes.settle(turn, [delivered]))[0]

    def resolves(self, letter: KnownLetter, word: Word, reason: str = "") -> bool:
        said = Statement(outbox_id=letter.id, word=word, by="Olwen", reason=reason)
        return self.does(lambda turn: letter_outcomes.resolve(turn, said))

    def orders(self, text: str, reference: str = FIRST_REFERENCE) -> Ordered:
        ordered = parse_commands(text, Reckoning(self.now, self.office.firm.calendar))
        return self.does(lambda turn: orders.commands(turn, reference, ordered, "Olwen"))

    def strikes(self, serial: int = FIRST, *, at: datetime | None = None) -> Recorded:
        self.now = at or self.now
        return self.does(lambda turn: orders.strike(turn, serial))

    # --- what became of it ----------------------------------------------------

    def case(self, serial: int = FIRST) -> Case:
        found = self.known.case(serial)
        assert found is not None, "there is no such case"
        return found

    def letters(self, template: str) -> list[KnownLetter]:
        return [each for each in self.known.letters.values() if each.template == template]

    def letter(self, template: str) -> KnownLetter:
        """
        The latest letter of that template.
        """
        found = self.letters(template)
        assert found, f"no {template} was written"
        return found[-1]

    def state_of(self, promise: str, serial: int = FIRST) -> str:
        found = self.case(serial).obligation(promise)
        assert found is not None, "that was never promised"
        return found.state

    @property
    def held(self) -> list[KnownHeld]:
        return [each for each in self.known.held.values() if each.resolved_at is None]

    @property
    def messages(self) -> list[KnownMessage]:
        return sorted(self.known.messages.values(), key=lambda each: each.id)

    def events(self, serial: int | None = FIRST) -> list[str]:
        return [each.event.name for each in self.known.events if each.case_id == serial]

    def lets_pass(self, time: timedelta) -> None:
        self.now += time


def with_a_case(**other: Any) -> Desk:
    """
    A desk with one open case of Jane Doe's, whose first letters have left.
    """
    desk = Desk(**other)
    desk.arrives()
    desk.sends()
    return desk


def claimed(letter: KnownLetter, **other: Any) -> Claimed:
    given = {
        "id": letter.id,
        "serial": letter.case_id,
        "template": letter.template,
        "to_staff": letter.to_staff,
        "recipient": letter.recipient,
        "recipient_name": letter.recipient_name,
        "occasion": letter.occasion,
        "message_id": letter.message_id,
        "content": letter.content or b"",
        "attempt": letter.attempts,
        "created_at": letter.created_at,
    }
    return Claimed(**(given | other))


def reply_address(letter: KnownLetter, *, for_staff: bool | None = None) -> str:
    """
    Where it is answered.
    """
    is_staffs = letter.to_staff if for_staff is None else for_staff
    token = KEYRING.token(letter.nonce, for_staff=is_staffs)
    return SERVICE.replace("@", f"+{token}@")


def an_answer(
    letter: KnownLetter,
    text: str,
    *,
    sender: str = "",
    cc: Sequence[str] = (),
    message_id: str = "",
    to: str = "",
    **other: Any,
) -> InboundMessage:
    """
    The reader of *letter* answers it: to its reply address, in its thread.
    """
    read = a_message(
        sender=Address(email=sender or letter.recipient),
        subject=f"Re: {subject_of(letter)}",
        text=text,
        message_id=message_id or "answer@client.example",
        recipients=(to or reply_address(letter), *cc),
        in_reply_to=(letter.message_id,),
        **other,
    )
    return replace(read, date=read.received_at)


def from_staff(text: str, *, sender: str = RHIAN.email, **other: Any) -> InboundMessage:
    """
    A mail in the name of one of our people, which nothing proves.
    """
    given = {"message_id": "staff@client.example"} | other
    return a_message(sender=Address(email=sender), text=text, **given)


def octets_of(letter: KnownLetter) -> EmailMessage:
    read = message_from_bytes(letter.content or b"", policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def subject_of(letter: KnownLetter) -> str:
    return str(octets_of(letter)["subject"])


def words_of(letter: KnownLetter) -> str:
    part = octets_of(letter).get_body(("plain",))
    return part.get_content() if part else ""
