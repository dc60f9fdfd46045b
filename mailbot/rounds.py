"""
The workers at work: one complete round, or round after round until the stop signal.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress

from mailbot import __version__
from mailbot.health.told import IN_THE_MAILBOX
from mailbot.log import get_logger
from mailbot.memory import let_go
from mailbot.rests import Rest, backoff, until_due, until_mail, until_news, wait
from mailbot.service import Service, utc_now
from mailbot.store import presence
from mailbot.store.database import (
    DatabaseAway,
    DatabaseFault,
    DatabaseNewer,
    see_that_it_is_not_newer,
)
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

_HEALTH_REST = 60.0
#: Seconds after the stop for copies into the sent folder.
_LAST_COPIES = 2.0


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
        await running.see_that_the_database_is_ours()
        await running.catching_up.step()
        return await running.intake.step() if await running.catching_up.is_over() else 0

    return step


def _striking(running: Service) -> Callable[[], Awaitable[int]]:
    """
    Deadlines; none before all is known that may have kept them.
    """

    async def step() -> int:
        await running.see_that_the_database_is_ours()
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
    await see_that_it_is_not_newer()
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
                pause = backoff(failures)
                supervisor.show(f"waits to start: {fault}")
                if broken.is_news(_what_is_wrong(fault), utc_now()):
                    log.error(
                        "part_failed", part="database", reason=str(fault), retry_after=round(pause)
                    )
                await wait(stop, pause)
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
        asyncio.create_task(_loop(running, "imap", _intake_step(running), until_mail(running))),
        asyncio.create_task(_loop(running, "clock", _clock_step(running), until_due(running))),
        asyncio.create_task(_loop(running, "smtp", _delivery_step(running), until_news(running))),
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
        await _lay_the_last_copies(running)
    finally:
        alive.cancel()
        looking.cancel()
        log.info("stopped")


async def _lay_the_last_copies(running: Service) -> None:
    """
    Whoever stops before a restore has nothing else that tells which letters had left. Soon, or
    not now: the next start lays what is left.
    """
    if running.holding.is_held:
        with suppress(*FAULTS, TimeoutError):
            await asyncio.wait_for(running.lay_the_last_copies(), _LAST_COPIES)


async def _see_whether_it_is_well(running: Service) -> None:
    """
    Once a minute, beside the work: no fault in it stops anything.
    """
    await wait(running.stop, _HEALTH_REST)
    # A start does not wait for what looks at it.
    from mailbot.monitoring.unwell import Unwell

    unwell = Unwell(running)
    while not running.stop.is_set():
        await unwell.look()
        let_go()
        await wait(running.stop, _HEALTH_REST)


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
        await wait(running.stop, BEAT)


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
    await wait(over, BEAT)
    while not over.is_set():
        with suppress(DatabaseFault):
            if running.holding.is_held:
                await running.holding.keep()
            await running.holding.keep_in_hand()
        await wait(over, BEAT)


def _intake_step(running: Service) -> Callable[[], Awaitable[int]]:
    take_in = _taking_in(running)

    async def step() -> int:
        if not running.holding.is_held:
            return 0
        worked = await take_in()
        await running.see_how_full_the_mailbox_is()
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
    rest: Rest,
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
            await _say_when_it_recovers(running, part, broken)
            if not worked:
                await rest()
        # Somebody else goes on from where we were: nothing is broken.
        except MailboxTaken:
            await running.holding.drop()
        # The server takes mail, as fast as it likes: nothing is broken.
        except ChannelSlowed as slowed:
            _ended_round(running, part)
            await wait(running.stop, slowed.retry_after)
        except FAULTS as fault:
            _end_where_nothing_is_left(fault)
            if running.stop.is_set():
                return
            # It was cut off in what is another's to do by now.
            if not _is_ours(running, part):
                continue
            failures += 1
            running.vitals.broke(part, str(fault), running.now())
            # A server that asks to be left alone for so long is.
            pause = max(backoff(failures), fault.rest if isinstance(fault, ImapFault) else 0.0)
            is_told = isinstance(fault, ChannelRefused)
            if not is_told and broken.is_news(_what_is_wrong(fault), running.now()):
                log.error("part_failed", part=part, reason=str(fault), retry_after=round(pause))
            # Where it is left to another there is nothing to wait for.
            if not await _is_left_to_others(running, part, fault):
                await wait(running.stop, pause)


def _end_where_nothing_is_left(fault: Exception) -> None:
    """
    Raise what this program never recovers from: the mailbox is for a later one to hold.
    """
    if isinstance(fault, DatabaseNewer):
        raise fault


def _what_is_wrong(fault: Exception) -> str:
    """
    The fault as one line is said of it. A server that dies, is gone and starts again is away
    all the while, whatever each of its words for that is.
    """
    return "database_away" if isinstance(fault, DatabaseAway) else str(fault)


def _is_ours(running: Service, part: str) -> bool:
    return part not in IN_THE_MAILBOX or running.holding.is_held


async def _say_when_it_recovers(running: Service, part: str, broken: Lasting) -> None:
    if await _is_seen_to(running, part) and broken.is_over():
        log.info("part_recovered", part=part)


async def _is_left_to_others(running: Service, part: str, fault: Exception) -> bool:
    is_of_the_mailbox = part == "imap" and isinstance(fault, ImapFault)
    return is_of_the_mailbox and await running.holding.not_reached()


async def _is_seen_to(running: Service, part: str) -> bool:
    """
    Whether nothing keeps us from the part: a round of it was ended, or it is another's.
    """
    _ended_round(running, part)
    if part != "imap":
        return True
    if running.holding.is_held:
        running.holding.reached()
        return True
    if not await running.holding.is_reached_by_another():
        return False
    running.vitals.follow(part, "", running.now())
    return True


def _ended_round(running: Service, part: str) -> None:
    if _is_ours(running, part):
        running.vitals.ended_round(part, running.now())
