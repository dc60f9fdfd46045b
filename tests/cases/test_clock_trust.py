"""
A clock that cannot be believed, told from a machine that was off.
"""

from datetime import datetime, timedelta

import pytest

from mailbot.cases.known.clock import Doubt, Doubted
from mailbot.cases.promises.clock_trust import doubt, is_borne_out, is_put_right
from tests.cases.builders import at

NOW = at("2026-11-23 10:00")
IN_2036 = at("2036-11-23 10:00")
A_WEEK, A_DAY = timedelta(weeks=1), timedelta(days=1)
JUST_OVER = A_DAY + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "last", "found"),
    [
        (NOW + timedelta(seconds=15), NOW, Doubt.NONE),
        (NOW + A_DAY, NOW, Doubt.NONE),
        (NOW + JUST_OVER, NOW, Doubt.AHEAD),
        (IN_2036, NOW, Doubt.AHEAD),
        (NOW - A_DAY, NOW, Doubt.NONE),
        (NOW - JUST_OVER, NOW, Doubt.BEHIND),
        (at("1970-01-01 00:00"), NOW, Doubt.BEHIND),
        (IN_2036, None, Doubt.NONE),
    ],
)
def test_a_clock_that_leaps_between_two_rounds_is_doubted(
    now: datetime, last: datetime | None, found: Doubt
) -> None:
    assert doubt(now, last, is_running=True) is found


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (NOW + A_WEEK, Doubt.NONE),
        (NOW + timedelta(days=60), Doubt.NONE),
        (NOW + timedelta(days=366), Doubt.NONE),
        (NOW + timedelta(days=367), Doubt.AHEAD),
        (IN_2036, Doubt.AHEAD),
        (NOW - A_WEEK, Doubt.BEHIND),
    ],
)
def test_a_machine_that_was_off_goes_on_unless_it_was_off_for_years(
    now: datetime, found: Doubt
) -> None:
    assert doubt(now, NOW, is_running=False) is found


@pytest.mark.parametrize("is_running", [True, False])
@pytest.mark.parametrize(
    ("other", "found"),
    [
        (NOW, Doubt.NONE),
        (NOW - timedelta(days=30), Doubt.NONE),
        (at("2016-11-23 10:00"), Doubt.AHEAD),
        (IN_2036, Doubt.BEHIND),
    ],
)
def test_a_server_that_is_years_away_is_believed_instead(
    other: datetime, found: Doubt, *, is_running: bool
) -> None:
    assert doubt(NOW, NOW, is_running=is_running, others=[other]) is found


@pytest.mark.parametrize(
    ("mail", "is_right"),
    [
        (None, False),
        (NOW, False),
        (IN_2036 + timedelta(seconds=10), False),
        (IN_2036 + timedelta(hours=1), True),
    ],
)
def test_mail_bears_it_out_once_it_has_lasted(mail: datetime | None, *, is_right: bool) -> None:
    leapt = Doubted(doubt=Doubt.AHEAD, believed_at=NOW, doubted_at=IN_2036)

    assert is_borne_out(IN_2036 + timedelta(hours=1), mail, leapt) is is_right


@pytest.mark.parametrize(
    ("now", "is_right"),
    [
        (NOW, True),
        (NOW + timedelta(days=40), True),
        (NOW - JUST_OVER, False),
        (IN_2036, False),
        (IN_2036 - timedelta(hours=23), False),
    ],
)
def test_it_is_right_again_where_it_was_left(now: datetime, *, is_right: bool) -> None:
    leapt = Doubted(doubt=Doubt.AHEAD, believed_at=NOW, doubted_at=IN_2036)

    assert is_put_right(now, leapt) is is_right


def test_one_that_fell_behind_is_right_once_it_has_caught_up() -> None:
    fell = Doubted(doubt=Doubt.BEHIND, believed_at=NOW, doubted_at=NOW - A_WEEK)

    assert not is_put_right(NOW - A_WEEK, fell)
    assert is_put_right(NOW + timedelta(minutes=1), fell)
