"""
One case out of two: the earliest receipt and every letter that was sent stand.
"""

from dataclasses import replace
from typing import Any

import pytest

from mailbot.cases.case import Case
from mailbot.cases.commands.reading.grammar import parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.obligation import ObligationState
from mailbot.cases.triggers import CaseAbsorbed, CommandsGiven, StaffAnswered
from mailbot.mail.message import Address
from tests.cases.builders import JANE, RHIAN, a_message, at
from tests.cases.life import Life

OPEN, MET, WITHDRAWN = ObligationState.OPEN, ObligationState.MET, ObligationState.WITHDRAWN
FIRST, SECOND = at("2026-11-02 10:00"), at("2026-11-20 16:45")
NOW = at("2026-11-23 10:00")
JANE_AT_WORK = Address(name="Jane Doe", email="jane.doe@work.example")


def two_lives(*, first: str = "", second: str = "") -> tuple[Life, Life]:
    """
    The same customer complained twice; each life after the orders given.
    """
    lives = Life(received_at=FIRST), Life(received_at=SECOND)
    for life, orders in zip(lives, (first, second), strict=True):
        life.until(NOW)
        for order in filter(None, orders.split("|")):
            assert not life.order(order).refusal
    older, newer = lives
    older.case = replace(older.case, serial=1, reference="ISS-000001-95")
    newer.case = replace(newer.case, serial=2, reference="ISS-000002-92")
    return older, newer


def merged(life: Life, into: Life) -> Decision:
    """
    What the case that stays makes of the other one.
    """
    gone = decide(life.case, order(life, into), life.firm, NOW)
    assert not gone.refusal
    return into.happens(CaseAbsorbed(other=life.case, by="Olwen", occasion="merge"))


def order(life: Life, into: Life) -> CommandsGiven:
    return CommandsGiven(
        commands=parse(f"#merge {into.case.reference}", Reckoning(NOW, life.firm.calendar)),
        by="Olwen",
        occasion="merge",
        said_at=NOW,
        others={into.case.reference: into.case},
    )


def test_the_earliest_receipt_counts_and_brings_the_six_weeks_forward() -> None:
    older, newer = two_lives()
    merged(older, newer)

    assert newer.case.received_at == FIRST
    assert newer.obligation("adr_rights").acts_at == at("2026-12-14 09:00")
    assert newer.until(at("2026-12-14 09:00")).rights() == [("adr-rights", at("2026-12-14 09:00"))]


def test_merging_a_later_complaint_moves_nothing() -> None:
    older, newer = two_lives()
    due = older.obligation("adr_rights").due_at
    merged(newer, older)

    assert older.obligation("adr_rights").due_at == due
    assert older.case.received_at == FIRST


def test_a_rights_letter_of_either_is_never_sent_again() -> None:
    older, newer = two_lives()
    older.until(at("2026-12-14 09:00"))
    newer.until(at("2026-12-14 10:00"))
    newer.happens(CaseAbsorbed(other=older.case, by="Olwen", occasion="merge"))
    newer.until(at("2027-02-01 10:00"))

    assert newer.rights() == []
    assert newer.obligation("adr_rights").state is MET


def test_a_rights_day_that_is_past_by_the_merger_is_kept_at_once() -> None:
    older, newer = two_lives(first="#not-eligible larger")
    newer.until(at("2026-12-20 10:00"))
    newer.happens(CaseAbsorbed(other=older.case, by="Olwen", occasion="merge"))
    newer.until(at("2026-12-20 10:01"))

    assert [template for template, _ in newer.rights()] == ["adr-rights"]


def test_what_goes_owes_nothing_by_itself_any_more() -> None:
    older, newer = two_lives()
    gone = decide(older.case, order(older, newer), older.firm, NOW)

    assert gone.merged_into == 2
    assert not [each for each in gone.applied_to(older.case).obligations if each.is_owed]
    assert {each.evidence for each in gone.settled} == {"merged into ISS-000002-92"}


def test_an_agreed_contact_goes_on_where_none_is_owed() -> None:
    older, newer = two_lives(first="#contact wed 14:00")
    merged(older, newer)

    assert newer.obligation("keep_contact").acts_at == at("2026-11-25 14:00")
    assert newer.obligation("keep_contact").state is OPEN


def test_a_credit_goes_on() -> None:
    older, newer = two_lives(first="#credit 25.00 December 2026")
    merged(older, newer)

    assert newer.obligation("credit").state is OPEN
    assert newer.case.credit == "£25.00 December 2026"


