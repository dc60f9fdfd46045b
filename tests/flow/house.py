"""
A firm for tests: the example configuration, a mailbox, an SMTP server and a clock.
"""

import asyncio
import io
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from tortoise.models import Model

from mailbot import log, rounds, service
from mailbot.service import Service
from mailbot.settings import Settings, load
from mailbot.store.database import database
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Received, SmtpSink

SERVICE = "service@infinitysystemsolutions.co.uk"
RHIAN = "rhian.price@infinitysystemsolutions.co.uk"
GARETH = "gareth.evans@infinitysystemsolutions.co.uk"
MANAGER = "sian.morgan@infinitysystemsolutions.co.uk"
JANE = "jane@example.com"
CONFIG = Path(__file__).parents[2] / "config"

#: Seconds: a round that hangs is a failure and not an evening.
LONGEST_ROUND = 300

#: What a staff token looks like: audience, key id, signature, nonce.
_STAFF_TOKEN = re.compile(r"\+s[a-z2-7]{28,36}@")
_STAFF_ID = re.compile(r"\b[sb]\.\d+\.[a-z2-7]{8,16}\.[a-z2-7]{4}\.[a-z2-7]{16}@")

AnyModel = TypeVar("AnyModel", bound=Model)

#: Friday: the first worked example.
FRIDAY = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)


@dataclass
class Clock:
    """
    A clock that stands still until it is moved.
    """

    at: datetime = FRIDAY

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def environ(folder: Path, **more: str) -> dict[str, str]:
    """
    The environment that turns the example configuration into a test's own.
    """
    return {
        "MAILBOT_IMAP__HOST": "127.0.0.1",
        "MAILBOT_IMAP__TLS": "none",
        "MAILBOT_IMAP__USERNAME": "service",
        "MAILBOT_IMAP__PASSWORD": "secret",
        "MAILBOT_SMTP__HOST": "127.0.0.1",
        "MAILBOT_SMTP__TLS": "none",
        "MAILBOT_SMTP__USERNAME": "",
        "MAILBOT_DATABASE__URL": f"sqlite://{folder}/mailbot.sqlite3",
        "MAILBOT_SERVICE__TOKEN_KEY_FILE": str(folder / "token.key"),
        **more,
    }


def settings(folder: Path, config: Path = CONFIG, **more: str) -> Settings:
    files = tuple((each.name, each.read_bytes()) for each in sorted(config.iterdir()))
    return _loaded(config, files, tuple(environ(folder, **more).items()))


@lru_cache(maxsize=32)
def _loaded(
    config: Path, files: tuple[tuple[str, bytes], ...], environ: tuple[tuple[str, str], ...]
) -> Settings:
    """
    The settings are a value: the same files and the same environment make the same.
    """
    return load(config, dict(environ))


def process_environ(folder: Path, **more: str) -> Mapping[str, str]:
    """
    The same for a process of its own.
    """
    return {**os.environ, **environ(folder, **more), "MAILBOT_CONFIG": str(CONFIG)}


@dataclass(frozen=True, kw_only=True)
class Mail:
    """
    A mail that somebody writes to us; every field has a default.
    """

    sender: str = "Jane Doe <jane@example.com>"
    to: str = SERVICE
    subject: str = "No internet"
    text: str = "The line has been dead since Monday."
    message_id: str = "first@example.com"
    date: str = "Fri, 20 Nov 2026 16:44:00 +0000"
    headers: tuple[tuple[str, str], ...] = ()
    cc: str = ""
    extra: tuple[bytes, ...] = field(default=())

    def __bytes__(self) -> bytes:
        fields = [
            ("From", self.sender),
            ("To", self.to),
            *([("Cc", self.cc)] if self.cc else []),
            ("Subject", self.subject),
            ("Date", self.date),
            *([("Message-ID", f"<{self.message_id}>")] if self.message_id else []),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            *self.headers,
        ]
        header = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return header.encode() + b"\r\n" + self.text.replace("\n", "\r\n").encode() + b"\r\n"


def read(received: Received | bytes) -> EmailMessage:
    content = received if isinstance(received, bytes) else received.content
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(received: Received | bytes) -> str:
    part = read(received).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def template_of(received: Received | bytes) -> str:
    return str(read(received)["X-Mailbot-Template"])


def ids_of(received: Received | bytes) -> list[str]:
    """
    The ids in References, without `<>`.
    """
    return re.findall(r"<([^<>]+)>", str(read(received)["References"] or ""))


def id_of(received: Received | bytes) -> str:
    return str(read(received)["Message-ID"]).strip().strip("<>")


def reply_address(received: Received) -> str:
    return parseaddr(str(read(received)["Reply-To"]))[1]


