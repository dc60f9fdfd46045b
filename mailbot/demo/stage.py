"""
The stage: a mailbox, the service that `mailbot run` runs, a relay, and a clock that
jumps from one due step to the next.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from mailbot import rounds, service
from mailbot.cases.commands.reading.grammar import parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.people.handlers import Role
from mailbot.demo import reasons
from mailbot.demo.album import Album
from mailbot.demo.diary import Diary
from mailbot.demo.letters import Writer, read
from mailbot.demo.script import CUSTOMER
from mailbot.demo.servers import LOOPBACK, USERNAME, Mailbox, Posted, Relay
from mailbot.demo.telling import Teller, Told
from mailbot.service import Service
from mailbot.settings import Settings, load
from mailbot.store import query
from mailbot.workers import orders

_OF_ALL_CASES = frozenset({"digest", "report"})

_ROLES = {
    Role.HANDLER: ("handler", "the case handler"),
    Role.MANAGER: ("manager", "the customer service manager"),
    Role.HEAD: ("head", "the head of professional services"),
    Role.ACCOUNT_MANAGER: ("account-manager", "the account manager"),
}

#: How many lines of a mail are shown the first time that a reader gets one of its kind.
_LINES = {
    "acknowledgement": 22,
    "assignment": 20,
    "call-summary": 16,
    "outcome": 18,
    "adr-rights": 32,
}
_FEW = 12
#: And from then on, when only the beginning is new.
_AGAIN = 6


#: How the mail that somebody answers is called.
_ANSWERED = {
    "assignment": "the assignment",
    "customer-reply": "the customer's mail",
    "warning": "the warning",
    "handler-reply": "the handler",
    "credit": "the confirmation of the credit",
}


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
    #: (template, whose inbox): what a reader has had before.
    _shown: set[tuple[str, str]] = field(default_factory=set)
    _silences: set[str] = field(default_factory=set)

    @property
    def settings(self) -> Settings:
        return self.running.settings

    def at(self, moment: str) -> datetime:
        """
        The instant of "2026-11-20 16:45" on the firm's clock.
        """
        return datetime.fromisoformat(moment).replace(tzinfo=self.settings.zone)

    def posted(self, template: str) -> bytes:
        """
        The latest mail of that kind that reached anybody.
        """
        return self._of_kind(template, self.relay.posted)

    def latest(self, template: str, reader: Writer) -> bytes:
        """
        The latest mail of that kind that reached this reader.
        """
        theirs = [each for each in self.relay.posted if each.recipient == reader.email]
        return self._of_kind(template, theirs)

    def _of_kind(self, template: str, posted: list[Posted]) -> bytes:
        return next(
            each.content
            for each in reversed(posted)
            if read(each.content)["X-Mailbot-Template"] == template
        )

    async def answers(self, writer: Writer, template: str, text: str, at: datetime) -> None:
        """
        Somebody answers the latest mail of that kind in their inbox.
        """
        await self.wait_until(at)
        answered = self.latest(template, writer)
        kind = "an answer to " + _ANSWERED[template]
        await self.arrives(writer, writer.answer(answered, text, at), at, kind)

    async def arrives(
        self, writer: Writer, content: bytes, at: datetime, kind: str, *, what: str = ""
    ) -> None:
        """
        Everything due before *at* happens; then this message reaches the mailbox, and
        the service does one round. *what* is its name on file, beside the writer's.
        """
        await self.wait_until(at)
        self.clock.at = at
        await self.mailbox.deliver(content, at)
        label, _ = self._role_of(writer.email)
        told = Told(
            writer=writer.name,
            reader="the service address",
            content=content,
            file=self.album.keep(f"in-{label}{what}", content),
            kind=kind,
        )
        self._mail(told)
        await self._round()

    async def orders(self, by: Writer, command: str, at: datetime) -> None:
        """
        A command on the command line, as `mailbot case REF do` gives it: too grave
        for a mail.
        """
        await self.wait_until(at)
        self.clock.at = at
        reference = (await anext(query.cases(closed_too=True))).reference
        ordered = parse(command, Reckoning(at, self.settings.calendar))
        answered = await orders.commands(reference, ordered, by.name, self.running.office, at)
        told = (
            f"{by.name} gives a command at a terminal, because where money is concerned a mail"
            f" alone is no proof: mailbot case {reference} do '{command}'."
            f" The answer: {answered.answer}"
        )
        self._notes([told])
        await self._round()

    async def wait_until(self, at: datetime) -> None:
        """
        The clock jumps from due step to due step, up to *at*.
        """
        while (due := await query.next_due()) is not None and due <= at:
            self.clock.at = due
            await self._round()

    async def _round(self) -> None:
        if not await rounds.run_once(self.running):
            raise RuntimeError("the demonstration's own servers could not be reached")
        serial = (await anext(query.cases(closed_too=True))).serial
        events = [each for each in await query.events(serial) if each.id not in self._events]
        messages = [each for each in await query.messages(serial) if each.id not in self._messages]
        posted = self.relay.posted[self._posted :]
        self._events |= {each.id for each in events}
        self._messages |= {each.id for each in messages}
        self._posted += len(posted)
        # Digests and reports tell of all cases; this is the story of one.
        posted = [each for each in posted if self._template_of(each) not in _OF_ALL_CASES]
        obligations = await query.obligations(serial)
        is_over = any(
            each.promise == "decide_reopening" and each.state == "open" for each in obligations
        )
        self._notes([*reasons.decisions(events, is_over=is_over), *reasons.silences(messages)])
        for each in posted:
            self._tell(each, reasons.clause(self._template_of(each), events, obligations))
        self._notes([*reasons.kept(events)])
        if not (posted or messages or events):
            due = [each for each in obligations if self.clock.at in {each.acts_at, each.due_at}]
            self._silent(reasons.nothing_said(due))

    def _silent(self, why: str) -> None:
        """
        The first silence of its kind is told; the others are the same again.
        """
        kind = why.partition("(")[0]
        if kind not in self._silences:
            self._silences.add(kind)
            self._notes([why])

    @staticmethod
    def _template_of(posted: Posted) -> str:
        return str(read(posted.content)["X-Mailbot-Template"])

    def _tell(self, posted: Posted, clause: str) -> None:
        template = self._template_of(posted)
        person = self.settings.people.by_address(posted.recipient)
        label, role = self._role_of(posted.recipient)
        most = _AGAIN if (template, label) in self._shown else _LINES.get(template, _FEW)
        self._shown.add((template, label))
        relayed = str(read(posted.content)["From"].addresses[0].display_name).partition(",")[0]
        self._mail(
            Told(
                writer=f"{relayed}, through mailbot," if template == "handler-reply" else "mailbot",
                reader=f"{person.name if person else CUSTOMER.name}, {role}",
                content=posted.content,
                file=self.album.keep(f"out-{template}-{label}", posted.content),
                kind=template,
                lines=most,
                clause=clause,
            )
        )

    def _role_of(self, address: str) -> tuple[str, str]:
        """
        A person's part in the story: on file, and in words.
        """
        person = self.settings.people.by_address(address)
        return _ROLES[person.role] if person else ("customer", "the customer")

    def _mail(self, told: Told) -> None:
        self._moment()
        self.teller.mail(told)
        self.diary.mail(told)

    def _notes(self, notes: list[str]) -> None:
        if notes:
            self._moment()
        self.teller.notes(notes)
        self.diary.notes(notes)

    def _moment(self) -> None:
        """
        The heading, once there is something to tell below it.
        """
        self.teller.moment(self.clock.at)
        self.diary.moment(self.clock.at)


@asynccontextmanager
async def stage(consoles: list[Console], album: Album) -> AsyncIterator[Stage]:
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
