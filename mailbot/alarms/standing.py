"""
Which alarms stand, and when what of them is to be told: once when one begins, once a day, and
once when it is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mailbot.alarms.endings import APART_BY, ENDINGS

#: A line of the log, as it is written.
Line = Mapping[str, Any]

_AGAIN = timedelta(days=1)
#: What has no end is told at once, and what follows of its kind in one word with it.
_GATHERED = timedelta(hours=1)

_BEGUN_BY = {end: begin for begin, end in ENDINGS.items()}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    What somebody is to be told.
    """

    event: str
    part: str = ""
    reason: str = ""
    case: str = ""
    #: Since when it lasts, or when it happened.
    since: datetime
    is_over: bool = False
    #: How long it lasted, once it is over.
    lasted: timedelta = timedelta()
    #: What is wrong, in a sentence; how many days are left.
    says: str = ""
    days: int | None = None
    #: How many of the kind there were beside it, since the last one that was told.
    more: int = 0


@dataclass
class _Lasting:
    notice: Notice
    began: datetime
    told_at: datetime | None = None


@dataclass
class _Single:
    told_at: datetime
    last: Notice | None = None
    count: int = 0


@dataclass
class Standing:
    """
    The alarms of one worker, by what its log says. What is waited for goes by a clock that
    nobody sets: an alarm that began while the machine's was wrong is told all the same.
    """

    #: What is over before it has lasted so long is not told.
    after: timedelta
    _lasting: dict[tuple[str, str], _Lasting] = field(default_factory=dict)
    _single: dict[str, _Single] = field(default_factory=dict)
    _now: list[Notice] = field(default_factory=list)
    _now_since: datetime | None = None

    def hear(self, line: Line, now: datetime, said_at: datetime | None = None) -> None:
        """
        A line that came *now*, by that clock; *said_at* is what the machine's says then.
        """
        at = said_at or now
        event = str(line.get("event", ""))
        begun_by = _BEGUN_BY.get(event)
        if begun_by is not None:
            self._end(_key(begun_by, line), now)
        elif line.get("level") in {"error", "critical"}:
            notice = _notice(event, line, at)
            if event in ENDINGS:
                self._begin(_key(event, line), notice, now)
            else:
                self._happened(notice, now)

    def due(self, now: datetime) -> list[Notice]:
        """
        What is to be told now; it counts as told.
        """
        told, self._now = self._now, []
        for each in self._lasting.values():
            since = each.began + self.after
            at = since if each.told_at is None else each.told_at + _AGAIN
            if at <= now:
                each.told_at = now
                told.append(each.notice)
        for event, single in list(self._single.items()):
            if single.told_at + _GATHERED > now:
                continue
            if single.last is None:
                del self._single[event]
            else:
                told.append(replace(single.last, more=single.count - 1))
                self._single[event] = _Single(now)
        return told

    def next_at(self) -> datetime | None:
        """
        When something is to be told next, if nothing else happens.
        """
        if self._now:
            return self._now_since
        times = [
            each.began + self.after if each.told_at is None else each.told_at + _AGAIN
            for each in self._lasting.values()
        ]
        times += [each.told_at + _GATHERED for each in self._single.values()]
        return min(times, default=None)

    def _begin(self, key: tuple[str, str], notice: Notice, now: datetime) -> None:
        known = self._lasting.get(key)
        if known is None:
            self._lasting[key] = _Lasting(notice, now)
        else:
            # The same trouble, in the words of today.
            known.notice = replace(notice, since=known.notice.since)

    def _end(self, key: tuple[str, str], now: datetime) -> None:
        known = self._lasting.pop(key, None)
        if known is not None and known.told_at is not None:
            over = replace(known.notice, is_over=True, lasted=now - known.began)
            self._tell_now(over, now)

    def _tell_now(self, notice: Notice, now: datetime) -> None:
        self._now_since = self._now_since if self._now else now
        self._now.append(notice)

    def _happened(self, notice: Notice, now: datetime) -> None:
        known = self._single.get(notice.event)
        if known is None:
            self._single[notice.event] = _Single(now)
            self._tell_now(notice, now)
        else:
            known.last, known.count = notice, known.count + 1


def _key(event: str, line: Line) -> tuple[str, str]:
    return event, str(line.get(APART_BY.get(event, ""), ""))


def _notice(event: str, line: Line, now: datetime) -> Notice:
    return Notice(
        event=event,
        part=str(line.get("part", "")),
        reason=str(line.get("reason", "")),
        case=str(line.get("case", "")),
        says=str(line.get("says", "")),
        days=line.get("days"),
        since=now,
    )
