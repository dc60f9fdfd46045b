"""
What each command does: letters, promises, the words of the receipt, and the refusals.
"""

from dataclasses import replace
from typing import cast

import pytest

from mailbot.cases.commands import orders
from mailbot.cases.commands.carry_out import HOW
from mailbot.cases.commands.reading.grammar import KNOWN, parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.decision import Decision
from mailbot.cases.identity.staff_mail import Proof
from mailbot.cases.obligation import ObligationState
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.states import State
from mailbot.cases.triggers import CommandsGiven
from mailbot.mail.message import Address
from tests.cases.builders import EVERYBODY, HEAD, JANE, MANAGER, OWEN, RHIAN, a_firm, at, away
from tests.cases.life import Life

OPEN, MET, MET_LATE = ObligationState.OPEN, ObligationState.MET, ObligationState.MET_LATE
BREACHED, WITHDRAWN = ObligationState.BREACHED, ObligationState.WITHDRAWN

MONDAY = at("2026-11-23 10:00")
REASONS = a_firm().rulebook.adr.not_eligible_reasons
CLOSE = "#close phone Jane Doe, today 9:00"


def a_life(*orders: str) -> Life:
    """
    A complaint of Friday on the Monday, after these orders.
    """
    life = Life().until(MONDAY)
    for each in orders:
        assert not life.order(each).refusal
    return life


def letters(decision: Decision) -> list[tuple[str, str]]:
    return [(each.template, each.to.email) for each in decision.letters]


def settled(decision: Decision) -> list[tuple[str, int, ObligationState]]:
    return [(each.promise, each.number, each.state) for each in decision.settled]


def booked(decision: Decision) -> list[tuple[str, int]]:
    return [(each.promise, each.number) for each in decision.booked]


def events(decision: Decision) -> list[str]:
    return [each.name for each in decision.events]


def test_every_command_of_the_grammar_is_carried_out() -> None:
    assert set(HOW) == {
        value
        for value in vars(orders).values()
        if isinstance(value, type) and value in orders.Command.__args__
    }


# --- all together or not at all ------------------------------------------------


def test_several_commands_are_one_decision() -> None:
    life = a_life()
    decision = life.order("#contact tue 14:00\n#every 3 working days\n#need large print")

    assert life.case.interval == "3 working days"
    assert life.case.needs == ("large print",)
    assert booked(decision) == [("keep_contact", 1)]
    assert decision.answer == (
        "Recorded, and the confirmation goes to the customer: contact on Tuesday 24 November 2026, 2pm. "
        "From the next contact on, the interval is 3 working days. "
        "The need is shown in every staff mail."
    )


def test_the_first_that_is_refused_refuses_all() -> None:
    life = a_life()
    before = life.case
    decision = life.order("#outcome Mended.\n#credit applied")

    assert decision.refusal == "no credit is open; say #credit 25.00 December 2026 first"
    assert (decision.letters, decision.settled, decision.booked) == ((), (), ())
    assert events(decision) == ["command_refused"]
    assert life.case == before


def test_a_later_command_sees_what_an_earlier_one_did() -> None:
    life = a_life("#outcome Mended.\n" + CLOSE)

    assert life.case.state is State.CLOSED
    assert life.obligation("agree_contact").evidence.startswith("an outcome was written")


def test_each_command_of_a_mail_has_letters_of_its_own() -> None:
    decision = a_life().order("#contact tue 14:00\n#contact wed 9:00")

    assert len({each.occasion for each in decision.letters}) == 2
    assert booked(decision) == [("keep_contact", 1), ("keep_contact", 2)]


def test_who_ordered_stands_in_the_history() -> None:
    decision = a_life().order("#note She is at home in the mornings.")

    assert [(each.cause, each.about) for each in decision.events] == [
        ("command by Olwen", "She is at home in the mornings.")
    ]