def test_a_credit_that_goes_on_is_the_one_that_is_owed() -> None:
    older, newer = two_lives(
        first="#credit 25.00 January 2027",
        second="#credit 10.00 December 2026|#credit applied",
    )
    merged(older, newer)
    newer.order("#credit applied")

    facts = newer.sent("credit")[-1].letter.facts
    assert (facts["amount"], facts["month"]) == ("£25.00", "January 2027")


def test_the_other_complainant_has_a_role_and_gets_no_letter() -> None:
    older, newer = two_lives()
    complains(older, JANE_AT_WORK)
    merged(older, newer)

    assert newer.case.complainant.address == JANE
    assert [(each.address, each.role) for each in newer.case.parties] == [
        (JANE_AT_WORK, "also complained")
    ]


def complains(life: Life, address: Address, **more: Any) -> None:
    """
    It is the complaint of whoever has that address.
    """
    life.case = replace(
        life.case, complainant=replace(life.case.complainant, address=address, **more)
    )


@pytest.mark.parametrize(
    "theirs",
    [
        Address(name="Tom Baker", email="tom@customer.example"),
        Address(name="Jane", email="jane@elsewhere.example"),
        Address(email="info@elsewhere.example"),
        Address(name="John Doe", email="john.doe@work.example"),
        Address(name="Siân Prys", email=""),
    ],
)
def test_two_peoples_complaints_stay_two(theirs: Address) -> None:
    older, newer = two_lives()
    complains(older, theirs)
    why = refusal(older, newer.case)

    assert "another person's" in why
    assert "another person's" in refusal(newer, older.case)
    if theirs.email:
        assert f'"#party add {theirs.email} same person"' in why


@pytest.mark.parametrize(
    "more",
    [
        {"phone": "01495 000 111"},
        {"postal_address": ("2 Low Road", "Ebbw Vale")},
    ],
)
def test_one_name_is_two_people_where_something_tells_them_apart(more: dict[str, Any]) -> None:
    older, newer = two_lives()
    complains(older, JANE, phone="01495 000 222", postal_address=("1 High Street", "Ebbw Vale"))
    complains(newer, JANE_AT_WORK, **more)

    assert "another person's" in refusal(older, newer.case)


def test_one_number_written_in_two_ways_tells_nobody_apart() -> None:
    older, newer = two_lives()
    complains(older, JANE, phone="01495 000 222")
    complains(newer, JANE_AT_WORK, phone="+44 1495 000222")

    assert refusal(older, newer.case) == ""


def test_a_handler_who_knows_better_puts_it_on_record_first() -> None:
    older, newer = two_lives(second="#party add j.smith@work.example same person")
    complains(older, Address(name="J Smith (Doe)", email="j.smith@work.example"))

    assert refusal(older, newer.case) == ""


def test_the_question_whether_it_is_meant_says_who_hears_no_more() -> None:
    older, newer = two_lives()
    complains(older, JANE_AT_WORK)
    text = f"#merge {newer.case.reference}"
    asked = older.happens(
        StaffAnswered(
            message=a_message(sender=Address(email=RHIAN.email), text=text, received_at=NOW),
            occasion="answer.1",
            writer=RHIAN,
            text=text,
            may_relay=True,
            reason="staff_command",
            others={newer.case.reference: newer.case},
        )
    )

    assert [each.template for each in asked.letters] == ["confirm-command"]
    ends = asked.letters[0].facts["ends"]
    assert "jane.doe@work.example gets nothing more from us" in str(ends)


def test_the_question_names_the_promises_that_would_end() -> None:
    older, _ = two_lives()
    asked = older.mailed("#not-complaint opening hours")
    ends = asked.letters[0].facts["ends"]

    assert "letter about the right to independent help, by" in str(ends)


@pytest.mark.parametrize(("customer", "goes_on"), [(JANE, True), (JANE_AT_WORK, False)])
def test_copies_go_on_only_where_it_is_the_same_customers_complaint(
    customer: Address, goes_on: bool
) -> None:
    older, newer = two_lives(first="#party add bob@example.com solicitor, copies")
    older.case = replace(older.case, complainant=replace(older.case.complainant, address=customer))
    merged(older, newer)
    bob = newer.case.party("bob@example.com")

    assert bob is not None
    assert bob.gets_copies is goes_on


