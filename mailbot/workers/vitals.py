"""
How this worker is: the last round of each part, what is wrong with it, and since when.
"""

from collections.abc import Mapping
from datetime import datetime

from mailbot.health.told import Part, Told
from mailbot.transport.mailbox import SpaceLeft


class Vitals:
    def __init__(self) -> None:
        self._rounds: dict[str, datetime] = {}
        self._faults: dict[str, tuple[datetime, str]] = {}
        self._lasting: dict[str, datetime] = {}

    def ended_round(self, part: str, now: datetime) -> None:
        """
        A round of that part came to its end.
        """
        self._rounds[part] = now
        self._faults.pop(part, None)

    def broke(self, part: str, reason: str, now: datetime) -> None:
        """
        It did not; of what lasts the latest reason is told, and since when there is one.
        """
        since, _ = self._faults.get(part, (now, ""))
        self._faults[part] = (since, reason)

    def follow(self, part: str, reason: str, now: datetime) -> None:
        """
        What somebody else keeps of a part: "" is nothing wrong.
        """
        if reason:
            self.broke(part, reason, now)
        else:
            self._faults.pop(part, None)

    def lasts(self, what: str, now: datetime, *, is_so: bool) -> None:
        """
        What is wrong beside the parts, or is not.
        """
        if is_so:
            self._lasting.setdefault(what, now)
        else:
            self._lasting.pop(what, None)

    def told(
        self,
        oldest_waiting_at: datetime | None = None,
        *,
        space: SpaceLeft | None = None,
        clocks: Mapping[str, int] | None = None,
        works_by: Mapping[str, str] | None = None,
    ) -> Told:
        return Told(
            parts={name: self._part(name) for name in sorted({*self._rounds, *self._faults})},
            oldest_waiting_at=oldest_waiting_at,
            lasting=dict(self._lasting),
            space_share=space.share if space else None,
            space_octets=space.octets if space else None,
            clocks=dict(clocks or {}),
            works_by=dict(works_by or {}),
        )

    def _part(self, name: str) -> Part:
        since, fault = self._faults.get(name, (None, ""))
        return Part(last_round_at=self._rounds.get(name), broken_since=since, fault=fault)
