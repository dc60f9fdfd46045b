"""
The workers at work: one complete round, or round after round until the stop signal.
"""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from datetime import timedelta

from mailbot import __version__
from mailbot.health.told import IN_THE_MAILBOX
from mailbot.log import get_logger
from mailbot.memory import let_go
from mailbot.service import Service, utc_now
from mailbot.store import presence
from mailbot.store.database import DatabaseAway, DatabaseFault
from mailbot.store.holding import MailboxTaken
from mailbot.systemd import READY, STOPPING, Supervisor
from mailbot.transport.mailbox import ImapFault
from mailbot.transport.smtp_session import SmtpFault
from mailbot.workers.channels import ChannelClosed, ChannelRefused, ChannelSlowed
from mailbot.workers.holding import BEAT
from mailbot.workers.lasting import Lasting

log = get_logger()

#: What the edges raise when they cannot go on; everything else is a defect and stops us loudly.
FAULTS = (ImapFault, SmtpFault, ChannelClosed, DatabaseFault)

_FIRST_REST = 5.0
_LONGEST_REST = 300.0
#: Deadlines are minutes apart; looking costs two indexed queries.
_CLOCK_REST = 15.0
_LEAST_REST = 0.05
#: Commands beside the worker queue letters without a word to it.
_OUTBOX_REST = 5.0
_HEALTH_REST = 60.0
#: How long a letter that left may be without its copy in the sent folder, while nothing comes.
_COPIES_REST = 10.0


async def run_once(running: Service) -> bool:
    """
    One complete round; False if a server could not be reached. The halves that
    could be done are done all the same.
    """
    has_mailbox = await _has_mailbox_for_a_round(running)
    over = asyncio.Event()
    keeping = asyncio.create_task(_keep_mailbox(running, over))
    try:
        is_complete = await _all_parts(running, has_mailbox=has_mailbox)
    finally:
        over.set()
        await keeping
    with suppress(DatabaseFault):
        await presence.ended_rounds(running.told())
    log.info("round_completed" if is_complete else "round_incomplete")
    return is_complete


async def _all_parts(running: Service, *, has_mailbox: bool) -> bool:
    is_complete = True
    parts: tuple[tuple[str, Callable[[], Awaitable[int]]], ...] = (
        ("imap", _taking_in(running)),
        ("clock", _striking(running)),
        ("smtp", _reaching(running)),
        ("sent_folder", running.intake.file_copies),
    )
    for part, step in parts:
        # Another worker takes in what waits.
        if part in IN_THE_MAILBOX and not has_mailbox:
            continue
        try:
            while await step() and not running.stop.is_set():
                pass
            running.vitals.ended_round(part, running.now())
        except FAULTS as fault:
            log.error("part_failed", part=part, reason=str(fault))
            is_complete = False
    return is_complete


async def _has_mailbox_for_a_round(running: Service) -> bool:
    try:
        return await running.holding.for_a_round()
    except DatabaseFault:
        # The parts say what is wrong with the database, each for itself.
        return True


def _taking_in(running: Service) -> Callable[[], Awaitable[int]]:
    """
    What is new; first what a restored database lacks.
    """

    async def step() -> int:
        await running.catching_up.step()
        return await running.intake.step() if await running.catching_up.is_over() else 0

    return step


def _striking(running: Service) -> Callable[[], Awaitable[int]]:
    """
    Deadlines; none before all is known that may have kept them.
    """

    async def step() -> int:
        return await running.scheduler.step() if await running.catching_up.is_over() else 0

    return step


def _reaching(running: Service) -> Callable[[], Awaitable[int]]:
    """
    Delivery that meets the server also when nothing is due: a round tells of it.
    """

    async def step() -> int:
        if running.office.is_live:
            await running.couriers[0].connect()
        return await _deliver(running)

    return step


async def _deliver(running: Service) -> int:
    """
    A batch of delivery; what the server says of itself on the way is learnt.
    """
    try:
        return await running.delivery.step()
    finally:
        await running.learn_largest_mail()


def _delivery_step(running: Service) -> Callable[[], Awaitable[int]]:
    async def step() -> int:
        return await _deliver(running)

    return step


