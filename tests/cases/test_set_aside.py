"""
Who is told of mail that is set aside, in what words, and how often.
"""

import pytest

from mailbot.cases.identity.set_aside import TO_BE_CONFIRMED, held_letters
from mailbot.cases.letter import Letter
from mailbot.mail.message import Address
from tests.cases.builders import FRIDAY, JANE, MANAGER, RHIAN, a_firm, a_message

FIRM = a_firm()


def told(reason: str, held_id: int = 7, sender: Address | None = JANE) -> Letter:
    (letter,) = held_letters(reason, held_id, a_message(sender=sender), FIRM, FRIDAY)
    return letter


def test_the_manager_is_told_what_is_held_why_and_what_to_do() -> None:
    letter = told("unreadable")

    assert (letter.template, letter.to.email, letter.to_staff) == ("task", MANAGER.email, True)
    assert str(letter.facts["what"]).startswith("A message that cannot be read")
    assert f'(held message 7, from {JANE.email}, "No internet")' in str(letter.facts["why"])
    assert letter.facts["todo"]


def test_a_list_that_writes_all_day_asks_once() -> None:
    assert told("automatic", 7).occasion == told("automatic", 8).occasion


@pytest.mark.parametrize(("reason", "sender"), [("no_sender", None), ("names_several_cases", JANE)])
def test_what_may_be_somebody_else_each_time_asks_each_time(
    reason: str, sender: Address | None
) -> None:
    assert told(reason, 7, sender).occasion != told(reason, 8, sender).occasion


def test_a_handler_is_told_of_mail_in_their_name_that_is_not_proved() -> None:
    letter = told("staff_not_proved", sender=Address(email=RHIAN.email))

    assert (letter.template, letter.to.email, letter.to_staff) == ("held", RHIAN.email, True)
    assert "no proof that you wrote it" in str(letter.facts["why"])
    assert letter.facts["held_id"] == "7"


def test_without_a_manager_in_the_file_nobody_is_told() -> None:
    assert held_letters("automatic", 7, a_message(), a_firm(handlers=(RHIAN,)), FRIDAY) == ()


def test_of_what_its_handler_was_asked_about_nobody_else_gets_a_mail() -> None:
    assert held_letters(TO_BE_CONFIRMED, 7, a_message(), FIRM, FRIDAY) == ()


def test_a_handler_sees_what_is_held_in_their_name_and_how_to_let_it_go() -> None:
    letter = told("staff_not_proved", sender=Address(email=RHIAN.email))

    assert letter.facts["subject"] == "No internet"
    assert "The line has been dead" in str(letter.facts["words"])
    assert "#release" in str(letter.facts["todo"])
    assert "#reject" in str(letter.facts["todo"])


def test_the_manager_can_answer_with_the_number_of_what_is_held() -> None:
    assert "#release 7" in str(told("automatic").facts["todo"])