def staff_secrets(content: bytes) -> list[str]:
    """
    Staff tokens and staff ids anywhere in the octets, or in any decoded part.
    """
    texts = [content.decode("latin-1"), content.decode("latin-1").replace("=\r\n", "")]
    texts += [
        str(part.get_content())
        for part in read(content).walk()
        if part.get_content_maintype() == "text"
    ]
    return [
        found
        for text in texts
        for pattern in (_STAFF_TOKEN, _STAFF_ID)
        for found in pattern.findall(text.lower())
    ]


def an_answer(received: Received, text: str, **fields: object) -> Mail:
    """
    What a plain client makes of "reply": to Reply-To, with the ids of a thread.
    """
    original = read(received)
    ids = (*ids_of(received), id_of(received))
    given: dict[str, object] = {
        "sender": f"Somebody <{received.rcpt_to[0]}>",
        "to": reply_address(received),
        "subject": f"Re: {original['Subject']}",
        "text": text,
        "message_id": f"answer.{id_of(received).partition('@')[0]}@client.example.com",
        "headers": (
            ("In-Reply-To", f"<{id_of(received)}>"),
            ("References", "\r\n ".join(f"<{each}>" for each in ids)),
        ),
    }
    return Mail(**(given | fields))  # type: ignore[arg-type]


@dataclass(eq=False)
class House:
    """
    The firm at work: whoever writes, whoever gets mail, and mailbot in between.

    Every round opens the database and the connections anew, as `run --once` does.
    """

    folder: Path
    mailbox: Mailbox
    sink: SmtpSink
    clock: Clock = field(default_factory=Clock)
    config: Path = CONFIG
    #: Environment variables on top.
    more: dict[str, str] = field(default_factory=dict)
    journal: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        log.configure(self.journal, as_json=True)

    def logged(self, event: str) -> list[dict[str, object]]:
        """
        The lines of the log with that event, in order.
        """
        lines = [json.loads(line) for line in self.journal.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]

    @property
    def settings(self) -> Settings:
        return settings(self.folder, self.config, **self.servers)

    @property
    def process_environ(self) -> dict[str, str]:
        return {
            **process_environ(self.folder, **self.servers),
            "MAILBOT_CONFIG": str(self.config),
        }

    @property
    def servers(self) -> dict[str, str]:
        return {
            "MAILBOT_IMAP__PORT": str(self.mailbox.port),
            "MAILBOT_IMAP__USERNAME": self.mailbox.username,
            "MAILBOT_SMTP__PORT": str(self.sink.port),
            **self.more,
        }

    @property
    def url(self) -> str:
        return self.settings.database.url.get_secret_value()

    def rewrite(self, file: str, old: str, new: str) -> None:
        """
        Change a line of the configuration, in a copy of this firm's own.
        """
        own = self.folder / "config"
        if self.config != own:
            own.mkdir()
            for each in self.config.glob("*.toml"):
                (own / each.name).write_text(each.read_text())
            self.config = own
        text = (own / file).read_text()
        assert old in text, old
        (own / file).write_text(text.replace(old, new))

    def deliver(self, mail: Mail | bytes) -> None:
        """
        Put a message into the mailbox, received now.
        """
        self.mailbox.deliver(bytes(mail), self.clock())

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Service]:
        async with service.service(self.settings, self.clock) as running:
            yield running

    async def round(self) -> bool:
        """
        One complete round; False if a server could not be reached.
        """
        async with asyncio.timeout(LONGEST_ROUND), self.open() as running:
            return await rounds.run_once(running)

    async def take_in(self, mail: Mail | bytes) -> list[Received]:
        """
        One message and one round; returns the mail that it caused.
        """
        before = len(self.sink.received)
        self.deliver(mail)
        assert await self.round()
        return self.sink.received[before:]

    async def rows(self, table: type[AnyModel], **where: object) -> list[AnyModel]:
        async with database(self.url):
            return list(await table.filter(**where).order_by(table._meta.pk_attr))

    async def row(self, table: type[AnyModel], **where: object) -> AnyModel:
        rows = await self.rows(table, **where)
        assert len(rows) == 1, rows
        return rows[0]

    def sent(self, template: str, to: str | None = None) -> list[Received]:
        return [
            each
            for each in self.sink.received
            if template_of(each) == template and to in (None, *each.rcpt_to)
        ]

    def one(self, template: str, to: str | None = None) -> Received:
        found = self.sent(template, to)
        assert len(found) == 1, [(template_of(each), each.rcpt_to) for each in self.sink.received]
        return found[0]


def templates(received: list[Received]) -> list[str]:
    return [template_of(each) for each in received]
