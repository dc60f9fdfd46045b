"""
A letter that reaches the customer is evidence, whatever became of its promise meanwhile.
"""

from datetime import timedelta

import pytest

from mailbot.cases.obligation import ObligationState
from mailbot.cases.triggers import LetterFailed
from tests.cases.builders import JANE, at
from tests.cases.life import Life

MONDAY = at("2026-11-23 10:00")


def test_a_rights_letter_accepted_while_its_promise_was_withdrawn_has_kept_it() -> None:
    life = Life().until(MONDAY)
    life.server_down()
    life.order("#deadlock We cannot agree.")
    life.order("#close phone Jane Doe, today 9:00")
    life.server_up()
    life.until(life.day(50))
    life.order("#reopen the fault is back")

    assert life.obligation("adr_rights").state is ObligationState.MET


def test_an_acknowledgement_accepted_while_it_was_no_complaint_has_kept_its_promise() -> None:
    life = Life(is_server_up=False)
    life.order("#not-complaint opening hours")
    life.server_up()
    life.order("#complaint it is one")

    assert life.obligation("acknowledge").state is ObligationState.MET


# --- a letter that did not arrive after all ------------------------------------------------


def test_an_answer_that_comes_back_was_no_contact() -> None:
    life = Life().until(at("2026-11-23 10:00"))
    life.order("#contact wed 14:00")
    life.until(at("2026-11-25 15:00")).mailed("Your line will be mended tomorrow.")
    assert life.obligation("keep_contact", 1).state is ObligationState.MET
    life.bounces("handler-reply")

    assert life.obligation("keep_contact", 1).state is ObligationState.OPEN
    assert life.obligation("keep_contact", 2).state is ObligationState.WITHDRAWN
    life.until(at("2026-11-25 17:00"))
    assert [each.at for each in life.sent("contact-missed")] == [at("2026-11-25 17:00")]


def test_an_outcome_that_comes_back_has_met_nothing() -> None:
    life = Life().until(at("2026-11-23 10:00"))
    life.order("#outcome\nMended.")
    life.bounces("outcome")

    assert life.obligation("agree_contact").state is ObligationState.OPEN


def test_a_letter_that_comes_back_from_an_old_address_goes_to_the_present_one() -> None:
    life = Life().until(at("2026-11-23 10:00"))
    life.order("#correct email jane.smith@example.com")
    bounced = LetterFailed(
        template="acknowledgement",
        to=JANE,
        to_staff=False,
        occasion="opened",
        outcome="bounced",
        reason="550",
        message_id="acknowledgement",
    )
    decision = life.happens(bounced)

    assert ("acknowledgement", "jane.smith@example.com") in [
        (each.template, each.to.email) for each in decision.letters
    ]
    assert life.obligation("acknowledge").state is ObligationState.MET


def test_a_second_notice_about_another_letter_opens_nothing() -> None:
    life = Life().until(at("2026-11-23 10:00"))
    life.happens(
        LetterFailed(
            template="acknowledgement",
            to=JANE,
            to_staff=False,
            occasion="opened",
            outcome="bounced",
            reason="550",
            message_id="another@example.com",
        )
    )

    assert life.obligation("acknowledge").state is ObligationState.MET


@pytest.mark.parametrize(
    ("after_it_was_due", "becomes"),
    [
        (timedelta(), ObligationState.OPEN),
        (timedelta(microseconds=1), ObligationState.BREACHED),
    ],
)
def test_what_is_owed_again_is_late_only_after_it_was_due(
    after_it_was_due: timedelta, becomes: ObligationState
) -> None:
    life = Life()
    life.until(life.obligation("acknowledge").due_at + after_it_was_due)
    life.bounces("acknowledgement")

    assert life.obligation("acknowledge").state is becomes


def test_a_deadlock_letter_that_came_back_does_not_stand_for_the_rights_letter() -> None:
    life = Life().until(at("2026-11-30 10:00"))
    life.order("#deadlock\nWe cannot agree.")
    life.bounces("deadlock")
    life.until(at("2027-01-01 09:00"))

    assert [template for template, _ in life.rights()] == ["deadlock", "adr-rights"]


def test_a_deadlock_letter_that_was_posted_does() -> None:
    life = Life().until(at("2026-11-30 10:00"))
    life.order("#deadlock\nWe cannot agree.")
    life.bounces("deadlock")
    life.order("#posted")
    life.until(at("2027-01-02 09:00"))

    assert [template for template, _ in life.rights()] == ["deadlock"]


def test_a_letter_that_comes_back_after_the_closure_leaves_nothing_owed() -> None:
    life = Life()
    life.order("#deadlock We cannot agree.")
    life.until(life.day(8))
    life.order("#close phone Jane Doe, yesterday 9:00")
    life.bounces("deadlock")

    assert life.obligation("adr_rights").state is ObligationState.WITHDRAWN
