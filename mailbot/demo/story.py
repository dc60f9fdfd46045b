"""
The complaint, instant by instant. Between the two servers everything is what
`mailbot run` runs; only the clock is ours, and it jumps from one due step to the next.
"""

import logging
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import structlog
import typer
from rich.console import Console

from mailbot import service
from mailbot.cases.model import Role
from mailbot.demo import reasons
from mailbot.demo.album import CONVERSATION, TIMELINE, Album, FolderInUse, new_album
from mailbot.demo.diary import Diary, due_words
from mailbot.demo.letters import Writer, read
from mailbot.demo.servers import LOOPBACK, USERNAME, Mailbox, Posted, Relay
from mailbot.demo.telling import Teller, Told
from mailbot.page import Row, Story, page
from mailbot.service import Service
from mailbot.settings import Settings, load
from mailbot.store import query
from mailbot.store.tables import ObligationRow

TITLE = "Six weeks of a complaint"
CUSTOMER = Writer("Megan Davies", "megan.davies@example.com")

_ROLES = {
    Role.HANDLER: ("handler", "the case handler"),
    Role.MANAGER: ("manager", "the customer service manager"),
    Role.HEAD: ("head", "the head of professional services"),
    Role.ACCOUNT_MANAGER: ("account-manager", "the account manager"),
}

#: How many lines of a mail are shown: letters to the customer whole, and of the
#: handler's mail what the customer wrote.
_LINES = {
    "acknowledgement": 60,
    "introduction": 40,
    "assignment": 28,
    "customer-reply": 21,
    "follow-up": 40,
    "adr-rights": 60,
}
_FEW = 14

COMPLAINT = """\
Hello,

our broadband at home has been dead since Monday morning. I rang
twice and was told both times that somebody would ring me back.
Nobody has. I work from home and I cannot go on like this.

Megan Davies
01632 960 123"""

FIRST_ANSWER = """\
Dear Ms Davies,

I am sorry, most of all that nobody rang you back. I have tested
your line this morning: the fault is in our cabinet and not in your
house. An engineer will mend it on Thursday 26 November. You do not
need to be in.

Kind regards
Rhian Price"""

CUSTOMER_AGAIN = """\
Thank you, that is the first clear answer I have had. And what about
the days that I am paying for and cannot use?

Megan"""

SECOND_ANSWER = """\
Dear Ms Davies,

that is a fair question. I will work out a credit for those days and
write to you once the engineer has been.

Kind regards
Rhian Price"""

AWAY = """\
I am away until Monday 30 November and will read your email when I
am back.

Megan Davies"""


