"""
Who has letters in hand, and whether they are still there to send them.

A claim ends with its lease, after minutes. A worker that dies before that leaves its letters
behind, and what it held besides tells that it is gone: on PostgreSQL, on a session of its own, a
lock that is named by the instant at which the lease ends; with a file a lock on another beside it,
which the kernel takes back from whoever dies.

Nobody's letters are free while they may still send them. A worker that was cut off, or frozen,
sends no more of what it claimed before; what was on its way at that moment may go once more, with
the same octets and the same Message-ID.
"""

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from tortoise import connections

from mailbot.store import outbox
from mailbot.store.database import DatabaseFault, Tx, transact
from mailbot.store.own_session import OwnSession
from mailbot.store.rows import ask

try:
    import fcntl
except ImportError:  # Windows has no such locks: what was left behind waits for its lease
    fcntl = None  # type: ignore[assignment]

#: The lock of a lease has to be absent for so long: a server that was started again has none
#: before its workers have come back.
_ABSENT_FOR = timedelta(seconds=10)
#: Whose session has said nothing for so long sends no more of what was claimed on it. Shorter
#: than it takes until another may have it, with what the server waits for.
_SURE_FOR = timedelta(seconds=8)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Hand(Protocol):
    """
    What tells others that whoever claimed letters is there.
    """

    @property
    def is_sure(self) -> bool:
        """
        Whether nobody else can have what was claimed last.
        """
        ...

    async def begin(self, now: datetime) -> int:
        """
        At the start; returns how many letters somebody who is gone had left behind.
        """
        ...

    async def hold(self, until: datetime) -> None:
        """
        Before letters are claimed until that instant.
        """
        ...

    async def let_go(self, until: datetime) -> None:
        """
        When nothing that was claimed until then is in hand any more.
        """
        ...

    async def keep(self, now: datetime) -> int:
        """
        Every few seconds: be there, and free what somebody who is gone has left behind;
        returns how many letters that were.
        """
        ...

    async def close(self) -> None: ...


class Alone:
    """
    Beside whom there is nobody.
    """

    is_sure = True

    async def begin(self, now: datetime) -> int:
        return 0

    async def hold(self, until: datetime) -> None:
        """
        Nothing: nobody looks.
        """

    async def let_go(self, until: datetime) -> None:
        """
        Nothing either.
        """

    async def keep(self, now: datetime) -> int:
        return 0

    async def close(self) -> None:
        """
        Nor this.
        """


class OnAFile(Alone):
    """
    SQLite: everybody at work shares a lock on a file beside it. Who could have it alone at the
    start is the only one, and whatever is in hand then is in a dead one's.
    """

    def __init__(self, most_attempts: int) -> None:
        self._most_attempts = most_attempts
        self._file: int | None = None

    async def begin(self, now: datetime) -> int:
        if fcntl is None or self._file is not None:
            return 0
        try:
            self._file = _beside(getattr(connections.get("default"), "filename", ""))
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Somebody is at work beside us, or the file system has no locks.
        except OSError:
            freed = 0
        else:
            freed = await outbox.free(await outbox.leases(now), now, self._most_attempts)
        if self._file is not None:
            # In a thread: who has it alone may do so in this very loop.
            with suppress(OSError):
                await asyncio.to_thread(fcntl.flock, self._file, fcntl.LOCK_SH)
        return freed

    async def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _beside(file: str) -> int:
    # Not the file itself: to close it would end the locks that SQLite has on it (fcntl(2)). Nor
    # its folder: whoever renews a refresh token there has the folder for a moment.
    path = Path(file).resolve()
    return os.open(path.with_name(f"{path.name}-workers"), os.O_RDWR | os.O_CREAT, 0o600)


class OnAServer:
    """
    PostgreSQL: each lease has a lock on the session of whoever claimed by it.
    """

    def __init__(self, session: OwnSession, most_attempts: int) -> None:
        self._session = session
        self._most_attempts = most_attempts
        #: The ends of our leases, and the session on which each is locked.
        self._leases: dict[datetime, int] = {}
        self._last = 0
        #: Leases of others whose lock is absent, and since when, by the loop's clock.
        self._absent: dict[datetime, float] = {}

    @property
    def is_sure(self) -> bool:
        return self._last == self._session.number and self._session.has_answered_within(_SURE_FOR)

    async def begin(self, now: datetime) -> int:
        return 0

    async def hold(self, until: datetime) -> None:
        await self._lock(until)
        self._last = self._leases[until]

    async def let_go(self, until: datetime) -> None:
        # Of a session that is lost nothing is locked.
        with suppress(DatabaseFault):
            await self._unlock(until)

    async def keep(self, now: datetime) -> int:
        if not self._session.has_answered_within(timedelta(seconds=1)):
            await self._session.ask("SELECT 1")
        for until, number in list(self._leases.items()):
            # What could not be settled is left to whoever comes when its lease is over.
            if until <= now:
                await self._unlock(until)
            elif number != self._session.number:
                await self._lock(until)
        return await self._free_what_was_left(now)

    async def close(self) -> None:
        self._leases.clear()
        await self._session.close()

    async def _lock(self, until: datetime) -> None:
        # Two who claim at the same microsecond have it both.
        await self._session.ask("SELECT pg_advisory_lock_shared($1)", _named(until))
        self._leases[until] = self._session.number

    async def _unlock(self, until: datetime) -> None:
        if self._leases.pop(until) == self._session.number:
            await self._session.ask("SELECT pg_advisory_unlock_shared($1)", _named(until))

    async def _free_what_was_left(self, now: datetime) -> int:
        others = set(await outbox.leases(now)) - set(self._leases)
        seconds = asyncio.get_running_loop().time()
        self._absent = {each: since for each, since in self._absent.items() if each in others}
        if not others:
            return 0

        async def work(tx: Tx) -> int:
            absent = await _absent(tx, others)
            self._absent = {each: self._absent.get(each, seconds) for each in absent}
            long = _ABSENT_FOR.total_seconds()
            gone = [each for each, since in self._absent.items() if seconds - since >= long]
            return await outbox.free(gone, now, self._most_attempts, tx) if gone else 0

        return await transact(work)


async def _absent(tx: Tx, leases: Iterable[datetime]) -> list[datetime]:
    """
    Those that nobody has locked; nobody can until the transaction ends.
    """
    return [
        each
        for each in sorted(leases)
        if (await ask(tx, "SELECT pg_try_advisory_xact_lock(?)", [_named(each)]))[0][0]
    ]


def _named(until: datetime) -> int:
    """
    The number of a lease among the advisory locks, far beyond those that we have besides.
    """
    return (until - _EPOCH) // timedelta(microseconds=1)


def hand(session: OwnSession, most_attempts: int) -> Hand:
    """
    The one that fits the open database. A letter that was tried more often is left to its
    lease: it may be what ends whoever tries it.
    """
    is_file = connections.get("default").capabilities.dialect == "sqlite"
    return OnAFile(most_attempts) if is_file else OnAServer(session, most_attempts)
