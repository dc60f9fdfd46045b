"""
mailbot's own processes, each under a clock of its own (libfaketime).
"""

import asyncio
from datetime import datetime
from pathlib import Path
from time import time

from tests.flow.house import House
from tests.servers.forked import program

ROOT = Path(__file__).parents[2]
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

_FAKED = {
    "LD_PRELOAD": str(FAKETIME),
    "FAKETIME": "+0",
    # A child has another clock than its parent, from its first look.
    "FAKETIME_NO_CACHE": "1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    # Without it a thread that waits for another may spin: seconds for each process.
    "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    "NO_FAKE_STAT": "1",
}


async def mailbot(house: House, at: datetime, *words: str, ends: int = 0) -> str:
    """
    `mailbot WORDS` at that instant; returns what it said, once it ended as it should.
    """
    # From now on: a commands' parent is older than the command.
    ahead = at.timestamp() - time()
    process = await asyncio.create_subprocess_exec(
        *program(*_FAKED.items()),
        *words,
        cwd=ROOT,
        env={
            **house.process_environ,
            "TZ": "UTC",
            "LOGNAME": "olwen",
            **_FAKED,
            "FAKETIME": f"{ahead:+.6f}",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == ends, said.decode()
    return said.decode()
