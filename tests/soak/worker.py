"""
One long life of a worker: the same service, round after round, by a clock that whoever
started it moves.

`python -m tests.soak.worker LOG` reads an order a line: the instant to which the clock goes.
It answers with what the process has in hand after that round.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailbot import log, rounds, service
from mailbot.memory import give_back_what_is_free, let_go
from mailbot.settings import load
from tests.flow.house import Clock

_PAGE = resource.getpagesize()


def in_hand() -> dict[str, Any]:
    """
    What the process takes at this instant: MB, file handles, threads, seconds of CPU.
    """
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    return {
        "rss_mb": resident / 2**20,
        "handles": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - the folder is no Path's
        "threads": threading.active_count(),
        "cpu_s": time.process_time(),
    }


async def live() -> None:
    clock = Clock()
    asked = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    settings = load(Path(os.environ["MAILBOT_CONFIG"]), dict(os.environ))
    clock.at = datetime.fromisoformat((await asked.readline()).decode().strip())
    async with service.service(settings, clock) as running:
        answer({"is_complete": True, **in_hand()})
        while line := (await asked.readline()).decode().strip():
            if line.startswith("rest "):
                await asyncio.sleep(0)
                await rest(running, float(line.removeprefix("rest ")))
            else:
                clock.at = datetime.fromisoformat(line).astimezone(UTC)
                is_complete = await rounds.run_once(running)
                # As `mailbot run` does each minute.
                let_go()
                answer({"is_complete": is_complete, **in_hand()})


async def rest(running: service.Service, seconds: float) -> None:
    """
    What `mailbot run` does while nothing comes; the worker does nothing else afterwards.
    """
    before = time.process_time()
    working = asyncio.create_task(rounds.run(running))
    await asyncio.sleep(seconds)
    took = time.process_time() - before
    running.stop.set()
    await working
    answer({"is_complete": True, "idle_cpu": took / seconds, **in_hand()})


def answer(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # As `mailbot run` does.
    give_back_what_is_free()
    with Path(sys.argv[1]).open("a") as journal:
        log.configure(journal, as_json=True)
        asyncio.run(live())
