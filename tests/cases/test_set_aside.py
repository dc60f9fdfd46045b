"""
Who is told of mail that is set aside, in what words, and how often.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from mailbot.cases.firm import Firm
from mailbot.cases.identity.set_aside import MOST_TASKS, TO_BE_CONFIRMED, SetAside, held_letters
from mailbot.cases.known.lately import Lately
from mailbot.cases.letter import Letter
from mailbot.mail.message import Address
from tests.cases.builders import FRIDAY, JANE, MANAGER, RHIAN, a_firm, a_message

FIRM = a_firm()
AT_RISK = "My telecare line is dead, please ring me."


def letters(
    reason: str,
    held_id: int = 7,
    sender: Address | None = JANE,
    *,
    text: str = "The line has been dead since Monday.",
    reply_to: tuple[str, ...] = (),
    hides: bool = False,
    lately: Sequence[str] = (),
    firm: Firm = FIRM,
) -> tuple[Letter, ...]:
    message = a_message(sender=sender, text=text, reply_to=reply_to)
    aside = SetAside(held_id=held_id, reason=reason, message=message, hides_somebody=hides)
    before = [Lately("task", occasion, FRIDAY) for occasion in lately]
    return held_letters(aside, firm, FRIDAY, before)


def told(*said: Any, **other: Any) -> Letter:
    (letter,) = letters(*said, **other)
    return letter


def test_the_manager_is_told_what_is_held_why_and_what_to_do() -> None:
    letter = told("unreadable")

    assert (letter.template, letter.to.email, letter.to_staff) == ("task", MANAGER.email, True)
    assert str(letter.facts["what"]).startswith("A message that cannot be read")
    assert f'(held message 7, from {JANE.email}, "No internet")' in str(letter.facts["why"])
    assert letter.facts["todo"]


def test_a_list_that_writes_all_day_asks_once() -> None:
    assert told("automatic", 7).occasion == told("automatic", 8).occasion


def test_members_who_write_by_the_address_of_a_list_are_told_apart() -> None:
    def occasion(name: str = "", reply_to: str = "list@x.example") -> str:
        the_list = Address(name=name, email="list@x.example")
        return told("list_field", 7, the_list, reply_to=(reply_to,)).occasion

    assert occasion("Jane via Users") != occasion("Sam via Users")
    assert occasion(reply_to="jane@x.example") != occasion(reply_to="sam@x.example")


def test_behind_a_form_somebody_else_may_write_each_time() -> None:
    first, second = (told("no_reply_address", each, hides=True) for each in (7, 8))

    assert first.occasion != second.occasion


def test_what_writes_without_end_is_no_form_and_asks_once_more_in_a_day() -> None:
    kind = told("no_reply_address", 7, hides=True).occasion.rpartition(".")[0]
    lately = [f"{kind}.{each}" for each in range(MOST_TASKS)]

    def occasion(held_id: int, **other: Any) -> str:
        return told("no_reply_address", held_id, hides=True, **other).occasion

    assert occasion(30, lately=lately[1:]) != occasion(31, lately=lately[1:])
    assert occasion(30, lately=lately) == occasion(31, lately=lately)
    elsewhere = [each.replace("no_reply_address", "auto_submitted") for each in lately]
    assert occasion(30, lately=elsewhere) != occasion(31, lately=elsewhere)
    # Where somebody may be at risk nothing is too much.
    assert occasion(30, lately=lately, text=AT_RISK) != occasion(31, lately=lately, text=AT_RISK)


@pytest.mark.parametrize("reason", ["our_address", "list_field", "absence_in_words", "no_sender"])
def test_whoever_may_be_at_risk_has_a_task_of_their_own_that_says_so(reason: str) -> None:
    first, second = (told(reason, each, text=AT_RISK) for each in (7, 8))

    assert first.occasion != second.occasion
    assert first.facts["alerts"] == ["telecare"]
    assert told(reason).facts["alerts"] == []
    assert first.facts["words"] == AT_RISK


def test_of_mail_in_a_handlers_name_that_speaks_of_a_risk_the_manager_hears_too() -> None:
    rhians = Address(email=RHIAN.email)

    held, task = letters("staff_not_proved", sender=rhians, text=AT_RISK)
    assert (held.to.email, task.to.email) == (RHIAN.email, MANAGER.email)
    (flood,) = letters("too_many_in_their_name", sender=rhians, text=AT_RISK)
    assert flood.to.email == MANAGER.email
    # Whoever reads the one need not read the other.
    managers = Address(email=MANAGER.email)
    assert [
        each.template for each in letters("staff_not_proved", sender=managers, text=AT_RISK)
    ] == ["held"]


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
    assert letters("automatic", firm=a_firm(handlers=(RHIAN,))) == ()


def test_of_what_its_handler_was_asked_about_nobody_else_gets_a_mail() -> None:
    assert letters(TO_BE_CONFIRMED) == ()
    # Who was asked has read it.
    assert letters(TO_BE_CONFIRMED, text=AT_RISK) == ()


def test_a_handler_sees_what_is_held_in_their_name_and_how_to_let_it_go() -> None:
    letter = told("staff_not_proved", sender=Address(email=RHIAN.email))

    assert letter.facts["subject"] == "No internet"
    assert "The line has been dead" in str(letter.facts["words"])
    assert "#release" in str(letter.facts["todo"])
    assert "#reject" in str(letter.facts["todo"])


def test_the_manager_can_answer_with_the_number_of_what_is_held() -> None:
    assert "#release 7" in str(told("automatic").facts["todo"])
