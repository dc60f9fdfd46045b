"""
What became of the letters of a batch, told to the database while the others are still on their
way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from mailbot.desk.letter_outcomes import Delivered
from mailbot.store.database import DatabaseFault

_WITHIN = 0.5  # seconds


class Settling:
    """
    What became of the letters of a batch, settled together: at the latest half a second after
    the first of them was accepted. So much is said again, with the same octets, after a kill.
    """

    def __init__(
        self, settle: Callable[[Sequence[Delivered]], Awaitable[Exception | None]]
    ) -> None:
        self._settle = settle
        #: The first that could not be settled, or the database's own: nothing more is sent.
        self.fault: Exception | None = None
        self._waiting: list[Delivered] = []
        self._last = asyncio.Event()
        self._later: asyncio.Task[None] | None = None

    @property
    def left(self) -> list[Delivered]:
        """
        What the database has not taken.
        """
        return self._waiting

    def add(self, delivered: Delivered) -> None:
        self._waiting.append(delivered)
        if self._later is None:
            self._later = asyncio.create_task(self._soon())

    async def finish(self) -> None:
        """
        Settle what is left, and what the database could not take before.
        """
        self._last.set()
        if self._later:
            await self._later
        await self._now()

    async def _soon(self) -> None:
        while self._waiting and not isinstance(self.fault, DatabaseFault):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._last.wait(), _WITHIN)
            await self._now()
        self._later = None

    async def _now(self) -> None:
        delivered, self._waiting = self._waiting, []
        try:
            fault = await self._settle(delivered) if delivered else None
        except DatabaseFault as lost:
            self._waiting = [*delivered, *self._waiting]
            fault = lost
        self.fault = self.fault or fault
