"""
References as we write them and as people give them back.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.cases.reference import find, reference

FULL_WIDTH = {each: each + 0xFEE0 for each in range(0x21, 0x7F)}


def test_a_reference_is_prefix_serial_and_two_check_digits() -> None:
    assert reference("ISS", 4217) == "ISS-004217-57"


@pytest.mark.parametrize(
    "text",
    [
        "ISS-004217-57",
        "Re: [ISS-004217-57] No internet",
        "AW: SV: iss-004217-57",
        "回复\uff1aISS-004217-57",
        "ISS00421757",
        "ISS 004217 57",
        "ISS-004217\n -57",
        "ISS\u00a0004217\u00a057",
        "ISS\u2013004217\u201457",
        "ISS\u2212004217\u201157",
        "ISS-004217-57".translate(FULL_WIDTH),
        "http://ISS-004217-57",
        "ISS: 004217.57",
        "case ISS-004217-57, please",
        "ISS-004217-57.",
        "ISS #004217 57",
        "\u0130SS-004217-57",
        "\u0131ss-004217-57",
        "i\u017fs-004217-57",
        "I\u00adS\u200bS-004217-57",
        "Stra\u00dfe, ISS-004217-57",
    ],
)
def test_a_reference_is_found_however_it_is_mangled(text: str) -> None:
    assert find(text, "ISS").serials == (4217,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "004217-57",
        "MISS-004217-57",
        "ISS-4217-57",
        "ISS-004217-577",
        "ISS-004217",
        "OSS-004217-57",
    ],
)
def test_what_is_no_reference_is_not_found(text: str) -> None:
    assert find(text, "ISS").serials == ()


def test_a_wrong_check_digit_is_a_near_match_as_it_was_written() -> None:
    found = find("about iss 004217 58", "ISS")

    assert (found.serials, found.near) == ((), ("ISS-004217-58",))


@pytest.mark.parametrize(
    "text",
    [
        "ISS 00 42 17 57",
        "my case: iss-004 217-57!",
        "ISS/004217/57",
        "ISS-OO4217-57",
        "ISS 0o4217 57 on Monday",
        "ISS-004217 / 57.",
        "ISS 00 4217 57 or so",
    ],
)
def test_what_is_torn_apart_or_has_letters_for_noughts_is_a_near_match(text: str) -> None:
    found = find(text, "ISS")

    assert (found.serials, found.near) == ((), ("ISS-004217-57",))


@pytest.mark.parametrize(
    "text",
    ["ISS ooooooooo", "ISS-004217", "miss 00 42 17 57", "ISS 2026", "the ISS flew over on 20/11"],
)
def test_what_nobody_means_as_a_reference_is_no_near_match(text: str) -> None:
    assert find(text, "ISS").near == ()


def test_a_reference_that_is_read_is_not_a_near_match_too() -> None:
    assert find("ISS-004217-57 0 1 2", "ISS").near == ()


def test_several_references_are_found_once_each_in_their_order() -> None:
    first, second = reference("ISS", 9), reference("ISS", 4217)

    assert find(f"{second} and {first}, again {second}", "ISS").serials == (4217, 9)


def test_a_prefix_with_signs_of_its_own_is_taken_literally() -> None:
    assert find("I.S-004217-57", "I.S").serials == (4217,)
    assert find("IXS-004217-57", "I.S").serials == ()


@given(st.integers(min_value=1, max_value=10**10))
def test_every_reference_we_write_is_found_again(serial: int) -> None:
    assert find(f"[{reference('ISS', serial)}]", "ISS").serials == (serial,)


@given(st.integers(min_value=1, max_value=999_999), st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_never_another_customers_case(serial: int, place: int, by: int) -> None:
    digits = reference("ISS", serial).removeprefix("ISS-").replace("-", "")
    wrong = str((int(digits[place]) + by) % 10)
    slipped = digits[:place] + wrong + digits[place + 1 :]

    assert find(f"ISS-{slipped[:6]}-{slipped[6:]}", "ISS").serials == ()


@given(st.integers(min_value=1, max_value=999_999), st.integers(0, 6))
def test_two_digits_changed_round_are_never_another_customers_case(serial: int, place: int) -> None:
    digits = reference("ISS", serial).removeprefix("ISS-").replace("-", "")
    turned = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    found = find(f"ISS-{turned[:6]}-{turned[6:]}", "ISS").serials

    assert found == ((serial,) if turned == digits else ())


def test_of_a_list_of_references_no_more_are_read_than_a_letter_names() -> None:
    listed = " ".join(reference("ISS", serial) for serial in range(1, 61))

    assert len(find(listed, "ISS").serials) == 50
