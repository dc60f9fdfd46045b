"""
What our own mail system distrusts: nothing leaves before a person has looked, and the
clocks run.
"""

import pytest

from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from tests.cases.builders import JANE, MANAGER, RHIAN, at
from tests.cases.life import Life

MET, WITHDRAWN = ObligationState.MET, ObligationState.WITHDRAWN
MONDAY = at("2026-11-23 10:00")


def a_life(*orders: str, verdict: str = "spam_verdict") -> Life:
    life = Life(verdict=verdict).until(MONDAY)
    for each in orders:
        assert not life.order(each).refusal
    return life


@pytest.mark.parametrize("verdict", ["spam_verdict", "dmarc_verdict"])
def test_nothing_leaves_under_a_verdict_and_the_manager_is_asked(verdict: str) -> None:
    life = a_life(verdict=verdict).until(at("2027-01-02 10:00"))

    assert life.to_customer(life.received_at) == []
    assert ("task", MANAGER.email) in life.to_staff(life.received_at)


def test_a_release_sends_what_is_owed_and_no_more() -> None:
    life = a_life()
    decision = life.order("#release")

    assert [each.template for each in decision.letters] == ["acknowledgement", "introduction"]
    assert life.to_customer(MONDAY) == ["acknowledgement", "introduction"]
    assert life.obligation("acknowledge").state is MET
    assert life.case.verdict == ""


def test_after_a_release_the_case_is_like_any_other() -> None:
    life = a_life("#release", "#contact wed 14:00")

    assert "contact-agreed" in life.to_customer(MONDAY)
    assert life.order("#release").refusal == "nothing of this case is kept in"


def test_a_rejection_stops_the_promises_and_the_sender_gets_nothing() -> None:
    life = a_life("#reject").until(at("2027-02-01 10:00"))

    assert life.case.state is State.NOT_A_COMPLAINT
    assert life.to_customer(life.received_at) == []
    assert life.obligation("adr_rights").state is WITHDRAWN


def test_who_says_why_it_is_no_complaint_has_read_it_so_the_customer_is_told() -> None:
    life = a_life("#not-complaint opening hours")

    assert life.to_customer(MONDAY) == ["not-complaint"]


@pytest.mark.parametrize("order", ["#contact wed 14:00", "#outcome Mended.", "#call Spoke.", "#dp"])
def test_what_would_speak_to_the_customer_is_refused_with_what_to_say(order: str) -> None:
    assert "#release" in a_life().order(order).refusal


def test_a_handlers_answer_stays_in_and_the_receipt_says_why() -> None:
    life = a_life()
    life.mailed("We are on it.")

    assert life.to_customer(life.received_at) == []
    assert ("receipt", RHIAN.email) in life.to_staff(MONDAY)


def test_notes_and_needs_stay_inside_and_are_never_refused() -> None:
    assert not a_life().order("#note Looks real to me.\n#need deaf").refusal


def test_a_case_without_a_verdict_is_not_rejected() -> None:
    assert "#not-complaint" in a_life("#release").order("#reject").refusal


def test_a_release_is_told_once_to_whoever_complained() -> None:
    life = a_life("#release")

    assert {each.letter.to for each in life.sent("acknowledgement")} == {JANE}
