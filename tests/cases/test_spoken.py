"""
The times that staff write, and those that are refused because they may mean several.
"""

from datetime import date, datetime

import pytest

from mailbot.cases.spoken import Doubtful, Reckoning, day, moment
from tests.cases.builders import a_firm, at

#: A Wednesday.
NOW = at("2026-11-25 10:00")
AHEAD = Reckoning(NOW, a_firm().calendar)
BACK = Reckoning(NOW, a_firm().calendar, is_ahead=False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("tue 14:00", "2026-12-01 14:00"),
        ("Tue 2pm", "2026-12-01 14:00"),
        ("tues 2.30pm", "2026-12-01 14:30"),
        ("on Tuesday at 9am", "2026-12-01 09:00"),
        ("thurs 9am", "2026-11-26 09:00"),
        ("weds 9am", "2026-12-02 09:00"),
        ("today 16:15", "2026-11-25 16:15"),
        ("tomorrow at 5 pm", "2026-11-26 17:00"),
        ("25/11 2pm", "2026-11-25 14:00"),
        ("1/12/2026 09:30", "2026-12-01 09:30"),
        ("01/12/26 09:30", "2026-12-01 09:30"),
        ("5/6/2027 9am", "2027-06-05 08:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("1 Dec 2pm", "2026-12-01 14:00"),
        ("1st December 2026 at 2pm", "2026-12-01 14:00"),
        ("2 sept 2027 2pm", "2027-09-02 13:00"),
        ("Tue 1 Dec 14:00", "2026-12-01 14:00"),
        ("Tuesday, 1 December 2026 at 14:00", "2026-12-01 14:00"),
        ("4 jan 9:00", "2027-01-04 09:00"),
        ("  TUE   14:00 ", "2026-12-01 14:00"),
        ("1 dec 12am", "2026-12-01 00:00"),
        ("1 dec 12pm", "2026-12-01 12:00"),
    ],
)
def test_a_time_is_read_as_people_in_london_mean_it(words: str, expected: str) -> None:
    assert moment(words, AHEAD) == at(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("wed 14:00", "2026-11-18 14:00"),
        ("mon 14:00", "2026-11-23 14:00"),
        ("yesterday 9am", "2026-11-24 09:00"),
        ("24/11 9am", "2026-11-24 09:00"),
        ("20 sep 9:00", "2026-09-20 08:00"),
    ],
)
def test_what_has_been_is_looked_for_in_the_past(words: str, expected: str) -> None:
    assert moment(words, BACK) == at(expected)


def test_a_day_of_the_year_before_is_found_after_new_year() -> None:
    january = Reckoning(at("2027-01-05 10:00"), a_firm().calendar, is_ahead=False)

    assert day("31/12", january) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("tue", "no time of day"),
        ("", "no time of day"),
        ("soon", "no time of day"),
        ("tue 1400", "no time of day"),
        ("tue 2", "morning or afternoon"),
        ("25 nov 14", "morning or afternoon"),
        ("tue 13pm", "no time of day"),
        ("tue 0am", "no time of day"),
        ("tue 25:00", "no such time"),
        ("tue 24:00", "no such time"),
        ("tue 14:60", "no such time"),
        ("31/11/2026 9:00", "no such day"),
        ("11/25/2026 9:00", "no such day"),
        ("29 feb 2027 9:00", "no such day"),
        ("next tue 14:00", "no day that we can read"),
        ("monkey 9:00", "no day that we can read"),
        ("sunny 9:00", "no day that we can read"),
        ("25 marvel 9:00", "no day that we can read"),
        ("mo 9:00", "no day that we can read"),
        ("Mon 1 Dec 14:00", "that day is a Tuesday"),
        ("20/11 14:00", "of which year"),
        ("1 aug 14:00", "of which year"),
    ],
)
def test_a_doubtful_time_is_refused_with_what_to_write(words: str, why: str) -> None:
    with pytest.raises(Doubtful, match=why) as doubt:
        moment(words, AHEAD)

    assert "25/11/2026 2pm" in str(doubt.value)


@pytest.mark.parametrize("words", ["29 mar 2027 14:00", "29/3/2027 2pm"])
def test_the_clock_change_is_londons(words: str) -> None:
    expected = datetime.fromisoformat("2027-03-29T13:00+00:00")

    assert moment(words, AHEAD) == expected
