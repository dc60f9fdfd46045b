"""
Dates, moments and names in words.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.mail.words import (
    date_words,
    end_of_day_words,
    in_utc,
    moment_words,
    presentable,
    salutation,
)

LONDON = ZoneInfo("Europe/London")


def test_a_date_has_words() -> None:
    assert date_words(date(2026, 11, 25)) == "Wednesday 25 November 2026"
    assert end_of_day_words(date(2027, 1, 1)) == "the end of Friday 1 January 2027"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-25T17:00+00:00", "Wednesday 25 November 2026, 5pm"),
        ("2026-11-25T09:00:59+00:00", "Wednesday 25 November 2026, 9am"),
        ("2026-11-25T16:45+00:00", "Wednesday 25 November 2026, 4:45pm"),
        ("2026-11-25T12:00+00:00", "Wednesday 25 November 2026, noon"),
        ("2026-11-25T12:05+00:00", "Wednesday 25 November 2026, 12:05pm"),
        ("2026-11-25T00:05+00:00", "Wednesday 25 November 2026, 12:05am"),
        ("2027-03-31T23:30+00:00", "Thursday 1 April 2027, 12:30am"),
    ],
)
def test_a_moment_is_said_in_local_time(instant: str, words: str) -> None:
    assert moment_words(datetime.fromisoformat(instant), LONDON) == words


def test_a_naive_moment_has_no_words() -> None:
    with pytest.raises(ValueError, match="naive"):
        moment_words(datetime(2026, 11, 25), LONDON)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Jane Doe", "Dear Jane Doe"),
        ("  Jane   Doe ", "Dear Jane Doe"),
        ("Siân O\u2019Brien-Evans", "Dear Siân O\u2019Brien-Evans"),
        ("J.R. Doe", "Dear J.R. Doe"),
        ("آمنة", "Dear آمنة"),
        ("Doe, Jane", "Hello"),
        ("", "Hello"),
        ("   ", "Hello"),
        ("Jane99", "Hello"),
        ("jane@example.com", "Hello"),
        ("evil.com", "Hello"),
        ("http://x", "Hello"),
        ("Jane\u202eDoe", "Hello"),
        ("Jane\nDoe", "Hello"),
        ("x" * 41, "Hello"),
        ("You won!!!", "Hello"),
    ],
)
def test_only_a_name_is_greeted(name: str, greeting: str) -> None:
    assert salutation(name) == greeting


def test_a_name_with_its_surname_first_is_shown_though_not_greeted() -> None:
    assert presentable("Doe, Jane") == "Doe, Jane"


def test_a_script_reads_an_instant_in_utc_and_whole_seconds() -> None:
    at = datetime(2026, 7, 1, 10, 0, 5, 900, tzinfo=ZoneInfo("Europe/London"))

    assert in_utc(at) == "2026-07-01T09:00:05Z"
