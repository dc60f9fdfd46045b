"""
Keeping in touch: what counts, when the next contact is owed, and what a missed one costs.
"""

import pytest

from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.cases.triggers import MessageNoted
from tests.cases.builders import JANE, MANAGER, RHIAN, STRANGER, at
from tests.cases.life import Life

OPEN, MET, MET_LATE = ObligationState.OPEN, ObligationState.MET, ObligationState.MET_LATE
BREACHED, WITHDRAWN = ObligationState.BREACHED, ObligationState.WITHDRAWN

MONDAY = at("2026-11-23 10:00")
TUESDAY_2PM = at("2026-11-24 14:00")


def agreed(when: str = "tue 14:00") -> Life:
    life = Life().until(MONDAY)
    life.order(f"#contact {when}")
    return life


# --- the instants ------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "acts", "due"),
    [
        ("tue 14:00", "2026-11-24 14:00", "2026-11-24 17:00"),
        ("tue 17:00", "2026-11-24 17:00", "2026-11-24 17:00"),
        ("tue 18:00 anyway", "2026-11-24 18:00", "2026-11-25 17:00"),
        ("fri 18:00 anyway", "2026-11-27 18:00", "2026-11-30 17:00"),
        ("sat 10:00 anyway", "2026-11-28 10:00", "2026-11-30 17:00"),
        ("25/12/2026 10:00 anyway", "2026-12-25 10:00", "2026-12-29 17:00"),
        ("29/3/2027 10:00 anyway", "2027-03-29 09:00", "2027-03-30 16:00"),
    ],
)
def test_an_agreed_instant_is_due_at_the_next_five_oclock_of_a_working_day(
    when: str, acts: str, due: str
) -> None:
    contact = agreed(when).obligation("keep_contact")

    assert (contact.acts_at, contact.due_at) == (at(acts), at(due))


def test_the_handler_is_reminded_at_nine_on_the_working_day_before() -> None:
    life = agreed("thu 14:00")
    nine = at("2026-11-25 09:00")
    life.until(nine)

    assert life.to_staff(nine) == [("warning", RHIAN.email)]


@pytest.mark.parametrize(
    ("interval", "acts", "due"),
    [
        ("", "2026-12-01 09:00", "2026-12-01 17:00"),
        ("3 working days", "2026-11-27 09:00", "2026-11-27 17:00"),
        ("1 working day", "2026-11-25 09:00", "2026-11-25 17:00"),
        ("7 days", "2026-12-01 09:00", "2026-12-01 17:00"),
        ("2 weeks", "2026-12-08 09:00", "2026-12-08 17:00"),
        # A Saturday: as an instant agreed for that day.
        ("4 days", "2026-11-28 09:00", "2026-11-30 17:00"),
    ],
)
def test_the_next_contact_is_owed_after_the_agreed_interval(
    interval: str, acts: str, due: str
) -> None:
    life = agreed()
    if interval:
        life.order(f"#every {interval}")
    life.until(TUESDAY_2PM).order("#call Spoke.")
    contact = life.obligation("keep_contact", 2)

    assert (contact.acts_at, contact.due_at) == (at(acts), at(due))


def test_an_interval_counts_from_the_next_contact_on_and_moves_nothing_that_is_booked() -> None:
    life = agreed()
    before = life.obligation("keep_contact")
    life.order("#every 1 working day")

    assert life.obligation("keep_contact") == before


# --- what counts ---------------------------------------------------------------


def test_a_relayed_answer_is_contact() -> None:
    life = agreed().until(TUESDAY_2PM)
    life.mailed("We have found the fault.")

    assert life.obligation("keep_contact", 1).state is MET
    assert life.obligation("keep_contact", 2).state is OPEN


def test_an_outcome_is_contact_and_ends_the_intervals() -> None:
    life = agreed().until(TUESDAY_2PM)
    life.order("#outcome Mended.")

    assert life.obligation("keep_contact").number == 1
    assert life.obligation("keep_contact").state is MET


@pytest.mark.parametrize("text", ["#note I rang, nobody there.", "#need large print", "#status"])
def test_a_command_that_says_nothing_to_the_customer_is_no_contact(text: str) -> None:
    life = agreed().until(TUESDAY_2PM)
    life.mailed(text)

    assert life.obligation("keep_contact").state is OPEN


def test_automatic_mail_is_no_contact() -> None:
    life = agreed().until(TUESDAY_2PM)
    life.happens(MessageNoted(kind="auto_reply", reason="auto_submitted"))
    life.until(at("2026-11-24 16:59"))

    assert life.obligation("keep_contact").state is OPEN