def test_a_mail_gets_exactly_one_receipt() -> None:
    decision = a_life().order("#note a\n#need b", writer=RHIAN)

    assert letters(decision) == [("receipt", RHIAN.email)]
    assert decision.letters[0].facts["outcome"] == decision.answer


def test_a_refused_mail_gets_a_receipt_that_says_why_and_what_to_write() -> None:
    decision = a_life().order("#credit applied", writer=RHIAN)

    assert letters(decision) == [("receipt", RHIAN.email)]
    facts = decision.letters[0].facts
    assert facts["outcome"] == "Nothing was done."
    assert "#credit 25.00 December 2026" in str(facts["why"])
    assert "#help" in str(facts["instead"])


def test_the_command_line_is_answered_where_it_was_given() -> None:
    assert a_life().order("#note filed").letters == ()


# --- by mail -------------------------------------------------------------------


def test_a_plain_command_in_an_answer_is_carried_out_and_nothing_is_relayed() -> None:
    life = a_life()
    decision = life.mailed("#note She is at home in the mornings.")

    assert letters(decision) == [("receipt", RHIAN.email)]
    assert events(decision) == ["note_filed"]


@pytest.mark.parametrize(
    "text",
    [
        CLOSE,
        "#deadlock We cannot agree.",
        "#not-eligible larger",
        "#not-complaint opening hours",
        "#credit 25.00 December 2026",
        "#assign Owen Parry",
    ],
)
def test_a_grave_command_by_mail_is_asked_about_before_anything_is_done(text: str) -> None:
    life = a_life()
    before = life.case
    decision = life.mailed(f"#note first\n{text}")

    assert life.case == before
    assert letters(decision) == [("confirm-command", RHIAN.email)]
    assert text in str(decision.letters[0].facts["asked"])


def test_a_grave_command_that_cannot_be_done_is_refused_and_not_asked_about() -> None:
    decision = a_life(CLOSE).mailed(CLOSE)

    assert letters(decision) == [("receipt", RHIAN.email)]


@pytest.mark.parametrize("proof", [Proof.MAIL_SYSTEM, Proof.CONFIRMED])
def test_a_grave_command_that_is_proved_is_carried_out(proof: Proof) -> None:
    life = a_life()
    decision = life.mailed(CLOSE, proof=proof)

    assert life.case.state is State.CLOSED
    assert letters(decision) == [("closed", JANE.email), ("receipt", RHIAN.email)]
    assert decision.events[0].cause == "command by Rhian Price"


def test_without_a_proof_every_command_is_asked_about() -> None:
    life = a_life()
    before = life.case
    decision = life.mailed("#note Rang.", proof=Proof.FROM_LINE)

    assert life.case == before
    assert letters(decision) == [("confirm-command", RHIAN.email)]


def test_status_and_help_are_told_at_once_to_the_address_in_the_file() -> None:
    decision = a_life().mailed("#status\n#help", proof=Proof.FROM_LINE)

    assert letters(decision) == [("receipt", RHIAN.email)]


def test_an_account_manager_has_no_say_in_a_case() -> None:
    seren = replace(RHIAN, name="Seren Pugh", role=Role.ACCOUNT_MANAGER)
    decision = a_life().mailed("#outcome Done.", writer=seren, proof=Proof.MAIL_SYSTEM)

    assert letters(decision) == [("receipt", RHIAN.email)]
    assert decision.reason == "account_managers_command"


# --- straight to the customer ------------------------------------------------------


def test_a_mail_that_went_straight_to_the_customer_counts_once_it_is_proved() -> None:
    life = a_life("#contact tue 14:00").until(at("2026-11-24 14:30"))
    decision = life.mailed(
        "All is well again.",
        proof=Proof.CONFIRMED,
        reason="written_directly",
        went_to=frozenset({JANE.email}),
    )

    assert letters(decision) == [("receipt", RHIAN.email)]
    assert settled(decision) == [("keep_contact", 1, MET)]
    assert decision.settled[0].at == at("2026-11-24 14:30")


