"""
What a clock that had run ahead has written down puts nothing off once it is put right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.letters.office import Office
from mailbot.store import control, held, ledger, outbox, presence
from mailbot.store.tables import HeldRow, LedgerRow, OutboxRow, WorkerRow
from mailbot.transport.mailbox import Fetched, Filed, Mailbox, Settled, Waiting
from mailbot.workers.intake import Intake
from tests.flow.house import FRIDAY, Clock, Mail
from tests.store.desk import LEASE, Desk

DAY = timedelta(days=1)
AHEAD = FRIDAY + 3650 * DAY


@dataclass
class OneMessage:
    """
    A mailbox with one message, which is handed out or not.
    """

    is_handed_out: bool = True

    async def reach(self) -> None:
        pass

    async def look(self, settled: Settled | None = None) -> Mailbox:
        return Mailbox("INBOX", 7, (Waiting(1, 300, FRIDAY),))

    async def there(self, uids: Sequence[int]) -> frozenset[int]:
        return frozenset(uids)

    async def has_news(self) -> bool:
        return False

    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        return [self._all_of_it(each) for each in waiting] if self.is_handed_out else []

    async def fetch_header(self, waiting: Waiting) -> Fetched | None:
        return None

    async def file(self, uids: Sequence[int]) -> Filed:
        return Filed(frozenset(uids))

    async def append(self, folder: str, content: bytes, at: datetime) -> None:
        pass

    def _all_of_it(self, each: Waiting) -> Fetched:
        return Fetched("INBOX", 7, each.uid, FRIDAY, bytes(Mail()), 300, is_whole=True)


async def test_a_letter_that_was_to_wait_until_then_goes_at_once(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await OutboxRow.all().update(status="deferred", next_attempt_at=AHEAD)
    await OutboxRow.filter(template="assignment").update(next_attempt_at=FRIDAY + LEASE)

    assert await outbox.is_any_due(FRIDAY, await control.paused())
    claimed = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    assert [each.template for each in claimed] == ["acknowledgement", "introduction"]


async def test_what_is_done_once_a_day_is_done_again(office: Office) -> None:
    assert await control.is_due("a_thing", DAY, AHEAD)

    assert [await control.is_due("a_thing", DAY, FRIDAY) for _ in range(2)] == [True, False]
    assert await control.is_due("a_thing", DAY, FRIDAY + DAY)


async def test_a_worker_that_died_then_is_not_at_work(office: Office) -> None:
    await presence.enter("one", 11, AHEAD)
    assert (await presence.how_many(FRIDAY), await presence.at_work(FRIDAY)) == (0, [])

    another = await presence.enter("another", 12, FRIDAY)
    assert [each.id for each in await WorkerRow.all()] == [another]


async def test_a_worker_that_began_then_counts_from_when_the_clock_is_right(
    office: Office,
) -> None:
    number = await presence.enter("one", 11, AHEAD)
    await presence.seen(number, FRIDAY, holds_mailbox=True)
    await presence.seen(number, FRIDAY + DAY, holds_mailbox=True)

    assert (await WorkerRow.get()).started_at == FRIDAY


async def test_a_message_that_was_begun_before_is_taken_in(office: Office) -> None:
    clock = Clock(AHEAD)
    source = OneMessage(is_handed_out=False)
    intake = Intake(source, office, clock, max_message=1000)
    intake.goes_on()
    await intake.step()
    assert (await LedgerRow.get()).state == "begun"

    clock.at, source.is_handed_out = FRIDAY, True
    assert await intake.step() == 1
    assert (await LedgerRow.get()).state == "recorded"


async def test_a_message_that_was_set_aside_then_is_asked_for_again(office: Office) -> None:
    clock = Clock(AHEAD)
    source = OneMessage(is_handed_out=False)
    intake = Intake(source, office, clock, max_message=1000)
    while not await HeldRow.exists():
        await intake.step()

    clock.at, source.is_handed_out = FRIDAY, True
    await intake.step()
    assert await held.waiting() == []
    assert await ledger.settled("INBOX", 7, [1]) == {1}
