"""
After a restore: what the mailbox has beyond the backup is gone through again, before anything
is sent.

It is the past once more, begun from a database that is not empty, beside the other workers:
what no letter in the sent folder tells of had not left, and leaves afterwards.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime

from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.store import lost_past
from mailbot.workers.past.archive import Archive, Shelves
from mailbot.workers.past.replay import Found, Replay

log = get_logger()


class CatchingUp:
    def __init__(
        self,
        shelves: Callable[[], AbstractAsyncContextManager[Shelves]],
        office: Callable[[], Office],
        now: Callable[[], datetime],
        *,
        max_message: int,
        holder: Callable[[], int | None] = lambda: None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        #: Opens the folders.
        self._shelves = shelves
        self._office = office
        self._now = now
        self._max_message = max_message
        self._holder = holder
        self._is_stopping = is_stopping

    async def is_over(self) -> bool:
        """
        Whether there is nothing to catch up with, or not any more. Asked each time: a backup may
        be put back under whoever was not stopped for it.
        """
        return await lost_past.made_at() is None

    async def step(self) -> None:
        """
        Catch up, if that is still to be done; afterwards it is, unless it was stopped. An
        ImapFault or a DatabaseFault if it has to be tried again.
        """
        made_at = await lost_past.made_at()
        if made_at is None:
            return
        log.info("catching_up")
        async with self._shelves() as shelves:
            found = await self._gone_through(Archive(shelves, made_at))
        if self._is_stopping():
            return
        await lost_past.caught_up()
        log.info(
            "caught_up",
            messages=found.messages,
            letters=found.letters,
            unplaced=len(found.unplaced),
            reason="" if shelves.sent else "no_sent_folder",
        )

    async def _gone_through(self, archive: Archive) -> Found:
        office = self._office()
        await archive.read(office)
        replay = Replay(
            archive,
            replace(office, past=archive.past),
            self._now,
            max_message=self._max_message,
            holder=self._holder,
            is_stopping=self._is_stopping,
            says_each=True,
        )
        return await replay.run()