@pytest.mark.parametrize("proof", [Proof.FROM_LINE, Proof.REPLY_ADDRESS])
def test_until_then_the_handler_is_asked_and_nothing_is_met(proof: Proof) -> None:
    life = a_life("#contact tue 14:00").until(at("2026-11-24 14:30"))
    decision = life.mailed(
        "All is well again.",
        proof=proof,
        reason="written_directly",
        went_to=frozenset({JANE.email}),
    )

    assert letters(decision) == [("confirm-command", RHIAN.email)]
    assert decision.settled == ()


def test_a_command_that_cannot_be_read_sends_nothing_to_the_customer() -> None:
    decision = a_life().mailed("#outcom\nWe mended it.")

    assert letters(decision) == [("receipt", RHIAN.email)]
    assert "#outcom is no command" in str(decision.letters[0].facts["why"])


def test_tomorrow_is_the_writers_however_long_the_mail_has_waited() -> None:
    life = a_life().until(at("2026-11-25 08:00"))
    decision = life.mailed("#contact tomorrow 14:00", received_at=MONDAY)

    assert life.obligation("agree_contact").settled_at == MONDAY
    assert "Tuesday 24 November 2026, 2pm" in str(decision.letters[-1].facts["outcome"])


def test_nobody_is_told_of_an_agreed_time_that_has_passed_meanwhile() -> None:
    life = a_life().until(at("2026-11-25 08:00"))
    decision = life.mailed("#contact tomorrow 14:00", received_at=MONDAY)

    assert letters(decision) == [("receipt", RHIAN.email)]
    assert life.obligation("keep_contact").due_at > life.now


# --- the record ----------------------------------------------------------------


def test_a_note_is_filed_and_nobody_outside_sees_it() -> None:
    decision = a_life().order("#note Her neighbour has the same fault.")

    assert decision.answer == "Your note is filed."
    assert (decision.letters, decision.settled, decision.booked) == ((), (), ())


def test_needs_add_up() -> None:
    assert a_life("#need large print", "#need speak\nslowly").case.needs == (
        "large print",
        "speak slowly",
    )


def test_status_tells_state_handler_and_what_is_owed() -> None:
    life = a_life()
    decision = life.order("#status")

    assert decision.answer == (
        "ISS-004217-57 is open, with Rhian Price. Still owed: agreed contact time, by Wednesday"
        " 25 November 2026, 5pm; letter about the right to independent help, by the end of Friday"
        " 1 January 2027."
    )
    assert decision.events == ()


def test_status_names_what_is_owed_in_the_order_of_its_dates() -> None:
    life = a_life()
    life.customer("Any news?")
    answer = life.order("#status").answer

    at = [answer.index(each) for each in ("answer to the customer", "right to independent")]
    assert at == sorted(at)


def test_help_lists_the_commands() -> None:
    assert KNOWN in a_life().order("#help").answer


# --- being in touch --------------------------------------------------------------


def test_an_agreed_time_is_confirmed_and_booked_and_keeps_the_first_promise() -> None:
    life = a_life()
    decision = life.order("#contact tue 14:00")

    assert letters(decision) == [("contact-agreed", JANE.email)]
    assert decision.letters[0].facts["agreed_at"] == at("2026-11-24 14:00")
    assert settled(decision) == [("agree_contact", 1, MET)]
    contact = life.obligation("keep_contact")
    assert (contact.acts_at, contact.due_at) == (at("2026-11-24 14:00"), at("2026-11-24 17:00"))


def test_an_agreement_after_the_third_working_day_keeps_the_promise_late() -> None:
    life = a_life().until(at("2026-11-26 10:00"))
    life.order("#contact fri 14:00")

    assert life.obligation("agree_contact").state is MET_LATE


def test_a_time_agreed_anew_takes_the_place_of_the_one_before() -> None:
    life = a_life("#contact tue 14:00", "#contact wed 9:00")

    assert life.obligation("keep_contact", 1).state is WITHDRAWN
    assert life.obligation("keep_contact", 2).state is OPEN


