"""
A line to a server in another house: whatever is said on it is heard some milliseconds later,
either way, however much of it there is.

A process of its own, so that what it costs is nobody else's.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.benchmark.trees import ROOT
from tests.servers.ports import LOOPBACK


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, later: float) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while octets := await reader.read(65536):
            # In order: the loop calls what is due in the order of its time.
            loop.call_later(later, writer.write, octets)
    loop.call_later(later, writer.close)


async def _serve(beyond: int, later: float) -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(LOOPBACK, beyond)
        await asyncio.gather(_pump(reader, there[1], later), _pump(there[0], writer, later))

    server = await asyncio.start_server(visit, LOOPBACK, 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def running(beyond: int, *, later: float) -> Iterator[int]:
    """
    The port at which the server of the port *beyond* is heard so many seconds *later*.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmark.line", str(beyond), str(later)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
