"""
The composition root, in reading order: keys, office, edges, workers, the stop signal.
"""

import asyncio
import random
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from mailbot import __version__
from mailbot.cases.known.home import Home
from mailbot.letters.office import Office
from mailbot.letters.rehearsal import samples
from mailbot.letters.stationery import Stationery
from mailbot.letters.templates import TemplateProblem
from mailbot.log import get_logger
from mailbot.mail.origin.host_proof import Asked
from mailbot.mail.signed_ids import Keyring, base32
from mailbot.roster import Roster
from mailbot.settings import Settings
from mailbot.store import home, outbox, query
from mailbot.store.database import DatabaseFault, database
from mailbot.transport.imap import ImapSource
from mailbot.transport.mailbox import ImapAccount, ImapFault
from mailbot.transport.smtp import Courier, SmtpAccount, SmtpFault
from mailbot.workers.delivery import ChannelClosed, Delivery
from mailbot.workers.intake import Intake
from mailbot.workers.scheduler import Scheduler

log = get_logger()

#: What the edges raise when they cannot go on; everything else is a defect and stops us loudly.
FAULTS = (ImapFault, SmtpFault, ChannelClosed, DatabaseFault)

_FIRST_REST = 5.0
_LONGEST_REST = 300.0
#: Deadlines are minutes apart; looking costs one indexed query.
_CLOCK_REST = 15.0
#: Commands beside the worker queue letters without a word to it.
_OUTBOX_REST = 5.0


class KeyFileProblem(Exception):  # noqa: N818 - it is the file's
    """
    token.key is missing or lacks a key that is needed; str() says what to do.
    """


def utc_now() -> datetime:
    return datetime.now(UTC)


def templates_folder(settings: Settings) -> Path:
    """
    The folder of the firm's templates, or the package's own.
    """
    return settings.paths.templates or packaged("templates")


def packaged(name: str) -> Path:
    """
    A folder that travels with the package, or stands beside it in a checkout.
    """
    installed = Path(str(files("mailbot"))) / "_data" / name
    return installed if installed.is_dir() else Path(str(files("mailbot"))).parent / name


def stationery(settings: Settings, *, may_keep: bool = False) -> Stationery:
    """
    The firm's templates, each tried on a made-up case. A TemplateProblem lists
    whatever is wrong, what a rights letter must say included. Who only looks may not
    keep the compiled ones for the next start.
    """
    own = settings.service.address.rpartition("@")[2]
    links = (*settings.rulebook.hosts_allowed, own)
    loaded = Stationery.load(
        templates_folder(settings),
        links=links,
        # Nobody else may write there: what is kept is run.
        kept_in=settings.service.token_key_file.parent,
        may_keep=may_keep,
    )
    if problems := loaded.problems(samples(settings.firm)):
        raise TemplateProblem(*problems)
    return loaded


async def keyring(settings: Settings) -> Keyring:
    """
    The keys that sign our ids and tokens. Made for a database that has signed
    nothing; a key that signed stored mail and is lacking is a KeyFileProblem.
    """
    path = settings.service.token_key_file
    needed = await outbox.signing_keys()
    if not path.exists() and not needed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(base32(secrets.token_bytes(32)) + "\n")
    return read_keys(path, settings, needed)


def read_keys(path: Path, settings: Settings, needed: list[str]) -> Keyring:
    """
    The keyring of the file; KeyFileProblem if a key with an id in *needed* is not there.
    """
    keys = [line.strip().encode() for line in _lines(path) if line.strip()]
    if not keys:
        raise KeyFileProblem(f"{path}: there is no key in it; restore the file from your backup")
    ring = Keyring(keys, settings.service.address.rpartition("@")[2])
    if missing := ring.missing(needed):
        raise KeyFileProblem(
            f"{path}: lacks a key that signed mail of stored cases (key id "
            f"{', '.join(missing)}), so answers to it would no longer be recognised; put the"
            " old key back below the new one"
        )
    return ring


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError as fault:
        raise KeyFileProblem(
            f"{path}: cannot be read ({fault.strerror}); the mail of stored cases was signed"
            " with it, so restore it from your backup"
        ) from fault


