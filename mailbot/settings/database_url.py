"""
The url of the database: what may stand in it, and the password that is kept elsewhere.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from mailbot.settings.problems import suggestion
from mailbot.settings.values import is_loopback

_SHAPE = (
    'expected "sqlite://FILE" or "postgres://user:password@host:5432/name" '
    "(what is set is not shown: it may hold a password)"
)

#: What libpq calls them (PostgreSQL manual, "Parameter Key Words"), and what may be set.
_VALUES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": ("any", "read-write", "primary"),
}
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile", "password_file")
_OPTIONS = (*_VALUES, *_FILES, "connect_timeout")

#: These take no word of the server's for who it is, or do without TLS where it has none.
_IN_THE_OPEN = frozenset({"disable", "allow", "prefer"})


def problem(url: str) -> str:
    """
    What is wrong with it, or "".
    """
    try:
        parts = urlsplit(url)
        is_file = parts.scheme == "sqlite" and bool(parts.netloc + parts.path)
        is_server = parts.scheme == "postgres" and bool(parts.path[1:])
        is_server = is_server and all(host for host, _ in _hosts(parts))
    except ValueError:
        return _SHAPE
    if not is_file and not is_server:
        return _SHAPE
    return "; ".join(_about_options(parts)) if is_server else ""


def with_password(url: str, password: str, file: str) -> str:
    """
    The url with that password, and with the *file* in which it is looked up at each connection;
    ValueError if it has one already, or has no room for one.
    """
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    if parts.scheme != "postgres":
        raise ValueError("a file has no password: leave database.password_file out")
    if not user:
        raise ValueError("whose password it is stands in no url: write postgres://user@host/name")
    if ":" in user:
        raise ValueError("database.url has a password too: keep one of the two")
    given = parts._replace(
        netloc=f"{user}:{quote(password, safe='')}@{hosts}",
        query=f"{parts.query}&password_file={quote(file, safe='')}".removeprefix("&"),
    )
    return given.geturl()


def without_secrets(url: str) -> str:
    """
    The url as it may be shown: without the password in it, and without options, which may hold
    one too.
    """
    parts = urlsplit(url)
    who, at, hosts = parts.netloc.rpartition("@")
    user, has_password, _ = who.partition(":")
    shown = f"{user}{':(set)' if has_password else ''}{at}{hosts}"
    return parts._replace(netloc=shown, query="", fragment="").geturl()


def goes_in_the_open(url: str) -> bool:
    """
    Whether what is said to a host elsewhere may go without TLS.
    """
    parts = urlsplit(url)
    if parts.scheme != "postgres":
        return False
    mode = dict(parse_qsl(parts.query)).get("sslmode", "prefer")
    return mode in _IN_THE_OPEN and not all(is_loopback(host) for host, _ in _hosts(parts))


def _hosts(parts: SplitResult) -> list[tuple[str, int]]:
    """
    The hosts and their ports; ValueError if one of those is none.
    """
    found = []
    for each in parts.netloc.rpartition("@")[2].split(","):
        of = urlsplit(f"//{each}")
        if of.port == 0:
            raise ValueError("no port")
        found.append((of.hostname or "", of.port or 5432))
    return found


def _about_options(parts: SplitResult) -> Iterator[str]:
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in _OPTIONS:
            yield f'unknown option "{key}"{suggestion(key, _OPTIONS)}'
        elif key in _VALUES and value not in _VALUES[key]:
            yield f"{key}: expected one of {', '.join(_VALUES[key])}"
        elif key in _FILES and not Path(value).is_file():
            yield f'{key}: there is no file "{value}"'
        elif key == "connect_timeout" and not re.fullmatch(r"[1-9]\d?", value):
            yield "connect_timeout: expected seconds, from 1 to 99"
