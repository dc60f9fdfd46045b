"""
Intake: from the mailbox to the record.

Order matters. A message is filed away on the server only after it is recorded,
so a crash in between means that we see it again, and the ledger makes that
harmless. An attempt is committed before the message is read, so that one that
kills the process is counted too.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from mailbot.store import ledger, outbox
from mailbot.store.database import DatabaseFault
from mailbot.store.decided import Recorded
from mailbot.store.ledger import Attempt, LedgerState, Sight
from mailbot.store.office import Office
from mailbot.store.tables import LedgerRow
from mailbot.transport.imap import Fetched, ImapFault, Mailbox, Waiting
from mailbot.workers.reading import Reader

log = structlog.get_logger()

#: Not a message's fault: the loop tries again later.
EDGE_FAULTS = (ImapFault, DatabaseFault, asyncio.CancelledError)

_BATCH = 50
_BATCH_OCTETS = 8 * 1024 * 1024


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
        self, source: Source, office: Office, now: Callable[[], datetime], *, max_message: int
    ) -> None:
        self._source = source
        self._reader = Reader(office, now)
        self._now = now
        self._max_message = max_message
        self._gap = 0

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
        await self._reconcile(mailbox, len(pending) if not worked else 0)
        return worked

    async def _take_in_batch(self, batch: Sequence[Waiting], known: Mapping[int, LedgerRow]) -> int:
        filed: list[tuple[int, int]] = []
        worked = 0
        fetched = await self._fetched(batch)
        # One commit for what is new. What was begun before may be what killed us
        # then, so it is counted alone, just before it is read.
        first = await ledger.begin_first(
            [_sight(each) for each in fetched if each.uid not in known]
        )
        for item in fetched:
            attempt = first.get(item.uid) or await ledger.begin_again(_sight(item))
            if attempt is None:
                continue
            recorded = await self._one(attempt, item)
            worked += recorded is not None or not attempt.is_beyond
            if recorded is not None and item.is_whole:
                filed.append((attempt.ledger_id, item.uid))
        await self._file(filed)
        return worked

    async def _fetched(self, batch: Sequence[Waiting]) -> list[Fetched]:
        if batch[0].size <= self._max_message:
            return await self._source.fetch(batch)
        header = await self._source.fetch_header(batch[0])
        return [header] if header else []

    async def _one(self, attempt: Attempt, item: Fetched) -> Recorded | None:
        """
        One message; None if it is to be tried again.
        """
        try:
            recorded = await self._reader.take_in(attempt, item.content, is_whole=item.is_whole)
        except EDGE_FAULTS:
            raise
        # The one message that breaks us must not stop those before and after it,
        # whatever is wrong with it or with us.
        except Exception as defect:  # noqa: BLE001
            log.error("message_failed", uid=item.uid, attempt=attempt.number, defect=defect)
            return None
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
        return recorded

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
    octets = 0
    for each in waiting:
        is_full = len(batch) == _BATCH or octets + each.size > _BATCH_OCTETS
        if batch and (is_full or each.size > largest):
            yield batch
            batch, octets = [], 0
        batch.append(each)
        octets += each.size
        if each.size > largest:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch
