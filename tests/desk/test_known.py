"""
What is known while rules decide: each decision in a copy of its own, and what was not read
is said to be so.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.known.known import Known
from mailbot.cases.known.lately import Alike, Lately, Work
from mailbot.cases.known.nothing_before import NothingBefore
from mailbot.cases.known.questions import Asks, Question, SameText, Unread
from mailbot.cases.known.rows import KnownAbsence, KnownLetter
from mailbot.cases.states import State
from mailbot.desk.consequences import put
from mailbot.desk.turn import Turn
from tests.cases.builders import FRIDAY, JANE, OWEN, RHIAN, STRANGER, a_case, a_message, at
from tests.desk.builders import FIRST, Desk, an_office, with_a_case

UNREAD: list[tuple[Question, Callable[[Known], object]]] = [
    (Question(Asks.CASE, 7), lambda known: known.serial_at(7)),
    (Question(Asks.CASE, 7), lambda known: known.case(7)),
    (Question(Asks.WORKLOAD, ""), lambda known: known.workload()),
    (Question(Asks.CASES_OF, JANE.email), lambda known: known.in_work_of(JANE.email)),
    (Question(Asks.REFERENCE, "ISS-1"), lambda known: known.at_reference("ISS-1")),
    (Question(Asks.NONCE, "abc"), lambda known: known.letter_with("abc")),
    (Question(Asks.NONCE, "abc"), lambda known: known.party_with("abc")),
    (Question(Asks.ID, "a@b"), lambda known: known.letters_named(["a@b"])),
    (Question(Asks.ID, "a@b"), lambda known: known.messages_named("a@b")),
    (Question(Asks.IDENTITY, "digest"), lambda known: known.twins("digest")),
    (Question(Asks.ANSWERS, "abc"), lambda known: known.answers_to("abc")),
    (Question(Asks.MESSAGE, 7), lambda known: known.message(7)),
    (Question(Asks.MESSAGE, 7), lambda known: known.held_message(7)),
    (Question(Asks.KEY, "key"), lambda known: known.is_said("key", None)),
    (Question(Asks.ACKNOWLEDGED, JANE.email), lambda known: known.acknowledged(JANE.email)),
    (Question(Asks.MAILED, RHIAN.email), lambda known: known.mailed(RHIAN.email)),
    (Question(Asks.HELD, 7), lambda known: known.held_under(7)),
    (Question(Asks.HELD_FROM, 7), lambda known: known.held_from(7)),
]


@pytest.mark.parametrize(("question", "lookup"), UNREAD)
def test_what_was_not_read_is_asked_for_by_name(
    question: Question, lookup: Callable[[Known], object]
) -> None:
    with pytest.raises(Unread) as asked:
        lookup(Known())
    assert asked.value.question == question


def test_what_was_read_and_is_not_there_is_nothing() -> None:
    known = Known(asked={question for question, _ in UNREAD})

    assert known.case(7) is None
    assert known.letter_with("abc") is None
    assert known.twins("digest") == []
    assert not known.is_said("key", None)
    assert known.held_under(7) is None


def test_where_nothing_came_before_nothing_has_to_be_read() -> None:
    known = NothingBefore()

    for question, lookup in UNREAD:
        if question.asks is not Asks.MESSAGE:
            assert not lookup(known)


def test_the_octets_of_a_letter_are_asked_for_where_nobody_has_read_them() -> None:
    desk = with_a_case()
    letter = replace(desk.letter("acknowledgement"), content=None)

    with pytest.raises(Unread) as asked:
        desk.known.octets_of(letter)
    assert asked.value.question == Question(Asks.OCTETS, letter.id)


def test_a_question_about_the_same_text_reads_back_as_it_was() -> None:
    wanted = SameText("digest", "jane doe@customer.example", FRIDAY)

    assert SameText.read(str(wanted.question.about)) == wanted


# --- a copy for each decision ---------------------------------------------------


class Broken(Exception):  # noqa: N818 - the rule is
    """
    A rule that breaks after it has written.
    """


def test_what_a_broken_decision_wrote_is_gone() -> None:
    desk = with_a_case()
    before = desk.known.after()

    def breaks(turn: Turn) -> None:
        letter = desk.letter("acknowledgement")
        put(turn, replace(letter, status="bounced"))
        turn.known.put_case(replace(desk.case(), state=State.CLOSED))
        turn.known.number_case()
        turn.known.new_id()
        turn.known.said.add("key")
        turn.known.ledger[1] = ("gone", None)
        turn.known.touched.add(99)
        turn.known.decisions.clear()
        raise Broken

    with pytest.raises(Broken):
        desk.does(breaks)
    assert desk.known == before


def test_a_decision_sees_what_the_one_before_has_decided() -> None:
    desk = Desk()
    desk.arrives()

    recorded = desk.arrives(a_message(message_id="2@customer.example", subject="ISS-000001-95"))
    assert recorded.case == "ISS-000001-95"


def test_a_copy_shares_nothing_that_can_be_changed() -> None:
    known = with_a_case().known
    other = known.after()

    shared = [
        name
        for name, value in vars(known).items()
        if isinstance(value, (dict, set, list)) and vars(other)[name] is value
    ]
    assert shared == []


# --- counted as it stands ---------------------------------------------------------


def test_the_workload_counts_what_this_batch_has_opened() -> None:
    known = Known(asked={Question(Asks.WORKLOAD, "")})
    known.busy.update({RHIAN.email: 3})

    known.put_case(a_case())
    assert known.workload() == {RHIAN.email: 4}


def test_a_case_that_changes_hands_counts_for_the_other_one() -> None:
    known = NothingBefore()
    known.put_case(a_case())

    known.put_case(a_case(handler=OWEN))
    assert known.workload() == {RHIAN.email: 0, OWEN.email: 1}


def test_a_case_that_is_closed_counts_for_nobody() -> None:
    known = NothingBefore()
    known.put_case(a_case())

    known.put_case(a_case(state=State.CLOSED))
    assert known.workload() == {RHIAN.email: 0}


def test_acknowledgements_of_this_batch_count_with_those_before() -> None:
    desk = Desk()
    question = Question(Asks.ACKNOWLEDGED, JANE.email)
    earlier = Lately("acknowledgement", "opened", FRIDAY - timedelta(minutes=1))
    desk.known.lately[question] = (earlier,)
    desk.known.acknowledged_lately = 1

    desk.arrives()
    assert desk.known.acknowledged(JANE.email) == [earlier.at, FRIDAY]
    assert desk.known.acknowledged(STRANGER.email) == []
    assert desk.known.acknowledged_within_the_hour() == 2


def test_an_acknowledgement_that_was_withheld_counts_for_nothing() -> None:
    desk = Desk()

    desk.arrives(a_message(headers={"x-spam-flag": ("YES",)}))
    assert desk.known.acknowledged(JANE.email) == []


def test_a_customers_cases_in_work_are_those_read_and_those_opened() -> None:
    desk = Desk()
    desk.known.of_complainant = {JANE.email: ((9, "ISS-000009-68"),)}

    desk.arrives()
    assert desk.known.in_work_of(JANE.email) == [(1, "ISS-000001-95"), (9, "ISS-000009-68")]


def test_a_case_that_was_closed_since_is_not_in_work() -> None:
    known = NothingBefore()
    known.of_complainant = {JANE.email: ((4217, "ISS-004217-57"),)}

    known.put_case(a_case(state=State.CLOSED))
    assert known.in_work_of(JANE.email) == []


def test_the_same_texts_are_those_read_and_those_of_this_batch() -> None:
    desk = with_a_case()
    [message] = desk.messages
    before = Alike(0, message.text_digest, JANE.email, FRIDAY - timedelta(hours=1), 9)
    desk.known.alike = (before,)

    wanted = SameText(message.text_digest, JANE.email, FRIDAY - timedelta(days=1))
    assert [each.case_id for each in desk.known.with_text(wanted)] == [1, 9]
    later = SameText(message.text_digest, JANE.email, FRIDAY - timedelta(hours=1))
    assert [each.case_id for each in desk.known.with_text(later)] == [1]


def test_an_alias_that_is_empty_names_no_letter() -> None:
    assert with_a_case().known.letters_named([""]) == []


def test_a_letter_of_a_case_is_said_by_its_key() -> None:
    desk = with_a_case()
    letter = desk.letter("acknowledgement")

    assert desk.known.is_said(letter.key, FIRST)
    assert not desk.known.is_said("1|acknowledgement|other@customer.example", FIRST)


# --- chance -------------------------------------------------------------------------


def test_nonces_differ_by_what_they_are_for_and_repeat_for_one_seed() -> None:
    one, same, other = Known(seed=b"a"), Known(seed=b"a"), Known(seed=b"b")

    assert one.nonce("x") == same.nonce("x")
    assert len({one.nonce("x"), one.nonce("y"), other.nonce("x")}) == 3


def test_a_nonce_is_twelve_characters_of_lower_case_base32() -> None:
    nonce = Known(seed=b"a").nonce("x")

    assert len(nonce) == 12
    assert set(nonce) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_the_same_batch_with_the_same_seed_writes_the_same_octets() -> None:
    one, other = with_a_case(), with_a_case()

    assert [each.content for each in one.known.letters.values()] == [
        each.content for each in other.known.letters.values()
    ]


def test_no_two_letters_share_a_nonce_or_an_id() -> None:
    desk = with_a_case()
    desk.arrives(a_message(message_id="2@customer.example"))

    letters: list[KnownLetter] = list(desk.known.letters.values())
    assert len({each.nonce for each in letters}) == len(letters)
    assert len({each.message_id for each in letters}) == len(letters)


# --- what is read later -------------------------------------------------------------


def test_what_is_read_later_is_learned_and_what_was_decided_stays() -> None:
    read = Known(asked={Question(Asks.CASE, 4217)})
    read.put_case(a_case())
    known = read.after()
    known.put_case(a_case(state=State.CLOSED))
    before = read.size()
    read.asked.add(Question(Asks.WORK_OF, RHIAN.email))
    read.of_handler[RHIAN.email] = (Work("ISS-004217-57"),)

    known.learn(read, before)
    assert known.of_handler == {RHIAN.email: (Work("ISS-004217-57"),)}
    assert known.cases[4217].state is State.CLOSED
    assert Question(Asks.WORK_OF, RHIAN.email) in known.asked


def test_octets_that_are_read_later_come_to_a_letter_that_has_changed() -> None:
    letter = replace(with_a_case().letter("acknowledgement"), content=None)
    read = Known(letters={letter.id: letter})
    known = read.after()
    known.letters[letter.id] = replace(letter, status="bounced")
    before = read.size()
    read.letters[letter.id] = replace(letter, content=b"octets")

    known.learn(read, before)
    assert known.letters[letter.id] == replace(letter, status="bounced", content=b"octets")


def test_the_steps_of_a_case_are_those_that_are_still_to_come() -> None:
    desk = with_a_case()
    first = desk.known.steps_of(FIRST)[0]
    desk.known.steps[first.id] = replace(first, done_at=FRIDAY)

    left = [step for each in desk.known.with_steps(desk.case()).obligations for step in each.steps]
    assert len(left) == len(desk.known.steps_of(FIRST)) - 1


def absent(first: str, last: str, *, ended: bool = False) -> Turn:
    """
    Friday, where Rhian's absence between these days was said by command.
    """
    row = KnownAbsence(
        id=1,
        email_key=RHIAN.email,
        first_on=at(first).date(),
        last_on=at(last).date(),
        said_by="Olwen",
        said_at=FRIDAY,
        ended_at=FRIDAY if ended else None,
    )
    return Turn(NothingBefore(absences={1: row}), an_office(), FRIDAY)


@pytest.mark.parametrize(
    ("turn", "is_away"),
    [
        (absent("2026-11-20", "2026-11-20"), True),
        (absent("2026-11-10", "2026-11-19"), False),
        (absent("2026-11-21", "2026-11-28"), False),
        (absent("2026-11-20", "2026-11-28", ended=True), False),
    ],
)
def test_a_turn_knows_who_is_away_today(turn: Turn, *, is_away: bool) -> None:
    rhian = turn.today.firm.people.by_address(RHIAN.email)

    assert rhian is not None
    assert rhian.is_away(FRIDAY.date()) is is_away


def test_where_somebody_is_away_the_firm_knows_who_has_how_much() -> None:
    turn = absent("2026-11-20", "2026-11-20")
    turn.known.put_case(a_case())

    assert turn.today.firm.busy == {RHIAN.email: 1}
