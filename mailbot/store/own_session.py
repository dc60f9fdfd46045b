"""
The session that a worker on PostgreSQL has for itself, beside the pool: as long as it is there,
the worker is.

What it locks is free when it ends, and the server ends it when the worker dies, is cut off, or
is frozen and so says nothing for some seconds.
"""

import asyncio
from datetime import timedelta
from typing import Any

from tortoise import connections

from mailbot.store.fault import DatabaseFault

#: A worker that says nothing for so long, or whose line is cut, is not waited for. The first
#: came with PostgreSQL 14; an older server notices a cut line, and no frozen process.
SILENT_FOR = timedelta(seconds=6)
_SETTINGS = {
    "idle_session_timeout": f"{SILENT_FOR.seconds}s",
    "tcp_user_timeout": f"{SILENT_FOR.seconds}s",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
}


class OwnSession:
    """
    Opened when it is first asked something, and anew when it was lost.
    """

    def __init__(self) -> None:
        self._session: Any = None
        self._answered_at = 0.0
        #: One question at a time.
        self._turn = asyncio.Lock()
        #: Which session it is, counted from one: another has none of the locks of the last.
        self.number = 0

    async def ask(self, sql: str, *values: object) -> Any:
        """
        The first value of the first row; a DatabaseFault ends the session.
        """
        async with self._turn:
            if self._session is None or not self._session.is_open:
                await self._open()
            return await self._asked(sql, *values)

    async def ask_again(self, number: int, sql: str, *values: object) -> Any:
        """
        The same of the session of that number alone; a DatabaseFault if it is another by now.
        """
        async with self._turn:
            if number != self.number or self._session is None or not self._session.is_open:
                raise DatabaseFault("the database cannot be used: a session with it was lost")
            return await self._asked(sql, *values)

    async def is_kept(self) -> bool:
        """
        Whether it is still the one that was opened last; to ask keeps it so.
        """
        async with self._turn:
            if self._session is None:
                return False
            try:
                await self._asked("SELECT 1")
            except DatabaseFault:
                self._session = None
                return False
            return True

    async def close(self) -> None:
        async with self._turn:
            session, self._session = self._session, None
            if session is not None:
                await session.close()

    def has_answered_within(self, some: timedelta) -> bool:
        """
        Whether it is there, and what was asked so lately was answered.
        """
        if self._session is None or not self._session.is_open:
            return False
        return _seconds() - self._answered_at < some.total_seconds()

    async def _asked(self, sql: str, *values: object) -> Any:
        began = _seconds()
        answer = await self._session.ask(sql, *values)
        self._answered_at = began
        return answer

    async def _open(self) -> None:
        client: Any = connections.get("default")
        self._session = await client.session()
        self.number += 1
        for name, value in _SETTINGS.items():
            await self._session.ask(
                "SELECT set_config(name, $2, false) FROM pg_settings WHERE name = $1",
                *(name, value),
            )


def _seconds() -> float:
    """
    The loop's own clock, which nobody sets.
    """
    return asyncio.get_running_loop().time()
