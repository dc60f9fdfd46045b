"""
By how much the machine's clock differs from others, and how soon that is known.
"""

from datetime import UTC, datetime, timedelta

import pytest

from mailbot.health.told import MAIL_SERVER
from mailbot.transport.mailbox import Mailbox, Waiting
from mailbot.workers.other_clocks import OtherClocks

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = 3600


class Machine:
    """
    A clock that somebody sets, beside seconds that nobody does; and a mailbox that is looked at.
    """

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead, self.seconds = ahead, 0.0
        self.clocks = OtherClocks(
            lambda: self.right + timedelta(seconds=self.ahead), seconds=lambda: self.seconds
        )
        self._next = 1

    @property
    def right(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def looks(self, *ages: float, epoch: int = 1) -> None:
        """
        A minute after the last look there are so many new messages, each so many seconds old by
        the server's clock.
        """
        began = self.seconds = self.seconds + 60
        waiting = []
        for age in ages:
            waiting.append(Waiting(self._next, 100, self.right - timedelta(seconds=age)))
            self._next += 1
        self.clocks.looked(Mailbox("INBOX", epoch, tuple(waiting)), began)

    @property
    def by_mail(self) -> int:
        return self.clocks.ahead.get(MAIL_SERVER, 0)


@pytest.mark.parametrize("ahead", [HOUR, 24 * HOUR, 366 * 24 * HOUR])
def test_three_messages_that_come_show_a_clock_that_is_wrong(ahead: int) -> None:
    fast, slow = Machine(ahead), Machine(-ahead)
    for machine in (fast, slow):
        machine.looks()
        for age in (5, 30, 10):
            assert machine.by_mail == 0
            machine.looks(age)
    # At least by so much: a message may have come at any time between two looks.
    assert ahead - 60 <= fast.by_mail <= ahead
    assert -ahead <= slow.by_mail <= -(ahead - 60)


def test_a_clock_that_is_right_is_not_told_of_whenever_mail_comes() -> None:
    machine = Machine()
    machine.looks()
    for age in (0, 59, 20, 1, 58):
        machine.looks(age)
        assert machine.by_mail == 0


def test_what_waited_at_the_first_look_or_after_a_rebuilt_folder_tells_nothing() -> None:
    machine = Machine()
    machine.looks(HOUR, HOUR, HOUR)
    machine.looks(HOUR, HOUR, HOUR, epoch=2)
    assert machine.by_mail == 0


def test_old_messages_that_somebody_moves_into_the_folder_tell_nothing() -> None:
    machine = Machine()
    machine.looks()
    machine.looks(HOUR, HOUR + 1, HOUR + 2)
    assert machine.by_mail == 0
    machine.looks(5 * HOUR)
    machine.looks(9)
    machine.looks(48 * HOUR)
    assert machine.by_mail == 0


def test_a_clock_that_is_put_right_is_seen_to_be_so_at_once() -> None:
    machine = Machine(HOUR)
    machine.looks()
    for _ in range(3):
        machine.looks(5)
    machine.clocks.said("database", machine.right)
    assert machine.by_mail > HOUR - 61
    assert machine.clocks.ahead["database"] == HOUR

    machine.ahead = 0.0
    assert machine.by_mail == 0
    assert machine.clocks.ahead["database"] == 0


def test_what_was_heard_an_hour_ago_is_carried_on() -> None:
    machine = Machine()
    machine.clocks.said("token endpoint", NOON, seconds=0.0)
    machine.seconds = HOUR
    assert machine.clocks.ahead["token endpoint"] == 0
    machine.ahead = -600.0
    assert machine.clocks.ahead["token endpoint"] == -600