def test_a_call_is_summed_up_for_the_customer_and_counts_as_contact() -> None:
    life = a_life("#contact tue 14:00")
    life.until(at("2026-11-24 14:10"))
    decision = life.order("#call\nWe spoke about the router.")

    assert letters(decision) == [("call-summary", JANE.email)]
    assert decision.letters[0].facts["body"] == "We spoke about the router."
    assert decision.letters[0].facts["next_by"] == "Tuesday 1 December 2026, 5pm"
    assert settled(decision) == [("keep_contact", 1, MET)]
    assert booked(decision) == [("keep_contact", 2)]


def test_after_an_outcome_a_contact_that_is_kept_books_no_further_one() -> None:
    life = a_life("#outcome Mended.", "#contact tomorrow 14:00")
    decision = life.order("#call Spoke.")

    assert settled(decision) == [("keep_contact", life.obligation("keep_contact").number, MET)]
    assert booked(decision) == []


def test_a_call_before_anything_was_agreed_does_not_keep_the_promise_of_a_time() -> None:
    life = a_life()
    decision = life.order("#call\nWe spoke.")

    assert (decision.settled, decision.booked) == ((), ())
    assert decision.letters[0].facts["next_by"] == ""
    assert life.obligation("agree_contact").state is OPEN


@pytest.mark.parametrize("text", ["#contact tue 14:00", "#call Spoke.", "#every 7 days"])
@pytest.mark.parametrize("end", [CLOSE, "#not-complaint opening hours"])
def test_a_case_that_is_over_is_not_kept_in_touch_with(text: str, end: str) -> None:
    refusal = a_life(end).order(text).refusal

    assert refusal == "the case is not in work; #reopen opens it again"


# --- people --------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["Owen Parry", "owen  parry", "OWEN@example.com", "OWEN@example.com<mailto:owen@example.com>"],
)
def test_another_handler_is_introduced_to_the_customer(words: str) -> None:
    life = a_life()
    decision = life.order(f"#assign {words}")

    assert life.case.handler == OWEN
    assert letters(decision) == [("introduction", JANE.email), ("assignment", OWEN.email)]
    assert decision.letters[0].facts["takes_over_from"] == RHIAN.name
    assert decision.answer == "The case is with Owen Parry now, and the customer is told."


def test_an_introduction_by_a_person_keeps_the_promise_that_nobody_could() -> None:
    life = Life(firm=a_firm(handlers=(away(RHIAN), away(MANAGER))))
    assert life.obligation("introduce").state is OPEN

    life.order("#assign Rhian Price")

    assert life.obligation("introduce").state is MET


def with_departments() -> Life:
    people = (
        *EVERYBODY,
        Handler(name="Bethan Rees", email="bethan@example.com", department="Billing"),
        Handler(name="Dai Pugh", email="dai@example.com", department="Billing"),
        away(Handler(name="Eira Lloyd", email="eira@example.com", department="Billing")),
        Handler(name="Ann Hughes", email="ann@example.com", role=Role.ACCOUNT_MANAGER),
    )
    return Life(firm=a_firm(handlers=people))


def test_a_department_is_whoever_is_in_and_has_the_fewest_cases() -> None:
    life = with_departments()
    reckoning = Reckoning(life.now, life.firm.calendar)
    given = CommandsGiven(
        commands=parse("#assign department:billing", reckoning),
        by="Olwen",
        occasion="order.1",
        said_at=life.now,
        busy={"bethan@example.com": 3, "dai@example.com": 1},
    )
    life.happens(given)

    assert life.case.handler
    assert life.case.handler.name == "Dai Pugh"


@pytest.mark.parametrize("words", ["Nobody", "department:Fax", "Ann Hughes", "department:"])
def test_whoever_cannot_take_a_case_is_refused_with_those_who_can(words: str) -> None:
    refusal = with_departments().order(f"#assign {words}").refusal

    assert f'"{words}" is nobody who can take a case; they are: Rhian Price' in refusal
    assert "Ann Hughes" not in refusal.partition("they are:")[2]


