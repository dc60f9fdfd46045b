"""
Debian's packages of servers that cannot be installed, because another one of their kind is:
unpacked into a folder, and run where the programs see themselves installed.

A server gets a mount namespace of its own, in which the packages and its own files lie over
/usr and /etc, and a namespace of processes, so that it ends whole. The machine around it
stays as it is. It takes root, and a kernel that lets it.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Self

from tests.servers.ports import LOOPBACK, free_port

PASSWORD = "secret"
SECONDS_TO_START = 20.0
SECONDS_TO_FETCH = 300.0

#: Who owns the mail, and runs what Debian would run as a user of the server's own.
NOBODY = 65534
#: The number of the first user that a package would have made; no machine's own are there.
_ADDED = 64_000

#: What `apt-get --simulate install` says of a package that is not there yet, but for those
#: of which there is a newer one.
_MISSING = re.compile(r"^Inst (\S+) \(", re.MULTILINE)

#: $1 = the packages, $2 = the server's own folder, $3 = what starts it.
_IN_ITS_PLACE = """
mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr
mount -t overlay overlay -o "lowerdir=$1/etc:/etc,upperdir=$2/etc,workdir=$2/work" /etc
mount -t tmpfs tmpfs /run
eval "$3"
"""


class CannotRunHere(Exception):  # noqa: N818 - it is nobody's error
    """
    The server cannot be had on this machine; str() says why.
    """


def unpacked(packages: Sequence[str], folder: Path) -> Path:
    """
    That folder, with these packages in it and all that they need and this machine lacks.
    What is there already is used again. CannotRunHere if they cannot be had.
    """
    if os.geteuid() != 0:
        raise CannotRunHere("it has to be started by root")
    for program in ("apt-get", "dpkg-deb", "unshare", "mount"):
        if shutil.which(program) is None:
            raise CannotRunHere(f"this machine has no {program}")
    if (folder / "usr").is_dir():
        return folder
    partly, fetched = folder / "partly", folder / "fetched"
    for each in (partly, fetched):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    # Only what would be done: whatever conflicts with them stays where it is.
    plan = _said("apt-get", "--simulate", "--no-install-recommends", "install", *packages)
    if missing := _MISSING.findall(plan):
        _said("apt-get", "--quiet", "download", *missing, folder=fetched)
    for each in sorted(fetched.glob("*.deb")):
        _said("dpkg-deb", "--extract", each, partly)
    _merge_usr(partly)
    for name in ("etc", "usr"):
        (partly / name).mkdir(exist_ok=True)
        (partly / name).rename(folder / name)
    for each in (partly, fetched):
        shutil.rmtree(each)
    return folder


class Unpacked(ABC):
    """
    A server out of such packages, on a port of its own. `with` starts and stops it.
    """

    host = LOOPBACK
    packages: ClassVar[tuple[str, ...]]
    #: What starts it, for `sh -e`; it must not come to an end.
    starts_with: ClassVar[str]
    #: The first octets on its port.
    greeting: ClassVar[bytes] = b"* OK"
    #: Users that its package makes where it is installed.
    users: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: Path, unpacked_in: Path) -> None:
        self.folder = folder.resolve()
        self.port = free_port()
        self._brought = unpacked_in.resolve()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        unpacked(self.packages, self._brought)
        for name in ("etc", "work"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            (self.folder / name).chmod(0o755)
        self._add_users()
        self.prepare()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def prepare(self) -> None:
        """
        Lay the files that it starts with.
        """

    @abstractmethod
    def environ(self) -> Mapping[str, str]:
        """
        What the script that starts it is told.
        """

    def start(self) -> None:
        """
        Listen again, on the same port as ever; CannotRunHere if it does not.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("unshare", "--mount", "--mount-proc", "--pid", "--fork"),
                    *("--kill-child=KILL", "sh", "-e", "-c", _IN_ITS_PLACE, "in-its-place"),
                    *(self._brought, self.folder, self.starts_with),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environ()},
                start_new_session=True,
            )
        try:
            self._wait_for_greeting(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """
        End at once, with every conversation.
        """
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)
            self._process = None
            self._wait_until_gone()

    def restart(self) -> None:
        self.stop()
        self.start()

    def lay(self, file: str, *, form: str, values: Mapping[str, str]) -> None:
        """
        Debian's own file below /etc, with these values for keys whose lines have that
        *form*: "{key}={value}".
        """
        places = (self._brought / "etc", Path("/etc"))
        text = next(each / file for each in places if (each / file).exists()).read_text()
        for key, value in values.items():
            line = form.format(key=key, value=value)
            old = re.escape(form.format(key=key, value="")) + ".*"
            # A key that stands there twice is an error to some.
            lines = [each for each in text.splitlines() if not re.match(old, each)]
            text = "\n".join([*lines, line, ""])
        (self.folder / "etc" / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "etc" / file).write_text(text)

    def _add_users(self) -> None:
        if not self.users:
            return
        for file, form in (("passwd", "{0}:x:{1}:{1}::/:/bin/false"), ("group", "{0}:x:{1}:")):
            lines = [form.format(user, number) for number, user in enumerate(self.users, _ADDED)]
            text = "\n".join([Path("/etc", file).read_text().rstrip("\n"), *lines, ""])
            (self.folder / "etc" / file).write_text(text)

    @property
    def _log(self) -> Path:
        return self.folder / "said.log"

    def _wait_for_greeting(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(int(SECONDS_TO_START * 10)):
            try:
                with socket.create_connection((self.host, self.port), SECONDS_TO_START) as line:
                    if line.recv(len(self.greeting)) == self.greeting:
                        return
            except OSError:
                pass
            try:
                status = process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            raise CannotRunHere(f"it ended with {status}: {self._last_words}")
        raise CannotRunHere(f"no greeting within {SECONDS_TO_START:g} s: {self._last_words}")

    def _wait_until_gone(self) -> None:
        """
        The server's children die a moment after it.
        """
        for _ in range(int(SECONDS_TO_START * 50)):
            with socket.socket() as probe:
                if probe.connect_ex((self.host, self.port)) != 0:
                    return
        raise TimeoutError(f"something listens on {self.port} still")

    @property
    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "it said nothing"


def _said(*command: str | Path, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            [*command], cwd=folder, capture_output=True, timeout=SECONDS_TO_FETCH, check=True
        )
    except subprocess.TimeoutExpired as slow:
        raise CannotRunHere(f"{command[0]} took longer than {slow.timeout:g} s") from slow
    except subprocess.CalledProcessError as failed:
        words = failed.stderr.decode(errors="replace").strip().splitlines()
        raise CannotRunHere(f"{command[0]}: {words[-1] if words else failed}") from failed
    return done.stdout.decode(errors="replace")


def _merge_usr(root: Path) -> None:
    """
    /lib is a link to /usr/lib on the machine, and a folder in some packages.
    """
    for name in ("bin", "lib", "lib64", "sbin"):
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
