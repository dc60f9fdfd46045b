"""
A PostgreSQL of our own, on loopback, that forgets everything when it stops.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Self

from tests.servers.certificate import Certificate
from tests.servers.migrated import migrate
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.processes import children, named

USER = "postgres"
_DONE = "that was all"
SECONDS_TO_START = 30.0


def programs() -> Path | None:
    """
    The folder of the newest installation, or None.
    """
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(found, key=lambda path: int(path.parent.parent.name), default=None)
    return newest.parent if newest else None


class Postgres:
    """
    The server. It refuses to run as root, so root lends it the `postgres` user.
    """

    host = LOOPBACK

    def __init__(self, *, certificate: Certificate | None = None, **settings: object) -> None:
        bin_folder = programs()
        if bin_folder is None:
            raise RuntimeError("PostgreSQL is not installed")
        self.port = free_port()
        self._programs = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="postgres"))
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        self._settings: dict[str, object] = {
            "port": self.port,
            "listen_addresses": self.host,
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            # It would count rows and clean up behind tests that are over, and now and then,
            # on a slow machine, give a statement another plan than a minute before.
            "autovacuum": "off",
            "timezone": "UTC",
            **settings,
        }
        if os.geteuid() == 0:
            owner = pwd.getpwnam(USER)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as = {"user": USER, "group": owner.pw_gid, "extra_groups": []}
        if certificate:
            self._settings |= {"ssl": "on"} | {
                f"ssl_{name}_file": self._lent(file)
                for name, file in (("cert", certificate.cert), ("key", certificate.key))
            }

    def __enter__(self) -> Self:
        self._run("initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync",
                  "--no-locale")  # fmt: skip
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if "_psql" in vars(self):
            self._psql.communicate(timeout=30)
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """
        Start it, the first time or again, on the same port with what it had.
        """
        given = (f"{key}={value}" for key, value in self._settings.items())
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(self._programs / "postgres", "-D", "data"),
                    *(word for each in given for word in ("-c", each)),
                ],
                cwd=self._folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                **self._as,
            )
        self._wait()

    def stop(self) -> None:
        """
        The fast shutdown: whoever is still connected is sent away.
        """
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """
        Without a word to anybody, as on a host without power: all of it at once.
        """
        backends = children(self._process.pid) if self._process is not None else []
        self._end(signal.SIGKILL)
        for each in backends:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def kill_a_session(self, choose: Callable[[Sequence[int]], int]) -> bool:
        """
        End the process of one client; False if there is none. The server then ends all others
        and starts anew by itself, as after a crash.
        """
        assert self._process is not None
        serving = [each for each in children(self._process.pid) if f" {USER} test_" in named(each)]
        with suppress(IndexError, ProcessLookupError):
            os.kill(choose(serving), signal.SIGKILL)
            return True
        return False

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(timeout=30)

    @contextmanager
    def standby(self) -> Iterator["Postgres"]:
        """
        A second server that follows this one, and takes no writes until it is promoted.
        """
        other = Postgres()
        try:
            other._run(
                *("pg_basebackup", "-D", "data", "-R", "--checkpoint=fast", "--no-sync"),
                *("-h", self.host, "-p", str(self.port), "-U", USER),
            )
            other.start()
            yield other
        finally:
            other.stop()
            shutil.rmtree(other._folder, ignore_errors=True)

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "-D", "data", "-w")

    def _lent(self, file: Path) -> Path:
        """
        A copy that the server's own user may read, and nobody else.
        """
        lent = self._folder / file.name
        shutil.copyfile(file, lent)
        lent.chmod(0o600)
        if self._as:
            shutil.chown(lent, USER)
        return lent

    def new_database(self, *, template: str = "template1") -> str:
        """
        The name of a database like *template*, which is empty unless told otherwise.
        """
        name = f"test_{next(self._numbers)}"
        # Copied block by block through the log: no checkpoint, a third of the time.
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
        return name

    @cached_property
    def migrated(self) -> str:
        """
        The name of a database that has the program's tables and nothing in them.
        """
        name = self.new_database()
        migrate(self.url(name))
        return name

    def drop(self, name: str) -> None:
        """
        Away with a database, whoever is connected.
        """
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgres://{USER}:{USER}@{self.host}:{self.port}/{name}"

    def _sql(self, statement: str) -> None:
        """
        Have it carried out by a psql that waits for the next: its start takes longer
        than what it is asked for.
        """
        assert self._psql.stdin is not None
        assert self._psql.stdout is not None
        self._psql.stdin.write(f"{statement};\n\\echo {_DONE}\n")
        self._psql.stdin.flush()
        said = []
        while (line := self._psql.stdout.readline()) != f"{_DONE}\n":
            said.append(line)
            if not line:
                break
        if said:
            raise RuntimeError(f"psql: {''.join(said)}")

    @cached_property
    def _psql(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(self._programs / "psql", "-q", "-X", "-h", self.host, "-p", str(self.port)),
                *("-U", USER, "-d", USER),
            ],
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._as,
        )

    def say(self, *statements: str) -> None:
        """
        Have them carried out one after the other, by somebody who comes and goes: also after
        a stop.
        """
        each = (word for statement in statements for word in ("-c", statement))
        self._run(
            *("psql", "-q", "-X", "-h", self.host, "-p", str(self.port), "-U", USER, "-d", USER),
            *each,
        )

    def reload(self) -> None:
        self.say("SELECT pg_reload_conf()")

    def _wait(self) -> None:
        for _ in range(int(SECONDS_TO_START * 20)):
            ready = ("pg_isready", "-q", "-h", self.host, "-p", str(self.port))
            if (
                subprocess.run(ready, executable=self._programs / ready[0], check=False).returncode
                == 0
            ):
                return
            if self._process is None:
                break
            try:
                self._process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        raise RuntimeError(f"PostgreSQL does not start:\n{(self._folder / 'log').read_text()}")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")
