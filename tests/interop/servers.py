"""
The servers, as Debian brings them or as its administrators set them up.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

from tests.servers import dovecot
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from tests.servers.dovecot import Dovecot
from tests.servers.unpacked import CannotRunHere

_PREFIXED = """
namespace inbox {
  separator = .
  prefix = INBOX.
}
"""


class Server(Protocol):
    folder: Path
    host: str
    port: int

    def restart(self) -> None: ...


#: From a folder of its own, and the one where fetched packages are kept.
Start = Callable[[Path, Path], AbstractContextManager[Server]]


def _a_dovecot(folder: Path, _: Path, more: str = "") -> Dovecot:
    if not dovecot.PROGRAM.exists():
        raise CannotRunHere("Dovecot is not installed")
    return Dovecot(folder, more=more)


def _a_cyrus(folder: Path, kept: Path, **more: str) -> Cyrus:
    return Cyrus(folder, kept / "cyrus", more)


def _a_courier(folder: Path, kept: Path) -> Courier:
    return Courier(folder, kept / "courier")


SERVERS: dict[str, Start] = {
    "dovecot": _a_dovecot,
    "dovecot-inbox": partial(_a_dovecot, more=_PREFIXED),
    "cyrus": _a_cyrus,
    "cyrus-altnamespace": partial(_a_cyrus, altnamespace="yes", unixhierarchysep="yes"),
    "courier": _a_courier,
}
