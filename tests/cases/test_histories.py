"""
What holds whatever people do, and in whatever order: histories by chance.
"""

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises.deadlines import CLOCK_MAIL_ORDER
from mailbot.cases.states import State
from mailbot.cases.triggers import Trigger
from tests.cases.builders import STRANGER, at
from tests.cases.life import Life

OVER = frozenset({State.CLOSED, State.NOT_A_COMPLAINT})

ORDERS = (
    "#note filed",
    "#contact tomorrow 14:00 anyway",
    "#contact tomorrow 22:00 anyway",
    "#call Spoke.",
    "#need Large print.",
    "#every 3 working days",
    "#every 4 days",
    "#outcome Mended.",
    "#close phone Jane Doe, yesterday 9:00",
    "#reopen broken again",
    "#escalate she asked",
    "#deadlock We cannot agree.",
    "#not-complaint opening hours",
    "#complaint it is one",
    "#assign Owen Parry",
    "#not-eligible larger",
    "#eligible",
    "#credit 5.00 July 2027",
    "#credit applied",
    "#dp",
    "#subject",
)
HAPPENINGS = (
    *ORDERS,
    "the customer writes",
    "yes",
    "no",
    "a stranger writes",
    "an altered copy",
    "the last letter comes back",
    "the handler answers",
    "stop",
    "start",
    "down",
    "up",
)
RECEIPTS = ("2026-11-20 16:45", "2026-11-21 11:00", "2026-12-24 16:30", "2027-03-25 12:00")

histories = st.lists(
    st.tuples(st.integers(min_value=0, max_value=10 * 24), st.sampled_from(HAPPENINGS)),
    max_size=14,
)


def happen(life: Life, what: str) -> None:
    match what:
        case "a stranger writes":
            life.customer(sender=STRANGER)
        case "an altered copy":
            life.customer("Yes", said=Said.YES, is_altered_copy=True)
        case "the last letter comes back":
            life.bounces()
        case "the customer writes":
            life.customer()
        case "yes" | "no":
            life.customer(what, said=Said(what))
        case "the handler answers":
            life.mailed("We are still looking.")
        case "stop":
            life.stops()
        case "start":
            life.starts()
        case "down":
            life.server_down()
        case "up":
            life.server_up()
        case _:
            life.order(what)


def lived(received: str, history: list[tuple[int, str]]) -> Life:
    """
    The case after these happenings, each so many hours after the one before, and
    sixty quiet days.
    """
    return after(Life(received_at=at(received)), history)


def after(life: Life, history: list[tuple[int, str]]) -> Life:
    for hours, what in history:
        life.until(life.now + timedelta(hours=hours))
        if life.is_running or what in {"start", "up", "down"}:
            happen(life, what)
    if not life.is_running:
        life.starts()
    life.server_up()
    return life.until(max(life.now, life.day(42)) + timedelta(days=18))


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_each_of_the_two_letters_goes_at_most_once(
    received: str, history: list[tuple[int, str]]
) -> None:
    sent = [template for template, _ in lived(received, history).rights()]

    # A deadlock letter that came back does not stand for the other one.
    assert len(set(sent)) == len(sent)


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_a_case_in_work_after_six_weeks_has_had_one_of_them_unless_not_eligible(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)

    assert life.rights() or life.case.state in OVER or life.case.not_eligible


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_the_six_weeks_never_move(received: str, history: list[tuple[int, str]]) -> None:
    life = lived(received, history)
    before = Life(received_at=at(received)).obligation("adr_rights")

    assert life.obligation("adr_rights").due_at == before.due_at
    assert life.obligation("adr_rights").number == 1


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_no_history_ends_without_an_end_or_a_promise_that_is_to_come(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)
    to_come = [
        each
        for each in life.case.obligations
        if each.state is ObligationState.OPEN and each.due_at > life.now
    ]

    # After a deadlock letter that reached the customer nobody promises to be in touch.
    is_told = any(each.evidence.startswith("deadlock ") for each in life.case.obligations)
    assert life.case.state in OVER or to_come or is_told


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_nothing_that_is_past_its_time_is_left_open(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)

    assert [
        (each.promise, each.number)
        for each in life.case.obligations
        if each.state is ObligationState.OPEN and each.due_at < life.now
    ] == []


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_each_promise_is_numbered_once_and_broken_at_most_once(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)
    numbered = [(each.promise, each.number) for each in life.case.obligations]
    broken = [
        (end.promise, end.number)
        for each in life.decisions
        for end in each.settled
        if end.state is ObligationState.BREACHED
        # Owed again, by a re-opening or because a letter came back, is not broken anew.
        and end.evidence != "owed again"
        and not end.evidence.endswith("bounced")
    ]

    assert len(numbered) == len(set(numbered))
    assert len(broken) == len(set(broken))


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_nothing_is_apologised_for_before_the_next_contact_lies_ahead(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)
    apologies: list[datetime] = [each.at for each in life.sent("contact-missed")]

    assert len(apologies) == len(set(apologies))


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_the_clock_never_says_the_same_thing_twice(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)
    said = [
        (letter.template, letter.occasion)
        for each in life.decisions
        for letter in each.letters
        if any(event.cause == "clock" for event in each.events)
    ]

    assert len(said) == len(set(said))


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_a_customer_gets_at_most_one_clock_mail_at_an_instant(
    received: str, history: list[tuple[int, str]]
) -> None:
    life = lived(received, history)

    for each in life.decisions:
        sent = [letter.template for letter in each.letters if letter.template in CLOCK_MAIL_ORDER]
        assert len(sent) <= 1


@dataclass
class ToldTwice(Life):
    """
    A life in which everything is decided a second time, on copies of what was given.
    """

    def happens(self, trigger: Trigger) -> Decision:
        given_to_it = deepcopy((self.case, trigger))
        again = decide(*given_to_it, deepcopy(self.firm), self.now)
        case = self.case
        decision = super().happens(trigger)
        # What follows from it may have happened by now, to another value.
        assert (decision, case, trigger) == (again, *given_to_it)
        return decision


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_a_decision_is_a_function_of_its_arguments_and_leaves_them_alone(
    received: str, history: list[tuple[int, str]]
) -> None:
    after(ToldTwice(received_at=at(received)), history)


@dataclass
class MetOnce(Life):
    """
    A life in which no promise that is kept may be kept again.
    """

    def happens(self, trigger: Trigger) -> Decision:
        kept = {
            (each.promise, each.number)
            for each in self.case.obligations
            if each.state in {ObligationState.MET, ObligationState.MET_LATE}
        }
        decision = super().happens(trigger)
        again = [
            each
            for each in decision.settled
            if each.state in {ObligationState.MET, ObligationState.MET_LATE}
            and (each.promise, each.number) in kept
        ]
        assert again == []
        return decision


@settings(max_examples=30)
@given(received=st.sampled_from(RECEIPTS), history=histories)
def test_a_promise_that_was_kept_keeps_its_evidence(
    received: str, history: list[tuple[int, str]]
) -> None:
    after(MetOnce(received_at=at(received)), history)
