"""
The store at work, without a mailbox and without a server.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from itertools import count

from mailbot.cases.commands.orders import Open
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import Arrival, Sight
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.recorded import Ordered, Recorded
from mailbot.letters.office import Office
from mailbot.mail.outcome import Sent
from mailbot.mail.reading.parse import parse
from mailbot.store import control, ledger, outbox, query
from mailbot.store.tables import CaseRow, ObligationRow, OutboxRow
from mailbot.workers import orders, record
from mailbot.workers.reading import Reader
from tests.flow.house import FRIDAY, Mail, read

REFERENCE = "ISS-000001-95"
LEASE = timedelta(minutes=10)


async def settled(delivered: Delivered, office: Office) -> str:
    """
    The status of a letter once its outcome is recorded; raises what kept it from that.
    """
    [became] = await record.outcomes([delivered], office)
    if isinstance(became, Exception):
        raise became
    return became


@dataclass
class Desk:
    """
    The store at work, without a mailbox and without a server: who writes, what is
    ordered, and a clock that jumps from one due step to the next.
    """

    office: Office
    now: datetime = FRIDAY
    _uids: "count[int]" = field(default_factory=lambda: count(1))

    async def arrives(self, mail: Mail | bytes) -> Recorded:
        seen = Sight("INBOX", 7, next(self._uids), self.now)
        attempt = (await ledger.begin_first([seen]))[seen.uid]
        content = bytes(mail)
        message = parse(content, received_at=self.now)
        arrival = Arrival(attempt=attempt, content=content, message=message)
        recorded = await record.message(arrival, self.office, self.now)
        await self.deliver()
        return recorded

    async def release(self, held_id: int = 1, serial: int | None = None) -> Recorded:
        reader = Reader(self.office, lambda: self.now)
        recorded = await reader.retry(held_id, Vouched(by="Olwen", serial=serial))
        assert recorded is not None, "nothing is held under that number"
        await self.deliver()
        return recorded

    async def order(self, text: str, reference: str = REFERENCE) -> Ordered:
        reckoning = Reckoning(self.now, self.office.firm.calendar)
        ordered = parse_commands(text, reckoning)
        answer = await orders.commands(reference, ordered, "Olwen", self.office, self.now)
        await self.deliver()
        return answer

    async def enter(self, text: str) -> Ordered:
        reckoning = Reckoning(self.now, self.office.firm.calendar)
        (command,) = parse_commands(text, reckoning)
        assert isinstance(command, Open)
        answer = await orders.entered(command, "Olwen", self.office, self.now)
        await self.deliver()
        return answer

    async def until(self, when: datetime) -> None:
        while (due := await query.next_due()) is not None and due <= when:
            self.now = max(due, self.now)
            await self.strike()
        self.now = when

    async def strike(self) -> None:
        for serial in await query.due(self.now):
            await record.clock(serial, self.office, self.now)
        await self.deliver()

    async def deliver(self) -> None:
        paused = await control.paused()
        while claimed := await outbox.claim(self.now, limit=100, lease=LEASE, paused=paused):
            for letter in claimed:
                delivered = Delivered(
                    letter=letter, result=Sent("250 ok"), at=self.now, next_at=None
                )
                await settled(delivered, self.office)

    def day(self, number: int) -> datetime:
        return FRIDAY.replace(hour=12, minute=0) + timedelta(days=number)

    async def answer_to(self, template: str, text: str) -> Mail:
        """
        What the reader of the latest letter of that template answers to it.
        """
        letter = await OutboxRow.filter(template=template).order_by("-id").first()
        assert letter
        return Mail(
            sender=f"Somebody <{letter.recipient}>",
            to=parseaddr(str(read(letter.content)["Reply-To"]))[1],
            subject="Re: Your complaint",
            text=text,
            message_id=f"answer.{next(self._uids)}@client.example.com",
            headers=(("In-Reply-To", f"<{letter.message_id}>"),),
        )

    async def letters(self, *, to_staff: bool) -> list[str]:
        rows = await OutboxRow.filter(to_staff=to_staff).order_by("id")
        return [each.template for each in rows]

    async def states(self, promise: str) -> list[str]:
        rows = await ObligationRow.filter(promise=promise).order_by("number")
        return [each.state for each in rows]

    async def case(self) -> CaseRow:
        return await CaseRow.get(serial=1)