async def run_when_there_is_a_database(
    opened: Callable[[], AbstractAsyncContextManager[Service]],
) -> None:
    """
    Work until the stop. A server of the database that is away at the start is waited for, like
    one that goes away later.
    """
    stop = asyncio.Event()
    _listen_for_stop(stop)
    supervisor = Supervisor()
    failures = 0
    broken = Lasting()
    while not stop.is_set():
        async with AsyncExitStack() as stack:
            try:
                running = await stack.enter_async_context(opened())
            except DatabaseAway as fault:
                failures += 1
                pause = _backoff(failures)
                supervisor.show(f"waits to start: {fault}")
                if broken.is_news(_what_is_wrong(fault), utc_now()):
                    log.error(
                        "part_failed", part="database", reason=str(fault), retry_after=round(pause)
                    )
                await _wait(stop, pause)
                continue
            if broken.is_over():
                log.info("part_recovered", part="database")
            if not stop.is_set():
                await run(running)
            return


async def run(running: Service) -> None:
    """
    Work until the stop event; returns when every worker has finished what it
    had in hand.
    """
    _listen_for_stop(running.stop)
    supervisor = Supervisor()
    supervisor.say(READY)
    alive = asyncio.create_task(supervisor.keep_alive())
    looking = asyncio.create_task(_see_whether_it_is_well(running))
    looking.add_done_callback(_say_why_it_ended)
    log.info("started", version=__version__, send=running.settings.service.send)
    running.intake.goes_on()
    beating = asyncio.create_task(_beat(running, supervisor))
    tasks = [
        asyncio.create_task(_loop(running, "imap", _intake_step(running), _mail_rest(running))),
        asyncio.create_task(_loop(running, "clock", _clock_step(running), _clock_rest(running))),
        asyncio.create_task(_loop(running, "smtp", _delivery_step(running), _outbox_rest(running))),
    ]
    await asyncio.wait(
        [*tasks, beating, asyncio.create_task(running.stop.wait())],
        return_when=asyncio.FIRST_COMPLETED,
    )
    # A worker that ended by itself met a defect: the others stop, and then it is raised.
    supervisor.say(STOPPING)
    running.stop.set()
    running.news.set()
    running.source.interrupt(for_good=True)
    try:
        await asyncio.wait([*tasks, beating])
        await asyncio.gather(*tasks, beating)
    finally:
        alive.cancel()
        looking.cancel()
        log.info("stopped")


async def _see_whether_it_is_well(running: Service) -> None:
    """
    Once a minute, beside the work: no fault in it stops anything.
    """
    await _wait(running.stop, _HEALTH_REST)
    # A start does not wait for what looks at it.
    from mailbot.monitoring.unwell import Unwell

    unwell = Unwell(running)
    while not running.stop.is_set():
        await unwell.look()
        let_go()
        await _wait(running.stop, _HEALTH_REST)


def _say_why_it_ended(looking: "asyncio.Task[None]") -> None:
    if not looking.cancelled() and (defect := looking.exception()):
        log.error("health_unknown", defect=defect)


