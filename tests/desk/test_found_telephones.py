"""
A number in the customer's own text: shown as found, and never taken for known.
"""

import pytest

from mailbot.mail.message import InboundMessage
from tests.cases.builders import JANE, STRANGER, a_message
from tests.desk.builders import Desk, an_answer, with_a_case, words_of

NUMBER = "01632 960 123"
TEXT = f"The line has been dead since Monday.\n\nJane Doe\n{NUMBER}\n"
QUOTE = "\n\nOn Mon, 16 Nov 2026 at 10:00, A Friend <friend@elsewhere.example> wrote:\n> ring 01495 234567\n"


def unfolded(text: str) -> str:
    return " ".join(text.split())


def begun(text: str = TEXT) -> Desk:
    desk = Desk()
    desk.arrives(a_message(text=text))
    return desk


def later(desk: Desk, text: str, sender: str = JANE.email) -> InboundMessage:
    return an_answer(desk.letter("acknowledgement"), text, sender=sender)


def test_the_customer_is_told_which_number_we_found_and_asked_for_a_better_one() -> None:
    said = unfolded(words_of(begun().letter("acknowledgement")))

    assert f"Telephone: we found {NUMBER} in your message. Please tell us if that is not" in said
    assert "A telephone number helps" not in said


def test_the_handler_reads_it_as_found_and_how_it_is_confirmed() -> None:
    said = unfolded(words_of(begun().letter("assignment")))

    assert (
        f"Telephone: {NUMBER}, found in the customer\u2019s own words, and not confirmed." in said
    )
    assert f"#correct phone {NUMBER}" in said


def test_it_is_not_on_file() -> None:
    assert begun().case().complainant.phone == ""


def test_two_numbers_are_both_shown() -> None:
    desk = begun(f"{TEXT}or 07700 900123")

    said = unfolded(words_of(desk.letter("acknowledgement")))
    assert (
        f"we found {NUMBER} and 07700 900123 in your message. Please tell us if those are" in said
    )


@pytest.mark.parametrize(
    "text",
    [
        f"The line is dead.{QUOTE}",
        "The line is dead. I rang 0330 9000 009 and nobody came.",
        "The line is dead.\nAccount number 01495234567",
        "The line is dead.",
    ],
)
def test_where_none_is_the_customers_own_none_is_shown(text: str) -> None:
    desk = begun(text)

    assert "Telephone: none on file, and none found in this message" in words_of(
        desk.letter("assignment")
    )
    said = unfolded(words_of(desk.letter("acknowledgement")))
    assert "we found" not in said
    assert "A telephone number helps us to reach you sooner." in said


def test_a_number_in_a_later_message_is_shown_with_that() -> None:
    desk = with_a_case()

    desk.arrives(later(desk, f"Please ring me: {NUMBER}"))
    assert f"Telephone: {NUMBER}, found in" in unfolded(words_of(desk.letter("customer-reply")))


def test_a_later_message_without_one_does_not_deny_that_an_earlier_one_had_it() -> None:
    desk = begun()

    desk.arrives(later(desk, "Is there any news?"))
    said = unfolded(words_of(desk.letter("customer-reply")))
    assert "Telephone: none on file, and none found in this message" in said


def test_a_number_of_somebody_else_in_the_case_is_not_the_customers() -> None:
    desk = with_a_case()

    desk.arrives(later(desk, f"I am the neighbour: {NUMBER}", STRANGER.email))
    assert "Telephone: none on file" in words_of(desk.letter("customer-reply"))


def test_once_it_is_confirmed_nothing_is_found_any_more() -> None:
    desk = begun()
    desk.orders(f"#correct phone {NUMBER}")

    assert desk.case().complainant.phone == NUMBER
    desk.arrives(later(desk, "Any news? 07700 900123"))
    said = words_of(desk.letter("customer-reply"))
    assert f"- Telephone: {NUMBER}" in said.splitlines()
    assert "07700 900123, found" not in said
