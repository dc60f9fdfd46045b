"""
What each part of a worker waits for while it has nothing to do.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from mailbot.service import Service
from mailbot.transport.mailbox import ImapFault

Rest = Callable[[], Awaitable[None]]

_FIRST_REST = 5.0
_LONGEST_REST = 300.0
#: Deadlines are minutes apart; looking costs two indexed queries.
_CLOCK_REST = 15.0
_LEAST_REST = 0.05
#: Commands beside the worker queue letters without a word to it.
_OUTBOX_REST = 5.0
#: How long a letter that left may be without its copy in the sent folder, while nothing comes.
_COPIES_REST = 10.0


def backoff(failures: int) -> float:
    """
    Seconds before another try, after so many that failed.
    """
    longest = min(_FIRST_REST * 2.0 ** min(failures - 1, 10), _LONGEST_REST)
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret


async def wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _for_either(
    one: asyncio.Event, other: asyncio.Event, longest: float | None = None
) -> None:
    waits = [asyncio.create_task(each.wait()) for each in (one, other)]
    await asyncio.wait(waits, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


def until_due(running: Service) -> Rest:
    """
    Until something falls due, so that all who are at work share what is due at one instant;
    not long, for others write down what is due as well.
    """

    async def rest() -> None:
        left = await running.scheduler.seconds_to_the_next()
        seconds = _CLOCK_REST if left is None else min(max(left, _LEAST_REST), _CLOCK_REST)
        await wait(running.stop, seconds)

    return rest


def until_news(running: Service) -> Rest:
    """
    Until a letter was written, by us or beside us.
    """

    async def rest() -> None:
        await wait(running.news, _OUTBOX_REST)
        if not running.stop.is_set():
            running.news.clear()

    return rest


def until_mail(running: Service) -> Rest:
    """
    Until there is news, or it is time for a look; meanwhile copies are laid into the sent folder:
    what lies there nobody says twice, should the database be lost.
    """
    poll = running.settings.imap.poll_every
    longest = _COPIES_REST if running.settings.imap.sent_folder else poll.total_seconds()
    refused = 0

    async def rest() -> None:
        if not running.holding.is_held:
            # Whether another reaches what we did not.
            look = _CLOCK_REST if running.holding.is_left_to_others else None
            await _for_either(running.stop, running.holding.held, look)
            return
        ends = _seconds() + poll.total_seconds()
        while not running.stop.is_set() and running.holding.is_held:
            left = ends - _seconds()
            if left <= 0 or await is_over(min(left, longest)):
                return
            await running.intake.file_copies()

    async def is_over(seconds: float) -> bool:
        """
        Wait for so long; whether there has to be another look before it is time.
        """
        nonlocal refused
        if not running.settings.imap.idle:
            await wait(running.stop, seconds)
            return False
        ends = _seconds() + seconds
        try:
            if await running.source.idle(seconds):
                return True
        except ImapFault as fault:
            # A server that wants a rest has said what it wants.
            if fault.rest:
                raise
            # Only the wait has failed: whether there is more to it the next look finds
            # out, soon; and where waiting fails again, mail is looked for like anywhere.
            refused += 1
            longest_pause = poll.total_seconds()
            pause = min(longest_pause, _FIRST_REST) if refused == 1 else longest_pause
            await wait(running.stop, pause)
            return True
        refused = 0
        await wait(running.stop, max(0.0, ends - _seconds()))
        return False

    return rest


def _seconds() -> float:
    return asyncio.get_running_loop().time()
