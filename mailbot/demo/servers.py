"""
A mailbox and a mail relay of our own, on free loopback ports. The only user of
pymap and aiosmtpd.

Neither asks a name server for anything, and neither starts a thread.
"""

import asyncio
import secrets
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, DictBackend, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

LOOPBACK = "127.0.0.1"
HOST_NAME = "demo.invalid"
USERNAME = "service"


class _Config(Config):
    """
    pymap's, without the look-up of this machine's name.
    """

    @property
    def greeting(self) -> bytes:
        return b"Server ready " + HOST_NAME.encode()


@dataclass
class Mailbox:
    """
    The IMAP server with one INBOX, kept in memory.
    """

    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    port: int = 0
    _backend: Any = None
    _conversations: set["asyncio.Task[None]"] = field(default_factory=set)

    async def deliver(self, content: bytes, at: datetime) -> None:
        """
        Lay a message into the INBOX; *at* becomes its INTERNALDATE.
        """
        identity = self._backend.login.demo_user_identity
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(content, at)])

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Mailbox"]:
        """
        Serve on a free port; afterwards no conversation is left.
        """
        self._backend = await self._made()
        self._backend.config.apply_context()
        serve = IMAPServer(self._backend.login, self._backend.config)
        talk = partial(self._talk, serve)
        server = await asyncio.start_server(talk, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for each in self._conversations:
                each.cancel()
            await asyncio.gather(*self._conversations, return_exceptions=True)
            await server.wait_closed()

    async def _made(self) -> Any:
        config = _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=LOOPBACK,
            port=0,
            tls_enabled=False,
            demo_data=False,
            demo_user=USERNAME,
            demo_password=self.password,
            # The password is made for this run and dies with it. pymap would hash it
            # in a pool of threads that nobody ends.
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        login = Login(config)
        user = UserMetadata(config, USERNAME, password=self.password)
        await login.demo_user_identity.set(user)
        return DictBackend(login, config)

    async def _talk(
        self, serve: IMAPServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)
        await serve(reader, writer, SocketInfoLocal(writer))


@dataclass(frozen=True)
class Posted:
    """
    A message that the relay took.
    """

    recipient: str
    content: bytes = field(repr=False)


@dataclass
class Relay:
    """
    The SMTP server. It takes every message and keeps it: the inboxes of all our readers.
    """

    port: int = 0
    posted: list[Posted] = field(default_factory=list)
    lines: set["_Line"] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Relay"]:
        """
        Serve on a free port; afterwards no line is open.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(partial(_Line, self, loop), LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for line in list(self.lines):
                line.hang_up()
            await server.wait_closed()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        content = bytes(envelope.original_content)
        self.posted += [Posted(each, content) for each in envelope.rcpt_tos]
        return "250 2.0.0 Ok: queued"


class _Line(SMTP):
    """
    One connection, which the relay can end.
    """

    def __init__(self, relay: Relay, loop: asyncio.AbstractEventLoop) -> None:
        self._relay = relay
        super().__init__(
            relay,
            hostname=HOST_NAME,
            ident="ESMTP",
            enable_SMTPUTF8=True,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=loop,
        )

    def connection_made(self, transport: Any) -> None:
        self._relay.lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._relay.lines.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()
