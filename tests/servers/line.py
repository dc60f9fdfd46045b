"""
A line to a server that can be cut without a word to either end, and healed.

While it is cut nothing passes, and nobody is told: what is said waits, as a network keeps
repeating it, and who comes anew hears nothing.
"""

import asyncio
from contextlib import suppress
from typing import Self

from tests.servers.ports import LOOPBACK


class Line:
    """
    `async with Line(port) as line:` leads from `line.port` to that port.
    """

    def __init__(self, beyond: int) -> None:
        self._beyond = beyond
        self._passes = asyncio.Event()
        self._passes.set()
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._join, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for each in self._conversations:
            each.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def cut(self) -> None:
        self._passes.clear()

    def heal(self) -> None:
        self._passes.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        await self._passes.wait()
        with suppress(OSError):
            there, back = await asyncio.open_connection(LOOPBACK, self._beyond)
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while octets := await reader.read(65536):
                    await self._passes.wait()
                    writer.write(octets)
                    await writer.drain()
            await self._passes.wait()
        finally:
            writer.close()
