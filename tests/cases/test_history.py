"""
All disputes are logged: whatever is ordered, and whatever the clock does, is a line
in the history that says who or what caused it.
"""

import pytest

from mailbot.cases.correspondence.yes_or_no import Said
from mailbot.cases.decision import Decision, Event
from tests.cases.builders import RHIAN
from tests.cases.life import Life

CLOSE = "#close phone Jane Doe, today 9:00"


def lines(decision: Decision) -> list[tuple[str, str]]:
    return [(each.name, each.cause) for each in decision.events]


@pytest.mark.parametrize(
    ("before", "text", "name", "about"),
    [
        ("", "#note filed", "note_filed", "filed"),
        ("", "#need large print", "need_recorded", "large print"),
        ("", "#contact tomorrow 14:00", "contact_agreed", "Tuesday 24 November 2026, 2pm"),
        ("", "#call Spoke.", "telephone_call", "Spoke."),
        ("", "#every 3 working days", "interval_agreed", "3 working days"),
        ("", "#outcome Mended.", "outcome_sent", "Mended."),
        (
            "",
            CLOSE,
            "case_closed",
            "Jane Doe told us by phone on Monday 23 November 2026, 9am that it is resolved",
        ),
        (CLOSE, "#reopen again", "case_reopened", "again"),
        ("", "#escalate she asked", "escalated", "she asked"),
        ("", "#deadlock No.", "deadlock_declared", "No."),
        ("", "#not-complaint a question", "judged_not_a_complaint", "a question"),
        ("#not-complaint a question", "#complaint it is", "case_reopened", "it is"),
        (CLOSE, "#reopen again", "obligation_opened_again", ""),
        ("", "#assign Owen Parry", "assigned", "Owen Parry"),
        ("", "#not-eligible already", "judged_not_eligible", "already decided by the scheme"),
        ("#not-eligible already", "#eligible", "judged_eligible", ""),
        ("", "#credit 5 December 2026", "credit_agreed", "£5.00 in December 2026"),
        ("#credit 5 December 2026", "#credit applied", "credit_applied", "£5.00 December 2026"),
        ("", "#dp", "data_protection_clock", ""),
    ],
)
def test_what_a_person_orders_is_on_record_with_their_name(
    before: str, text: str, name: str, about: str
) -> None:
    life = Life()
    life.until(life.day(3))
    if before:
        life.order(before)

    found = [each for each in life.order(text).events if each.name == name]

    assert [each.cause for each in found] == ["command by Olwen"]
    assert about in found[0].about


def test_an_escalation_that_finds_nobody_is_on_record_with_its_reason() -> None:
    life = Life()
    for why in ("a", "b"):
        life.order(f"#escalate {why}")

    assert life.order("#escalate c").events == (
        Event(name="escalation_at_the_top", cause="command by Olwen", reason="escalated"),
    )


@pytest.mark.parametrize(
    ("order", "day", "clock", "name"),
    [
        ("", 4, "09:00", "warning_decided"),
        ("", 5, "09:00", "follow_up_decided"),
        ("", 5, "17:00", "obligation_breached"),
        ("", 12, "17:00", "contact_missed"),
        ("", 42, "09:00", "rights_letter_decided"),
        ("#outcome Mended.", 7, "09:00", "confirmation_asked_again"),
        ("#outcome Mended.", 7, "17:00", "not_confirmed"),
    ],
)
def test_what_the_clock_does_is_on_record(order: str, day: int, clock: str, name: str) -> None:
    life = Life()
    if order:
        life.order(order)
    life.until(life.day(day, clock))
    struck = [each for each in life.decisions if (name, "clock") in lines(each)]

    assert len(struck) >= 1
    assert lines(struck[-1])[0][1] == "clock"
    assert life.decisions.index(struck[-1]) == max(
        number
        for number, each in enumerate(life.decisions)
        if any(cause == "clock" for _, cause in lines(each))
    )


def test_a_handler_who_gets_a_receipt_has_it_on_record() -> None:
    life = Life()

    assert ("receipt_given", "message") in lines(life.mailed("#contact soon"))


def test_a_yes_and_a_no_are_on_record_as_the_customers() -> None:
    yes, no = Life(), Life()
    for life in (yes, no):
        life.order("#outcome Mended.")

    assert ("case_closed", "message") in lines(yes.customer("Yes", said=Said.YES))
    reopened = lines(no.customer("No", said=Said.NO))
    assert {("case_reopened", "message"), ("escalated", "message")} <= set(reopened)
    assert no.obligation("confirm_closure").evidence == "the customer said no"


@pytest.mark.parametrize("text", ["", "#merge ISS-000002-92", "#nonsense", "#note filed"])
def test_a_receipt_is_marked_as_mail_to_our_own_people(text: str) -> None:
    life = Life()
    receipts = [
        each for each in life.mailed(text, writer=RHIAN).letters if each.template == "receipt"
    ]

    assert [(each.to_staff, each.is_reply) for each in receipts] == [(True, True)]