def _listen_for_stop(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def _beat(running: Service, supervisor: Supervisor) -> None:
    """
    Keep the mailbox, or wait for it; and be seen at work. A database that cannot be asked
    is told of by the parts.
    """
    while not running.stop.is_set():
        with suppress(DatabaseFault):
            await running.holding.beat()
        supervisor.show(_status(running))
        await _wait(running.stop, BEAT)


def _status(running: Service) -> str:
    """
    How it stands, in a line.
    """
    parts = running.told().parts
    broken = [f"{name}: {part.fault}" for name, part in parts.items() if part.fault]
    does = "takes mail in" if running.holding.is_held else "stands by"
    return "; ".join(broken) or f"at work, {does}"


async def _keep_mailbox(running: Service, over: asyncio.Event) -> None:
    """
    A round that is long is no worker that froze: it keeps the mailbox, and what it has in hand,
    to its end.
    """
    await _wait(over, BEAT)
    while not over.is_set():
        with suppress(DatabaseFault):
            if running.holding.is_held:
                await running.holding.keep()
            await running.holding.keep_in_hand()
        await _wait(over, BEAT)


def _intake_step(running: Service) -> Callable[[], Awaitable[int]]:
    take_in = _taking_in(running)

    async def step() -> int:
        if not running.holding.is_held:
            return 0
        worked = await take_in()
        return worked + await running.intake.file_copies()

    return step


def _clock_step(running: Service) -> Callable[[], Awaitable[int]]:
    strike = _striking(running)

    async def step() -> int:
        await running.see_who_works_here()
        await running.say_what_runs_out()
        settled = await strike()
        if settled:
            running.news.set()
        return settled

    return step


async def _loop(
    running: Service,
    part: str,
    step: Callable[[], Awaitable[int]],
    rest: Callable[[], Awaitable[None]],
) -> None:
    """
    Step until the stop; rest only when there was nothing to do. One line when something
    breaks, when the reason is another and once a day while it lasts, and one when it recovers.
    """
    failures = 0
    broken = Lasting()
    while not running.stop.is_set():
        try:
            worked = await step()
            failures = 0
            _ended_round(running, part)
            if broken.is_over():
                log.info("part_recovered", part=part)
            if not worked:
                await rest()
        # Somebody else goes on from where we were: nothing is broken.
        except MailboxTaken:
            await running.holding.drop()
        # The server takes mail, as fast as it likes: nothing is broken.
        except ChannelSlowed as slowed:
            _ended_round(running, part)
            await _wait(running.stop, slowed.retry_after)
        except FAULTS as fault:
            if running.stop.is_set():
                return
            # It was cut off in what is another's to do by now.
            if not _is_ours(running, part):
                continue
            failures += 1
            running.vitals.broke(part, str(fault), running.now())
            # A server that asks to be left alone for so long is.
            pause = max(_backoff(failures), fault.rest if isinstance(fault, ImapFault) else 0.0)
            is_told = isinstance(fault, ChannelRefused)
            if not is_told and broken.is_news(_what_is_wrong(fault), running.now()):
                log.error("part_failed", part=part, reason=str(fault), retry_after=round(pause))
            await _wait(running.stop, pause)


def _what_is_wrong(fault: Exception) -> str:
    """
    The fault as one line is said of it. A server that dies, is gone and starts again is away
    all the while, whatever each of its words for that is.
    """
    return "database_away" if isinstance(fault, DatabaseAway) else str(fault)


def _is_ours(running: Service, part: str) -> bool:
    return part not in IN_THE_MAILBOX or running.holding.is_held


def _ended_round(running: Service, part: str) -> None:
    if _is_ours(running, part):
        running.vitals.ended_round(part, running.now())


def _backoff(failures: int) -> float:
    longest = min(_FIRST_REST * 2.0 ** min(failures - 1, 10), _LONGEST_REST)
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _wait_for_either(one: asyncio.Event, other: asyncio.Event) -> None:
    waits = [asyncio.create_task(each.wait()) for each in (one, other)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


def _clock_rest(running: Service) -> Callable[[], Awaitable[None]]:
    """
    Until something falls due, so that all who are at work share what is due at one instant;
    not long, for others write down what is due as well.
    """

    async def rest() -> None:
        left = await running.scheduler.seconds_to_the_next()
        seconds = _CLOCK_REST if left is None else min(max(left, _LEAST_REST), _CLOCK_REST)
        await _wait(running.stop, seconds)

    return rest


def _outbox_rest(running: Service) -> Callable[[], Awaitable[None]]:
    async def rest() -> None:
        await _wait(running.news, _OUTBOX_REST)
        if not running.stop.is_set():
            running.news.clear()

    return rest


def _mail_rest(running: Service) -> Callable[[], Awaitable[None]]:
    """
    Until there is news, or it is time for a look; meanwhile copies are laid into the sent folder:
    what lies there nobody says twice, should the database be lost.
    """
    poll: timedelta = running.settings.imap.poll_every
    longest = _COPIES_REST if running.settings.imap.sent_folder else poll.total_seconds()
    refused = 0

    async def rest() -> None:
        if not running.holding.is_held:
            await _wait_for_either(running.stop, running.holding.held)
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
            await _wait(running.stop, seconds)
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
            await _wait(running.stop, pause)
            return True
        refused = 0
        await _wait(running.stop, max(0.0, ends - _seconds()))
        return False

    return rest


def _seconds() -> float:
    return asyncio.get_running_loop().time()
