"""
A mailbox on one of the servers, and mailbot at work beside it.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from imapclient import IMAPClient

from tests.flow.house import SERVICE, Mail, process_environ, read, template_of
from tests.interop.servers import Relay, Server
from tests.servers.dovecot import PASSWORD
from tests.servers.smtp import Received, SmtpSink
from tests.servers.unpacked_relay import USER

ROOT = Path(__file__).parents[2]
#: Seconds for whatever has to happen; a server without IDLE is looked at every POLL.
PATIENCE = 60.0
POLL = 10
#: Of everybody who complains: the relays know no mailbox there, and pass on all of it.
_WORLD = "example.org"

Tls = Literal["implicit", "starttls", "none"]


class Failed(Exception):  # noqa: N818 - a step that failed
    """
    A step did not end as it should; str() says how.
    """


@dataclass
class Firm:
    """
    A mailbox on the server, mailbot beside it, the relay that it sends by, and all that comes
    out of that.
    """

    server: Server
    relay: Relay
    tls: Tls
    sink: SmtpSink
    folder: Path
    process: asyncio.subprocess.Process | None = None
    #: References by who complained.
    cases: dict[str, str] = field(default_factory=dict)
    #: The parts of mailbot whose server was gone for a while, as they are called in its log.
    away: set[str] = field(default_factory=set)
    #: Messages that were put into the INBOX.
    delivered: int = 0

    @contextmanager
    def imap(self) -> Iterator[Any]:
        client = IMAPClient(self.server.host, self.server.port, ssl=False, timeout=20)
        try:
            client.login(USER, PASSWORD)
            yield client
        finally:
            client.logout()

    def deliver(self, mail: Mail | bytes) -> None:
        with self.imap() as client:
            client.append("INBOX", bytes(mail), (), datetime.now(UTC))
        self.delivered += 1

    def bring(self, received: Received) -> None:
        """
        What the relay writes to the service itself goes into its mailbox, by and by.
        """
        if SERVICE in received.rcpt_to:
            # RFC 5321 §4.4: the last one on the way adds it.
            path = f"Return-Path: <{received.mail_from}>\r\n".encode()
            loop = asyncio.get_running_loop()
            loop.run_in_executor(None, self.deliver, path + received.content)

    @property
    def letters(self) -> list[Received]:
        """
        What mailbot sent, as it came out of the relay.
        """
        return [each for each in self.sink.received if each.mail_from == SERVICE]

    def folders(self) -> dict[str, list[bytes]]:
        """
        All folders, with what lies in them.
        """
        found: dict[str, list[bytes]] = {}
        with self.imap() as client:
            for flags, _, name in client.list_folders():
                if {b"\\noselect", b"\\nonexistent"} & {each.lower() for each in flags}:
                    continue
                client.select_folder(name, readonly=True)
                answers = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
                found[name] = [each[b"BODY[]"] for each in answers.values()]
        return found

    def holding(self, configured: str) -> list[bytes]:
        """
        What lies in the folder that the configuration calls so, wherever it was made.
        """
        return [
            each
            for name, contents in self.folders().items()
            if name in (configured, f"INBOX.{configured}")
            for each in contents
        ]

    def sent(self, template: str, to: str) -> list[Received]:
        return [
            each for each in self.letters if to in each.rcpt_to and template_of(each) == template
        ]

    async def mailbot(self, *words: str, **more: str) -> asyncio.subprocess.Process:
        servers = {
            "MAILBOT_IMAP__PORT": str(self.server.port),
            "MAILBOT_IMAP__USERNAME": USER,
            "MAILBOT_IMAP__PASSWORD": PASSWORD,
            "MAILBOT_IMAP__SENT_FOLDER": "Sent",
            "MAILBOT_IMAP__POLL_EVERY": f"{POLL}s",
            "MAILBOT_SMTP__PORT": str(self.smtp_port),
            "MAILBOT_SMTP__TLS": self.tls,
            **({} if self.tls == "none" else self._login),
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mailbot", *words),
            cwd=ROOT,
            env=process_environ(self.folder, **{**servers, **more}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if words[0] != "run" else self.log.open("ab"),
            stderr=asyncio.subprocess.STDOUT,
        )

    @property
    def smtp_port(self) -> int:
        return self.relay.smtps if self.tls == "implicit" else self.relay.submission

    @property
    def _login(self) -> dict[str, str]:
        assert self.relay.certificate is not None
        return {
            "MAILBOT_SMTP__USERNAME": USER,
            "MAILBOT_SMTP__PASSWORD": PASSWORD,
            # Nobody else trusts it.
            "SSL_CERT_FILE": str(self.relay.certificate.cert),
        }

    async def said(self, *words: str, **more: str) -> tuple[int, str]:
        """
        The exit status of a command, and what it printed.
        """
        process = await self.mailbot(*words, **more)
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode(errors="replace")

    @property
    def log(self) -> Path:
        return self.folder / "mailbot.log"

    def logged(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), PATIENCE)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        return self.process.returncode or 0


async def until(what: str, is_so: Callable[[], bool], patience: float = PATIENCE) -> float:
    """
    The seconds until it was so.
    """
    began = time.monotonic()
    while not await asyncio.to_thread(is_so):
        if time.monotonic() - began > patience:
            raise Failed(f"no {what} within {patience:g} s")
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def address_of(name: str) -> str:
    return f"{name}@{_WORLD}"


def complaint(name: str, **fields: Any) -> Mail:
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    given = {"sender": f"{name.title()} <{address_of(name)}>", "date": now}
    return Mail(**(given | {"message_id": address_of(name)} | fields))


def case_of(letter: Received) -> str:
    """
    "" for what is about no case, as a manager's digest is.
    """
    return str(read(letter)["X-Mailbot-Case"] or "")
