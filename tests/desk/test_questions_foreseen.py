"""
What the rules ask of memory is foreseen: a whole batch is read at once, and only what cannot
be told from the message alone is asked for later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.nothing_before import NothingBefore
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.known.rows import KnownLetter
from mailbot.desk.arriving import intake
from mailbot.desk.arriving.message_alone import in_itself
from mailbot.desk.arriving.questions_foreseen import foreseen
from mailbot.desk.turn import Turn
from mailbot.mail.message import Address, InboundMessage
from tests.cases.builders import JANE, OWEN, RHIAN, SERVICE, a_message
from tests.desk.builders import (
    FIRST_REFERENCE,
    Desk,
    an_answer,
    an_arrival,
    from_staff,
    with_a_case,
)
from tests.desk.test_returned import a_bounce

CLOSE = "#close phone Jane Doe, 20/11 16:00"
AUTOMATIC = {"auto-submitted": ("auto-replied",)}


@dataclass
class Overheard(NothingBefore):
    """
    What is known, and every question that was asked of it, in whatever copy.
    """

    tell: Callable[[Question], None] = field(default=lambda _: None)

    def need(self, asks: Asks, about: str | int) -> None:
        question = Question(asks, about)
        if question not in self.asked:
            # Of a case that opens now nobody has to ask what stands in it.
            self.tell(question)

    def octets_of(self, letter: KnownLetter) -> bytes:
        self.tell(Question(Asks.OCTETS, letter.id))
        return super().octets_of(letter)


def asked_beyond(desk: Desk, message: InboundMessage, **other: object) -> set[Asks]:
    """
    What taking the message in asks for that nobody has foreseen.
    """
    asked: set[Question] = set()
    known = Overheard(
        **{name: value for name, value in vars(desk.known).items() if name != "_new"},
        tell=asked.add,
    )
    arrival = an_arrival(message, **({"ledger_id": 99} | other))  # type: ignore[arg-type]
    seen = in_itself(message, desk.office)
    intake.take_in(Turn(known.after(), desk.office, desk.now), arrival, seen)
    before = set(foreseen(arrival, seen, desk.office))
    return {each.asks for each in asked - before}


def in_thread(template: str, text: str = "Thank you.", **other: object) -> Callable[[Desk], object]:
    return lambda desk: an_answer(desk.letter(template), text, **other)  # type: ignore[arg-type]


#: A class of message -> what only the rules can tell, once they have looked.
BEYOND: dict[str, tuple[Callable[[Desk], object], set[Asks]]] = {
    "a complaint": (lambda _: a_message(message_id="2@c.example", text="New."), set()),
    "a complaint of nobody": (
        lambda _: a_message(sender=None, message_id="2@c.example"),
        {Asks.KEY},
    ),
    "spam": (
        lambda _: a_message(message_id="2@c.example", headers={"x-spam-flag": ("YES",)}),
        set(),
    ),
    "an answer in the thread": (
        in_thread("acknowledgement", to="service@example.com"),
        {Asks.OCTETS},
    ),
    "an answer by the address": (in_thread("acknowledgement"), {Asks.OCTETS}),
    "a mail with the reference": (
        lambda _: a_message(message_id="2@c.example", subject=FIRST_REFERENCE),
        set(),
    ),
    "a mail with the reference of another case": (
        lambda _: a_message(message_id="2@c.example", subject="ISS-000002-92"),
        set(),
    ),
    "an answer to their own mail": (
        lambda _: a_message(message_id="2@c.example", in_reply_to=("first@customer.example",)),
        set(),
    ),
    "an absence in the thread": (in_thread("acknowledgement", headers=AUTOMATIC), set()),
    "an absence about nothing": (
        lambda _: a_message(headers=AUTOMATIC, in_reply_to=("a@b.example",), message_id="2@c"),
        set(),
    ),
    "mail of a list": (
        lambda _: a_message(message_id="2@c", headers={"list-id": ("<a.example>",)}),
        {Asks.KEY},
    ),
    "a form in our own name": (
        lambda _: a_message(sender=Address(email=SERVICE), message_id="2@c"),
        {Asks.KEY},
    ),
    "a share of files": (
        lambda _: a_message(sender=Address(email="x-noreply@a.example"), message_id="2@c"),
        {Asks.KEY},
    ),
    "another text of the same mail": (lambda _: a_message(text="Altered."), set()),
    "another delivery": (lambda _: a_message(), set()),
    "a bounce": (lambda desk: a_bounce(desk.letter("acknowledgement").message_id), {Asks.OCTETS}),
    "a bounce that names only its recipient": (lambda _: a_bounce(), {Asks.KEY}),
    "a handler's answer": (in_thread("assignment"), {Asks.OCTETS}),
    "a handler's command": (in_thread("assignment", "#note hello"), {Asks.OCTETS}),
    "a grave command": (in_thread("assignment", CLOSE), {Asks.OCTETS}),
    "a handler's words without a proof": (
        lambda _: from_staff("Hello."),
        {Asks.KEY},
    ),
    "a handler's question": (lambda _: from_staff("#help"), {Asks.KEY, Asks.WORK_OF}),
    "a handler to a customer": (
        lambda _: from_staff("Hello.", recipients=(JANE.email, "service@example.com")),
        {Asks.CASES_OF},
    ),
}


@pytest.mark.parametrize("of", BEYOND)
def test_what_is_foreseen_is_what_is_asked(of: str) -> None:
    make, beyond = BEYOND[of]
    desk = with_a_case()
    message = make(desk)
    assert isinstance(message, InboundMessage)

    assert asked_beyond(desk, message) == beyond


def test_a_machines_mail_that_is_released_asks_for_what_a_persons_does() -> None:
    desk = Desk()
    mail = a_message(headers={"list-id": ("<a.example>",)})
    desk.arrives(mail)
    [held] = desk.held

    beyond = asked_beyond(desk, mail, again=held.message_id, number=2, released=Vouched(by="Olwen"))
    assert beyond == {Asks.ACKNOWLEDGED, Asks.WORKLOAD}


def test_nothing_is_foreseen_of_what_cannot_be_read_but_its_place() -> None:
    desk = Desk()
    arrival = an_arrival(InboundMessage(received_at=desk.now, readable=False))

    questions = foreseen(arrival, in_itself(arrival.message, desk.office), desk.office)
    assert list(questions) == [Question(Asks.LEDGER, 1)]


def test_of_a_message_that_waits_its_row_is_read() -> None:
    desk = Desk()
    arrival = an_arrival(a_message(), again=7)

    questions = set(foreseen(arrival, in_itself(arrival.message, desk.office), desk.office))
    assert Question(Asks.MESSAGE, 7) in questions
    assert Asks.SAME_TEXT not in {each.asks for each in questions}


def test_an_id_longer_than_any_is_looked_up_by_nobody() -> None:
    desk = Desk()
    arrival = an_arrival(a_message(in_reply_to=("a" * 300 + "@b.example",)))

    questions = foreseen(arrival, in_itself(arrival.message, desk.office), desk.office)
    assert Asks.ID not in {each.asks for each in questions}


def test_of_a_handler_is_read_what_they_got_lately_of_whichever_address() -> None:
    desk = Desk()

    def asked(email: str) -> set[Question]:
        arrival = an_arrival(from_staff("#help", sender=email))
        return set(foreseen(arrival, in_itself(arrival.message, desk.office), desk.office))

    for who in (RHIAN, OWEN):
        assert Question(Asks.MAILED, who.email) in asked(who.email.upper())
