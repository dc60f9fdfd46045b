"""
Telephone numbers in what a customer wrote, and numbers that are none.
"""

import pytest

from mailbot.mail.telephones import found_in

OURS = ("0330 9000 009", "020 7981 3040 or 0845 456 3040", "01495 000 001")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Megan Davies\n01632 960 123", ["01632 960 123"]),
        ("my number is 01495 234 567.", ["01495 234 567"]),
        ("(01495) 234567", ["(01495) 234567"]),
        ("Tel.01495234567", ["01495234567"]),
        ("tel:+441495234567", ["+441495234567"]),
        ("T: +44 1495 234567 M: +44 7700 900123", ["+44 1495 234567", "+44 7700 900123"]),
        ("01495 234567 / 07700 900123", ["01495 234567", "07700 900123"]),
        ("+44 (0)1495 234567", ["+44 (0)1495 234567"]),
        ("0044 1495 234567", ["0044 1495 234567"]),
        ("ring 020 7946 0018 ext 12", ["020 7946 0018 ext 12"]),
        ("Tel/Fax: 01495 234567", ["01495 234567"]),
        ("ffôn 029 2018 0123", ["029 2018 0123"]),
        ("Telefon: +49 30 23125 123", ["+49 30 23125 123"]),
        ("０１４９５ ２３４５６７", ["０１４９５ ２３４５６７"]),  # noqa: RUF001
        ("in order to reach me, ring 01495 234567", ["01495 234567"]),
        ("just in case: 01495 234567", ["01495 234567"]),
        ("my account telephone number is 01495 234567", ["01495 234567"]),
        ("01495 234567, account 12345678", ["01495 234567"]),
        ("I rang from 01495 234567", ["01495 234567"]),
        ("01495 234567, or +44 1495 234 567", ["01495 234567"]),
    ],
)
def test_a_number_is_found_as_it_was_written_and_once(text: str, numbers: list[str]) -> None:
    assert list(found_in(text, others=OURS)) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "account number 01495234567",
        "Account number:\n01495 234567",
        "01234567890 is my account number",
        "Order 01495234567",
        "ORD-01495234567",
        "Invoice no. 01495 234567",
        "our reference is 07700900123",
        "Kundennummer 01495 234567",
        "Rechnungsnr. 01495 234567",
        "numéro de commande : 01495 234567",
        "Cyfeirnod: 01495 234567",
        "numer klienta 01495234567",
        "bill number 01495 234567",
        "fault no 01495234567",
        "MPAN 01495234567",
        "IMEI 012345678901234",
        "sort code 01-49-52, account 34567890",
        "ISS-004217-57",
    ],
)
def test_a_number_of_something_else_is_no_telephone(text: str) -> None:
    assert found_in(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "01.12.2026 10:30",
        "20.11.2026 14:00",
        "on 01-12-2026 0930",
        "07/11/2026 14.30",
        "2026-11-07 14:30",
        "£01495234567",
    ],
)
def test_neither_is_a_date_or_a_sum(text: str) -> None:
    assert found_in(text) == ()


@pytest.mark.parametrize(
    "text",
    ["https://www.example.com/01495234567", "01495234567@sms.example", "01495234567-A"],
)
def test_nor_what_is_a_piece_of_something(text: str) -> None:
    assert found_in(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "I rang 0330 9000 009, then +44 330 9000 009",
        "+44 (0)1495 000001 is your Ms Price",
        "Ofcom is on 0845 456 3040",
        "0800 123 4567",
        "fax 01495 234567",
        "I have called your office on 01495 234567",
    ],
)
def test_nor_a_number_by_which_somebody_else_is_reached(text: str) -> None:
    assert found_in(text, others=OURS) == ()


def test_of_many_numbers_the_first_three_are_shown() -> None:
    text = "\n".join(f"01495 2345{number}" for number in range(60, 70))

    assert len(found_in(text)) == 3
