"""
Who takes mail in, of several workers on one database.

On PostgreSQL the holder has an advisory lock on a session of its own. The server ends that
session, and with it the lock, when the holder dies, when it is cut off, and when it is frozen
and so says nothing for some seconds. Whoever comes next ends what is left of the last one's
sessions, and with them what it had begun. A holder that wakes up too late is refused by the
database all the same: each has a number, higher than any before, and what it writes is compared
with the last that was given out. A file has one worker, who holds the mailbox from its start.
"""

from datetime import datetime
from functools import partial
from typing import Protocol

from tortoise import connections

from mailbot.store.database import DatabaseFault, Tx
from mailbot.store.own_session import OwnSession
from mailbot.store.rows import ask

#: The lock of the mailbox, among the advisory locks of the database.
_MAILBOX = 0x6D61696E
_NUMBER = "mailbox_holder"
_SESSIONS = "mailbox_holders_sessions"

#: The number of a holder beside whom there is nobody.
ALONE = 0
#: The number of a worker that does not hold the mailbox, and that no holder ever has.
NOBODY = -1

_PUT = """
INSERT INTO "control" ("name", "value", "at") VALUES ($1, $2, $3)
ON CONFLICT ("name") DO UPDATE SET "value" = $2, "at" = $3
"""
_COUNT_UP = """
INSERT INTO "control" ("name", "value", "at") VALUES ($1, '1', $2)
ON CONFLICT ("name") DO UPDATE
SET "value" = (CAST("control"."value" AS BIGINT) + 1)::TEXT, "at" = $2 RETURNING "value"
"""
#: Sessions of one's own role may be ended by anybody of that role.
_END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name = (SELECT "value" FROM "control" WHERE "name" = $1)
AND application_name <> current_setting('application_name') AND usename = current_user
AND datname = current_database()
"""


class MailboxTaken(DatabaseFault):
    """
    Another worker holds the mailbox by now: nothing of this one's was written.
    """


class Lock(Protocol):
    """
    The right to take mail in.
    """

    async def take(self, now: datetime) -> int | None: ...
    async def is_kept(self) -> bool: ...
    async def give_up(self) -> None: ...


class AloneOnAFile:
    """
    SQLite: the worker of a file holds its mailbox.
    """

    async def take(self, now: datetime) -> int | None:
        return ALONE

    async def is_kept(self) -> bool:
        return True

    async def give_up(self) -> None:
        """
        Nothing: nobody waits for it.
        """


class AdvisoryLock:
    """
    PostgreSQL: on a session which lives as long as the holder says something.
    """

    def __init__(self, session: OwnSession) -> None:
        self._session = session
        #: Of which session the lock is: others ask that session things as well, and whoever
        #: asks first after it was lost opens another, without the lock.
        self._locked_on = 0

    async def take(self, now: datetime) -> int | None:
        """
        The holder's number, or None while somebody else has the mailbox.
        """
        if not await self._session.ask("SELECT pg_try_advisory_lock($1)", _MAILBOX):
            return None
        self._locked_on = self._session.number
        # With the lock, or not at all: or it would end the sessions of whoever has it by now.
        ask_for = partial(self._session.ask_again, self._locked_on)
        await ask_for(_END, _SESSIONS)
        name = await ask_for("SELECT current_setting('application_name')")
        await ask_for(_PUT, _SESSIONS, name, now)
        return int(await ask_for(_COUNT_UP, _NUMBER, now))

    async def is_kept(self) -> bool:
        """
        Whether the session, and with it the lock, is still there; to ask keeps it so.
        """
        return self._locked_on == self._session.number and await self._session.is_kept()

    async def give_up(self) -> None:
        await self._session.close()


def lock(session: OwnSession) -> Lock:
    """
    The one that fits the open database.
    """
    is_file = connections.get("default").capabilities.dialect == "sqlite"
    return AloneOnAFile() if is_file else AdvisoryLock(session)


async def still_holds(tx: Tx, number: int | None) -> None:
    """
    MailboxTaken unless the holder of that number is the last one. Nobody else becomes one
    until the transaction ends. None is somebody who needs no right.
    """
    if number is None or tx.capabilities.dialect == "sqlite":
        return
    rows = await ask(tx, 'SELECT "value" FROM "control" WHERE "name" = ? FOR SHARE', [_NUMBER])
    if not rows or int(rows[0][0]) != number:
        raise MailboxTaken("another worker holds the mailbox by now")
