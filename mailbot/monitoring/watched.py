"""
/health and /metrics of a running worker.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from http import HTTPStatus

from mailbot import __version__
from mailbot.health.document import document
from mailbot.health.facts import Facts
from mailbot.health.rules import troubles
from mailbot.monitoring.asking import facts, facts_here
from mailbot.monitoring.counted import InWork, Measured, SinceStart
from mailbot.monitoring.metrics import exposed
from mailbot.monitoring.server import Answer, Server
from mailbot.service import Service
from mailbot.store import wellbeing
from mailbot.store.database import DatabaseFault

#: Seconds for which an answer is good: however many ask, the database is asked once.
_GOOD_FOR = 1.0
#: Seconds that the database has for its answer.
_ANSWERED_WITHIN = 5.0

_PAGES = b"/health: whether mailbot is well (JSON)\n/metrics: for Prometheus\n"


@asynccontextmanager
async def watched(running: Service) -> AsyncIterator[None]:
    """
    Answer where [monitoring] says, for as long as the worker is at work.
    """
    host, port = running.settings.monitoring.host_and_port
    server = asyncio.create_task(Server(host, port, Watch(running).answer).run())
    try:
        yield
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError):
            await server


class Watch:
    def __init__(
        self,
        running: Service,
        *,
        good_for: float = _GOOD_FOR,
        answered_within: float = _ANSWERED_WITHIN,
    ) -> None:
        self._running = running
        self._good_for = good_for
        self._answered_within = answered_within
        self._asking = asyncio.Lock()
        self._asked: tuple[float, Facts, InWork] | None = None

    async def answer(self, path: str, accept: str) -> Answer:
        if path == "/health":
            return await self._health()
        if path == "/metrics":
            return await self._metrics(accept)
        is_known = path == "/"
        return Answer(status=HTTPStatus.OK if is_known else HTTPStatus.NOT_FOUND, content=_PAGES)

    async def _health(self) -> Answer:
        found, _ = await self._facts()
        wrong = troubles(found)
        said = json.dumps(document(found, wrong), indent=2, ensure_ascii=False)
        return Answer(
            status=HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK,
            content=f"{said}\n".encode(),
            type="application/json",
        )

    async def _metrics(self, accept: str) -> Answer:
        found, in_work = await self._facts()
        intake, delivery = self._running.intake, self._running.delivery
        measured = Measured(
            facts=found,
            troubles=troubles(found),
            since_start=SinceStart(
                messages=intake.recorded, failed=intake.failed, letters=delivery.settled
            ),
            in_work=in_work,
            version=__version__,
            send=self._running.settings.service.send,
        )
        content, kind = exposed(measured, accept)
        return Answer(status=HTTPStatus.OK, content=content, type=kind)

    async def _facts(self) -> tuple[Facts, InWork]:
        async with self._asking:
            seconds = asyncio.get_running_loop().time()
            if self._asked is None or seconds - self._asked[0] >= self._good_for:
                self._asked = (seconds, *await self._ask())
            return self._asked[1:]

    async def _ask(self) -> tuple[Facts, InWork]:
        # The people as they are by now: the worker reads them anew.
        people = self._running.office.firm.people
        settings, now = replace(self._running.settings, people=people), self._running.now()
        try:
            async with asyncio.timeout(self._answered_within):
                found = await facts_here(settings, now)
                return found, await self._in_work() if found.memory else InWork()
        except DatabaseFault as fault:
            return facts(settings, now, fault=str(fault)), InWork()
        except TimeoutError:
            said = f"the database has given no answer for {self._answered_within:g} seconds"
            return facts(settings, now, fault=said), InWork()

    async def _in_work(self) -> InWork:
        return InWork(
            cases=await wellbeing.cases_in_work(),
            promises=await wellbeing.promises_in_work(),
            overdue=await wellbeing.promises_overdue(self._running.now()),
            letters=await wellbeing.letters_underway(),
        )
