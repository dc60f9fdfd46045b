"""
Corrections and parties: who is told, what goes to the new address, who learns nothing.
"""

import pytest

from mailbot.cases.obligation import ObligationState
from mailbot.cases.triggers import LetterFailed
from tests.cases.builders import JANE, RHIAN, SERVICE, at
from tests.cases.life import Life

MONDAY = at("2026-11-23 10:00")
NEW = "jane.smith@example.com"


def a_life(*orders: str) -> Life:
    life = Life().until(MONDAY)
    for each in orders:
        assert not life.order(each).refusal
    return life


def test_a_new_mail_address_is_told_to_the_new_and_to_the_old_one() -> None:
    life = a_life(f"#correct email {NEW}")
    told = [
        (each.letter.to.email, each.letter.facts["is_old_address"])
        for each in life.sent("correction")
    ]

    assert told == [(NEW, False), (JANE.email, True)]
    assert life.case.complainant.address.email == NEW


def test_the_old_address_is_not_told_the_new_one() -> None:
    life = a_life(f"#correct email {NEW}")
    to_the_old = next(
        each.letter for each in life.sent("correction") if each.letter.to.email == JANE.email
    )

    assert to_the_old.facts["value"] == ""


def test_what_came_back_and_is_owed_goes_to_the_corrected_address() -> None:
    life = a_life()
    life.happens(
        LetterFailed(
            template="acknowledgement",
            to=JANE,
            to_staff=False,
            occasion="opened",
            outcome="bounced",
            reason="550",
        )
    )
    decision = life.order(f"#correct email {NEW}")

    assert ("acknowledgement", NEW) in [(each.template, each.to.email) for each in decision.letters]
    assert life.obligation("acknowledge").state is ObligationState.MET
    # It has arrived now, so nobody needs to print it.
    assert life.case.to_post == ()


def test_what_has_arrived_is_not_said_again_to_a_corrected_address() -> None:
    decision = a_life().order(f"#correct email {NEW}")

    assert {each.template for each in decision.letters} == {"correction"}


@pytest.mark.parametrize(
    ("order", "detail", "value"),
    [
        ("#correct name Jane Smith", "name", "Jane Smith"),
        ("#correct phone 01495 000 009", "telephone number", "01495 000 009"),
        ("#correct address 1 High Street, Ebbw Vale", "postal address", "1 High Street, Ebbw Vale"),
    ],
)
def test_a_corrected_detail_is_confirmed(order: str, detail: str, value: str) -> None:
    decision = a_life().order(order)
    letter = decision.letters[0]

    assert letter.template == "correction"
    assert (letter.facts["detail"], letter.facts["value"]) == (detail, value)


def test_a_party_is_one_only_by_a_persons_word_and_gets_no_letter() -> None:
    life = a_life("#party add bob@example.com solicitor")
    party = life.case.party("BOB@example.com")

    assert party is not None
    assert party.role == "solicitor"
    life.order("#outcome\nMended.")
    assert {each.letter.to.email for each in life.written if not each.letter.to_staff} == {
        JANE.email
    }


@pytest.mark.parametrize(
    "email", [JANE.email, JANE.email.upper(), RHIAN.email, SERVICE, "complaints@example.com"]
)
def test_nobody_has_two_roles_and_staff_are_no_parties(email: str) -> None:
    assert a_life().order(f"#party add {email} friend").refusal


def test_a_second_address_that_is_a_party_already_cannot_become_the_complainants() -> None:
    life = a_life("#party add bob@example.com solicitor")

    assert life.order("#correct email bob@example.com").refusal
