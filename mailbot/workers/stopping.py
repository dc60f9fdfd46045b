"""
What still waits for a server when the stop comes: a container has ten seconds to end in.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds that a server has left, after the stop, to say what becomes of a letter in hand.
LAST_WORD = 5.0


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T], *, otherwise: T) -> T:
    """
    What comes of *work*, of which nothing is lost when it is left; *otherwise* if the stop
    comes first.
    """
    working = asyncio.ensure_future(work)
    if await _is_over(stop, working):
        return await working
    working.cancel()
    await asyncio.wait({working})
    return otherwise


async def soon_after_stop(
    stop: asyncio.Event, work: Coroutine[Any, Any, T], *, cut: Callable[[], None]
) -> T:
    """
    What comes of *work*; after the stop it has LAST_WORD seconds, and then *cut* ends it.
    """
    working = asyncio.ensure_future(work)
    if not await _is_over(stop, working):
        await asyncio.wait({working}, timeout=LAST_WORD)
        if not working.done():
            cut()
    return await working


async def _is_over(stop: asyncio.Event, working: "asyncio.Future[T]") -> bool:
    """
    Whether it ends before the stop comes. Who is cancelled meanwhile ends it.
    """
    stopped = asyncio.ensure_future(stop.wait())
    either: set[asyncio.Future[Any]] = {working, stopped}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        working.cancel()
        await asyncio.wait({working})
        raise
    finally:
        stopped.cancel()
    return working.done()
