"""
An SMTP server that remembers what it took, and misbehaves when told to.

`SmtpSink` lives in the test's own event loop. `python -m tests.servers.smtp` is the
same as a process of its own, which writes every message to a folder.
"""

import argparse
import asyncio
import base64
import json
import signal
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.servers.certificate import Certificate
from tests.servers.ports import LOOPBACK

QUEUED = "250 2.0.0 Ok: queued"
CLOSED = ""
SECONDS_TO_COME = 60.0

#: What can be answered or cut, in the order of a conversation. "DATA" is the word
#: itself (instead of 354), "in-data" after 354, "after-dot" the final answer.
STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "in-data", "after-dot",
          "RSET", "QUIT")  # fmt: skip


@dataclass(frozen=True)
class Received:
    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes
    at: datetime


@dataclass
class _Script:
    """
    What to say at a stage instead of yes; CLOSED hangs up.
    """

    stage: str
    reply: str
    recipient: str | None
    times: int | None

    def fits(self, stage: str, recipients: list[str]) -> bool:
        is_right_one = self.recipient is None or self.recipient in recipients
        return self.stage == stage and is_right_one and self.times != 0


@dataclass
class SmtpSink:
    """
    The server; `async with` starts and stops it.
    """

    port: int = 0
    tls: Literal["implicit", "starttls", "none"] = "none"
    certificate: Certificate | None = None
    #: (user name, password) that MAIL asks for; None takes mail from anybody.
    login: tuple[str, str] | None = None
    #: Says which access tokens are taken, by XOAUTH2, where MAIL asks for one.
    takes_token: Callable[[str], bool] | None = None
    smtputf8: bool = False
    size_limit: int = 33_554_432
    #: So many lines at a time; 0 is any number.
    most_lines: int = 0
    #: Seconds before every answer.
    latency: float = 0.0
    on_received: Callable[[Received], None] | None = None

    host: str = LOOPBACK
    received: list[Received] = field(default_factory=list)
    #: Every command line that came, verbatim but for the login.
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    #: (user, token) of each login by a token, and what a refused one is answered.
    logins: list[tuple[str, str]] = field(default_factory=list)
    token_refusal: str = "535 5.7.3 Authentication unsuccessful"
    _queued: str = QUEUED
    _scripts: list[_Script] = field(default_factory=list)
    _silent: set[str] = field(default_factory=set)
    _lines: set["_Line"] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """
        Listen; after a stop, on the same port again.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            partial(_Line, self, loop),
            self.host,
            self.port,
            ssl=self._tls_context() if self.tls == "implicit" else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    @property
    def open_connections(self) -> int:
        return len(self._lines)

    def answer(
        self, stage: str, reply: str, *, recipient: str | None = None, times: int | None = None
    ) -> None:
        """
        Say this at that stage, to everybody or about one recipient, always or so often.
        """
        assert stage in STAGES, stage
        self._scripts.append(_Script(stage, reply, recipient, times))

    def cut(self, stage: str, *, recipient: str | None = None, times: int | None = None) -> None:
        """
        Close the line at that stage instead of answering. At "after-dot" the message
        has been taken.
        """
        self.answer(stage, CLOSED, recipient=recipient, times=times)

    def fall_silent(self, stage: str) -> None:
        """
        Never answer at that stage; the line stays open.
        """
        assert stage in STAGES, stage
        self._silent.add(stage)

    def reply_with(self, reply: str) -> None:
        """
        The final answer to every message from now on.
        """
        self._queued = reply

    def behave(self) -> None:
        """
        Forget all misbehaviour; what was received stays.
        """
        self._scripts.clear()
        self._silent.clear()
        self._queued = QUEUED

    def hang_up(self) -> None:
        """
        Close every line, as servers do with clients that rest.
        """
        for line in list(self._lines):
            line.hang_up()

    def to(self, recipient: str) -> list[Received]:
        return [each for each in self.received if recipient in each.rcpt_to]

    async def until(self, is_enough: Callable[[list[Received]], bool]) -> None:
        """
        Return once enough has come; a relay in between takes its time.
        """
        async with asyncio.timeout(SECONDS_TO_COME):
            while not is_enough(self.received):
                self._news.clear()
                await self._news.wait()

    def _take(self, envelope: Any) -> None:
        message = Received(
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            bytes(envelope.original_content),
            datetime.now(UTC),
        )
        self.received.append(message)
        self._news.set()
        if self.on_received is not None:
            self.on_received(message)

    def _script_for(self, stage: str, recipients: list[str]) -> str | None:
        script = next((each for each in self._scripts if each.fits(stage, recipients)), None)
        if script is None:
            return None
        if script.times is not None:
            script.times -= 1
        return script.reply

    def _tls_context(self) -> ssl.SSLContext | None:
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate.cert, self.certificate.key)
        return context


class _Line(SMTP):
    """
    One connection: aiosmtpd's, with the sink's script read before each answer.
    """

    #: An access token fits into a line, as it does at Exchange and Google.
    line_length_limit = 16_384

    def __init__(self, sink: SmtpSink, loop: asyncio.AbstractEventLoop) -> None:
        self._sink = sink
        super().__init__(
            _Taker(sink),
            hostname="sink.example.com",
            ident="ESMTP",
            enable_SMTPUTF8=sink.smtputf8,
            data_size_limit=sink.size_limit,
            tls_context=sink._tls_context() if sink.tls == "starttls" else None,
            auth_require_tls=False,
            authenticator=self._authenticate_by_sink,
            auth_exclude_mechanism=[
                *([] if sink.login else ["LOGIN", "PLAIN"]),
                *([] if sink.takes_token else ["XOAUTH2"]),
            ],
            loop=loop,
        )
        self.command_size_limits["AUTH"] = self.line_length_limit

    def connection_made(self, transport: Any) -> None:
        if self not in self._sink._lines:
            self._sink.connections += 1
            self._sink._lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sink._lines.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("220 sink.example.com"):
            if await self._misbehaves("CONNECT", None):
                return
            if self._sink.most_lines and len(self._sink._lines) > self._sink.most_lines:
                await self._act("421 4.7.0 Error: too many connections from 127.0.0.1")
        elif self._sink.latency:
            await asyncio.sleep(self._sink.latency)
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if not await self._misbehaves("EHLO", hostname):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if not await self._misbehaves("STARTTLS", arg):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if not await self._misbehaves("AUTH", arg.split(maxsplit=1)[0]):
            await super().smtp_AUTH(arg)

    async def auth_XOAUTH2(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802
        """
        A token that is not taken has a challenge with the reasons, and the no after it.
        """
        said = base64.b64decode(args[1]).decode()
        user, _, rest = said.removeprefix("user=").partition("\x01")
        token = rest.removeprefix("auth=Bearer ").rstrip("\x01")
        self._sink.logins.append((user, token))
        if self._sink.takes_token and self._sink.takes_token(token):
            return AuthResult(success=True, auth_data=user)
        await self.challenge_auth('{"status":"401","schemes":"Bearer"}')
        await self.push(self._sink.token_refusal)
        return AuthResult(success=False, handled=True)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if await self._misbehaves("MAIL", arg):
            return
        asks = self._sink.login or self._sink.takes_token
        if asks and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        address = (arg or "").partition("<")[2].partition(">")[0]
        if not await self._misbehaves("RCPT", arg, [address]):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        recipients = self.envelope.rcpt_tos if self.envelope else []
        if await self._misbehaves("DATA", arg, recipients):
            return
        script = self._sink._script_for("in-data", recipients)
        if script is not None:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._act(script)
            return
        await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        if not await self._misbehaves("RSET", arg):
            await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        if not await self._misbehaves("QUIT", arg):
            await super().smtp_QUIT(arg)

    async def _misbehaves(
        self, stage: str, arg: str | None, recipients: list[str] | None = None
    ) -> bool:
        if stage != "CONNECT":
            self._sink.commands.append(f"{stage} {arg}" if arg else stage)
        if stage in self._sink._silent:
            await asyncio.Event().wait()
        script = self._sink._script_for(stage, recipients or [])
        if script is None:
            return False
        await self._act(script)
        return True

    async def _act(self, script: str) -> None:
        if script != CLOSED:
            await self.push(script)
        # RFC 5321 §3.8: whoever says 421 hangs up.
        if script == CLOSED or script.startswith("421"):
            self.hang_up()
            # The end of the line cancels this conversation.
            await asyncio.Event().wait()

    def _authenticate_by_sink(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        if not isinstance(given, LoginPassword) or self._sink.login is None:
            return AuthResult(success=False, handled=False)
        login = (given.login.decode(), given.password.decode())
        return AuthResult(success=login == self._sink.login, handled=False)


@dataclass(frozen=True)
class _Taker:
    """
    What happens once the final dot was read.
    """

    sink: SmtpSink

    async def handle_DATA(self, server: _Line, session: Any, envelope: Any) -> str:  # noqa: N802
        script = self.sink._script_for("after-dot", envelope.rcpt_tos)
        if not script:
            self.sink._take(envelope)
        if script == CLOSED:
            await server._act(script)
        if "after-dot" in self.sink._silent:
            await asyncio.Event().wait()
        return script or self.sink._queued


def into(folder: Path) -> Callable[[Received], None]:
    """
    A writer of numbered pairs: the octets as .eml, then the envelope as .json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A sink that is started again goes on counting.
    numbers = count(len(list(folder.glob("*.eml"))) + 1)

    def write(message: Received) -> None:
        number = next(numbers)
        envelope = {
            "mail_from": message.mail_from,
            "rcpt_to": list(message.rcpt_to),
            "at": message.at.isoformat(),
        }
        for suffix, content in (("eml", message.content), ("json", json.dumps(envelope).encode())):
            # Under another name first: a reader never sees half a file.
            part = folder / f"{number:06}.{suffix}.part"
            part.write_bytes(content)
            part.rename(folder / f"{number:06}.{suffix}")

    return write


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    login = tuple(options.login.split(":", 1)) if options.login else None
    sink = SmtpSink(
        port=options.port,
        login=(login[0], login[1]) if login else None,
        smtputf8=options.smtputf8,
        latency=options.latency,
        on_received=into(options.folder),
    )
    for each in options.answer:
        stage, _, reply = each.partition("=")
        sink.answer(stage, reply, times=options.times)
    async with sink:
        sys.stdout.write(f"{sink.port}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """
    Serve until SIGTERM; the first line on stdout is the port.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--login", default="", help="USER:PASSWORD that MAIL asks for")
    parser.add_argument("--smtputf8", action="store_true")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument(
        "--answer", action="append", default=[], metavar="STAGE=REPLY", help="no reply: hang up"
    )
    parser.add_argument("--times", type=int, help="how often each --answer is given; always")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