async def at_home(settings: Settings) -> Home:
    """
    Where the open database is: by whose mailbox, on which host or server.
    """
    mailbox = f"{settings.imap.username}@{settings.imap.host}".lower()
    return await home.here(mailbox, socket.gethostname())


async def office(settings: Settings) -> Office:
    ours = office_with(settings, await keyring(settings), may_keep=True)
    return replace(ours, home=await at_home(settings))


async def office_to_look(settings: Settings) -> Office:
    """
    The office for those who only look: before the first run it has a key that
    has signed nothing, and makes no file of it.
    """
    path, needed = settings.service.token_key_file, await outbox.signing_keys()
    known = path.exists() or needed
    return office_with(settings, read_keys(path, settings, needed) if known else None)


def office_with(settings: Settings, ring: Keyring | None, *, may_keep: bool = False) -> Office:
    """
    The office with those keys; with None by those that have signed nothing.
    """
    domain = settings.service.address.rpartition("@")[2]
    return Office(
        firm=settings.firm,
        keyring=ring or Keyring([secrets.token_bytes(32)], domain),
        stationery=stationery(settings, may_keep=may_keep),
        chance=lambda: secrets.token_bytes(32),
        is_live=settings.service.send == "live",
        plus_addressing=settings.service.plus_addressing,
        authserv_id=settings.service.authserv_id,
        staff_proof=Asked(settings.service.staff_proof),
        sent_folder=settings.imap.sent_folder,
    )


def source(settings: Settings) -> ImapSource:
    imap = settings.imap
    return ImapSource(
        ImapAccount(
            host=imap.host,
            port=imap.port,
            tls=imap.tls,
            username=imap.username,
            password=imap.password.get_secret_value(),
            folder=imap.folder,
            processed_folder=imap.processed_folder,
        )
    )


def courier(settings: Settings) -> Courier:
    smtp = settings.smtp
    return Courier(
        SmtpAccount(
            host=smtp.host,
            port=smtp.port,
            tls=smtp.tls,
            username=smtp.username,
            password=smtp.password.get_secret_value(),
            sender=settings.service.address,
        )
    )


@dataclass
class Service:
    """
    The three workers and the edges between which they stand.
    """

    settings: Settings
    office: Office
    source: ImapSource
    couriers: list[Courier]
    intake: Intake
    scheduler: Scheduler
    delivery: Delivery
    roster: Roster
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when letters were written: delivery need not wait for its next look.
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def see_who_works_here(self) -> None:
        """
        Go on with the people of handlers.toml as it is now; an alarm if one of them
        left open cases behind.
        """
        people = self.roster.changed()
        if people is None:
            return
        self.office = replace(self.office, firm=replace(self.office.firm, people=people))
        for worker in (self.intake, self.scheduler, self.delivery):
            worker.work_for(self.office)
        at_work = await query.handlers_at_work()
        left = [cases for email, cases in at_work.items() if people.by_address(email) is None]
        if left:
            log.error("cases_left_behind", count=sum(map(len, left)))

    async def close(self) -> None:
        await self.source.close()
        for each in self.couriers:
            await each.close()


@asynccontextmanager
async def service(
    settings: Settings, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Service]:
    """
    The service, its database open; the servers are met when they are needed.
    """
    async with database(settings.database.url.get_secret_value()):
        the_office = await office(settings)
        if the_office.home:
            await home.settle_in(the_office.home, now())
        the_source = source(settings)
        couriers = [courier(settings) for _ in range(settings.smtp.connections)]
        news = asyncio.Event()
        running = Service(
            settings=settings,
            office=the_office,
            source=the_source,
            couriers=couriers,
            intake=Intake(
                the_source,
                the_office,
                now,
                max_message=settings.imap.max_message,
                news=news.set,
            ),
            scheduler=Scheduler(the_office, now),
            delivery=Delivery(
                couriers,
                the_office,
                now,
                per_minute=settings.smtp.per_minute,
                spread=random.random,
            ),
            roster=Roster(settings),
            news=news,
        )
        try:
            yield running
        finally:
            await running.close()


