"""
The clocks of the promises that follow the opening, step by step.
"""

from dataclasses import replace
from datetime import datetime

import pytest

from mailbot.cases.case import Case
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.obligation import Does, ObligationState
from mailbot.cases.rulebook.promise_tables import Promises
from mailbot.cases.states import State
from mailbot.cases.triggers import ClockStruck
from mailbot.cases.wording import promise_words
from tests.cases.builders import MANAGER, RHIAN, a_case, a_firm, at
from tests.cases.life import Life

FIRM = a_firm()
OPEN, MET, MET_LATE = ObligationState.OPEN, ObligationState.MET, ObligationState.MET_LATE
BREACHED, WITHDRAWN = ObligationState.BREACHED, ObligationState.WITHDRAWN

SINCE = at("2026-11-23 10:00")
FURTHER = ("keep_contact", "answer", "confirm_closure", "credit", "data_protection")
#: The instants by the table of mission.md, for what begins on Monday 23 November 2026, 10:00.
TABLE = {
    "keep_contact": ("2026-11-30 09:00", "2026-11-30 17:00"),
    "answer": ("2026-11-24 17:00", "2026-11-25 17:00"),
    "confirm_closure": ("2026-11-30 09:00", "2026-11-30 17:00"),
    "data_protection": ("2026-12-18 09:00", "2026-12-24 00:00"),
}


def with_promise(name: str, *, state: State = State.OPEN, number: int = 1) -> Case:
    booked = FIRM.rulebook.promise(name).book(SINCE, FIRM.calendar, number)
    return replace(a_case(state=state), obligations=(booked,))


def struck(case: Case, does: Does, now: datetime | None = None) -> Decision:
    steps = [each for each in case.obligations[-1].steps if each.does is does]
    return decide(case, ClockStruck(steps=tuple(steps)), FIRM, now or steps[-1].at)


def letters(decision: Decision) -> list[tuple[str, str]]:
    return [(each.template, each.to.email) for each in decision.letters]


@pytest.mark.parametrize("name", TABLE)
def test_a_promise_acts_and_falls_due_as_the_table_says(name: str) -> None:
    booked = with_promise(name).obligations[0]

    assert (booked.acts_at, booked.due_at) == tuple(at(each) for each in TABLE[name])


@pytest.mark.parametrize("name", ["answer", "credit", "data_protection"])
def test_at_its_instant_the_handler_is_nudged(name: str) -> None:
    decision = struck(with_promise(name), Does.ACT)

    assert letters(decision) == [("warning", RHIAN.email)]
    assert decision.letters[0].facts["promise"] == promise_words.PROMISES[name].name


def test_at_the_agreed_instant_itself_nobody_is_written_to() -> None:
    decision = struck(with_promise("keep_contact"), Does.ACT)

    assert (decision.reason, decision.letters) == ("contact_is_due_today", ())


@pytest.mark.parametrize("name", ["keep_contact", "answer", "credit", "data_protection"])
def test_past_its_last_instant_it_is_broken_and_the_manager_told(name: str) -> None:
    case = with_promise(name)
    decision = struck(case, Does.DUE)

    assert ("breach", MANAGER.email) in letters(decision)
    assert [(each.promise, each.state) for each in decision.settled] == [(name, BREACHED)]
    assert decision.settled[0].at == case.obligations[0].due_at


@pytest.mark.parametrize("name", FURTHER)
@pytest.mark.parametrize("state", [MET, MET_LATE, WITHDRAWN])
def test_what_is_settled_is_silent(name: str, state: ObligationState) -> None:
    case = with_promise(name)
    settled = replace(case, obligations=(replace(case.obligations[0], state=state),))

    for does in (Does.ACT, Does.DUE):
        assert struck(settled, does).reason == "already_settled"


@pytest.mark.parametrize("name", FURTHER)
def test_a_step_of_an_earlier_one_of_the_promise_is_silent(name: str) -> None:
    case = with_promise(name)
    later = FIRM.rulebook.promise(name).book(SINCE, FIRM.calendar, 2)
    both = replace(case, obligations=(*case.obligations, later))
    decision = decide(both, ClockStruck(steps=case.obligations[0].steps), FIRM, later.due_at)

    assert decision.letters == ()


@pytest.mark.parametrize("state", [State.CLOSED, State.NOT_A_COMPLAINT])
@pytest.mark.parametrize("name", ["keep_contact", "answer", "confirm_closure"])
def test_a_case_that_is_over_is_not_chased(name: str, state: State) -> None:
    decision = struck(with_promise(name, state=state), Does.DUE)

    assert (decision.letters, decision.settled) == ((), ())


@pytest.mark.parametrize("state", [State.CLOSED, State.NOT_A_COMPLAINT])
@pytest.mark.parametrize("name", ["credit", "data_protection"])
def test_money_and_the_law_outlive_the_case(name: str, state: State) -> None:
    assert ("breach", MANAGER.email) in letters(struck(with_promise(name, state=state), Does.DUE))


def test_an_unanswered_question_breaks_no_promise_and_is_asked_again() -> None:
    case = with_promise("confirm_closure", state=State.AWAITING_CONFIRMATION)
    decision = struck(case, Does.DUE)

    assert decision.letters == ()
    assert [(each.number, each.state) for each in decision.settled] == [(1, WITHDRAWN)]
    assert [(each.number, each.acts_at) for each in decision.booked] == [
        (2, at("2026-12-07 09:00"))
    ]


@pytest.mark.parametrize("does", [Does.ACT, Does.WARN, Does.DUE])
@pytest.mark.parametrize("name", [*Promises.model_fields, "decide_reopening"])
def test_every_promise_has_words_for_whoever_must_act(name: str, does: Does) -> None:
    assert promise_words.PROMISES[name].name
    assert promise_words.PROMISES[name].todo
    assert promise_words.PROMISES[name].mend


@pytest.mark.parametrize(
    ("number", "received", "month", "first", "end"),
    [
        (1, "2026-11-20 16:45", "December 2026", "2026-12-01 09:00", "2027-01-01 00:00"),
        (2, "2027-01-05 10:00", "February 2027", "2027-02-01 09:00", "2027-03-01 00:00"),
        (3, "2028-01-05 10:00", "February 2028", "2028-02-01 09:00", "2028-03-01 00:00"),
        (4, "2027-03-25 12:00", "March 2027", "2027-03-01 09:00", "2027-03-31 23:00"),
    ],
)
def test_a_credit_is_owed_from_nine_on_the_first_to_the_end_of_the_last_day(
    number: int, received: str, month: str, first: str, end: str
) -> None:
    life = Life(received_at=at(received))
    life.order(f"#credit {number}.00 {month}")
    owed = life.obligation("credit")

    assert (owed.acts_at, owed.due_at) == (at(first), at(end))
