"""
The composition root, in reading order: office, edges, workers, the stop signal.
"""

import asyncio
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from mailbot import __version__, signing_keys
from mailbot.cases.known.home import Home, Moved
from mailbot.health.told import Told
from mailbot.letters.office import Office
from mailbot.letters.rehearsal import samples
from mailbot.letters.stationery import Stationery
from mailbot.letters.templates import TemplateProblem
from mailbot.log import get_logger
from mailbot.mail.origin.host_proof import Asked
from mailbot.mail.signed_ids import Keyring
from mailbot.roster import Roster
from mailbot.settings import Settings
from mailbot.settings.alike import to_be_alike
from mailbot.store import control, home, outbox, query, standstill
from mailbot.store.database import database, see_that_it_is_not_newer
from mailbot.store.soundness import look_through
from mailbot.transport.imap import ImapSource
from mailbot.transport.imap_faults import says_full
from mailbot.transport.mailbox import ImapAccount, SpaceLeft
from mailbot.transport.oauth2.client import Client, Flow
from mailbot.transport.oauth2.tokens import Tokens
from mailbot.transport.smtp import Courier
from mailbot.transport.smtp_session import SmtpAccount
from mailbot.workers.catching_up import CatchingUp
from mailbot.workers.clock_watch import ClockWatch
from mailbot.workers.courtesies import Copies
from mailbot.workers.credentials import Credentials
from mailbot.workers.delivery import Delivery
from mailbot.workers.holding import Holding
from mailbot.workers.intake import Intake
from mailbot.workers.other_clocks import OtherClocks
from mailbot.workers.past.archive import Shelves
from mailbot.workers.scheduler import Scheduler
from mailbot.workers.space import Space
from mailbot.workers.vitals import Vitals

log = get_logger()

#: Seconds for which a start looks through the file of the database.
_LOOKED_THROUGH = 2.0


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
        face=settings.face.shown,
        # Nobody else may write there: what is kept is run.
        kept_in=settings.service.token_key_file.parent,
        may_keep=may_keep,
    )
    if problems := loaded.problems(samples(settings.firm)):
        raise TemplateProblem(*problems)
    return loaded


async def at_home(settings: Settings) -> Home:
    """
    Where the open database is: by whose mailbox, on which host or server.
    """
    return await home.here(mailbox_of(settings), socket.gethostname())


def mailbox_of(settings: Settings) -> str:
    """
    Which mailbox is served, as a database remembers it.
    """
    return f"{settings.imap.username}@{settings.imap.host}".lower()


async def office(settings: Settings) -> Office:
    """
    The office of whoever works; a DatabaseFault if the database is not the one to work on.
    """
    await standstill.refuse_elsewhere()
    ours = office_with(settings, await signing_keys.keyring(settings), may_keep=True)
    ours = replace(ours, home=await at_home(settings))
    largest = await control.largest_mail()
    return ours if largest is None else _taking(ours, largest)


def _taking(office: Office, largest_mail: int) -> Office:
    """
    The office with what our server takes of a mail.
    """
    return replace(office, firm=replace(office.firm, largest_mail=largest_mail))


async def office_to_look(settings: Settings) -> Office:
    """
    The office for those who only look: before the first run it has a key that
    has signed nothing, and makes no file of it.
    """
    path, needed = settings.service.token_key_file, await outbox.signing_keys()
    known = signing_keys.may_be_there(path) or needed
    return office_with(settings, signing_keys.read_keys(path, settings, needed) if known else None)


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


def tokens(settings: Settings) -> Tokens | None:
    """
    Where access tokens come from, for both protocols; None where nobody asks for them.
    """
    if "oauth2" not in {settings.imap.auth, settings.smtp.auth}:
        return None
    return Tokens(oauth2_client(settings))


