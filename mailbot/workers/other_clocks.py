"""
What other clocks say, beside the machine's own: the mail server's, by what comes in between two
looks, the database's, and the one of whoever gives out access tokens.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.health.told import MAIL_SERVER
from mailbot.transport.mailbox import Mailbox

#: So many messages have to agree: people move old ones into the folder, too.
_ENOUGH = 3


@dataclass(frozen=True)
class _Arrived:
    """
    A message that the server received, by its own clock, between two looks, in seconds of a
    clock that nobody sets.
    """

    received_at: datetime
    after: float
    before: float


class OtherClocks:
    """
    By how much the machine's clock is ahead of each. What was heard is carried on by a clock
    that nobody sets: one that is put right is seen to be right at once.
    """

    def __init__(
        self, now: Callable[[], datetime], *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._now = now
        self._seconds = seconds
        self._said: dict[str, tuple[datetime, float]] = {}
        self._arrived: deque[_Arrived] = deque(maxlen=_ENOUGH)
        self._folder: tuple[str, int] | None = None
        self._highest = 0
        self._looked_at = 0.0

    def said(self, whose: str, at: datetime, seconds: float | None = None) -> None:
        """
        That clock said so now, or when a clock that nobody sets stood at *seconds*.
        """
        self._said[whose] = (at, self._seconds() if seconds is None else seconds)

    def looked(self, mailbox: Mailbox, began: float) -> None:
        """
        A look that began then has shown this; what was not there at the look before has come
        since.
        """
        folder = (mailbox.name, mailbox.uid_validity)
        if folder == self._folder:
            ended = self._seconds()
            self._arrived.extend(
                _Arrived(each.received_at, self._looked_at, ended)
                for each in mailbox.waiting
                if each.uid > self._highest
            )
        else:
            self._folder, self._highest = folder, 0
            self._arrived.clear()
        self._highest = max((each.uid for each in mailbox.waiting), default=self._highest)
        self._looked_at = began

    @property
    def ahead(self) -> Mapping[str, int]:
        """
        Seconds by which the machine's clock is ahead of each that is known; less than none is
        behind.
        """
        now, seconds = self._now(), self._seconds()
        found = {
            whose: now - at - timedelta(seconds=seconds - heard)
            for whose, (at, heard) in self._said.items()
        }
        found |= {MAIL_SERVER: least} if (least := self._of_the_mail_server(now, seconds)) else {}
        return {whose: round(by.total_seconds()) for whose, by in found.items()}

    def _of_the_mail_server(self, now: datetime, seconds: float) -> timedelta:
        """
        By how much at least; none where the messages do not agree, or nothing is wrong.
        """
        if len(self._arrived) < _ENOUGH or len({each.after for each in self._arrived}) < 2:
            return timedelta()
        return _least([_between(each, now, seconds) for each in self._arrived])


def _between(each: _Arrived, now: datetime, seconds: float) -> tuple[timedelta, timedelta]:
    by = now - each.received_at
    return by - timedelta(seconds=seconds - each.after), by - timedelta(
        seconds=seconds - each.before
    )


def _least(bounds: Sequence[tuple[timedelta, timedelta]]) -> timedelta:
    """
    What is nearest to none of all that lies within each of these bounds; none where they leave
    nothing.
    """
    low, high = max(each for each, _ in bounds), min(each for _, each in bounds)
    if low > high:
        return timedelta()
    return max(low, timedelta()) or min(high, timedelta())