def test_our_own_clock_mail_is_no_contact() -> None:
    life = Life().until(at("2026-11-25 09:00"))
    assert [each.at for each in life.sent("follow-up")] == [at("2026-11-25 09:00")]

    assert life.obligation("agree_contact").state is OPEN


def test_the_customers_own_mail_is_no_contact_of_ours() -> None:
    life = agreed().until(TUESDAY_2PM)
    life.customer()

    assert life.obligation("keep_contact").state is OPEN


@pytest.mark.parametrize(
    ("made", "state"), [("2026-11-24 17:00", MET), ("2026-11-24 17:01", MET_LATE)]
)
def test_contact_counts_at_the_instant_it_was_made_however_late_we_hear_of_it(
    made: str, state: ObligationState
) -> None:
    life = agreed().until(at("2026-11-26 10:00"))
    assert life.obligation("keep_contact", 1).state is BREACHED
    life.mailed("We rang.", received_at=at(made))

    assert life.obligation("keep_contact", 1).state is state


# --- a missed one ----------------------------------------------------------------


def test_a_missed_contact_is_apologised_for_the_manager_told_and_the_next_one_booked() -> None:
    life = agreed()
    five = at("2026-11-24 17:00")
    life.until(five)

    assert life.obligation("keep_contact", 1).state is BREACHED
    assert life.to_customer(five) == ["contact-missed"]
    assert life.to_staff(five) == [("breach", MANAGER.email)]
    facts = life.sent("contact-missed")[0].letter.facts
    assert facts["missed"] == "Tuesday 24 November 2026, 2pm"
    assert facts["next_by"] == "Tuesday 1 December 2026, 5pm"
    assert life.obligation("keep_contact", 2).due_at == at("2026-12-01 17:00")


def test_contact_at_the_last_instant_is_in_time() -> None:
    life = agreed()
    life.until(at("2026-11-24 16:59"))
    life.now = at("2026-11-24 17:00")
    life.order("#call Spoke.")
    life.until(at("2026-11-24 17:00"))

    assert life.obligation("keep_contact", 1).state is MET
    assert life.sent("contact-missed") == []


def test_nobody_can_forget_it_each_missed_contact_leads_to_the_next() -> None:
    life = agreed().until(at("2026-12-31 12:00"))

    assert [each.at.date().isoformat() for each in life.sent("contact-missed")] == [
        "2026-11-24",
        "2026-12-01",
        "2026-12-08",
        "2026-12-15",
        "2026-12-22",
    ]


def test_after_an_outage_one_apology_is_enough_and_the_next_contact_lies_ahead() -> None:
    life = agreed().until(at("2026-11-24 12:00"))
    life.stops()
    life.until(at("2026-12-18 10:00"))
    life.starts()

    assert len(life.sent("contact-missed")) == 1
    assert life.obligation("keep_contact").due_at == at("2026-12-29 17:00")
    assert life.sent("contact-missed")[0].letter.facts["next_by"] == (
        "Tuesday 29 December 2026, 5pm"
    )


def test_a_contact_agreed_after_the_outcome_is_a_promise_too() -> None:
    life = Life().until(MONDAY)
    life.order("#outcome Mended.")
    life.order("#contact tue 14:00")
    life.until(at("2026-11-24 17:00"))

    assert life.case.state is State.AWAITING_CONFIRMATION
    assert len(life.sent("contact-missed")) == 1


def test_under_a_verdict_the_apology_is_withheld() -> None:
    life = Life(verdict="spam_verdict").until(at("2027-01-15 12:00"))

    assert life.obligation("keep_contact", 1).state is BREACHED
    assert life.to_customer(life.received_at) == []


def test_without_an_agreed_time_the_default_interval_begins_when_the_promise_is_broken() -> None:
    life = Life().until(at("2026-11-25 17:00"))

    assert life.obligation("agree_contact").state is BREACHED
    contact = life.obligation("keep_contact")
    assert (contact.acts_at, contact.due_at) == (at("2026-12-02 09:00"), at("2026-12-02 17:00"))


def test_the_follow_up_alone_does_not_keep_the_promise_of_a_time() -> None:
    life = Life().until(at("2026-11-25 16:59"))

    assert life.to_customer(at("2026-11-25 09:00")) == ["follow-up"]
    assert life.to_staff(at("2026-11-25 09:00")) == [("warning", RHIAN.email)]
    assert life.obligation("agree_contact").state is OPEN


# --- an answer is owed --------------------------------------------------------------


