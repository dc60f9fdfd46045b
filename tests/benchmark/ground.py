"""
The servers of one run, and databases on them.
"""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self

import asyncpg  # type: ignore[import-untyped]

from tests.benchmark import sink
from tests.benchmark.sink import Sink
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.postgres import Postgres

Kind = Literal["sqlite", "postgres"]


class DurablePostgres(Postgres):
    """
    A server that writes to the disk before it says so, as a real one does; in a *folder*
    it remembers until the next time.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._is_kept = folder is not None
        if folder is not None:
            shutil.rmtree(self._folder)
            folder.mkdir(parents=True, exist_ok=True)
            if self._as:
                shutil.chown(folder, self._as["user"])
                for each in (folder, folder.parent):
                    each.chmod(each.stat().st_mode | 0o711)
            self._folder = folder

    def __enter__(self) -> Self:
        if not (self._folder / "data" / "PG_VERSION").exists():
            self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--no-locale")  # fmt: skip
        settings = {
            "port": self.port,
            "listen_addresses": self.host,
            "unix_socket_directories": "",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "timezone": "UTC",
        }
        said = (each for key, value in settings.items() for each in ("-c", f"{key}={value}"))
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", "data", *said],
                cwd=self._folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                **self._as,
            )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_kept:
            super().__exit__()
        elif self._process is not None:
            self._process.send_signal(2)
            self._process.wait(timeout=60)


@dataclass
class Database:
    """
    One database, for questions and for a few words beside the tree that it belongs to.
    """

    kind: Kind
    url: str

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite://"))

    def say(self, *statements: str) -> None:
        """
        These, in one commit.
        """
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.path)) as file, file:
                for each in statements:
                    file.execute(each)
            return

        async def work(connection: Any) -> None:
            async with connection.transaction():
                for each in statements:
                    await connection.execute(each)

        self.talk(work)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.path)) as file:
                return file.execute(question).fetchall()

        async def work(connection: Any) -> list[tuple[Any, ...]]:
            return [tuple(each) for each in await connection.fetch(question)]

        found: list[tuple[Any, ...]] = self.talk(work)
        return found

    def talk(self, work: Callable[[Any], Any]) -> Any:
        async def connected() -> Any:
            connection = await asyncpg.connect(self.url)
            try:
                return await work(connection)
            finally:
                await connection.close()

        return asyncio.run(connected())


@dataclass
class Ground:
    folder: Path
    dovecot: Dovecot
    sink: Sink
    postgres: DurablePostgres | None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_folder(self, name: str) -> Path:
        folder = self.folder / f"{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def new_mailbox(self) -> Mailbox:
        return self.dovecot.mailbox(f"u{next(self._numbers)}")

    def new_database(self, kind: Kind, folder: Path) -> Database:
        if kind == "sqlite":
            return Database(kind, f"sqlite://{folder}/mailbot.sqlite3")
        assert self.postgres is not None
        return self.named(self.postgres.new_database())

    def named(self, name: str) -> Database:
        assert self.postgres is not None
        return Database("postgres", self.postgres.url(name))

    def drop(self, database: Database) -> None:
        if database.kind == "postgres" and self.postgres is not None:
            self.postgres.drop(database.url.rpartition("/")[2])


@contextmanager
def prepared(folder: Path, kinds: tuple[Kind, ...], keep: Path | None = None) -> Iterator[Ground]:
    """
    The servers, until the end of the block; PostgreSQL only where it is measured.
    """
    folder.chmod(0o755)
    with ExitStack() as stack:
        dovecot = stack.enter_context(Dovecot(folder / "dovecot"))
        the_sink = stack.enter_context(sink.running())
        postgres = None
        if "postgres" in kinds:
            kept = keep / "postgres" if keep else None
            postgres = stack.enter_context(DurablePostgres(kept))
        yield Ground(folder, dovecot, the_sink, postgres)


def with_uids(mailbox: Mailbox, validity: int, following: int) -> None:
    """
    A fresh mailbox whose next UID is the one *following*: it has been in use for long.
    """
    inbox = mailbox._maildir("INBOX")
    uids = inbox / "dovecot-uidlist"
    uids.write_text(f"3 V{validity} N{following} G{validity:032x}\n")
    if mailbox.server.owner[0] != os.geteuid():
        os.chown(uids, *mailbox.server.owner)