def oauth2_client(settings: Settings) -> Client:
    """
    Who asks for access tokens, as the section [oauth2] has it.
    """
    given = settings.oauth2
    return Client(
        flow=Flow(given.flow),
        token_url=given.token_url,
        client_id=given.client_id,
        client_secret=given.client_secret.get_secret_value(),
        client_secret_file=_path(given.client_secret_file),
        certificate_file=_path(given.certificate_file),
        key_file=_path(given.key_file),
        refresh_token_file=_path(given.refresh_token_file),
        subject=given.subject or settings.imap.username,
        scopes=given.scopes,
        device_url=given.device_url,
        authorization_url=given.authorization_url,
        cafile=given.cafile or None,
    )


def _credentials(
    settings: Settings, by: Tokens | None, now: Callable[[], datetime]
) -> Credentials | None:
    if by is None:
        return None
    return Credentials(by, settings.oauth2.secret_expires_on, settings.zone, now)


def _path(name: str) -> Path | None:
    return Path(name) if name else None


def source(settings: Settings, by: Tokens | None, folder: str = "") -> ImapSource:
    """
    The mailbox; with *folder* another folder of it, in which everything stays where it is.
    """
    imap = settings.imap
    return ImapSource(
        ImapAccount(
            host=imap.host,
            port=imap.port,
            tls=imap.tls,
            cafile=imap.cafile or None,
            username=imap.username,
            password=imap.password.get_secret_value(),
            password_file=_path(imap.password_file),
            tokens=by if imap.auth == "oauth2" else None,
            folder=folder or imap.folder,
            processed_folder="" if folder else imap.processed_folder,
        )
    )


def works_by(settings: Settings) -> Mapping[str, str]:
    """
    Digests of what every worker of one database has to work by.
    """
    return {**to_be_alike(settings), "mailbot": __version__}


def courier(settings: Settings, by: Tokens | None) -> Courier:
    smtp = settings.smtp
    return Courier(
        SmtpAccount(
            host=smtp.host,
            port=smtp.port,
            tls=smtp.tls,
            cafile=smtp.cafile or None,
            username=smtp.username,
            password=smtp.password.get_secret_value(),
            password_file=_path(smtp.password_file),
            tokens=by if smtp.auth == "oauth2" else None,
            sender=settings.service.address,
        )
    )