def asked() -> Life:
    """
    The customer has written again on the Monday.
    """
    life = agreed("thu 14:00")
    life.customer()
    return life


def test_a_further_message_is_owed_an_answer_within_two_working_days() -> None:
    owed = asked().obligation("answer")

    assert (owed.acts_at, owed.due_at) == (at("2026-11-24 17:00"), at("2026-11-25 17:00"))


def test_a_message_of_the_weekend_is_answered_by_tuesday() -> None:
    life = Life().until(at("2026-11-21 11:00"))
    life.customer()

    assert life.obligation("answer").due_at == at("2026-11-24 17:00")


@pytest.mark.parametrize("text", ["It works.", "#call\nSpoke.", "#outcome\nMended."])
def test_an_answer_a_call_or_an_outcome_keeps_it(text: str) -> None:
    life = asked().until(at("2026-11-24 12:00"))
    life.mailed(text)

    assert life.obligation("answer").state is MET


@pytest.mark.parametrize("text", ["#note I shall ring.", "#contact thu 15:00"])
def test_anything_else_does_not(text: str) -> None:
    life = asked()
    life.mailed(text)

    assert life.obligation("answer").state is OPEN


def test_the_handler_is_nudged_on_the_first_day_and_the_manager_told_on_the_second() -> None:
    life = asked()
    life.until(at("2026-11-24 17:00"))
    assert life.to_staff(at("2026-11-24 17:00")) == [("warning", RHIAN.email)]

    life.until(at("2026-11-25 17:00"))

    assert life.obligation("answer").state is BREACHED
    assert ("breach", MANAGER.email) in life.to_staff(at("2026-11-25 17:00"))
    assert "contact-missed" not in life.to_customer(at("2026-11-25 17:00"))


def test_two_messages_are_owed_one_answer_by_the_date_of_the_first() -> None:
    life = asked().until(at("2026-11-24 09:00"))
    life.customer()

    assert life.obligation("answer").number == 1


def test_a_message_after_a_broken_promise_is_a_new_promise() -> None:
    life = asked().until(at("2026-11-26 10:00"))
    assert life.obligation("answer").state is BREACHED
    life.customer("Nobody has answered me.")

    assert life.obligation("answer").number == 2
    life.until(at("2026-11-30 17:00"))
    assert life.obligation("answer").state is BREACHED


def test_a_late_answer_keeps_every_broken_one_late() -> None:
    life = asked().until(at("2026-11-26 10:00"))
    life.customer("Nobody has answered me.")
    life.mailed("Sorry.")

    assert life.obligation("answer", 1).state is MET_LATE
    assert life.obligation("answer", 2).state is MET


def test_a_stranger_in_the_thread_is_owed_an_answer_but_no_letter_of_ours() -> None:
    life = agreed("thu 14:00")
    life.customer(sender=STRANGER)

    assert life.obligation("answer").state is OPEN
    assert STRANGER.email not in [each.letter.to.email for each in life.written]


def test_an_altered_copy_is_shown_and_owed_nothing() -> None:
    life = agreed("thu 14:00")
    decision = life.customer(is_altered_copy=True)

    assert [each.template for each in decision.letters] == ["customer-reply"]
    assert life.case.obligation("answer") is None


def test_everything_said_to_the_customer_goes_to_the_complainant() -> None:
    life = asked()
    life.mailed("It works.")

    assert {each.letter.to for each in life.written if not each.letter.to_staff} == {JANE}


# --- what is asked about before the customer hears of it -----------------------------


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("25/12 3am", "no working day"),
        ("tue 3am", "outside our hours, which are 09:00 to 17:00"),
        ("wed 2030", "outside our hours"),
        ("sat 10:00", "Saturday 28 November 2026 is no working day"),
        ("mon 17:00", "today or Monday 30 November"),
    ],
)
def test_a_time_that_may_be_a_slip_is_asked_about(when: str, why: str) -> None:
    life = Life().until(at("2026-11-23 10:00"))

    decision = life.mailed(f"#contact {when}", received_at=life.now)
    assert [each.template for each in decision.letters] == ["receipt"]
    assert why in str(decision.letters[0].facts["why"])


@pytest.mark.parametrize("when", ["25/12 10am anyway", "wed 18:30, anyway.", "mon 30/11 2pm"])
def test_a_time_that_is_meant_is_confirmed_to_the_customer(when: str) -> None:
    life = Life().until(at("2026-11-23 10:00"))

    decision = life.mailed(f"#contact {when}", received_at=life.now)
    assert [each.template for each in decision.letters] == ["contact-agreed", "receipt"]
