"""
What is done for whoever opens the mailbox in a mail client: recorded messages are put away,
copies of letters are laid into the sent folder.

Recording and answering are the duty. These come after it, and each rests, and is told of,
on its own: a folder that cannot be made, or is full, keeps nobody from an answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from mailbot.log import get_logger
from mailbot.store import ledger, outbox
from mailbot.transport.mailbox import Filed, ImapFault
from mailbot.workers.lasting import Lasting, is_within

log = get_logger()

T = TypeVar("T")

_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(hours=1)

#: Copies that are looked up at a time.
_COPIES = 50


class Reached(Protocol):
    """
    Whatever lies behind a line that may be lost.
    """

    async def reach(self) -> None: ...


class Folders(Reached, Protocol):
    """
    The folders of the mailbox, as `transport/imap.py` has them.
    """

    async def file(self, uids: Sequence[int]) -> Filed: ...
    async def append(self, folder: str, content: bytes, at: datetime) -> None: ...


class _Courtesy:
    """
    Whether it is tried now, and what is said of it while it fails.
    """

    def __init__(self, part: str, now: Callable[[], datetime]) -> None:
        self._part = part
        self._now = now
        self._failures = 0
        self._failing = Lasting()
        self._failed_at: datetime | None = None
        self._rest = timedelta()

    @property
    def fault(self) -> str:
        """
        What is wrong with it as it was last tried; "" = nothing.
        """
        return self._failing.last

    @property
    def rests(self) -> bool:
        return self._failed_at is not None and is_within(self._rest, self._failed_at, self._now())

    def rest_no_longer(self) -> None:
        """
        Whatever it was refused for may be mended.
        """
        self._failures, self._failed_at = 0, None

    def failed(self, reason: str, asked: float = 0.0) -> None:
        """
        The server wants to be left alone for *asked* seconds, if it says so.
        """
        now = self._now()
        rest = min(_FIRST_REST * 2.0**self._failures, _LONGEST_REST)
        rest = max(rest, timedelta(seconds=asked))
        self._failures = min(self._failures + 1, 10)
        self._failed_at, self._rest = now, rest
        if self._failing.is_news(reason, now):
            retry_after = round(rest.total_seconds())
            log.error("part_failed", part=self._part, reason=reason, retry_after=retry_after)

    def succeeded(self) -> None:
        if self._failing.is_over():
            log.info("part_recovered", part=self._part)
        self._failures, self._failed_at = 0, None


async def twice(folders: Reached, ask: Callable[[], Awaitable[T]]) -> T:
    """
    What comes of it, at the second time if need be: lines are lost, and servers restarted.
    One that is lost again, by a server that is there, was ended for what it was asked to do.
    """
    try:
        return await ask()
    except ImapFault:
        await folders.reach()
    return await ask()


class PuttingAway:
    """
    Moves what is recorded out of the mailbox.
    """

    def __init__(self, folders: Folders, now: Callable[[], datetime]) -> None:
        self._folders = folders
        self._now = now
        self._courtesy = _Courtesy("processed_folder", now)

    @property
    def fault(self) -> str:
        return self._courtesy.fault

    def rest_no_longer(self) -> None:
        self._courtesy.rest_no_longer()

    async def put_away(self, rows: Sequence[tuple[int, int]]) -> None:
        """
        These, by their rows of the ledger and their UIDs. What is refused stays where it
        is, and is tried again after a rest; an ImapFault only if the server is gone.
        """
        if not rows or self._courtesy.rests:
            return
        filed, rest = await self._filed([uid for _, uid in rows])
        done = [ledger_id for ledger_id, uid in rows if uid in filed.uids]
        if done:
            await ledger.filed(done, self._now())
        if filed.refusal:
            self._courtesy.failed(filed.refusal, rest)
        else:
            self._courtesy.succeeded()

    async def _filed(self, uids: Sequence[int]) -> tuple[Filed, float]:
        try:
            return await twice(self._folders, lambda: self._folders.file(uids)), 0.0
        except ImapFault as fault:
            await self._folders.reach()
            return Filed(frozenset(), str(fault)), fault.rest


class Copies:
    """
    Lays a copy of each letter that was sent into the sent folder.
    """

    def __init__(self, folders: Folders, now: Callable[[], datetime]) -> None:
        self._folders = folders
        self._now = now
        self._courtesy = _Courtesy("sent_folder", now)

    @property
    def fault(self) -> str:
        return self._courtesy.fault

    def rest_no_longer(self) -> None:
        self._courtesy.rest_no_longer()

    async def step(self) -> int:
        """
        Returns how many were laid there; none while it rests after a refusal.
        """
        if self._courtesy.rests:
            return 0
        laid = 0
        async for row in outbox.copies(_COPIES):
            laying = partial(
                self._folders.append, row.copy_to, row.content, row.accepted_at or self._now()
            )
            try:
                await twice(self._folders, laying)
            except ImapFault as fault:
                await self._folders.reach()
                self._courtesy.failed(str(fault), fault.rest)
                return laid
            await outbox.copied(row.id)
            laid += 1
        if laid:
            self._courtesy.succeeded()
        return laid
