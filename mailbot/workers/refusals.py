"""
Whose refusal it is: a server that turns us down, or a recipient who is not to be had.

A permanent no without a code that says so may be either. What is said of one recipient
while others are accepted in the same minute is the recipient's; two recipients refused in a
row, and nobody accepted, are about us.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.mail.outcome import THEIRS, Deferred

#: Two different recipients in a row refused for our sake: it is us, not them.
_SUSPICIOUS = 2
#: Who is accepted within this of a refusal is its neighbour.
_NEIGHBOURS = timedelta(minutes=1)


class Refusals:
    def __init__(self) -> None:
        #: Who was refused since anybody was accepted, and whether it may be theirs alone.
        self._in_a_row: dict[str, tuple[datetime, bool]] = {}
        self._accepted: tuple[str, datetime] | None = None
        self._theirs: set[str] = set()

    @property
    def is_us(self) -> bool:
        """
        Whether several recipients were refused, and nobody accepted since.
        """
        return len(self._in_a_row) >= _SUSPICIOUS

    @property
    def is_open(self) -> bool:
        """
        Whether all of them may have been single recipients: one more would tell.
        """
        return all(may_be_theirs for _, may_be_theirs in self._in_a_row.values())

    def is_among(self, recipient: str) -> bool:
        return recipient.lower() in self._in_a_row

    def accepted(self, recipient: str, now: datetime) -> None:
        for each, (at, may_be_theirs) in self._in_a_row.items():
            if may_be_theirs and now - at <= _NEIGHBOURS:
                self._theirs.add(each)
        self._theirs.discard(recipient.lower())
        self._in_a_row.clear()
        self._accepted = (recipient.lower(), now)

    def judged(self, recipient: str, refusal: Deferred, before: str, now: datetime) -> Deferred:
        """
        The refusal with whose it is. *before* is why the letter was not taken the last time.
        """
        who = recipient.lower()
        is_known = before.endswith(THEIRS) or who in self._theirs or self._has_neighbour(who, now)
        if refusal.may_be_theirs and is_known:
            self._theirs.add(who)
            return _theirs(refusal, THEIRS)
        self._in_a_row[who] = (now, refusal.may_be_theirs)
        if refusal.may_be_theirs and not self.is_us:
            return _theirs(refusal, f"{THEIRS}, as it seems")
        return refusal

    def _has_neighbour(self, who: str, now: datetime) -> bool:
        if self._accepted is None:
            return False
        neighbour, at = self._accepted
        return neighbour != who and now - at <= _NEIGHBOURS


def _theirs(refusal: Deferred, says: str) -> Deferred:
    reason = refusal.reason.partition(": ")[0] + says
    return replace(refusal, about_us=False, is_theirs=True, reason=reason)