async def run_once(running: Service) -> bool:
    """
    One complete round; False if a server could not be reached. The halves that
    could be done are done all the same.
    """
    is_complete = True
    parts: tuple[tuple[str, Callable[[], Awaitable[int]]], ...] = (
        ("imap", running.intake.step),
        ("clock", running.scheduler.step),
        ("smtp", _reaching(running)),
        ("sent_folder", running.intake.file_copies),
    )
    for part, step in parts:
        try:
            while await step() and not running.stop.is_set():
                pass
        except FAULTS as fault:
            log.error("part_failed", part=part, reason=str(fault))
            is_complete = False
    log.info("round_completed" if is_complete else "round_incomplete")
    return is_complete


def _reaching(running: Service) -> Callable[[], Awaitable[int]]:
    """
    Delivery that meets the server also when nothing is due: a round tells of it.
    """

    async def step() -> int:
        if running.office.is_live:
            await running.couriers[0].connect()
        return await running.delivery.step()

    return step


async def run(running: Service) -> None:
    """
    Work until the stop event; returns when every worker has finished what it
    had in hand.
    """
    _listen_for_stop(running)
    log.info("started", version=__version__, send=running.settings.service.send)
    tasks = [
        asyncio.create_task(_loop(running, "imap", _intake_step(running), _mail_rest(running))),
        asyncio.create_task(
            _loop(running, "clock", _clock_step(running), _rest(running, _CLOCK_REST))
        ),
        asyncio.create_task(_loop(running, "smtp", running.delivery.step, _outbox_rest(running))),
    ]
    await asyncio.wait(
        [*tasks, asyncio.create_task(running.stop.wait())], return_when=asyncio.FIRST_COMPLETED
    )
    # A worker that ended by itself met a defect: the others stop, and it is raised.
    running.stop.set()
    running.news.set()
    running.source.interrupt()
    try:
        await asyncio.gather(*tasks)
    finally:
        log.info("stopped")


def _listen_for_stop(running: Service) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # not on every platform
            loop.add_signal_handler(number, running.stop.set)


def _intake_step(running: Service) -> Callable[[], Awaitable[int]]:
    async def step() -> int:
        worked = await running.intake.step()
        return worked + await running.intake.file_copies()

    return step


def _clock_step(running: Service) -> Callable[[], Awaitable[int]]:
    async def step() -> int:
        await running.see_who_works_here()
        settled = await running.scheduler.step()
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
    Step until the stop; rest only when there was nothing to do. One line when
    something breaks and one when it recovers.
    """
    failures = 0
    while not running.stop.is_set():
        try:
            worked = await step()
            if failures:
                log.info("part_recovered", part=part)
            failures = 0
            if not worked:
                await rest()
        except FAULTS as fault:
            if running.stop.is_set():
                return
            failures += 1
            pause = _backoff(failures)
            if failures == 1:
                log.error("part_failed", part=part, reason=str(fault), retry_after=round(pause))
            await _wait(running.stop, pause)


def _backoff(failures: int) -> float:
    longest = min(_FIRST_REST * 2.0 ** min(failures - 1, 10), _LONGEST_REST)
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _rest(running: Service, seconds: float) -> Callable[[], Awaitable[None]]:
    async def rest() -> None:
        await _wait(running.stop, seconds)

    return rest


def _outbox_rest(running: Service) -> Callable[[], Awaitable[None]]:
    async def rest() -> None:
        await _wait(running.news, _OUTBOX_REST)
        if not running.stop.is_set():
            running.news.clear()

    return rest


def _mail_rest(running: Service) -> Callable[[], Awaitable[None]]:
    poll: timedelta = running.settings.imap.poll_every

    async def rest() -> None:
        if running.settings.imap.idle and not running.stop.is_set():
            began = asyncio.get_running_loop().time()
            has_news = await running.source.idle(poll.total_seconds())
            left = poll.total_seconds() - (asyncio.get_running_loop().time() - began)
            if has_news or left <= 0:
                return
            await _wait(running.stop, left)
        else:
            await _wait(running.stop, poll.total_seconds())

    return rest
