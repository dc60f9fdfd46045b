"""
An alarm is said when it begins, when its reason is another, and once a day.
"""

from datetime import UTC, datetime, timedelta

from mailbot.workers.lasting import Lasting

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def said(lasting: Lasting, *told: tuple[str, timedelta]) -> list[str]:
    return [reason for reason, after in told if lasting.is_news(reason, NOON + after)]


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def test_the_same_reason_is_said_once_and_then_once_a_day() -> None:
    told = [("lost", timedelta(minutes=5 * number)) for number in range(3 * 288)]

    assert said(Lasting(), *told) == ["lost"] * 3


def test_another_reason_is_said_at_once() -> None:
    told = (
        ("lost", minutes(0)),
        ("lost", minutes(1)),
        ("login", minutes(2)),
        ("login", minutes(3)),
    )

    assert said(Lasting(), *told) == ["lost", "login"]


def test_two_reasons_that_take_turns_are_not_said_at_each_turn() -> None:
    told = [("lost" if number % 2 else "refused", minutes(number)) for number in range(60)]

    assert said(Lasting(), *told) == ["refused", "lost"]


def test_a_reason_that_is_back_after_another_is_said_again_in_time() -> None:
    told = (
        ("lost", minutes(0)),
        ("login", minutes(10)),
        ("lost", minutes(30)),
        ("lost", minutes(70)),
    )

    assert said(Lasting(), *told) == ["lost", "login", "lost"]


def test_what_is_over_was_there_and_begins_anew() -> None:
    lasting = Lasting()
    assert not lasting.is_over()
    assert lasting.is_news("lost", NOON)
    assert lasting

    assert lasting.is_over()
    assert not lasting
    assert lasting.is_news("lost", NOON)
