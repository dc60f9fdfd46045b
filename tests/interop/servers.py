"""
The servers, as Debian brings them or as their administrators set them up.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from tests.servers import dovecot, postfix
from tests.servers.certificate import Certificate, self_signed
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from tests.servers.dovecot import Dovecot
from tests.servers.exim import Exim
from tests.servers.opensmtpd import LocalOpenSmtpd, OpenSmtpd
from tests.servers.postfix import Postfix
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


class Relay(Protocol):
    """
    What takes mail from whoever logs in: at `submission` after STARTTLS, at `smtps` over TLS.
    """

    host: str
    submission: int
    smtps: int

    @property
    def certificate(self) -> Certificate | None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


#: From a folder of its own, and the one where fetched packages are kept.
Start = Callable[[Path, Path], AbstractContextManager[Server]]
#: The same, and the port to which all goes that is taken.
StartRelay = Callable[[Path, Path, int], AbstractContextManager[Relay]]


def _a_dovecot(folder: Path, _: Path, more: str = "") -> Dovecot:
    if not dovecot.PROGRAM.exists():
        raise CannotRunHere("Dovecot is not installed")
    return Dovecot(folder, more=more)


def _a_cyrus(folder: Path, kept: Path, **more: str) -> Cyrus:
    return Cyrus(folder, kept / "cyrus", more)


def _a_courier(folder: Path, kept: Path) -> Courier:
    return Courier(folder, kept / "courier")


@contextmanager
def _a_postfix(folder: Path, kept: Path, sink_port: int) -> Iterator[Postfix]:
    """
    Postfix, and a Dovecot beside it whom it asks whether a login is right.
    """
    if not postfix.PROGRAM.exists():
        raise CannotRunHere("Postfix is not installed")
    with _a_dovecot(folder, kept) as logins:
        certificate = self_signed(folder)
        with Postfix(sink_port, auth_socket=logins.auth_socket, certificate=certificate) as relay:
            yield relay


def _an_exim(folder: Path, kept: Path, sink_port: int) -> Exim:
    return Exim(folder, kept / "exim", sink_port)


def _an_opensmtpd(folder: Path, kept: Path, sink_port: int) -> OpenSmtpd:
    return OpenSmtpd(folder, kept / "opensmtpd", sink_port)


def _a_local_opensmtpd(folder: Path, kept: Path, sink_port: int) -> LocalOpenSmtpd:
    return LocalOpenSmtpd(folder, kept / "opensmtpd", sink_port)


MAILBOXES: dict[str, Start] = {
    "dovecot": _a_dovecot,
    "dovecot-inbox": partial(_a_dovecot, more=_PREFIXED),
    "cyrus": _a_cyrus,
    "cyrus-altnamespace": partial(_a_cyrus, altnamespace="yes", unixhierarchysep="yes"),
    "courier": _a_courier,
}

RELAYS: dict[str, StartRelay] = {
    "postfix": _a_postfix,
    "exim": _an_exim,
    "opensmtpd": _an_opensmtpd,
    "opensmtpd-local": _a_local_opensmtpd,
}
