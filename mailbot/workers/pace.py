"""
How fast letters may leave: by our own limit, and by what the server turns out to take.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

#: Seconds over which what has left is counted: servers count by the minute.
_WINDOW = 60.0
#: Seconds between two letters, and to the next try after a refusal, at most.
_SLOWEST = 60.0
#: Seconds to the first try after a refusal, at least.
_FIRST_REST = 2.0
#: Each refusal in a row lengthens the rest by this, each accepted letter shortens the gap.
_LONGER, _SHORTER = 1.25, 0.95
#: A gap that is shorter than this is none.
_NO_GAP = 0.05
#: Letters are claimed for about as many seconds: what is promised meanwhile goes first.
_CLAIMED_FOR = 10.0
#: Of the time that a letter takes so much is what the last one took.
_WEIGHT = 0.3


class Pace:
    """
    Not more than so many a minute, evenly; 0 is as fast as it goes. A server that asks for
    less gets less, as much as it took in the last minute; with each letter that it
    accepts it gets a little more again. Of our own limit each of several *workers* has its
    share.
    """

    def __init__(
        self,
        per_minute: int = 0,
        *,
        time: Callable[[], float] | None = None,
        workers: Callable[[], int] = lambda: 1,
    ) -> None:
        self._least_gap = 60 / per_minute if per_minute else 0.0
        self._workers = workers
        #: What the server wants beyond that.
        self._slower = 0.0
        self._rest = 0.0
        self._next = 0.0
        self._left: deque[float] = deque()
        #: Seconds that a letter takes on its line.
        self._takes = 0.0
        self._time = time

    @property
    def _own_gap(self) -> float:
        return self._least_gap * max(1, self._workers())

    @property
    def _gap(self) -> float:
        return max(self._own_gap, self._slower)

    @property
    def is_slowed(self) -> bool:
        """
        Whether the server wants less than we would send.
        """
        return self.is_resting or self._slower > self._own_gap

    @property
    def is_resting(self) -> bool:
        """
        Whether the last thing that the server said was to come later.
        """
        return self._rest > 0

    @property
    def rest(self) -> float:
        """
        Seconds until the server is to be asked again.
        """
        return max(self._next - self._now(), 0.0) if self.is_resting else 0.0

    def letters(self, channels: int) -> int:
        """
        How many letters can leave soon over so many channels: as many are claimed.
        """
        most = channels * 10
        if self.is_resting:
            return 1
        each = max(self._gap, self._takes / channels)
        return max(1, min(most, int(_CLAIMED_FOR / each))) if each else most

    async def turn(self, stop: asyncio.Event) -> bool:
        """
        Wait until the next letter may go; False if the stop came first.
        """
        now = self._now()
        start = max(self._next, now)
        self._next = start + self._gap
        if start > now:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), start - now)
        return not stop.is_set()

    def accepted(self) -> None:
        """
        A letter has left.
        """
        now = self._now()
        self._rest = 0.0
        self._left.append(now)
        self._forget(now)
        shorter = self._slower * _SHORTER
        self._slower = shorter if shorter > _NO_GAP else 0.0

    def took(self, seconds: float) -> None:
        """
        A letter has occupied its line for so long, whatever became of it.
        """
        self._takes += _WEIGHT * (seconds - self._takes)

    def refused(self) -> None:
        """
        The server asks for less.
        """
        now = self._now()
        self._forget(now)
        if self.is_resting:
            self._rest = min(self._rest * _LONGER, _SLOWEST)
        else:
            taken = len(self._left)
            wanted = _WINDOW / taken if taken else _FIRST_REST
            self._slower = min(max(self._gap, wanted), _SLOWEST)
            self._rest = max(self._gap, _FIRST_REST)
        self._next = now + self._rest

    def _forget(self, now: float) -> None:
        while self._left and now - self._left[0] >= _WINDOW:
            self._left.popleft()

    def _now(self) -> float:
        return self._time() if self._time else asyncio.get_running_loop().time()
