"""
Whose fault it is: the database's, or that of what was to be written.

A fault of the database is told as one wherever it arises, in a read as in a commit: it is
tried again as a whole, and no message and no letter is counted for it.
"""

import re
import sqlite3
import ssl
from functools import cache

from tortoise.models import Model

from mailbot.store import tables

#: SQLite's primary result codes that speak of the file, the disk and who else has it.
_OF_SQLITE = {
    sqlite3.SQLITE_PERM: "let mailbot read and write the file and its folder",
    sqlite3.SQLITE_BUSY: "another program has held it locked for too long: find out which",
    sqlite3.SQLITE_LOCKED: "another program has held it locked for too long: find out which",
    sqlite3.SQLITE_READONLY: "let mailbot write to the file and its folder",
    sqlite3.SQLITE_IOERR: "the disk is full, at its limit or failing: look at it and its log",
    sqlite3.SQLITE_CORRUPT: "restore it from your backup, and look at the disk",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_CANTOPEN: "let mailbot read and write the file and its folder",
    sqlite3.SQLITE_PROTOCOL: "another program has held it locked for too long: find out which",
    sqlite3.SQLITE_NOTADB: "[database] url names a file that is no database, or one that was"
    " damaged: restore it from your backup",
}

#: Classes and codes of PostgreSQL's that speak of the server, the disk and the connection
#: (PostgreSQL manual, appendix A).
_OF_POSTGRESQL = {
    "08": "see that the server runs and can be reached",
    "25006": "the server takes no writes: name the one that does in [database] url",
    "25P03": "the server ended a transaction of ours: see what keeps this host so busy, or raise"
    " idle_in_transaction_session_timeout",
    "25P04": "the server ended a transaction of ours: raise transaction_timeout",
    "28": "check user name and password in [database] url",
    "3D000": "check the name of the database in [database] url",
    "53": "make room on the server's disk, or let it have more memory or connections",
    "55P03": "another program has held a lock for too long: find out which",
    "57014": "the server ended a statement of ours: find out who holds a lock there, or raise the"
    " statement_timeout of our role",
    "57": "see that the server runs: it was stopped, or ended what it was asked",
    "58": "look at the server's disk and its log",
    "F0": "look at the server's disk and its log",
    "XX001": "restore it from your backup, and look at the server's disk",
    "XX002": "restore it from your backup, and look at the server's disk",
}

_TLS = "check sslmode and sslrootcert in [database] url, and the server's certificate"

_ENDED = {"InterfaceError": "clos", "InternalClientError": "cannot switch to state"}

_TELLING = ("locked", "open", "disk", "readonly", "connect", "full", "database")
_STATEMENT = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|VALUES)\b", re.IGNORECASE)


class DatabaseFault(Exception):  # noqa: N818 - it is the database's, and says what to do
    """
    The database cannot be reached or written; str() says what to do about it.
    """


class DatabaseAway(DatabaseFault):
    """
    Its server is away, or not ready yet: what is wanted of it later may well be had.
    """


class DatabaseEmptied(DatabaseFault):
    """
    It can be asked, and what was ours is not in it any more.
    """


class DatabaseNewer(DatabaseFault):
    """
    A later program has changed it: nothing of this one's may read or write in it any more.
    """


EMPTIED = (
    "what mailbot had in the database is gone: somebody has emptied it, or put another in its"
    " place. Stop mailbot, and restore your backup before it is started again: on an empty"
    " database it begins anew"
)
#: undefined_table.
_EMPTIED = "42P01"

#: Classes and codes that say so; with them whatever the line to the server says.
_AWAY = ("08", "25006", "53300", "57P")


def fault_of(fault: BaseException, doing: str = "used") -> DatabaseFault | None:
    """
    The fault as the database's own, or None where it lies in what was asked of it, or is told
    as one already.
    """
    if isinstance(fault, DatabaseFault):
        return None
    # Tortoise wraps some of what the driver says, and calls all of it a lost connection.
    for each in (fault.__cause__, fault, *fault.args):
        if isinstance(each, BaseException) and _is_emptied(each):
            return DatabaseEmptied(EMPTIED)
        if isinstance(each, BaseException) and (remedy := _remedy(each)):
            kind = DatabaseAway if _is_away(each, remedy) else DatabaseFault
            return kind(words(doing, each, remedy))
    return None


def _is_emptied(fault: BaseException) -> bool:
    if isinstance(fault, sqlite3.OperationalError):
        # SQLite has no code of its own for it.
        is_lacking = str(fault).startswith("no such table: ")
    else:
        is_lacking = getattr(fault, "sqlstate", None) == _EMPTIED
    # One that was never there is a defect of ours.
    return is_lacking and not _our_tables().isdisjoint(re.findall(r"\w+", str(fault)))


@cache
def _our_tables() -> frozenset[str]:
    models = (each for each in vars(tables).values() if isinstance(each, type))
    named = {each._meta.db_table for each in models if issubclass(each, Model)}  # noqa: SLF001
    return frozenset({*named, "tortoise_migrations"} - {""})


def _is_away(fault: BaseException, remedy: str) -> bool:
    if isinstance(fault, sqlite3.Error):
        return False
    state = getattr(fault, "sqlstate", None) or ""
    return state.startswith(_AWAY) if state else remedy == _OF_POSTGRESQL["08"]


def is_of_a_write(fault: DatabaseFault) -> bool:
    """
    Whether it is that nothing may be written, which whoever only looks has asked for.
    """
    cause = fault.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    states = (getattr(each, "sqlstate", "") for each in (cause, *getattr(cause, "args", ())))
    return "25006" in states


def words(doing: str, fault: BaseException, remedy: str = "") -> str:
    """
    What went wrong and what to do, without statements or values.
    """
    remedy = remedy or _remedy(fault) or ""
    said = f"the database cannot be {doing}: {plain(fault)}"
    return f"{said}; {remedy}" if remedy else said


def plain(fault: BaseException) -> str:
    """
    What went wrong, without statements or values: those may hold personal data.
    """
    if isinstance(fault, TimeoutError):
        return "it does not answer"
    if isinstance(fault, OSError) and fault.filename and fault.strerror:
        return f"{fault.filename}: {fault.strerror}"
    text = str(fault).splitlines()[0] if str(fault) else ""
    is_telling = isinstance(fault, OSError) or (
        any(word in text.lower() for word in _TELLING) and not _STATEMENT.search(text)
    )
    return text[:120] if text and is_telling else type(fault).__name__


def _remedy(fault: BaseException) -> str | None:
    if isinstance(fault, sqlite3.Error):
        # The extended codes say more of the same (SQLITE_IOERR_WRITE is one of SQLITE_IOERR).
        return _OF_SQLITE.get(getattr(fault, "sqlite_errorcode", 0) & 0xFF)
    if state := getattr(fault, "sqlstate", None) or "":
        return _OF_POSTGRESQL.get(state) or _OF_POSTGRESQL.get(state[:2])
    if isinstance(fault, ssl.SSLError):
        return _TLS
    # asyncpg's words for a connection that has ended, or ends while it is asked something;
    # the same names also tell of misuse.
    ended = _ENDED.get(type(fault).__name__)
    if ended and ended in str(fault):
        return _OF_POSTGRESQL["08"]
    if isinstance(fault, OSError):
        # A server is no file: what has a name is the file of the database, or its folder.
        return _OF_SQLITE[sqlite3.SQLITE_CANTOPEN] if fault.filename else _OF_POSTGRESQL["08"]
    return None
