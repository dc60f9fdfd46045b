"""
Which lines of an answer are our own words coming back.
"""

import pytest

from mailbot.mail.quoting.repeated import repeated, squeezed, squeezed_lines

OURS = "An engineer will come on Tuesday\nbetween eight and one.\nPlease be at home."


def test_a_line_of_ours_is_found_however_often_its_words_came_before() -> None:
    # Each of them holds pieces of a row of ours, and none holds a row.
    lines = ["An engine came, an engine went."] * 300

    assert repeated([*lines, "An engineer will come on Tuesday"], OURS) == {300}


def test_a_row_that_stands_across_the_lines_of_ours_is_found() -> None:
    assert repeated(["Hello,", "on Tuesday between eight and one. Please"], OURS) == {1}


def test_of_a_text_shorter_than_a_row_nothing_is_ours() -> None:
    assert repeated(["Yes.", "", "Yes, please."], "Yes.") == set()


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["Hello, Jane!", "", "> 3 o'clock"],
        ["<mailto:jane@example.com> Jane", "[cid:image001.png]", "Grüße, Ⅻ", "AND"],
        ["two\nlines", "in one"],
    ],
)
def test_lines_are_squeezed_together_as_they_are_alone(lines: list[str]) -> None:
    assert squeezed_lines(lines) == [squeezed(line) for line in lines]