def test_whoever_has_the_case_does_not_get_it_again() -> None:
    assert a_life().order("#assign Rhian Price").refusal == "Rhian Price has the case already"


def test_a_reassignment_moves_no_promise() -> None:
    life = a_life()
    before = [(each.promise, each.due_at, each.state) for each in life.case.obligations]
    life.order("#assign Owen Parry")

    assert [(each.promise, each.due_at, each.state) for each in life.case.obligations] == before


def test_an_escalation_hands_the_case_up_the_ladder() -> None:
    life = a_life()
    decision = life.order("#escalate she asked for the manager")

    assert (life.case.handler, life.case.level, life.case.state) == (MANAGER, 1, State.OPEN)
    assert letters(decision) == [("escalated", JANE.email), ("assignment", MANAGER.email)]
    assert decision.letters[0].facts["to"] == {
        "name": "Mair Morgan",
        "role": "Customer Service Manager",
    }
    assert decision.answer == "The case is with Mair Morgan now."
    life.order("#escalate again")
    assert (life.case.handler, life.case.level) == (HEAD, 2)


def test_at_the_top_of_the_ladder_the_case_stays_and_the_manager_has_a_task() -> None:
    life = a_life("#escalate once", "#escalate twice")
    decision = life.order("#escalate thrice")

    assert life.case.handler == HEAD
    assert letters(decision) == [("task", MANAGER.email)]
    assert "thrice" in str(decision.letters[0].facts["why"])
    assert decision.answer == "Nobody is left above; the manager has a task."


def test_a_case_that_was_handed_back_goes_on_where_it_was_on_the_ladder() -> None:
    life = a_life("#escalate once", "#assign Rhian Price", "#escalate again")

    assert (life.case.handler, life.case.level) == (HEAD, 2)


def test_whoever_is_away_is_passed_over_on_the_ladder() -> None:
    life = Life(firm=a_firm(handlers=(RHIAN, away(MANAGER), HEAD)))
    life.order("#escalate she asked")

    assert (life.case.handler, life.case.level) == (HEAD, 2)


def test_a_manager_who_has_the_case_hands_it_to_the_head() -> None:
    life = Life(firm=a_firm(handlers=(away(RHIAN), MANAGER, HEAD)))
    assert life.case.handler == MANAGER
    life.order("#escalate she asked")

    assert life.case.handler == HEAD


def test_an_escalation_after_an_outcome_puts_the_case_in_work_again() -> None:
    life = a_life("#outcome Mended.")
    life.order("#escalate she is not content")

    assert life.case.state is State.OPEN
    assert life.obligation("confirm_closure").state is MET
    assert life.obligation("keep_contact").state is OPEN


# --- money -----------------------------------------------------------------------


def test_a_credit_is_confirmed_and_owed_within_its_month() -> None:
    life = a_life()
    decision = life.order("#credit 25 December 2026")

    assert letters(decision) == [("credit", JANE.email)]
    facts = decision.letters[0].facts
    assert (facts["amount"], facts["month"], facts["applied"]) == ("£25.00", "December 2026", False)
    owed = life.obligation("credit")
    assert (owed.acts_at, owed.due_at) == (at("2026-12-01 09:00"), at("2027-01-01 00:00"))
    assert (
        decision.answer
        == "Recorded, and the confirmation goes to the customer: £25.00 in December 2026."
    )


def test_an_applied_credit_is_met_and_the_customer_told() -> None:
    life = a_life("#credit 25.00 December 2026").until(at("2026-12-10 10:00"))
    decision = life.order("#credit applied")

    assert settled(decision) == [("credit", 1, MET)]
    assert (decision.letters[0].facts["amount"], decision.letters[0].facts["month"]) == (
        "£25.00",
        "December 2026",
    )
    assert decision.letters[0].facts["applied"] is True


