"""
The end of a case, and what undoes it.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.cases.case import Party
from mailbot.cases.correspondence.yes_or_no import Said, said
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.letters.facts import facts
from tests.cases.builders import (
    HEAD,
    JANE,
    MANAGER,
    MINUTE,
    OWEN,
    RHIAN,
    STRANGER,
    a_firm,
    at,
)
from tests.cases.life import Life

OPEN, MET, MET_LATE = ObligationState.OPEN, ObligationState.MET, ObligationState.MET_LATE
BREACHED, WITHDRAWN = ObligationState.BREACHED, ObligationState.WITHDRAWN

MONDAY = at("2026-11-23 10:00")
CLOSURE = a_firm().rulebook.closure
CLOSE = "#close phone Jane Doe, today 9:00"


def with_outcome() -> Life:
    life = Life().until(MONDAY)
    life.order("#outcome\nWe replaced the router.")
    return life


def closed() -> Life:
    life = with_outcome().until(at("2026-11-24 10:00"))
    life.customer("Yes", said=Said.YES)
    return life


# --- an outcome --------------------------------------------------------------


def test_an_outcome_goes_to_the_customer_and_asks_for_confirmation() -> None:
    life = with_outcome()

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.to_customer(MONDAY) == ["outcome"]
    assert life.obligation("agree_contact").state is MET
    asked = life.obligation("confirm_closure")
    assert (asked.acts_at, asked.due_at) == (at("2026-11-30 09:00"), at("2026-11-30 17:00"))


def test_a_new_outcome_asks_anew() -> None:
    life = with_outcome().until(at("2026-11-25 10:00"))
    life.order("#outcome\nAnd we pay.")

    assert life.obligation("confirm_closure", 1).state is WITHDRAWN
    assert life.obligation("confirm_closure", 2).acts_at == at("2026-12-02 09:00")


def test_the_customer_is_reminded_once_and_then_the_handler_each_time() -> None:
    life = with_outcome().until(at("2026-12-22 12:00"))

    assert [each.at for each in life.sent("confirm-reminder")] == [at("2026-11-30 09:00")]
    assert [
        (each.at, each.letter.to.email)
        for each in life.sent("warning")
        if "confirmation" in str(each.letter.facts["promise"])
    ] == [
        (at("2026-12-07 09:00"), RHIAN.email),
        (at("2026-12-14 09:00"), RHIAN.email),
        (at("2026-12-21 09:00"), RHIAN.email),
    ]


def test_after_a_new_outcome_the_customer_is_reminded_once_again() -> None:
    life = with_outcome().until(at("2026-12-10 10:00"))
    life.order("#outcome\nAnd we pay.")
    life.until(at("2026-12-31 12:00"))

    assert [each.at for each in life.sent("confirm-reminder")] == [
        at("2026-11-30 09:00"),
        at("2026-12-17 09:00"),
    ]


def test_silence_never_closes_and_breaks_no_promise() -> None:
    life = with_outcome().until(at("2027-11-20 12:00"))

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.sent("closed") == []
    assert life.obligation("confirm_closure").state is OPEN
    asked = [each for each in life.case.obligations if each.promise == "confirm_closure"]
    assert {each.state for each in asked[:-1]} == {WITHDRAWN}
    assert life.sent("breach") == []


def test_after_an_outage_the_customer_is_not_asked_for_each_time_that_was_missed() -> None:
    life = with_outcome()
    life.stops()
    life.until(at("2026-12-22 12:00"))
    life.starts()

    assert len(life.sent("confirm-reminder")) == 1
    assert life.obligation("confirm_closure").acts_at == at("2026-12-31 09:00")


@pytest.mark.parametrize("is_data_protection", [True, False])
@pytest.mark.parametrize("template", ["outcome", "closed"])
def test_the_ico_is_named_where_the_complaint_is_about_personal_data(
    template: str, is_data_protection: bool
) -> None:
    life = Life().until(MONDAY)
    if is_data_protection:
        life.order("#dp")
    life.order("#outcome Mended.")
    life.order(CLOSE)
    letter = life.sent(template)[0].letter
    named = facts(letter, life.case, life.firm)["ico"]

    assert named == (life.firm.rulebook.dp if is_data_protection else None)


# --- a yes --------------------------------------------------------------------


@pytest.mark.parametrize("words", CLOSURE.yes)
@pytest.mark.parametrize("form", ["{}", "Hi Rhian,\n{}.\nKind regards\nJane Doe"])
def test_each_listed_word_of_the_customer_closes_the_case(words: str, form: str) -> None:
    life = with_outcome().until(at("2026-11-24 10:00"))
    text = form.format(words)
    decision = life.customer(text, said=said(text, CLOSURE))

    assert decision.reason == "said_yes"
    assert life.case.state is State.CLOSED
    assert life.to_customer(at("2026-11-24 10:00")) == ["closed"]
    assert life.sent("closed")[0].letter.facts["how"] == (
        "you told us by email on Tuesday 24 November 2026, 10am that it is resolved"
    )


def test_a_closure_ends_what_it_can_and_says_on_what_evidence() -> None:
    life = closed()

    assert life.obligation("confirm_closure").state is MET
    assert life.obligation("adr_rights").state is WITHDRAWN
    assert "closed: you told us by email" in life.obligation("adr_rights").evidence
    assert not [each for each in life.case.obligations if each.is_owed]


def test_the_handler_sees_the_yes() -> None:
    assert ("customer-reply", RHIAN.email) in closed().to_staff(at("2026-11-24 10:00"))


@pytest.mark.parametrize("text", ["Yes, but it is broken again", "Thanks", "OK I suppose"])
def test_anything_else_goes_to_the_handler_to_judge(text: str) -> None:
    life = with_outcome().until(at("2026-11-24 10:00"))
    life.customer(text, said=said(text, CLOSURE))

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert life.to_staff(at("2026-11-24 10:00")) == [("customer-reply", RHIAN.email)]
    assert life.obligation("answer").state is OPEN
    assert life.obligation("confirm_closure").state is OPEN


def test_a_yes_from_anybody_but_the_complainant_confirms_nothing() -> None:
    life = with_outcome()
    friend = Party(address=STRANGER, role="representative")
    life.case = replace(life.case, parties=(friend,))
    life.customer("Yes", said=Said.YES, sender=STRANGER)

    assert life.case.state is State.AWAITING_CONFIRMATION


def test_a_yes_in_an_altered_copy_confirms_nothing() -> None:
    life = with_outcome()
    life.customer("Yes", said=Said.YES, is_altered_copy=True)

    assert life.case.state is State.AWAITING_CONFIRMATION


def test_a_yes_to_nothing_confirms_nothing() -> None:
    life = Life().until(MONDAY)
    life.customer("Yes", said=Said.YES)

    assert life.case.state is State.OPEN


def test_a_confirmation_given_elsewhere_closes_with_its_evidence() -> None:
    life = Life().until(MONDAY)
    decision = life.order("#close phone Jane Doe, today 9:30")

    assert life.case.state is State.CLOSED
    assert life.sent("closed")[0].letter.facts["how"] == (
        "Jane Doe told us by phone on Monday 23 November 2026, 9:30am that it is resolved"
    )
    assert decision.answer == "The case is closed, and the customer is told."
    assert life.obligation("agree_contact").state is MET


def test_a_closure_does_not_acknowledge_a_complaint() -> None:
    life = Life(is_server_up=False).until(MONDAY)
    life.order(CLOSE)
    life.until(at("2026-11-25 16:45"))

    assert life.obligation("acknowledge").state is BREACHED
    assert ("breach", MANAGER.email) in life.to_staff(at("2026-11-25 16:45"))


# --- a no ---------------------------------------------------------------------


@pytest.mark.parametrize("words", CLOSURE.no)
def test_each_listed_no_opens_the_case_again_and_hands_it_up_the_ladder(words: str) -> None:
    life = with_outcome().until(at("2026-11-24 10:00"))
    due = life.obligation("adr_rights").due_at
    decision = life.customer(words, said=said(words, CLOSURE))

    assert decision.reason == "said_no"
    assert (life.case.state, life.case.handler, life.case.level) == (State.OPEN, MANAGER, 1)
    assert life.to_customer(at("2026-11-24 10:00")) == ["reopened", "introduction"]
    assert ("assignment", MANAGER.email) in life.to_staff(at("2026-11-24 10:00"))
    assert life.obligation("confirm_closure").state is MET
    assert life.obligation("adr_rights").due_at == due  # the original dates stand


def test_after_a_no_the_customer_is_owed_an_answer_and_regular_contact() -> None:
    life = with_outcome().until(at("2026-11-24 10:00"))
    life.customer("No", said=Said.NO)

    assert life.obligation("answer").due_at == at("2026-11-26 17:00")
    assert life.obligation("keep_contact").due_at == at("2026-12-01 17:00")
    assert life.sent("reopened")[0].letter.facts["next_by"] == "Tuesday 1 December 2026, 5pm"


def test_a_second_no_goes_to_the_head_and_a_third_makes_a_task() -> None:
    life = with_outcome()
    life.customer("No", said=Said.NO)
    life.order("#outcome\nAnd we pay.")
    life.customer("No", said=Said.NO)
    assert (life.case.handler, life.case.level) == (HEAD, 2)

    life.order("#outcome\nTwice.")
    life.customer("No", said=Said.NO)

    assert life.case.handler == HEAD
    assert life.case.state is State.OPEN
    assert len(life.sent("reopened")) == 3
    assert len(life.sent("task")) == 1


# --- mail on a closed case -------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "decided_by"),
    [
        ("2026-11-25 10:00", "2026-11-26 17:00"),  # after a day
        ("2026-11-27 20:00", "2026-11-30 17:00"),  # on a Friday night
        ("2027-12-29 10:00", "2027-12-30 17:00"),  # after 400 days
    ],
)
def test_mail_on_a_closed_case_is_shown_at_once_and_decided_by_the_next_working_day(
    written: str, decided_by: str
) -> None:
    life = closed().until(at(written))
    life.customer("It is broken again.")

    assert life.case.state is State.CLOSED
    assert ("customer-reply", RHIAN.email) in life.to_staff(at(written))
    assert life.obligation("decide_reopening").due_at == at(decided_by)
    assert life.to_customer(at(written)) == []


def test_if_nobody_decides_the_case_opens_by_itself() -> None:
    life = closed().until(at("2026-11-25 10:00"))
    life.customer("It is broken again.")
    life.until(at("2026-11-26 16:59"))
    assert life.sent("reopened") == []

    life.until(at("2026-11-26 17:00"))

    assert life.case.state is State.OPEN
    assert life.to_customer(at("2026-11-26 17:00")) == ["reopened"]
    assert life.obligation("adr_rights").state is OPEN
    assert life.obligation("keep_contact").state is OPEN
    assert life.obligation("decide_reopening").state is MET


def test_who_wrote_again_about_what_was_judged_no_complaint_is_not_told_that_it_was_closed() -> (
    None
):
    life = Life().until(at("2026-11-24 10:00"))
    life.order("#not-complaint opening hours")
    life.until(at("2026-11-25 10:00")).customer("It is one.")
    life.until(at("2026-11-26 17:00"))

    [written] = life.sent("reopened")
    assert (
        written.letter.facts["why"]
        == "you wrote to us again after we had said that it was no complaint"
    )


def test_a_note_that_says_why_keeps_it_closed() -> None:
    life = closed().until(at("2026-11-25 10:00"))
    life.customer("Thank you!")
    decision = life.mailed("#note Only thanks.")
    life.until(at("2027-02-01 12:00"))

    assert decision.answer == "Your note is filed, and the case stays closed."
    assert life.case.state is State.CLOSED
    assert life.rights() == []
    assert life.obligation("decide_reopening").evidence == "Only thanks."


def test_a_handler_opens_it_by_a_plain_command() -> None:
    life = closed().until(at("2026-11-25 10:00"))
    life.customer("It is broken again.")
    life.mailed("#reopen the fault is back")

    assert life.case.state is State.OPEN
    assert life.obligation("decide_reopening").state is MET
    assert life.sent("reopened")[0].letter.facts["why"] == "the fault is back"
    life.until(at("2026-11-27 12:00"))
    assert len(life.sent("reopened")) == 1


def test_two_messages_on_a_closed_case_are_one_decision() -> None:
    life = closed().until(at("2026-11-25 10:00"))
    life.customer("It is broken again.")
    life.customer("Hello?")

    assert life.obligation("decide_reopening").number == 1


def test_a_message_after_the_decision_asks_for_another() -> None:
    life = closed().until(at("2026-11-25 10:00"))
    life.customer("Thank you!")
    life.order("#note Only thanks.")
    life.customer("It is broken again.")

    assert life.obligation("decide_reopening").number == 2
    assert life.obligation("decide_reopening").state is OPEN


def test_a_case_that_opens_after_four_hundred_days_tells_the_customer_of_their_right() -> None:
    life = closed().until(at("2027-12-29 10:00"))
    life.customer("It is broken again.")
    life.until(at("2027-12-30 17:00"))

    assert life.rights() == [("adr-rights", at("2027-12-30 17:00"))]


def test_an_objection_opens_what_was_no_complaint() -> None:
    life = Life().until(MONDAY)
    life.order("#not-complaint opening hours")
    life.customer("But I do complain.")
    life.until(at("2026-11-24 17:00"))

    assert life.case.state is State.OPEN


# --- opened again --------------------------------------------------------------


def test_a_reopening_meets_the_question_that_was_asked() -> None:
    life = with_outcome()
    life.order("#reopen she rang, it fails")

    assert life.case.state is State.OPEN
    assert life.obligation("confirm_closure").state is MET
    life.until(at("2026-12-31 12:00"))
    assert life.sent("confirm-reminder") == []


def test_a_contact_that_was_agreed_after_the_outcome_stands() -> None:
    life = with_outcome()
    life.order("#contact thu 14:00")
    life.order("#reopen she rang, it fails")

    owed = [each for each in life.case.obligations if each.promise == "keep_contact"]
    assert [(each.acts_at, each.state) for each in owed] == [(at("2026-11-26 14:00"), OPEN)]


@pytest.mark.parametrize("clock", ["08:59", "09:00", "23:00"])
def test_reopened_on_the_forty_second_day_the_letter_goes_that_day(clock: str) -> None:
    life = closed()
    life.until(life.day(42, clock))
    life.order("#reopen the fault is back")
    life.until(life.day(60))

    sent_at = max(life.day(42, "09:00"), life.day(42, clock))
    assert life.rights() == [("adr-rights", sent_at)]
    assert life.obligation("adr_rights").state is MET


@pytest.mark.parametrize(
    ("late", "state"), [(timedelta(0), MET), (timedelta(microseconds=1), MET_LATE)]
)
def test_reopened_at_the_last_instant_of_the_six_weeks_is_in_time(
    late: timedelta, state: ObligationState
) -> None:
    life = closed()
    life.until(life.obligation("adr_rights").due_at + late)
    life.order("#reopen the fault is back")

    assert life.obligation("adr_rights").state is state


def test_reopened_at_the_last_instant_without_a_server_the_promise_is_broken() -> None:
    life = closed()
    life.until(life.obligation("adr_rights").due_at)
    life.server_down()
    life.order("#reopen the fault is back")

    assert life.obligation("adr_rights").state is BREACHED


def test_after_a_deadlock_letter_that_waits_for_the_server_no_other_follows() -> None:
    life = Life().until(MONDAY)
    life.server_down()
    life.order("#deadlock We cannot agree.")
    life.order(CLOSE)
    life.until(life.day(50))
    life.order("#reopen the fault is back")
    life.until(life.day(60))

    assert life.rights() == [("deadlock", MONDAY)]


# --- no complaint -----------------------------------------------------------------


def test_no_complaint_stops_the_promises_and_tells_the_customer_how_to_object() -> None:
    life = Life().until(MONDAY)
    decision = life.order("#not-complaint You asked for our opening hours.")

    assert life.case.state is State.NOT_A_COMPLAINT
    assert life.to_customer(MONDAY) == ["not-complaint"]
    assert life.sent("not-complaint")[0].letter.facts["why"] == "You asked for our opening hours."
    assert not [each for each in life.case.obligations if each.is_owed]
    assert decision.answer == "Recorded as no complaint; the customer is told how to object."
    life.until(at("2027-02-01 12:00"))
    assert life.to_customer(MONDAY + MINUTE) == []


def test_each_promise_is_withdrawn_once() -> None:
    life = Life().until(at("2026-12-10 10:00"))
    assert life.obligation("keep_contact").number > 1
    decision = life.order("#not-complaint opening hours")

    withdrawn = [(each.promise, each.number) for each in decision.settled]
    assert len(withdrawn) == len(set(withdrawn))
    assert len([each for each in decision.events if each.reason == "keep_contact"]) == 1


def test_undone_in_time_the_first_promises_are_owed_again_with_their_original_dates() -> None:
    life = Life().until(MONDAY)
    due = life.obligation("agree_contact").due_at
    life.order("#not-complaint opening hours")
    life.order("#complaint she does complain")

    assert life.case.state is State.OPEN
    assert (life.obligation("agree_contact").state, life.obligation("agree_contact").due_at) == (
        OPEN,
        due,
    )
    assert life.obligation("adr_rights").state is OPEN
    life.until(at("2026-11-25 09:00"))
    assert life.to_customer(at("2026-11-25 09:00")) == ["follow-up"]


def test_undone_too_late_the_promises_are_broken() -> None:
    life = Life().until(MONDAY)
    life.order("#not-complaint opening hours")
    life.until(at("2026-12-03 10:00"))
    life.order("#complaint she does complain")

    assert life.obligation("agree_contact").state is BREACHED
    assert life.obligation("keep_contact").state is OPEN


def test_what_was_kept_stays_kept() -> None:
    life = Life().until(MONDAY)
    life.order("#not-complaint opening hours")
    life.order("#complaint")

    assert life.obligation("acknowledge").state is MET
    assert life.obligation("introduce").state is MET


# --- rights ----------------------------------------------------------------------


def test_a_reopening_is_not_a_word_that_the_customer_is_eligible() -> None:
    life = Life().until(MONDAY)
    life.order("#not-eligible larger")
    life.order(CLOSE)
    life.until(life.day(50))
    life.order("#reopen the fault is back")
    life.until(life.day(60))

    assert life.rights() == []


def test_eligible_on_a_closed_case_counts_when_it_opens_again() -> None:
    life = Life().until(MONDAY)
    life.order("#not-eligible larger")
    life.order(CLOSE)
    life.order("#eligible")
    assert life.rights() == []
    life.until(life.day(50))
    life.order("#reopen the fault is back")

    assert life.rights() == [("adr-rights", life.day(50))]


def test_the_introduction_of_the_new_person_goes_to_the_customer_alone() -> None:
    life = Life().until(MONDAY)
    life.order("#assign Owen Parry")

    assert life.case.handler == OWEN
    assert life.sent("introduction")[-1].letter.to == JANE


@pytest.mark.parametrize(
    "order", ["#contact fri 27/11 10:00", "#close phone Jane Doe, 25/11 16:00"]
)
@pytest.mark.parametrize("stands_still", [False, True])
def test_a_standstill_of_ours_takes_no_broken_promise_off_the_record(
    order: str, *, stands_still: bool
) -> None:
    life = Life()
    life.until(life.day(3, "10:00"))
    life.order("#contact wed 25/11 14:00")
    if stands_still:
        life.stops()
    life.until(life.day(5, "17:30"))

    assert not life.order(order).refusal
    assert life.obligation("keep_contact", 1).state is ObligationState.BREACHED


def test_what_ends_at_the_last_instant_was_not_broken() -> None:
    life = Life()
    life.until(life.day(3, "10:00"))
    life.order("#contact wed 25/11 14:00")
    life.stops()
    life.until(life.obligation("keep_contact").due_at)
    life.order("#close phone Jane Doe, 25/11 16:00")

    assert life.obligation("keep_contact", 1).state is ObligationState.WITHDRAWN
