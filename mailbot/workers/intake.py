"""
Intake: from the mailbox to the record.

Order matters. A message is filed away on the server only after it is recorded,
so a crash in between means that we see it again, and the ledger makes that
harmless. An attempt is committed before the message is read, so that one that
kills the process is counted too.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from mailbot.cases.known.arrivals import Attempt, LedgerState, Sight
from mailbot.desk.recorded import Recorded
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.store import ledger, outbox
from mailbot.store.database import DatabaseFault
from mailbot.store.tables import LedgerRow
from mailbot.transport.mailbox import Fetched, ImapFault, Mailbox, Waiting
from mailbot.workers import record
from mailbot.workers.reading import Reader
from mailbot.workers.record import Incoming

log = get_logger()

#: Not a message's fault: the loop tries again later.
EDGE_FAULTS = (ImapFault, DatabaseFault, asyncio.CancelledError)

_BATCH = 50
#: The first of many wait for no more than these.
_FIRST_BATCH = 8
_BATCH_OCTETS = 8 * 1024 * 1024


#: A message that was worked on, and what became of it or what broke.
Taken = tuple[Attempt, Fetched, Recorded | Exception]


class Source(Protocol):
    """
    The mailbox, as `transport/imap.py` has it.
    """

    async def look(self) -> Mailbox: ...
    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]: ...
    async def fetch_header(self, waiting: Waiting) -> Fetched | None: ...
    async def file(self, uids: Sequence[int]) -> None: ...
    async def append(self, folder: str, content: bytes, at: datetime) -> None: ...


class Intake:
    """
    Takes in whatever waits in one mailbox.
    """

    def __init__(
        self,
        source: Source,
        office: Office,
        now: Callable[[], datetime],
        *,
        max_message: int,
        news: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._reader = Reader(office, now)
        self._now = now
        self._max_message = max_message
        self._gap = 0
        #: Called when letters may have been written: nobody has to wait for the whole round.
        self._news = news

    def work_for(self, office: Office) -> None:
        """
        From the next message on by the rules, and with the people, of that office.
        """
        self._reader.work_for(office)

    async def step(self) -> int:
        """
        Take in everything that waits now, oldest first; returns how many
        messages were worked on. Zero means that there is nothing left to do.
        """
        mailbox = await self._source.look()
        shown = [each.uid for each in mailbox.waiting]
        known = await ledger.known(mailbox.name, mailbox.uid_validity, shown)
        await self._file(self._left_behind(mailbox, known))
        pending = [each for each in mailbox.waiting if _is_pending(known.get(each.uid))]
        worked = 0
        for batch in _batches(pending, self._max_message):
            worked += await self._take_in_batch(batch, known)
        # After work there is another look at once.
        if not worked:
            await self._reconcile(mailbox, len(pending))
        return worked

    async def _take_in_batch(self, batch: Sequence[Waiting], known: Mapping[int, LedgerRow]) -> int:
        worked = 0
        filed: list[tuple[int, int]] = []
        for is_new, some in groupby(await self._fetched(batch), lambda each: each.uid not in known):
            items = list(some)
            # What was begun before may be what killed us then, so it goes alone.
            taking = self._all_at_once(items) if is_new else self._one_by_one(items)
            async for attempt, item, recorded in taking:
                self._say(attempt, item, recorded)
                is_ours = isinstance(recorded, Recorded)
                worked += is_ours or not attempt.is_beyond
                if is_ours and item.is_whole:
                    filed.append((attempt.ledger_id, item.uid))
            self._news()
        await self._file(filed)
        return worked

    async def _all_at_once(self, items: Sequence[Fetched]) -> AsyncIterator[Taken]:
        """
        Messages that nobody has seen before, in one commit; and one for their attempts, before
        any of them is read.
        """
        begun = await ledger.begin_first([_sight(each) for each in items])
        readable: list[tuple[Attempt, Fetched, Incoming]] = []
        for item in items:
            if (attempt := begun.get(item.uid)) is None:
                continue
            try:
                readable.append((attempt, item, await self._read(attempt, item)))
            except EDGE_FAULTS:
                raise
            # The one message that breaks us must not stop those before and after it,
            # whatever is wrong with it or with us.
            except Exception as defect:  # noqa: BLE001
                yield attempt, item, defect
        batch = [each for _, _, each in readable]
        done = await record.messages(batch, self._reader.office) if batch else []
        for (attempt, item, _), recorded in zip(readable, done, strict=True):
            yield attempt, item, recorded

    async def _read(self, attempt: Attempt, item: Fetched) -> Incoming:
        arrival = await self._reader.read(attempt, item.content, is_whole=item.is_whole)
        # Delivery goes on meanwhile.
        await asyncio.sleep(0)
        return await record.looked_at(arrival, self._reader.office, self._now())

    async def _one_by_one(self, items: Sequence[Fetched]) -> AsyncIterator[Taken]:
        """
        Messages that were begun before: each attempt is counted just before it is read.
        """
        for item in items:
            if (attempt := await ledger.begin_again(_sight(item))) is None:
                continue
            try:
                yield (
                    attempt,
                    item,
                    await self._reader.take_in(attempt, item.content, is_whole=item.is_whole),
                )
            except EDGE_FAULTS:
                raise
            # As above.
            except Exception as defect:  # noqa: BLE001
                yield attempt, item, defect

    async def _fetched(self, batch: Sequence[Waiting]) -> list[Fetched]:
        if batch[0].size <= self._max_message:
            return await self._source.fetch(batch)
        header = await self._source.fetch_header(batch[0])
        return [header] if header else []

    def _say(self, attempt: Attempt, item: Fetched, recorded: Recorded | Exception) -> None:
        if isinstance(recorded, Exception):
            number = attempt.number
            log.error("message_failed", uid=item.uid, attempt=number, defect=recorded)
            return
        log.info(
            "message_recorded",
            uid=item.uid,
            action=recorded.action,
            kind=recorded.kind,
            case=recorded.case,
            evidence=recorded.evidence,
            reason=recorded.reason,
            silence=recorded.silence,
        )
        if recorded.unreached:
            log.error("staff_unreached", template=recorded.unreached, reason="bounced")

    def _left_behind(self, mailbox: Mailbox, known: dict[int, LedgerRow]) -> list[tuple[int, int]]:
        """
        Ours since an earlier round, and still in the mailbox: we stopped in between.
        """
        ours = {LedgerState.RECORDED, LedgerState.HELD}
        return [
            (row.id, row.uid)
            for each in mailbox.waiting
            if (row := known.get(each.uid)) and row.state in ours and row.filed_at is None
        ]

    async def _file(self, rows: Sequence[tuple[int, int]]) -> None:
        if rows:
            await self._source.file([uid for _, uid in rows])
            await ledger.filed([ledger_id for ledger_id, _ in rows], self._now())

    async def _reconcile(self, mailbox: Mailbox, stuck: int) -> None:
        """
        A message that vanished before it was ours, or that the server will not
        give us, is an alarm.
        """
        present = [each.uid for each in mailbox.waiting]
        if lost := await ledger.gone(mailbox.name, mailbox.uid_validity, present):
            log.error("messages_gone", count=lost)
        if stuck and stuck != self._gap:
            log.error("messages_not_fetched", count=stuck)
        elif self._gap and not stuck:
            log.info("messages_fetched_again")
        self._gap = stuck

    async def file_copies(self) -> int:
        """
        Put the copies of sent letters into the sent folder; returns how many.
        """
        rows = await outbox.copies(_BATCH)
        for row in rows:
            await self._source.append(row.copy_to, row.content, row.accepted_at or self._now())
            await outbox.copied(row.id)
        return len(rows)


def _sight(item: Fetched) -> Sight:
    return Sight(item.mailbox, item.uid_validity, item.uid, item.received_at)


def _is_pending(row: LedgerRow | None) -> bool:
    return row is None or row.state == LedgerState.BEGUN


def _batches(waiting: Sequence[Waiting], largest: int) -> Iterator[Sequence[Waiting]]:
    """
    Neighbours that are fetched with one command; one that is too large stands alone.
    """
    batch: list[Waiting] = []
    octets, most = 0, _FIRST_BATCH
    for each in waiting:
        is_full = len(batch) == most or octets + each.size > _BATCH_OCTETS
        if batch and (is_full or each.size > largest):
            yield batch
            batch, octets, most = [], 0, min(2 * most, _BATCH)
        batch.append(each)
        octets += each.size
        if each.size > largest:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch
