"""
A server for two questions, beside the mail: who is slow, greedy or many keeps nobody waiting.

It speaks as much of HTTP/1.1 (RFC 9112) as a monitoring system needs: one GET or HEAD a
connection, without a body.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from mailbot.log import get_logger

log = get_logger()

#: Of a request, its header is all that is read.
_OCTETS = 8 * 1024
#: Connections at a time; more are closed unheard.
_MOST = 16
#: Seconds from the first octet to the last.
_SECONDS = 10.0
#: Seconds until a port that another has is tried again.
_REST = 30.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: HTTPStatus
    content: bytes
    type: str = "text/plain; charset=utf-8"


#: What is asked for, and which form of it is liked best (Accept).
Answering = Callable[[str, str], Awaitable[Answer]]


@dataclass
class Server:
    host: str
    port: int
    answering: Answering
    rest: float = _REST
    seconds: float = _SECONDS
    _open: set[asyncio.StreamWriter] = field(default_factory=set, init=False)

    async def run(self) -> None:
        """
        Answer until it is cancelled. A port that cannot be had is told of once, and tried
        again: mail does not wait for it.
        """
        is_told = False
        while True:
            try:
                server = await asyncio.start_server(
                    self._connected, self.host, self.port, limit=_OCTETS, backlog=_MOST
                )
            except OSError as fault:
                if not is_told:
                    log.warning("monitoring_unavailable", reason=fault.strerror or "no address")
                is_told = True
                await asyncio.sleep(self.rest)
                continue
            if is_told:
                log.info("monitoring_available")
            try:
                await asyncio.Event().wait()
            finally:
                server.close()
                # Nobody who is slow is waited for, either.
                for each in self._open:
                    each.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _MOST:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            # Whoever hangs up has got what they wanted.
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(self.seconds):
                    await self._talk(reader, writer)
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            is_head, answer = False, _said(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            is_head, answer = await self._answer_to(request.decode("latin-1"))
        writer.write(_written(answer, is_head=is_head))
        writer.close()
        await writer.wait_closed()

    async def _answer_to(self, request: str) -> tuple[bool, Answer]:
        first, *fields = request.split("\r\n")
        method, _, rest = first.partition(" ")
        target, _, version = rest.partition(" ")
        if not version.startswith("HTTP/1."):
            return False, _said(HTTPStatus.BAD_REQUEST)
        if method not in {"GET", "HEAD"}:
            return False, _said(HTTPStatus.METHOD_NOT_ALLOWED)
        liked = [each for each in fields if each.lower().startswith("accept:")]
        accept = liked[0].partition(":")[2].strip() if liked else ""
        return method == "HEAD", await self.answering(target.partition("?")[0], accept)


def _said(status: HTTPStatus) -> Answer:
    return Answer(status=status, content=f"{status.phrase}\n".encode())


def _written(answer: Answer, *, is_head: bool) -> bytes:
    fields = {
        "Content-Type": answer.type,
        "Content-Length": str(len(answer.content)),
        "Cache-Control": "no-store",
        "Connection": "close",
        **({"Allow": "GET, HEAD"} if answer.status is HTTPStatus.METHOD_NOT_ALLOWED else {}),
    }
    lines = [f"HTTP/1.1 {answer.status.value} {answer.status.phrase}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head if is_head else head + answer.content
