"""
`mailbot run`: the worker, until it is stopped, or for one round.
"""

import atexit
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import TracebackType

import typer

from mailbot import log, rounds, service
from mailbot.cli.office import PROBLEMS
from mailbot.cli.opening import carried_out, settings_in_force
from mailbot.memory import give_back_what_is_free
from mailbot.settings import Settings


def run_worker(*, once: bool) -> None:
    log.to_stdout()
    sys.excepthook = _crashed
    give_back_what_is_free()

    async def work(settings: Settings) -> bool:
        if once:
            async with service.service(settings) as running:
                return await rounds.run_once(running)
        await rounds.run_when_there_is_a_database(lambda: _opened(settings))
        return True

    try:
        settings = settings_in_force()
        if not once and settings.alarm.ways:
            _have_alarms_told(settings)
        is_complete = carried_out(work(settings), *PROBLEMS)
    except typer.Exit:
        # The words are on stderr: what is wrong with a configuration may name people.
        log.get_logger().error("start_failed")
        raise
    if not is_complete:
        raise typer.Exit(1)


def _have_alarms_told(settings: Settings) -> None:
    """
    From here to the last words of the program.
    """
    from mailbot.alarms.bell import Bell
    from mailbot.alarms.urls import ways

    bell = Bell(
        ways(settings.alarm.ways),
        settings.alarm.after,
        service.utc_now,
        firm=settings.rulebook.company.short_name,
        host=socket.gethostname(),
    )
    log.listen(bell.hear)
    bell.start()
    # Behind the hook that says how it crashed.
    atexit.register(bell.stop)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[service.Service]:
    async with service.service(settings) as running, _watched(running):
        yield running


def _watched(running: service.Service) -> AbstractAsyncContextManager[None]:
    """
    /health and /metrics, where they are asked for.
    """
    if not running.settings.monitoring.listen:
        return nullcontext()
    # A start that nobody watches does not wait for what measures.
    from mailbot.monitoring.watched import watched

    return watched(running)


def _crashed(kind: type[BaseException], defect: BaseException, trace: TracebackType | None) -> None:
    """
    Python's own last words would quote the values of the moment: somebody's mail.
    """
    log.get_logger().critical("crashed", defect=defect)
