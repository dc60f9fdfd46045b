"""
mailbot's own processes, each under a clock of its own (libfaketime).
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from tests.flow.house import House

ROOT = Path(__file__).parents[2]
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


async def mailbot(house: House, at: datetime, *words: str, ends: int = 0) -> str:
    """
    `mailbot WORDS` at that instant; returns what it said, once it ended as it should.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mailbot",
        *words,
        cwd=ROOT,
        env={
            **house.process_environ,
            "TZ": "UTC",
            "LOGNAME": "olwen",
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"@{at:%Y-%m-%d %H:%M:%S}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Without it a thread that waits for another may spin: seconds for each process.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == ends, said.decode()
    return said.decode()
