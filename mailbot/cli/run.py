"""
`mailbot run`: the worker, until it is stopped, or for one round.
"""

import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from types import TracebackType

import typer

from mailbot import log, rounds, service
from mailbot.cli.office import PROBLEMS
from mailbot.cli.opening import carried_out, settings_in_force
from mailbot.settings import Settings


def run_worker(*, once: bool) -> None:
    log.to_stdout()
    sys.excepthook = _crashed

    async def work(settings: Settings) -> bool:
        async with service.service(settings) as running:
            if once:
                return await rounds.run_once(running)
            async with _watched(running):
                await rounds.run(running)
            return True

    try:
        is_complete = carried_out(work(settings_in_force()), *PROBLEMS)
    except typer.Exit:
        # The words are on stderr: what is wrong with a configuration may name people.
        log.get_logger().error("start_failed")
        raise
    if not is_complete:
        raise typer.Exit(1)


def _watched(running: service.Service) -> AbstractAsyncContextManager[None]:
    """
    /health and /metrics, where they are asked for.
    """
    if not running.settings.monitoring.listen:
        return nullcontext()
    # A start that nobody watches does not wait for what measures.
    from mailbot.monitoring.watched import watched  # noqa: PLC0415

    return watched(running)


def _crashed(kind: type[BaseException], defect: BaseException, trace: TracebackType | None) -> None:
    """
    Python's own last words would quote the values of the moment: somebody's mail.
    """
    log.get_logger().critical("crashed", defect=defect)
