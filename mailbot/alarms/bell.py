"""
The thread that tells. It hears each line of the log and needs nothing else of the program: not
its loop, no mail, no database, no disk.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.alarms.standing import Line, Notice, Standing
from mailbot.alarms.urls import Way
from mailbot.alarms.words import body, title
from mailbot.log import get_logger

log = get_logger()

#: What could not be told is tried again after so many seconds, twice as long each time.
_FIRST_REST, _LONGEST_REST = 30.0, 600.0
_REST = timedelta(seconds=_LONGEST_REST)
#: Of what nobody took for days the latest is told.
_MOST_WAITING = 50
#: What a program that ends waits for those who are told why.
_LAST_WORDS = 10.0


@dataclass
class _Towards:
    """
    What is still to be told by one way.
    """

    way: Way
    waiting: deque[Notice] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    failures: int = 0
    not_before: datetime | None = None


class Bell:
    def __init__(
        self,
        ways: Sequence[Way],
        after: timedelta,
        now: Callable[[], datetime],
        *,
        firm: str,
        host: str,
    ) -> None:
        self._towards = [_Towards(each) for each in ways]
        self._standing = Standing(after)
        self._now = now
        self._firm, self._host = firm, host
        self._heard: deque[Line] = deque()
        self._wake = threading.Event()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hear(self, line: Line) -> None:
        """
        A line of the log, from any thread; returns at once.
        """
        self._heard.append(line)
        self._wake.set()

    def stop(self) -> None:
        """
        Tell what has to be told now, for some seconds, and be quiet.
        """
        self._is_ending = True
        self._wake.set()
        self._thread.join(_LAST_WORDS)

    def _run(self) -> None:
        while True:
            is_last = self._is_ending
            self._round()
            if is_last:
                return
            self._wake.wait(self._rest())
            self._wake.clear()

    def _round(self) -> None:
        now = self._now()
        while self._heard:
            self._standing.hear(self._heard.popleft(), now)
        for notice in self._standing.due(now):
            for each in self._towards:
                each.waiting.append(notice)
        for each in self._towards:
            self._tell(each, now)

    def _tell(self, towards: _Towards, now: datetime) -> None:
        # Further off than any rest: the clock was ahead when it was made, and was put back.
        if towards.not_before is not None and timedelta() < towards.not_before - now <= _REST:
            return
        while towards.waiting:
            notice = towards.waiting[0]
            if not towards.way.tell(title(notice, self._firm, self._host), body(notice)):
                towards.failures += 1
                rest = min(_FIRST_REST * 2.0 ** (towards.failures - 1), _LONGEST_REST)
                towards.not_before = now + timedelta(seconds=rest)
                if towards.failures == 1:
                    # A warning: of an alarm that alarms there would be no end.
                    log.warning("alarm_not_sent", reason=towards.way.name)
                return
            towards.waiting.popleft()
            log.info("alarm_sent", kind=notice.event, reason=towards.way.name)
            if towards.failures:
                towards.failures, towards.not_before = 0, None

    def _rest(self) -> float | None:
        """
        Seconds until something is to be done, if nothing is heard: not too many at a time, for
        the clock may be put back meanwhile.
        """
        now = self._now()
        times = [each.not_before for each in self._towards if each.waiting and each.not_before]
        if (next_at := self._standing.next_at()) is not None:
            times.append(next_at)
        if not times:
            return None
        return min(max(0.0, (min(times) - now).total_seconds()), _LONGEST_REST)
