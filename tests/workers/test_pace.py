"""
A channel finds its pace: slower when it is told to, faster again when it may.
"""

import asyncio

import pytest

from mailbot.workers.pace import Pace


class Time:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Throttling:
    """
    A server that takes so many letters a window, and counts as Postfix's anvil does.
    """

    def __init__(self, time: Time, most: int, window: float = 60.0) -> None:
        self.time, self.most, self.window = time, most, window
        self.began, self.count = time(), 0

    def takes(self) -> bool:
        if self.time() - self.began >= self.window:
            self.began, self.count = self.time(), 0
        self.count += 1
        return self.count <= self.most


def sent_by(pace: Pace, server: Throttling, time: Time, letters: int) -> list[float]:
    """
    At which second each letter was taken.
    """
    taken: list[float] = []
    while len(taken) < letters:
        time.at = max(time.at, pace._next)
        pace._next = time.at + pace._gap
        if server.takes():
            taken.append(time.at - 1000.0)
            pace.accepted()
        else:
            pace.refused()
    return taken


@pytest.mark.parametrize(
    ("most", "letters", "within"), [(5, 12, 200), (5, 40, 700), (30, 120, 330), (1, 5, 420)]
)
def test_twelve_letters_through_five_a_minute_take_about_as_long_as_they_must(
    most: int, letters: int, within: float
) -> None:
    time = Time()
    pace = Pace(time=time)

    taken = sent_by(pace, Throttling(time, most), time, letters)

    assert taken[most - 1] == 0
    assert taken[-1] <= within


def test_a_server_that_asks_for_less_once_is_soon_served_at_full_speed_again() -> None:
    time = Time()
    pace = Pace(time=time)
    pace.refused()
    assert pace.is_slowed

    for _ in range(100):
        time.at += 1
        pace.accepted()
    assert not pace.is_slowed
    assert pace.letters(2) == 20


def test_it_is_never_faster_than_our_own_limit_and_never_slower_than_one_a_minute() -> None:
    time = Time()
    pace = Pace(30, time=time)
    for _ in range(50):
        pace.refused()
    assert pace._rest <= 60
    assert pace._gap <= 60

    for _ in range(500):
        time.at += 1
        pace.accepted()
    assert pace._gap == 2.0


@pytest.mark.parametrize(("per_minute", "letters"), [(0, 20), (600, 20), (30, 5), (1, 1)])
def test_no_more_is_claimed_than_can_leave_soon(per_minute: int, letters: int) -> None:
    assert Pace(per_minute, time=Time()).letters(2) == letters


def test_a_line_that_takes_a_minute_a_letter_is_given_one_at_a_time() -> None:
    pace = Pace(time=Time())
    for _ in range(10):
        pace.took(60)

    assert pace.letters(2) == 1


async def test_a_stop_ends_the_wait_for_a_turn() -> None:
    pace, stop = Pace(1), asyncio.Event()
    assert await pace.turn(stop)
    asyncio.get_running_loop().call_later(0.05, stop.set)

    assert not await asyncio.wait_for(pace.turn(stop), 5)
