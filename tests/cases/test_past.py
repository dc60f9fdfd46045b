"""
The letters that were sent, asked by rules that decide them once more; and the commands that
only a letter tells of.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.cases.commands import orders
from mailbot.cases.commands.told_by_letter import Ordered, Told, command_behind
from mailbot.cases.known.past import Past
from mailbot.cases.states import State
from mailbot.cases.wording.task_words import MERGED
from mailbot.mail.sent_copy import SentCopy
from tests.cases.builders import JANE, OWEN, RHIAN, a_case, a_firm

NOON = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ACK = (1, "acknowledgement", JANE.key)


def a_copy(after: timedelta = timedelta(), **other: object) -> SentCopy:
    given: dict[str, object] = {
        "where": 1,
        "message_id": "c.1.n.k.m@example.com",
        "nonce": "first",
        "serial": 1,
        "key_id": "k",
        "to_staff": False,
        "template": "acknowledgement",
        "reference": "ISS-000001-95",
        "name": JANE.name,
        "email": JANE.email,
        "written_at": NOON + after,
        "accepted_at": NOON + after,
        "answers": "",
        "anchor": "",
        "token": "",
    }
    return SentCopy(**(given | other))  # type: ignore[arg-type]


def nothing(_: object) -> bool:
    return False


# --- which letter it was ---------------------------------------------------------------


def test_the_same_key_gets_the_same_letter_and_another_the_next_one() -> None:
    first, second = a_copy(), a_copy(DAY, nonce="second")
    past = Past.of([second, first])

    assert past.letter("a", ACK, NOON) is first
    assert past.letter("a", ACK, NOON) is first
    assert past.letter("b", ACK, NOON) is second
    assert past.letter("c", ACK, NOON) is None


def test_a_letter_that_was_given_back_is_free_again() -> None:
    past = Past.of([only := a_copy()])
    assert past.letter("a", ACK, NOON) is only

    past.give_back([only])

    assert past.letter("b", ACK, NOON) is only


@pytest.mark.parametrize(
    "like",
    [
        (2, "acknowledgement", JANE.key),
        (1, "introduction", JANE.key),
        (1, "acknowledgement", "somebody@else.example"),
    ],
)
def test_a_letter_of_another_case_template_or_reader_is_another(like: tuple[int, str, str]) -> None:
    assert Past.of([a_copy()]).letter("a", like, NOON) is None


def test_no_letter_from_before_the_decision_or_from_long_after_it_is_the_one() -> None:
    past = Past.of([a_copy(-2 * MINUTE), a_copy(10 * DAY, nonce="second"), a_copy(DAY, serial=2,
                    reference="ISS-000002-92", nonce="third")])  # fmt: skip

    assert past.letter("a", ACK, NOON) is None


def test_after_a_long_silence_the_first_letter_may_be_the_one() -> None:
    past = Past.of([late := a_copy(10 * DAY)])

    assert past.letter("a", ACK, NOON) is late


def test_an_assignment_to_somebody_else_at_that_instant_is_the_one() -> None:
    to_owen = a_copy(template="assignment", to_staff=True, email=OWEN.email)
    past = Past.of([to_owen])

    found = past.letter("a", (ACK[0], "assignment", RHIAN.email), NOON)

    assert found is to_owen


def test_a_letter_that_stands_already_is_no_other() -> None:
    past = Past.of([a_copy()], standing=["first"])

    assert past.letter("a", ACK, NOON) is None


def test_of_a_letter_that_only_an_answer_tells_of_nobody_knows_when_it_was_written() -> None:
    answered = a_copy(10 * DAY, where=None)
    past = Past.of([a_copy(7 * DAY, serial=2, nonce="other")], [answered])

    assert past.letter("a", ACK, NOON) is answered
    assert Past.of([a_copy(nonce="b")], [answered]).letter("a", ACK, NOON) is not answered


# --- when, and under which number ----------------------------------------------------------


def test_a_message_was_taken_in_when_it_was_answered() -> None:
    past = Past.of([a_copy(3 * DAY, answers="first@x.example")])

    assert past.taken_in_at("<First@x.example>", NOON) == NOON + 3 * DAY
    assert past.taken_in_at("<other@x.example>", NOON) == NOON
    assert past.taken_in_at("<First@x.example>", NOON + 4 * DAY) == NOON + 4 * DAY


def test_cases_get_the_numbers_that_their_customers_were_told_in_that_order() -> None:
    told = [
        a_copy(serial=4, reference="four"),
        a_copy(MINUTE, serial=9, reference="nine", nonce="b"),
    ]
    past = Past.of(told)

    assert past.serial_for(JANE.key, None, NOON, nothing) == 4
    assert past.serial_for(JANE.key, None, NOON, {4}.__contains__) == 9
    assert past.serial_for(JANE.key, None, NOON, {4, 9}.__contains__) is None
    assert past.serial_for("bob@example.com", None, NOON, nothing) is None
    assert past.highest == 9


def test_what_was_due_while_nobody_was_at_work_was_done_at_the_next_sign_of_life() -> None:
    mine, others = a_copy(3 * DAY), a_copy(5 * DAY, nonce="b", reference="other")
    past = Past.of([mine, others])

    assert past.done_later(NOON, [mine]) == NOON + 3 * DAY
    # Somebody was at work, and this letter is lost.
    assert past.done_later(NOON + 3 * DAY, []) is None
    assert past.done_later(NOON + 3 * DAY, [mine]) is None
    # A round comes some seconds after the instant.
    assert past.done_later(NOON + 3 * DAY - MINUTE / 2, [mine]) == NOON + 3 * DAY
    # And nobody ever was again.
    assert past.done_later(NOON + 6 * DAY, []) is None


# --- the command behind a letter -------------------------------------------------------------

CASE = replace(a_case(), handler=RHIAN)


def behind(told: Told, state: State = State.OPEN) -> Ordered | None:
    return command_behind(replace(CASE, state=state), told, a_firm().calendar)


def test_a_closure_is_told_by_its_letter_in_its_own_words() -> None:
    text = (
        "Your case is closed: Jane Doe told us by phone on Monday 7 September 2026, 11am that it"
        " is resolved. What happens next"
    )

    found = behind(Told(copy=a_copy(template="closed"), text=text))

    at = datetime(2026, 9, 7, 10, 0, tzinfo=UTC)
    assert found == Ordered(orders.Close(orders.Channel.PHONE, "Jane Doe", at))


def test_a_closure_without_words_stands_in_nobodys_name() -> None:
    found = behind(Told(copy=a_copy(template="closed"), text="It is over."))

    assert found is not None
    assert isinstance(found.command, orders.Close)
    assert found.command.at == NOON


def test_a_case_that_was_introduced_by_somebody_else_was_given_to_them() -> None:
    to_owen = a_copy(template="assignment", to_staff=True, email=OWEN.email)
    introduced = a_copy(template="introduction")

    assert behind(Told(copy=introduced, near=[introduced, to_owen])) == Ordered(
        orders.Assign(OWEN.email)
    )
    # A new reply address for whoever has it, an escalation, or the same person.
    assert behind(Told(copy=to_owen, near=[to_owen])) is None
    escalated = a_copy(template="escalated")
    assert behind(Told(copy=to_owen, near=[introduced, to_owen, escalated])) is None
    to_rhian = replace(to_owen, email=RHIAN.email)
    assert behind(Told(copy=to_rhian, near=[introduced, to_rhian])) is None


def test_an_agreed_contact_is_told_by_its_calendar_entry() -> None:
    copy = a_copy(template="contact-agreed")

    assert behind(Told(copy=copy, agreed_at=NOON)) == Ordered(orders.Contact(NOON))
    assert behind(Told(copy=copy)) is None


def test_a_merger_is_told_by_the_task_of_the_other_handler() -> None:
    text = f"This needs a person: {MERGED.what}. {MERGED.why} (ISS-000002-92, by Olwen)."

    found = behind(Told(copy=a_copy(template="task"), text=text))

    assert found == Ordered(orders.Merge(CASE.reference), by="Olwen", on="ISS-000002-92")
    assert (
        behind(Told(copy=a_copy(template="task"), text="Ring them (ISS-000002-92, by Ann)")) is None
    )


def test_what_is_opened_again_was_closed_or_judged() -> None:
    told = Told(copy=a_copy(template="reopened"))

    again = {state: behind(told, state) for state in (State.CLOSED, State.NOT_A_COMPLAINT)}

    assert [type(each.command) for each in again.values() if each] == [
        orders.Reopen,
        orders.Complaint,
    ]


def test_a_credit_is_told_with_its_sum_and_its_month() -> None:
    text = "- Amount: £25.00 - Where you will see it: on your monthly invoice for October 2026 -"

    found = behind(Told(copy=a_copy(template="credit"), text=text))

    assert found is not None
    assert isinstance(found.command, orders.Credit)
    assert (str(found.command.amount), found.command.month.month) == ("25.00", 10)


@pytest.mark.parametrize("template", ["acknowledgement", "adr-rights", "receipt", "warning"])
def test_what_the_rules_write_by_themselves_tells_of_no_command(template: str) -> None:
    assert behind(Told(copy=a_copy(template=template), text="closed: by phone")) is None
