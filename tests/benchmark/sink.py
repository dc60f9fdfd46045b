"""
An SMTP server that costs next to nothing, in a process of its own.

It takes whatever is said to it. Who listens at its second port gets every message with
the instant at which it was accepted, by the clock that all processes share.
"""

import asyncio
import pickle
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from tests.benchmark.trees import ROOT
from tests.servers.ports import LOOPBACK

_LENGTH = struct.Struct("!I")
_END = b"\r\n.\r\n"
_EHLO = b"250-sink.example.com\r\n250-8BITMIME\r\n250 SIZE 60000000\r\n"
_YES = b"250 2.0.0 Ok\r\n"


class Letter(NamedTuple):
    at: float  # of time.monotonic()
    recipient: str
    content: bytes


class _Line(asyncio.Protocol):
    """
    One conversation.
    """

    def __init__(self, take: Callable[[Letter], None], thinks: float) -> None:
        self._take = take
        #: Seconds that it takes over each answer.
        self._thinks = thinks
        self._read = bytearray()
        self._recipient = ""
        self._is_content = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink.example.com ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        seen = max(0, len(self._read) - len(_END))
        self._read += data
        while (end := self._read.find(_END if self._is_content else b"\r\n", seen)) >= 0:
            seen = 0
            if self._is_content:
                content = bytes(self._read[: end + 2]).replace(b"\r\n..", b"\r\n.")
                del self._read[: end + len(_END)]
                self._is_content = False
                self._take(Letter(time.monotonic(), self._recipient, content))
                self._say(_YES)
            else:
                line = bytes(self._read[:end])
                del self._read[: end + 2]
                self._obey(line)

    def _obey(self, line: bytes) -> None:
        match line[:4].upper():
            case b"EHLO":
                self._say(_EHLO)
            case b"DATA":
                self._is_content = True
                self._say(b"354 go ahead\r\n")
            case b"RCPT":
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                self._say(_YES)
            case b"QUIT":
                self._say(b"221 2.0.0 bye\r\n")
                if self._transport is not None:
                    self._transport.close()
            case _:
                self._say(_YES)

    def _say(self, words: bytes) -> None:
        if self._transport is None:
            return
        if self._thinks:
            asyncio.get_running_loop().call_later(self._thinks, self._transport.write, words)
        else:
            self._transport.write(words)


async def _serve(thinks: float) -> None:
    """
    Until SIGTERM. A word from the listener comes back to it behind all that was
    accepted before.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    listeners: list[asyncio.StreamWriter] = []

    def tell(letter: Letter | None) -> None:
        # Plain: this module has another name in the process that listens.
        octets = pickle.dumps(letter and tuple(letter))
        for each in listeners:
            each.write(_LENGTH.pack(len(octets)) + octets)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listeners.append(writer)
        with suppress(ConnectionResetError):
            while await reader.read(1):
                tell(None)
        listeners.remove(writer)

    smtp = await loop.create_server(lambda: _Line(tell, thinks), LOOPBACK, 0)
    news = await asyncio.start_server(listen, LOOPBACK, 0)
    ports = [each.sockets[0].getsockname()[1] for each in (smtp, news)]
    sys.stdout.write(f"{ports[0]} {ports[1]}\n")
    sys.stdout.flush()
    await stop.wait()


@dataclass
class Sink:
    """
    The server, seen by whoever started it.
    """

    port: int
    _news: socket.socket
    _read: bytearray = field(default_factory=bytearray)

    def accepted(self) -> list[Letter]:
        """
        What has been accepted since the last time.
        """
        self._news.sendall(b"?")
        found: list[Letter] = []
        while (letter := self._next(60.0)) is not None:
            found.append(letter)
        return found

    def next(self, seconds: float) -> Letter:
        """
        The next message; TimeoutError if none comes.
        """
        letter = self._next(seconds)
        assert letter is not None
        return letter

    def _next(self, seconds: float) -> Letter | None:
        end = time.monotonic() + seconds
        length = _LENGTH.unpack(self._octets(_LENGTH.size, end))[0]
        told = pickle.loads(self._octets(length, end))
        return Letter(*told) if told else None

    def _octets(self, count: int, end: float) -> bytes:
        while len(self._read) < count:
            self._news.settimeout(max(0.001, end - time.monotonic()))
            more = self._news.recv(1 << 20)
            if not more:
                raise ConnectionResetError("the SMTP server has ended")
            self._read += more
        octets = bytes(self._read[:count])
        del self._read[:count]
        return octets


@contextmanager
def running(*, thinks: float = 0.0) -> Iterator[Sink]:
    """
    One that takes so many seconds over each answer.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmark.sink", str(thinks)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port, news = (int(each) for each in process.stdout.readline().split())
        with socket.create_connection((LOOPBACK, news), timeout=10) as listener:
            sink = Sink(port, listener)
            sink.accepted()
            yield sink
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