def test_a_second_credit_waits_for_the_first() -> None:
    life = a_life("#credit 25.00 December 2026")

    assert "#credit applied" in life.order("#credit 5.00 January 2027").refusal
    life.order("#credit applied")
    assert booked(life.order("#credit 5.00 January 2027")) == [("credit", 2)]


def test_a_confirmation_of_this_very_instant_is_not_still_to_come() -> None:
    assert not a_life().order("#close phone Jane Doe, today 10:00").refusal


def test_a_credit_outlives_the_closure() -> None:
    life = a_life("#credit 25.00 December 2026", CLOSE)
    life.until(at("2026-12-01 09:00"))

    assert life.obligation("credit").state is OPEN
    assert life.to_staff(at("2026-12-01 09:00")) == [("warning", RHIAN.email)]
    life.until(at("2027-01-01 00:00"))
    assert life.obligation("credit", 1).state is BREACHED


def test_a_credit_is_asked_for_month_after_month_until_it_is_applied() -> None:
    life = a_life("#credit 25.00 December 2026").until(at("2027-02-15 12:00"))

    assert life.obligation("credit", 2).state is BREACHED
    assert life.obligation("credit", 3).due_at == at("2027-03-01 00:00")
    warned = [each.at for each in life.written if each.letter.occasion.startswith("credit.3.")]
    assert warned == [at("2027-02-01 09:00"), at("2027-02-14 09:00")]

    life.order("#credit applied")
    assert [life.obligation("credit", each).state for each in (1, 2, 3)] == [
        MET_LATE,
        MET_LATE,
        MET,
    ]


# --- rights ------------------------------------------------------------------------


def test_not_eligible_needs_a_reason_of_the_list() -> None:
    life = a_life()
    refusal = life.order("#not-eligible I do not like her").refusal

    assert (
        refusal
        == f"write one of the reasons behind the word; the reasons are: {'; '.join(REASONS)}"
    )


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_of_the_list_withdraws_the_letter_with_the_persons_name(reason: str) -> None:
    life = a_life()
    decision = life.order(f"#not-eligible {reason[:12].upper()}")

    assert life.case.not_eligible == reason
    assert settled(decision) == [("adr_rights", 1, WITHDRAWN)]
    assert decision.events[-1].cause == "command by Olwen"
    assert reason in decision.answer


def test_eligible_again_is_owed_again() -> None:
    life = a_life("#not-eligible larger")
    decision = life.order("#eligible")

    assert (life.case.not_eligible, settled(decision)) == ("", [("adr_rights", 1, OPEN)])
    assert decision.letters == ()


def test_eligible_again_after_an_outcome_and_after_the_six_weeks_sends_the_letter() -> None:
    life = a_life("#not-eligible larger", "#outcome Mended.")
    life.until(life.day(45))

    assert letters(life.order("#eligible")) == [("adr-rights", JANE.email)]


def test_eligible_undoes_only_what_somebody_said() -> None:
    assert "nobody has said" in a_life().order("#eligible").refusal


def test_the_deadlock_letter_carries_the_position_and_is_written_once() -> None:
    life = a_life()
    decision = life.order("#deadlock\nWe cannot pay for that.")

    assert letters(decision) == [("deadlock", JANE.email)]
    assert decision.letters[0].facts["body"] == "We cannot pay for that."
    assert life.obligation("adr_rights").state is MET
    assert "written already" in life.order("#deadlock\nStill not.").refusal


def test_a_customer_without_the_right_gets_no_deadlock_letter() -> None:
    refusal = a_life("#not-eligible larger").order("#deadlock We cannot agree.").refusal

    assert refusal == "the customer is marked as not eligible; say #eligible first"


# --- personal data -------------------------------------------------------------------


