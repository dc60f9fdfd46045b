"""
A firm for tests: the example configuration, a mailbox, an SMTP server and a clock.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from mailbot.settings import Settings, load
from tests.servers.smtp import Received

SERVICE = "service@infinitysystemsolutions.co.uk"
RHIAN = "rhian.price@infinitysystemsolutions.co.uk"
CONFIG = Path(__file__).parents[2] / "config"

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


def settings(folder: Path, **more: str) -> Settings:
    return load(CONFIG, environ(folder, **more))


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
