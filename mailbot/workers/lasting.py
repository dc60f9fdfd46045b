"""
An alarm for as long as it lasts: said when its reason is another, and once a day.
"""

from datetime import datetime, timedelta

#: What still lasts is said again after so long.
_AGAIN = timedelta(days=1)
#: Two reasons that take turns are not said at each turn.
_TAKING_TURNS = timedelta(hours=1)


def is_within(some: timedelta, since: datetime, now: datetime) -> bool:
    """
    Whether less than that has passed since then. By a clock that was put right meanwhile it
    may have been years: what was noted by it counts as over.
    """
    return timedelta() <= now - since < some


class Lasting:
    def __init__(self) -> None:
        self._said: dict[str, datetime] = {}
        #: The reason that was said last; "" while nothing lasts.
        self.last = ""

    def __bool__(self) -> bool:
        return bool(self._said)

    def is_news(self, reason: str, now: datetime) -> bool:
        """
        Whether it is to be said now; it counts as said then.
        """
        before = self._said.get(reason)
        pause = _AGAIN if reason == self.last else _TAKING_TURNS
        if before is not None and is_within(pause, before, now):
            return False
        self._said[reason] = now
        self.last = reason
        return True

    def is_over(self) -> bool:
        """
        End it; whether there was anything to end.
        """
        was = bool(self._said)
        self._said.clear()
        self.last = ""
        return was
