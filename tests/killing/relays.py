"""
`python -m tests.killing.relays PORT FOLDER` reads "start" or "kill", a line each, and answers
with a line once it is done.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.servers.smtp import SmtpSink, into


async def serve(port: int, folder: Path) -> None:
    async with SmtpSink(port=port, on_received=into(folder)):
        sys.stdout.write("listens\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    relay = 0
    for line in sys.stdin:
        if line == "start\n":
            relay = os.fork()
            if relay == 0:
                asyncio.run(serve(port, folder))
        else:
            end(relay)
            relay = 0
            sys.stdout.write("killed\n")
            sys.stdout.flush()
    if relay:
        end(relay)


def end(relay: int) -> None:
    os.kill(relay, signal.SIGKILL)
    os.waitpid(relay, 0)


if __name__ == "__main__":
    main()
