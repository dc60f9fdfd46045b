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
    #: How many of the kind there were beside it, since the last one that was told.
    more: int = 0


@dataclass
class _Lasting:
    notice: Notice
    told_at: datetime | None = None


@dataclass
class _Single:
    told_at: datetime
    last: Notice | None = None
    count: int = 0


@dataclass
class Standing:
    """
    The alarms of one worker, by what its log says.
    """

    #: What is over before it has lasted so long is not told.
    after: timedelta
    _lasting: dict[tuple[str, str], _Lasting] = field(default_factory=dict)
    _single: dict[str, _Single] = field(default_factory=dict)
    _now: list[Notice] = field(default_factory=list)
    _latest: datetime | None = None

    def hear(self, line: Line, now: datetime) -> None:
        self._goes_by(now)
        event = str(line.get("event", ""))
        begun_by = _BEGUN_BY.get(event)
        if begun_by is not None:
            self._end(_key(begun_by, line), now)
        elif line.get("level") in {"error", "critical"}:
            notice = _notice(event, line, now)
            if event in ENDINGS:
                self._begin(_key(event, line), notice)
            else:
                self._happened(notice, now)

    def due(self, now: datetime) -> list[Notice]:
        """
        What is to be told now; it counts as told.
        """
        self._goes_by(now)
        told, self._now = self._now, []
        for each in self._lasting.values():
            since = each.notice.since + self.after
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
            return min(each.since for each in self._now)
        times = [
            each.notice.since + self.after if each.told_at is None else each.told_at + _AGAIN
            for each in self._lasting.values()
        ]
        times += [each.told_at + _GATHERED for each in self._single.values()]
        return min(times, default=None)

    def _goes_by(self, now: datetime) -> None:
        """
        Whatever began, or was told, while the clock of the machine was ahead counts from the
        moment at which it was put back: what waits for that year to come is never told.
        """
        if self._latest is not None and now < self._latest:
            for each in self._lasting.values():
                each.notice = replace(each.notice, since=min(each.notice.since, now))
                each.told_at = each.told_at and min(each.told_at, now)
            for single in self._single.values():
                single.told_at = min(single.told_at, now)
        self._latest = now

    def _begin(self, key: tuple[str, str], notice: Notice) -> None:
        known = self._lasting.get(key)
        if known is None:
            self._lasting[key] = _Lasting(notice)
        else:
            # The same trouble, in the words of today.
            known.notice = replace(notice, since=known.notice.since)

    def _end(self, key: tuple[str, str], now: datetime) -> None:
        known = self._lasting.pop(key, None)
        if known is not None and known.told_at is not None:
            self._now.append(replace(known.notice, is_over=True))

    def _happened(self, notice: Notice, now: datetime) -> None:
        known = self._single.get(notice.event)
        if known is None:
            self._single[notice.event] = _Single(now)
            self._now.append(notice)
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
        since=now,
    )
