"""
Several `mailbot run` on one PostgreSQL, each a process of its own.
"""

import asyncio
import json
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tortoise.exceptions import BaseORMException

from mailbot.store.database import DatabaseFault, database
from mailbot.store.tables import OutboxRow, WorkerRow
from tests.flow.house import Clock, House, Mail
from tests.servers.forked import program

#: Seconds for something to come true that takes ten at most.
PATIENCE = 60.0


@dataclass
class Workers:
    """
    Those of one firm, in the order in which they were started.
    """

    house: House
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, **more: str) -> None:
        """
        One more, with these environment variables on top.
        """
        log = self._log(len(self.started))
        with log.open("wb") as said:
            self.started.append(
                subprocess.Popen(
                    [*program(), "run"],
                    env={**self.house.process_environ, **more},
                    cwd=self.house.folder,
                    stdout=said,
                    stderr=said,
                )
            )

    async def end(self) -> None:
        """
        What is left of them. The servers that they take leave of are in this event loop.
        """
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        for each in self.started:
            each.terminate()
        for each in self.started:
            with suppress(subprocess.TimeoutExpired):
                each.wait(timeout=10)
            each.kill()
            each.wait()

    def _log(self, number: int) -> Path:
        return self.house.folder / f"worker{number}.log"

    def said(self, number: int, event: str = "") -> list[dict[str, object]]:
        """
        The lines of the log of one of them, those of one event where it is named.
        """
        lines = (json.loads(each) for each in self._log(number).read_text().splitlines())
        return [each for each in lines if event in {"", each["event"]}]

    async def says(self, number: int, event: str, count: int = 1) -> None:
        """
        Until it has said so, so often.
        """
        async with asyncio.timeout(PATIENCE):
            while len(self.said(number, event)) < count:
                await asyncio.sleep(0.1)


async def at_work(house: House) -> Sequence[WorkerRow]:
    with suppress(DatabaseFault, BaseORMException):
        async with database(house.url):
            return await WorkerRow.all().order_by("id")
    return []


async def until(is_so: Callable[[Sequence[WorkerRow]], bool], house: House) -> Sequence[WorkerRow]:
    async with asyncio.timeout(PATIENCE):
        while not is_so(rows := await at_work(house)):
            await asyncio.sleep(0.2)
        return rows


def a_complaint(number: int) -> Mail:
    return Mail(sender=f"customer{number}@example.com", message_id=f"complaint{number}@example.com")


async def acknowledged(house: House, number: int) -> None:
    await house.sink.until(
        lambda received: any(f"customer{number}@example.com" in each.rcpt_to for each in received)
    )


async def all_sent(house: House) -> None:
    """
    Until every letter has been sent, and settled as such. Whatever somebody who is gone was
    about to send goes when its lease is over, which is now.
    """
    async with database(house.url):
        async with asyncio.timeout(PATIENCE):
            while await OutboxRow.exclude(status="sent").count():
                await asyncio.sleep(0.5)
                await (
                    OutboxRow.exclude(status="sent")
                    .filter(attempts__gt=0)
                    .update(next_attempt_at=house.clock(), claimed_until=None)
                )


def now() -> Clock:
    """
    A clock that stands at this moment: the workers have the machine's.
    """
    return Clock(datetime.now(UTC))
