"""
A stored deadline under the present rules: shown, moved when asked, never the six weeks back.
"""

from datetime import datetime

import pytest

from mailbot.cases.firm import Firm
from mailbot.cases.promises.recalculate import (
    Recalculated,
    is_on_a_day_off,
    under_present_rules,
)
from mailbot.cases.rulebook.clock_language import parse_within
from mailbot.cases.triggers import RecalculationAsked
from tests.cases.builders import a_firm, at
from tests.cases.life import Life

MONDAY = at("2026-11-23 10:00")


def a_firm_with(promise: str, within: str) -> Firm:
    """
    The firm after a change of one line.
    """
    firm = a_firm()
    promises = firm.rulebook.promises
    table = getattr(promises, promise).model_copy(update={"within": parse_within(within)})
    changed = firm.rulebook.model_copy(
        update={"version": "2027-1", "promises": promises.model_copy(update={promise: table})}
    )
    return Firm(**{**vars(firm), "rulebook": changed})


def compared(life: Life, firm: Firm) -> dict[str, Recalculated]:
    return {each.stored.promise: each for each in under_present_rules(life.case, firm)}


def test_a_changed_rulebook_moves_nothing_by_itself() -> None:
    life = Life()
    due = life.obligation("agree_contact").due_at
    life.firm = a_firm_with("agree_contact", "2 working days")
    life.until(at("2026-11-24 17:01"))

    assert life.obligation("agree_contact").due_at == due
    assert life.obligation("agree_contact").is_owed


def test_what_is_open_is_compared_with_the_present_rules() -> None:
    found = compared(Life().until(MONDAY), a_firm_with("agree_contact", "2 working days"))

    assert found["agree_contact"].moves
    assert found["agree_contact"].by_the_rules.due_at == at("2026-11-24 17:00")
    assert not found["adr_rights"].differs
    assert "acknowledge" not in found


def test_asked_for_it_moves_with_its_steps_and_says_so() -> None:
    life = Life().until(MONDAY)
    life.firm = a_firm_with("agree_contact", "2 working days")
    decision = life.happens(RecalculationAsked(by="Olwen"))

    assert [each.name for each in decision.events] == ["deadline_recalculated"]
    assert decision.events[0].cause == "command by Olwen"
    assert life.obligation("agree_contact").due_at == at("2026-11-24 17:00")
    life.until(at("2026-11-24 09:00"))
    assert [each.at for each in life.sent("follow-up")] == [at("2026-11-24 09:00")]


def test_the_six_weeks_are_never_moved_to_a_later_day() -> None:
    life = Life().until(MONDAY)
    firm = a_firm_with("adr_rights", "8 weeks")
    found = compared(life, firm)["adr_rights"]

    assert found.differs
    assert not found.moves
    assert "never moved to a later day" in found.stays
    life.firm = firm
    assert life.happens(RecalculationAsked(by="Olwen")).reason == "nothing_moves"
    assert life.until(at("2027-01-01 09:00")).rights()


def test_an_earlier_rights_day_is_taken() -> None:
    life = Life().until(MONDAY)
    life.firm = a_firm_with("adr_rights", "5 weeks")
    life.happens(RecalculationAsked(by="Olwen"))

    assert life.until(at("2026-12-25 09:00")).rights() == [("adr-rights", at("2026-12-25 09:00"))]


def test_what_was_agreed_with_the_customer_depends_on_no_rule() -> None:
    life = Life().until(MONDAY)
    life.order("#contact wed 14:00")

    assert "keep_contact" not in compared(life, a_firm_with("keep_contact", "9 working days"))


def test_an_interval_runs_by_what_was_agreed_and_not_by_the_file() -> None:
    life = Life().until(MONDAY)
    life.order("#every 3 working days")
    life.order("#contact 30/11 14:00")
    life.until(at("2026-11-30 14:10")).order("#call\nWe spoke.")
    found = compared(life, a_firm_with("keep_contact", "9 working days"))

    assert not found["keep_contact"].differs


@pytest.mark.parametrize(
    ("promise", "due_at", "is_off"),
    [
        ("agree_contact", at("2026-11-25 17:00"), False),
        ("agree_contact", at("2026-12-28 17:00"), True),
        ("answer", at("2026-12-25 17:00"), True),
        ("keep_contact", at("2026-11-28 17:00"), True),
        # Counted in calendar days or hours: they are due on any day.
        ("adr_rights", at("2027-01-02 00:00"), False),
        ("introduce", at("2026-11-22 16:45"), False),
    ],
)
def test_a_promise_on_a_day_off_is_told_from_one_that_may_be_there(
    promise: str, due_at: datetime, *, is_off: bool
) -> None:
    assert is_on_a_day_off(promise, due_at, a_firm().calendar) is is_off