def test_the_clock_of_the_data_protection_law_runs_from_the_receipt() -> None:
    life = a_life("#dp")
    owed = life.obligation("data_protection")

    assert (owed.acts_at, owed.due_at) == (at("2026-12-15 09:00"), at("2026-12-21 00:00"))
    assert life.case.is_data_protection


def test_the_acknowledgement_of_the_case_keeps_that_promise() -> None:
    owed = a_life("#dp").obligation("data_protection")

    assert (owed.state, owed.evidence) == (MET, "acknowledgement accepted")


def test_an_acknowledgement_that_comes_later_keeps_it_too() -> None:
    life = Life(is_server_up=False)
    life.order("#dp")
    assert life.obligation("data_protection").state is OPEN

    life.server_up()

    assert life.obligation("data_protection").state is MET


def test_what_was_withdrawn_is_no_acknowledgement() -> None:
    life = Life(is_server_up=False)
    life.order("#not-complaint opening hours")
    life.order("#dp")

    assert life.obligation("data_protection").state is OPEN


def test_without_an_acknowledgement_the_handler_is_warned_and_the_promise_broken() -> None:
    life = Life(is_server_up=False)
    life.order("#dp")
    life.until(at("2026-12-15 09:00"))
    assert ("warning", RHIAN.email) in life.to_staff(at("2026-12-15 09:00"))

    life.until(at("2026-12-21 00:00"))

    assert life.obligation("data_protection").state is BREACHED


def test_the_clock_is_started_once() -> None:
    assert "runs already" in a_life("#dp").order("#dp").refusal


def test_a_request_for_access_is_a_task_for_the_manager_and_sends_the_customer_nothing() -> None:
    life = a_life()
    decision = life.order("#subject she asked on the telephone\nBy post, please.")

    assert letters(decision) == [("task", MANAGER.email)]
    assert events(decision) == ["access_requested"]
    assert decision.answer == (
        f"{MANAGER.name} has the task to answer the request, by Wednesday 23 December 2026 at the"
        " latest. Nothing was sent to the customer."
    )


def test_the_task_names_the_command_the_last_day_and_the_handlers_words() -> None:
    life = a_life()
    [task] = life.order("#subject she rang\nBy post, please.").letters

    named = f"mailbot subject {JANE.email} {life.case.reference}.zip"
    assert named in "\n".join(cast("list[str]", task.facts["todo"]))
    assert "until Wednesday 23 December 2026 if that was today" in str(task.facts["why"])
    assert task.facts["words"] == "she rang\n\nBy post, please."


def test_who_has_no_mail_address_is_named_by_the_reference() -> None:
    life = a_life()
    nobody = replace(life.case.complainant, address=Address(name="Jane Doe", email=""))
    life.case = replace(life.case, complainant=nobody)

    [task] = life.order("#subject").letters

    named = f"mailbot subject {life.case.reference} {life.case.reference}.zip"
    assert named in "\n".join(cast("list[str]", task.facts["todo"]))


# --- the table of states ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "#outcome Mended.",
        CLOSE,
        "#deadlock We cannot agree.",
        "#not-complaint opening hours",
        "#escalate she asked",
    ],
)
@pytest.mark.parametrize("end", [CLOSE, "#not-complaint opening hours"])
def test_what_a_case_that_is_over_does_not_allow_is_refused_with_what_to_write(
    text: str, end: str
) -> None:
    life = a_life(end)
    decision = life.order(text)

    assert "#reopen opens it again" in decision.refusal
    assert decision.letters == ()


@pytest.mark.parametrize("text", ["#note x", "#need x", "#status", "#help", "#dp"])
@pytest.mark.parametrize("end", [CLOSE, "#not-complaint opening hours", "#outcome Mended."])
def test_the_record_is_kept_in_every_state(text: str, end: str) -> None:
    assert not a_life(end).order(text).refusal


def test_an_open_case_is_not_opened_again() -> None:
    assert "#escalate hands it up" in a_life().order("#reopen").refusal
    assert "a complaint already" in a_life().order("#complaint").refusal
