"""
PostgreSQL: a connection that goes back to the pool as it is, and the server's own faults
told as what they are, in a read as in a commit.

Tortoise chooses how to migrate by the dialect.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from tortoise.backends.asyncpg import client as tortoise_asyncpg
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionContext,
    TransactionContextPooled,
)

from mailbot.store.fault import DatabaseFault, fault_of
from mailbot.store.server import Connection, Server

#: Seconds that a statement waits for somebody's lock, as with a file.
_LOCKED_FOR = 20
#: Seconds that any statement may take: a server that is frozen, and whose line is not cut,
#: would else be waited for until somebody looks.
_DONE_WITHIN = 60.0
#: Seconds that one question on a session of its own may take.
ANSWERED_WITHIN = 3.0


@contextmanager
def _blamed() -> Iterator[None]:
    try:
        yield
    except Exception as fault:
        if blamed := fault_of(fault):
            raise blamed from fault
        raise


class PostgresClient(tortoise_asyncpg.AsyncpgDBClient):
    """
    The server, to whoever is in no transaction.
    """

    def __init__(self, url: str, *, is_patient: bool = False, **given: Any) -> None:
        super().__init__(connection_class=Connection, **given)
        self._server = Server(url)
        #: Whether a statement may take as long as it takes, as a migration over years of mail.
        self._is_patient = is_patient

    async def create_pool(self, **given: Any) -> asyncpg.Pool:
        """
        One whose connections lead to the server that takes writes at the time.
        """
        return await asyncpg.create_pool(
            connect=self._server.connected,
            init=None if self._is_patient else _wait_for_no_lock_for_ever,
            command_timeout=None if self._is_patient else _DONE_WITHIN,
            **_without_place(given),
        )

    async def create_connection(self, with_db: bool) -> None:
        with _blamed():
            await super().create_connection(with_db)

    async def _translate_exceptions(
        self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        with _blamed():
            return await super()._translate_exceptions(func, *args, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return _InTransaction(_Transaction(self), self._pool_init_lock)

    async def session(self) -> "Session":
        """
        A session beside the pool, for what lasts longer than a transaction.
        """
        with _blamed():
            opened = await self._server.connected(
                server_settings=self.server_settings,
                connection_class=Connection,
                timeout=ANSWERED_WITHIN,
            )
        return Session(opened)


class Session:
    """
    One connection. Whatever keeps it from an answer ends it, as a DatabaseFault.
    """

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    @property
    def is_open(self) -> bool:
        return not self._opened.is_closed()

    async def ask(self, sql: str, *values: object) -> Any:
        """
        The first value of the first row; None if there is none.
        """
        try:
            with _blamed():
                return await self._opened.fetchval(sql, *values, timeout=ANSWERED_WITHIN)
        except DatabaseFault:
            self._opened.terminate()
            raise

    async def close(self) -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._opened.close(timeout=ANSWERED_WITHIN)


class _Transaction(tortoise_asyncpg.TransactionWrapper):
    """
    The server, to whoever is in this transaction.
    """

    async def _translate_exceptions(
        self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        with _blamed():
            return await super()._translate_exceptions(func, *args, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))


class _InTransaction(TransactionContextPooled):
    async def __aenter__(self) -> Any:
        with _blamed():
            return await super().__aenter__()

    async def __aexit__(self, *raised: object) -> None:
        with _blamed():
            await super().__aexit__(*raised)


async def _wait_for_no_lock_for_ever(connection: asyncpg.Connection) -> None:
    # Not among what the connection begins with: a pooler in between may know no such thing.
    await connection.execute(f"SET lock_timeout = '{_LOCKED_FOR}s'")


def _without_place(given: dict[str, Any]) -> dict[str, Any]:
    """
    What Tortoise would open a pool with, but for where: the url says that.
    """
    place = {"host", "port", "user", "password", "database"}
    return {name: value for name, value in given.items() if name not in place}


#: What Tortoise looks for in the module of an engine.
client_class = PostgresClient