@dataclass
class Clock:
    """
    Stands still until it is moved.
    """

    at: datetime = datetime(2026, 11, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Stage:
    """
    Everything that takes part, and what of the record was already told.
    """

    running: Service
    clock: Clock
    mailbox: Mailbox
    relay: Relay
    album: Album
    teller: Teller
    diary: Diary
    _events: set[int] = field(default_factory=set)
    _messages: set[int] = field(default_factory=set)
    _posted: int = 0

    @property
    def settings(self) -> Settings:
        return self.running.settings

    def when(self, day: int, month: int, hour: int, minute: int, year: int = 2026) -> datetime:
        return datetime(year, month, day, hour, minute, tzinfo=self.settings.zone)

    def latest(self, template: str) -> bytes:
        """
        The latest mail of that kind that reached its reader.
        """
        return next(
            each.content
            for each in reversed(self.relay.posted)
            if read(each.content)["X-Mailbot-Template"] == template
        )

    async def arrives(self, content: bytes, at: datetime, what: str, kind: str = "") -> None:
        """
        Everything due before *at* happens; then this message reaches the mailbox, and
        the service does one round.
        """
        await self.wait_until(at)
        self._moment(at)
        await self.mailbox.deliver(content, at)
        name = str(read(content)["From"]).partition("<")[0].strip()
        told = Told(
            writer=name,
            reader="the service address",
            content=content,
            file=self.album.keep(f"in-{what}", content),
            kind=kind,
        )
        self._mail(told)
        await self._round()

    async def wait_until(self, at: datetime) -> None:
        """
        The clock jumps from due step to due step, up to *at*.
        """
        while (due := await query.next_due()) is not None and due <= at:
            self._moment(due)
            await self._round()

    async def _round(self) -> None:
        if not await service.run_once(self.running):
            raise RuntimeError("the demonstration's own servers could not be reached")
        serial = (await query.cases(closed_too=True))[0].serial
        events = [each for each in await query.events(serial) if each.id not in self._events]
        messages = [each for each in await query.messages(serial) if each.id not in self._messages]
        posted = self.relay.posted[self._posted :]
        self._events |= {each.id for each in events}
        self._messages |= {each.id for each in messages}
        self._posted += len(posted)
        obligations = await query.obligations(serial)
        self._notes([*reasons.decisions(events), *reasons.silences(messages)])
        for each in posted:
            template = str(read(each.content)["X-Mailbot-Template"])
            self._tell(each, reasons.clause(template, events, obligations))
        self._notes([*reasons.kept(events)])
        if not (posted or messages):
            due = [each for each in obligations if self.clock.at in {each.acts_at, each.due_at}]
            self._notes([reasons.nothing_said(due)])

    def _tell(self, posted: Posted, clause: str) -> None:
        template = str(read(posted.content)["X-Mailbot-Template"])
        person = self.settings.people.by_address(posted.recipient)
        label, role = _ROLES[person.role] if person else ("customer", "the customer")
        relayed = str(read(posted.content)["From"].addresses[0].display_name).partition(",")[0]
        self._mail(
            Told(
                writer=f"{relayed}, through mailbot," if template == "handler-reply" else "mailbot",
                reader=f"{person.name if person else CUSTOMER.name}, {role}",
                content=posted.content,
                file=self.album.keep(f"out-{template}-{label}", posted.content),
                kind=template,
                lines=_LINES.get(template, _FEW),
                clause=clause,
            )
        )

    def _moment(self, at: datetime) -> None:
        self.clock.at = at
        self.teller.moment(at)
        self.diary.moment(at)

    def _mail(self, told: Told) -> None:
        self.teller.mail(told)
        self.diary.mail(told)

    def _notes(self, notes: list[str]) -> None:
        self.teller.notes(notes)
        self.diary.notes(notes)


async def play(console: Console, folder: Path | None) -> None:
    """
    Tell six weeks of a complaint on *console*; every mail is left in *folder*, or in
    a new one.
    """
    try:
        album = new_album(folder, datetime.now(UTC).astimezone())
    except FolderInUse as used:
        raise typer.BadParameter(str(used), param_hint="--folder") from used
    with _quiet(), (album.folder / CONVERSATION).open("w", encoding="utf-8") as text:
        paper = Console(file=text, width=80, color_system=None, force_terminal=False)
        async with _stage([console, paper], album) as stage:
            _introduce(stage)
            await _six_weeks(stage)
            await _sum_up(stage)


@asynccontextmanager
async def _stage(consoles: list[Console], album: Album) -> AsyncIterator[Stage]:
    clock, mailbox, relay = Clock(), Mailbox(), Relay()
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder:
        async with mailbox.listening(), relay.listening():
            settings = load(service.packaged("config"), _environ(mailbox, relay, Path(folder)))
            async with service.service(settings, clock) as running:
                teller = Teller(consoles, settings.zone)
                diary = Diary(settings.zone)
                yield Stage(running, clock, mailbox, relay, album, teller, diary)


def _environ(mailbox: Mailbox, relay: Relay, folder: Path) -> dict[str, str]:
    """
    What turns the example configuration into the demonstration's. The real environment
    has no say: it may speak of a real mailbox.
    """
    return {
        "MAILBOT_IMAP__HOST": LOOPBACK,
        "MAILBOT_IMAP__PORT": str(mailbox.port),
        "MAILBOT_IMAP__TLS": "none",
        "MAILBOT_IMAP__USERNAME": USERNAME,
        "MAILBOT_IMAP__PASSWORD": mailbox.password,
        "MAILBOT_SMTP__HOST": LOOPBACK,
        "MAILBOT_SMTP__PORT": str(relay.port),
        "MAILBOT_SMTP__TLS": "none",
        # Two lines at once would post letters in any order.
        "MAILBOT_SMTP__CONNECTIONS": "1",
        "MAILBOT_DATABASE__URL": f"sqlite://{folder}/mailbot.sqlite3",
        "MAILBOT_SERVICE__TOKEN_KEY_FILE": str(folder / "token.key"),
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """
    Warnings and alarms only: the story is on the screen.
    """
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(**before)


def _introduce(stage: Stage) -> None:
    firm = stage.settings.rulebook.company.name
    stage.teller.title(TITLE)
    stage.teller.prose(
        f"{CUSTOMER.name}, a customer of {firm}, complains by email. You will see every mail"
        " that anybody sends or gets because of it, and why. Lines that begin with * say what"
        " mailbot decided. Everybody here is made up."
    )
    stage.teller.prose(
        "A mail server for receiving and one for sending run inside this program, on this"
        " machine alone; nothing leaves it. Between them works the same code that"
        " `mailbot run` runs. Only the clock is a play clock: it jumps from one event to the"
        " next."
    )
    stage.teller.prose(
        "Long mails are trimmed here, and so is what stands below an answer as a quote and the"
        f" firm's particulars at the foot. Each mail lies whole in {stage.album.folder}, under the"
        " number in brackets."
    )


async def _six_weeks(stage: Stage) -> None:
    handler = await _first_day(stage)
    await _conversation(stage, handler)
    await stage.wait_until(stage.when(25, 11, 17, 0))
    stage.teller.prose(
        "From here on nobody writes, and nobody closes the case. People forget; the clock does not."
    )
    await stage.wait_until(stage.when(2, 1, 9, 0, 2027))


async def _first_day(stage: Stage) -> Writer:
    """
    The complaint comes in; returns the handler whom mailbot chose.
    """
    at = stage.when(20, 11, 16, 45)
    complaint = CUSTOMER.new(
        to=stage.settings.service.address,
        subject="No broadband since Monday and nobody rings back",
        text=COMPLAINT,
        at=at,
    )
    await stage.arrives(complaint, at, "customer", "the complaint")
    chosen = read(stage.latest("assignment"))["To"].addresses[0]
    return Writer(chosen.display_name, chosen.addr_spec)


async def _conversation(stage: Stage, handler: Writer) -> None:
    at = stage.when(23, 11, 9, 35)
    await stage.wait_until(at)
    answer = handler.answer(stage.latest("assignment"), FIRST_ANSWER, at)
    await stage.arrives(answer, at, "handler", "an answer to the assignment")

    at = stage.when(23, 11, 18, 20)
    again = CUSTOMER.answer(stage.latest("handler-reply"), CUSTOMER_AGAIN, at)
    await stage.arrives(again, at, "customer", "an answer to the handler")

    at = stage.when(24, 11, 10, 10)
    answer = handler.answer(stage.latest("customer-reply"), SECOND_ANSWER, at)
    await stage.arrives(answer, at, "handler", "an answer to the customer's mail")

    at = stage.when(24, 11, 10, 11)
    own_address = stage.settings.service.address
    away = CUSTOMER.is_away(stage.latest("handler-reply"), AWAY, at, to=own_address)
    await stage.arrives(away, at, "customer-auto-reply", "an automatic reply")


async def _sum_up(stage: Stage) -> None:
    row = (await query.cases(closed_too=True))[0]
    zone = stage.settings.zone
    obligations = await query.obligations(row.serial)
    _leave_page(stage, row.reference, obligations)
    stage.teller.prose(
        f"Case {row.reference} is {row.state}. What the firm promised, and what became of it:"
    )
    stage.teller.row(("", 0))
    for each in obligations:
        stage.teller.row(
            (reasons.STATES[each.state], 9),
            (reasons.name(each.promise), 48),
            (f"by {_short(each.due_at.astimezone(zone))}", 0),
        )
    stage.teller.prose(
        f"{stage.album.count} mails lie in {stage.album.folder}, in the order of the story;"
        f" what you have just read is there too, as {CONVERSATION}, and with each mail as its"
        f" reader sees it as a page for the browser, {TIMELINE}."
    )


def _leave_page(stage: Stage, reference: str, obligations: Iterable[ObligationRow]) -> None:
    """
    The whole story in one file for a browser.
    """
    firm = stage.settings.rulebook.company.name
    rows = (
        Row(
            promise=reasons.name(each.promise),
            clause=each.clause,
            due=due_words(each.due_at, stage.settings.zone),
            end=reasons.STATES[each.state],
            is_broken=each.state == "breached",
        )
        for each in obligations
    )
    lead = (
        f"{CUSTOMER.name}, a customer of {firm}, complained by email, and the case {reference}"
        " was opened. Here is every mail that anybody sent or got because of it, and why."
        " Everybody here is made up."
    )
    story = Story(
        title=TITLE,
        lead=(lead,),
        promises=tuple(rows),
        moments=tuple(stage.diary.moments),
    )
    whole = page(story, stage.settings.calendar)
    (stage.album.folder / TIMELINE).write_text(whole, encoding="utf-8")


def _short(local: datetime) -> str:
    """
    "Wed 25 Nov 17:00"; midnight is 24:00 of the day that ends.
    """
    is_midnight = local.time() == time(0)
    day = local - timedelta(days=1) if is_midnight else local
    return f"{day:%a} {day.day} {day:%b} {'24:00' if is_midnight else f'{day:%H:%M}'}"
