"""
When a letter is tried again, and when no more.
"""

from datetime import timedelta

import pytest

from mailbot.letters.retry import ALARM_AFTER, Retry
from tests.cases.builders import FRIDAY, MINUTE

HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("attempts", "delay"),
    [(1, MINUTE), (2, 5 * MINUTE), (3, 15 * MINUTE), (4, HOUR), (5, HOUR), (100, HOUR)],
)
def test_the_delays_grow_to_an_hour_and_stay_there(attempts: int, delay: timedelta) -> None:
    assert Retry().next_attempt_at(FRIDAY, attempts, FRIDAY) == FRIDAY + delay


@pytest.mark.parametrize(
    ("age", "is_given_up"),
    [(5 * DAY - MINUTE, False), (5 * DAY, True), (6 * DAY, True)],
)
def test_a_letter_is_given_up_after_five_days(age: timedelta, is_given_up: bool) -> None:
    next_at = Retry().next_attempt_at(FRIDAY, 9, FRIDAY + age)

    assert (next_at is None) is is_given_up


@pytest.mark.parametrize(("attempts", "is_given_up"), [(1, False), (2, False), (3, True)])
def test_a_letter_that_an_outage_made_old_is_not_given_up_at_its_first_attempts(
    attempts: int, is_given_up: bool
) -> None:
    next_at = Retry().next_attempt_at(FRIDAY, attempts, FRIDAY + 6 * DAY)

    assert (next_at is None) is is_given_up


def test_chance_lengthens_a_delay_by_at_most_a_tenth() -> None:
    at_once = Retry().next_attempt_at(FRIDAY, 4, FRIDAY, spread=0.0)
    spread = Retry().next_attempt_at(FRIDAY, 4, FRIDAY, spread=0.999)

    assert at_once is not None
    assert spread is not None
    assert timedelta(0) < spread - at_once < HOUR / 10


def test_the_delays_are_the_owners_to_choose() -> None:
    retry = Retry(delays=(DAY,), give_up_after=10 * DAY)

    assert retry.next_attempt_at(FRIDAY, 7, FRIDAY + 9 * DAY) == FRIDAY + 10 * DAY


def test_an_uncertain_letter_waits_longer_where_the_relay_rewrites_ids() -> None:
    assert Retry().after_uncertain < Retry().after_uncertain_rewritten == HOUR


def test_promised_mail_is_an_alarm_after_an_hour() -> None:
    assert ALARM_AFTER == HOUR