def test_needs_and_the_ladder_go_along() -> None:
    older, newer = two_lives(first="#need speaks Welsh|#escalate she asked", second="#need deaf")
    merged(older, newer)

    assert newer.case.needs == ("deaf", "speaks Welsh")
    assert newer.case.level == 1


def test_the_handler_of_the_case_that_grows_is_told() -> None:
    older, newer = two_lives()
    decision = merged(older, newer)

    assert [(each.template, each.to.email) for each in decision.letters] == [("task", RHIAN.email)]


def refusal(life: Life, into: Case | None, text: str = "") -> str:
    given = CommandsGiven(
        commands=parse(
            text or f"#merge {into.reference if into else 'ISS-000009-71'}",
            Reckoning(NOW, life.firm.calendar),
        ),
        by="Olwen",
        occasion="merge",
        said_at=NOW,
        others={into.reference: into} if into else {},
    )
    return decide(life.case, given, life.firm, NOW).refusal


def test_a_case_is_not_merged_into_nothing_itself_or_one_that_is_over() -> None:
    older, newer = two_lives(first="#close phone Jane Doe, today 9:00")

    assert refusal(newer, None) == "there is no case ISS-000009-71"
    assert refusal(newer, newer.case) == "a case cannot be merged into itself"
    assert refusal(newer, older.case) == "ISS-000001-95 is not in work; #reopen it first"


def test_two_open_credits_do_not_become_one() -> None:
    credit = "#credit 25.00 December 2026"
    older, newer = two_lives(first=credit, second=credit)

    assert refusal(older, newer.case).startswith("both cases owe a credit")


@pytest.mark.parametrize("also", ["#note x\n#merge ISS-000002-92", "#merge ISS-000002-92\n#note x"])
def test_a_merger_stands_alone(also: str) -> None:
    older, newer = two_lives()

    assert refusal(older, newer.case, also).startswith("#merge stands alone")


@pytest.mark.parametrize("orders", ["#not-eligible larger", "#close phone Jane Doe, today 9am"])
def test_an_older_case_whose_steps_have_struck_brings_its_rights_day_all_the_same(
    orders: str,
) -> None:
    older, newer = two_lives(first=orders)
    older.until(at("2026-12-20 10:00"))
    newer.until(at("2026-12-20 10:00"))
    newer.happens(CaseAbsorbed(other=older.case, by="Olwen", occasion="merge"))
    newer.until(at("2026-12-20 10:01"))

    assert [template for template, _ in newer.rights()] == ["adr-rights"]
    assert newer.obligation("adr_rights").state in {MET, ObligationState.MET_LATE}


def test_what_was_kept_counts_by_the_earlier_day_too() -> None:
    older, newer = two_lives()
    older.until(at("2026-12-14 10:00"))
    newer.until(at("2026-12-14 10:00"))
    due = older.obligation("adr_rights").due_at
    newer.happens(CaseAbsorbed(other=older.case, by="Olwen", occasion="merge"))

    assert (newer.obligation("adr_rights").state, newer.obligation("adr_rights").due_at) == (
        MET,
        due,
    )


def test_what_was_kept_here_is_told_by_the_letter_that_kept_it_first() -> None:
    older, newer = two_lives()
    first = older.obligation("introduce")
    merged(older, newer)

    kept = newer.obligation("introduce")
    assert (kept.state, kept.settled_at) == (MET, first.settled_at)
    assert kept.evidence == f"{first.evidence} (ISS-000001-95)"


def test_what_was_kept_here_after_the_earlier_day_was_kept_late() -> None:
    older, newer = two_lives()
    acknowledged = newer.obligation("acknowledge")
    owed = replace(
        older.obligation("acknowledge"),
        state=ObligationState.BREACHED,
        settled_at=None,
        evidence="",
    )
    others = [each for each in older.case.obligations if each.promise != "acknowledge"]
    older.case = replace(older.case, obligations=(owed, *others))
    newer.happens(CaseAbsorbed(other=older.case, by="Olwen", occasion="merge"))

    late = newer.obligation("acknowledge")
    assert acknowledged.settled_at
    assert late.due_at == owed.due_at < acknowledged.settled_at
    assert (late.state, late.settled_at, late.evidence) == (
        ObligationState.MET_LATE,
        acknowledged.settled_at,
        acknowledged.evidence,
    )


def test_what_was_broken_there_is_broken_here() -> None:
    older, newer = two_lives()
    merged(older, newer)
    newer.until(at("2026-11-23 10:01"))

    assert newer.obligation("agree_contact").state is ObligationState.BREACHED
