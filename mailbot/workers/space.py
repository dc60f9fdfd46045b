"""
How full the mailbox is (RFC 9208). One that is full is quiet: its server turns customers' mail
away, and nothing of that is seen here.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from mailbot.transport.mailbox import ImapFault, SpaceLeft

#: Seconds between two questions.
_ASKED_EVERY = 300.0


class Asked(Protocol):
    """
    The mailbox, as `transport/imap.py` has it.
    """

    async def space_left(self) -> SpaceLeft | None: ...


class Space:
    def __init__(self, source: Asked, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._seconds = seconds
        self._asked_at: float | None = None
        #: As the server said last; None where it does not say.
        self.left: SpaceLeft | None = None

    async def step(self) -> bool:
        """
        Ask, every five minutes; whether somebody has made room since the last answer. A server
        that stumbles over the question keeps nobody from an answer.
        """
        now = self._seconds()
        if self._asked_at is not None and now - self._asked_at < _ASKED_EVERY:
            return False
        self._asked_at, before = now, self.left
        with suppress(ImapFault):
            self.left = await self._source.space_left()
        return bool(before and self.left and self.left.share > before.share)
