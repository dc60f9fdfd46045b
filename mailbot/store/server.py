"""
Where PostgreSQL is, as [database] url says it: one host, or several of which one takes writes.

Everything that asyncpg knows may stand in the options of the url (sslmode, sslrootcert, passfile
and the like, named as libpq names them); the hosts are tried here, one after the other, so that
one that is cut off keeps nobody from the next.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import asyncpg  # type: ignore[import-untyped]

from mailbot.password_file import as_it_is_now
from mailbot.store.fault import DatabaseAway, DatabaseFault

_PORT = 5432
#: Seconds that one host is waited for.
_CONNECTED_WITHIN = 5.0
#: What asyncpg does not know, or we tell it by ourselves.
_OURS = frozenset({"connect_timeout", "target_session_attrs", "password_file", "search_path"})

#: Linux's names for them: a line that is cut, or whose other end is gone without a word, ends
#: after about ten seconds, whether something was said on it or not.
_LINE = {"TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}


@dataclass(frozen=True)
class Server:
    """
    The servers of one url, of which the first that takes writes is used.
    """

    url: str

    @cached_property
    def _parts(self) -> Any:
        return urlsplit(self.url)

    @cached_property
    def _options(self) -> dict[str, str]:
        return dict(parse_qsl(self._parts.query))

    @cached_property
    def hosts(self) -> list[tuple[str, int]]:
        named = self._parts.netloc.rpartition("@")[2]
        return [_host(each) for each in named.split(",")]

    @property
    def is_one(self) -> bool:
        return len(self.hosts) == 1

    def _given(self) -> dict[str, Any]:
        user, _, password = self._parts.netloc.rpartition("@")[0].partition(":")
        file = self._options.get("password_file")
        password = as_it_is_now(unquote(password), Path(file) if file else None)
        told = {key: each for key, each in self._options.items() if key not in _OURS}
        return {
            "dsn": f"postgres://{self._parts.path}?{urlencode(told)}".rstrip("?"),
            # What is absent is looked for in the environment and the password file.
            "user": unquote(user) or None,
            "password": password or None,
            "timeout": float(self._options.get("connect_timeout", _CONNECTED_WITHIN)),
            "target_session_attrs": self._options.get(
                "target_session_attrs", "any" if self.is_one else "read-write"
            ),
        }

    async def connected(self, *_: object, **named: Any) -> Any:
        """
        A connection to the first host that answers and is what is wanted; raises what the last
        of them said, or DatabaseAway where none takes writes.
        """
        fault: Exception = DatabaseFault("the database cannot be opened: its url names no host")
        for host, port in self.hosts:
            try:
                given = {**self._given(), **named}
                opened = await asyncpg.connect(host=host, port=port, **given)
            except asyncpg.TargetServerAttributeNotMatched:
                fault = DatabaseAway(
                    "the database cannot be opened: none of the hosts in [database] url takes"
                    " writes; see that the first one runs, or promote its standby"
                )
            except asyncpg.ClientConfigurationError as wrong:
                raise DatabaseFault(f"mailbot.toml: database.url: {wrong}") from wrong
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as wrong:
                fault = wrong
            else:
                # Not among what the connection begins with: a pooler in between refuses that.
                if path := self._options.get("search_path"):
                    await opened.execute("SELECT set_config('search_path', $1, false)", path)
                return opened
        raise fault


class Connection(asyncpg.Connection):  # type: ignore[misc] # it has no types
    """
    Whoever had it leaves nothing behind that the next one would have to clear away: locks,
    settings and cursors of ours end with their transaction. An open transaction is ended
    all the same.
    """

    def __init__(self, protocol: Any, transport: Any, *given: Any) -> None:
        super().__init__(protocol, transport, *given)
        _end_when_cut(transport.get_extra_info("socket"))

    def get_reset_query(self) -> str:
        """
        None: a trip to the server after every statement would be as long as the statement.
        """
        return ""


def _end_when_cut(line: socket.socket) -> None:
    # A socket of a file system has no such options.
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _LINE.items():
            # What this system does not have stays as it is.
            if number := getattr(socket, name, None):
                line.setsockopt(socket.IPPROTO_TCP, number, value)


def _host(written: str) -> tuple[str, int]:
    """
    The name, without brackets, and the port.
    """
    parts = urlsplit(f"//{written}")
    return unquote(parts.hostname or ""), parts.port or _PORT