@asynccontextmanager
async def shelves(
    settings: Settings, by: Tokens | None, inbox: ImapSource
) -> AsyncIterator[Shelves]:
    r"""
    The folders in which a past is kept. Where no copies of ours are laid into a sent folder, the
    one in which the provider keeps what was sent (RFC 6154, `\Sent`).
    """
    opened: list[ImapSource] = []

    async def shelf(configured: str) -> ImapSource | None:
        name = await inbox.folder(configured)
        if name is None:
            return None
        opened.append(source(settings, by, name))
        return opened[-1]

    try:
        processed = settings.imap.processed_folder
        yield Shelves(
            inbox=inbox,
            processed=await shelf(processed) if processed else None,
            sent=await shelf(settings.imap.sent_folder or r"\Sent"),
        )
    finally:
        for each in opened:
            await each.close()


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
    holding: Holding
    catching_up: CatchingUp
    roster: Roster
    space: Space
    credentials: Credentials | None = None
    tokens: Tokens | None = None
    #: None where a caller brings the clock.
    others: OtherClocks | None = None
    vitals: Vitals = field(default_factory=Vitals)
    #: What every worker of the database has to work by, as it was at the start.
    works_by: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = utc_now
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

    async def see_that_the_database_is_ours(self) -> None:
        """
        A DatabaseFault where somebody has emptied it meanwhile, or a later program changed it.
        """
        await see_that_it_is_not_newer()
        if self.office.home:
            await home.see_that_it_is_there()

    async def say_what_runs_out(self) -> None:
        """
        Once a day, what lets us into the mail servers and ends soon.
        """
        if self.credentials is not None:
            await self.credentials.step()

    async def learn_largest_mail(self) -> None:
        """
        Compose by what the server says that it takes; remembered for whoever else composes.
        """
        said = [each.largest for each in self.couriers if each.largest is not None]
        if not said or said[0] == self.office.firm.largest_mail:
            return
        self.office = _taking(self.office, said[0])
        for worker in (self.intake, self.scheduler, self.delivery):
            worker.work_for(self.office)
        await control.keep_largest_mail(said[0], self.now())

    async def lay_the_last_copies(self) -> None:
        """
        After the stop, when the line to the mailbox is cut: those of letters that left just now.
        """
        another = source(self.settings, self.tokens)
        try:
            await Copies(another, self.now).step()
        finally:
            await another.close()

    def told(self) -> Told:
        """
        How this worker is, for whoever asks the database.
        """
        now = self.now()
        for folder, fault in self.intake.folder_faults.items():
            self.vitals.follow(folder, fault, now)
        for what, is_so in (
            ("delivery_refused", self.delivery.is_probing),
            ("digests_failed", self.scheduler.has_no_digests),
            ("people_not_read", self.roster.is_unread),
            ("refresh_token_not_kept", bool(self.credentials and self.credentials.is_unkept)),
            *((each.value, self.delivery.is_a_copy_of == each) for each in Moved if each),
        ):
            self.vitals.lasts(what, now, is_so=is_so)
        return self.vitals.told(
            self.intake.oldest_waiting_at,
            space=self._space_left,
            clocks=self._clocks,
            works_by=self.works_by,
        )

    @property
    def _space_left(self) -> SpaceLeft | None:
        """
        As the server says, or as it refuses what is laid into the mailbox.
        """
        is_full = any(says_full(each) for each in self.intake.folder_faults.values())
        return self.space.left or (SpaceLeft(0.0) if is_full else None)

    @property
    def _clocks(self) -> Mapping[str, int]:
        if self.others is None:
            return {}
        if self.tokens and self.tokens.clock:
            self.others.said("token endpoint", *self.tokens.clock)
        return self.others.ahead

    async def see_how_full_the_mailbox_is(self) -> None:
        """
        What was refused for want of room is tried again once there is some.
        """
        if await self.space.step():
            self.intake.try_the_folders_again()

    async def close(self) -> None:
        await self.holding.leave()
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
    url = settings.database.url.get_secret_value()
    look_through(url, within=_LOOKED_THROUGH)
    async with database(url):
        the_office = await office(settings)
        if the_office.home:
            await home.settle_in(the_office.home, now())
        the_tokens = tokens(settings)
        the_source = source(settings, the_tokens)
        couriers = [courier(settings, the_tokens) for _ in range(settings.smtp.connections)]
        news, stop = asyncio.Event(), asyncio.Event()
        # A clock that a caller brings is the caller's to believe.
        watch = ClockWatch(now) if now is utc_now else None
        held = Holding(now, lost=the_source.interrupt, told=lambda: running.told())  # noqa: PLW0108 - it is made below
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
                is_stopping=stop.is_set,
                saw_mail=watch.saw_mail if watch else lambda _: None,
                saw_look=watch.others.looked if watch else lambda _, __: None,
                holder=lambda: held.number,
            ),
            scheduler=Scheduler(
                the_office,
                now,
                stop=stop,
                is_believed=watch.is_believed if watch else None,
                is_contradicted=watch.is_contradicted if watch else lambda: False,
            ),
            delivery=Delivery(
                couriers,
                the_office,
                now,
                per_minute=settings.smtp.per_minute,
                workers=lambda: held.workers,
                hand=held.hand,
                spread=random.random,
                stop=stop,
                is_doubtful=watch.is_doubtful if watch else lambda: False,
            ),
            holding=held,
            catching_up=CatchingUp(
                lambda: shelves(settings, the_tokens, the_source),
                lambda: running.office,
                now,
                max_message=settings.imap.max_message,
                holder=lambda: held.number,
                is_stopping=stop.is_set,
            ),
            roster=Roster(settings),
            space=Space(the_source),
            credentials=_credentials(settings, the_tokens, now),
            tokens=the_tokens,
            others=watch.others if watch else None,
            works_by=works_by(settings),
            now=now,
            stop=stop,
            news=news,
        )
        try:
            await held.begin()
            yield running
        finally:
            await running.close()
