"""
Intake: from the mailbox to the record.

Order matters. A message has a row before it is fetched, and is put away on the server only
after it is recorded, so a crash in between means that we see it again, and the ledger makes
that harmless. Of one that goes alone, each attempt is committed before it is fetched: one
that breaks the server, or kills the process, is counted too.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from mailbot.cases.known.arrivals import (
    ASKED_FOR_AGAIN,
    MOST_ATTEMPTS,
    NOT_OURS_YET,
    Attempt,
    LedgerState,
    Sight,
    rest_after,
)
from mailbot.desk.recorded import Recorded
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.store import ledger
from mailbot.store.database import DatabaseFault
from mailbot.store.tables import LedgerRow
from mailbot.transport.mailbox import ImapFault, Mailbox, Settled, Waiting
from mailbot.workers import courtesies, fetching, record
from mailbot.workers.asking_again import AskingAgain
from mailbot.workers.courtesies import Copies, PuttingAway
from mailbot.workers.fetching import Fetching, Had, Throttled
from mailbot.workers.lasting import is_within
from mailbot.workers.reading import Reader
from mailbot.workers.record import Incoming

log = get_logger()

#: Not a message's fault: the loop tries again later.
EDGE_FAULTS = (ImapFault, DatabaseFault, asyncio.CancelledError)

_BATCH = 50
#: The first of many wait for no more than these.
_FIRST_BATCH = 8
_BATCH_OCTETS = 8 * 1024 * 1024

#: What nobody gets an answer to keeps those who do waiting for no more than these.
_OLD_AT_ONCE = 1000

#: A message that was worked on, and what became of it or what broke.
Taken = tuple[Attempt, Had, Recorded | Exception]


class Source(fetching.Server, courtesies.Folders, Protocol):
    """
    The mailbox, as `transport/imap.py` has it.
    """

    async def look(self, settled: Settled | None = None) -> Mailbox: ...
    async def there(self, uids: Sequence[int]) -> frozenset[int]: ...
    async def has_news(self) -> bool: ...


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
        is_stopping: Callable[[], bool] = lambda: False,
        saw_mail: Callable[[datetime], None] = lambda _: None,
        saw_look: Callable[[Mailbox, float], None] = lambda _, __: None,
        holder: Callable[[], int | None] = lambda: None,
    ) -> None:
        #: The number under which this worker holds the mailbox.
        self._holder = holder
        self._source = source
        self._reader = Reader(office, now, holder=holder)
        self._now = now
        self._fetching = Fetching(source, max_message)
        self._putting_away = PuttingAway(source, now)
        self._copies = Copies(source, now)
        self._asking_again = AskingAgain(self._fetching, now, is_stopping)
        #: When the oldest message came that is not recorded, and will get an answer.
        self.oldest_waiting_at: datetime | None = None
        #: Messages that became ours, by kind; and attempts that failed.
        self.recorded: Counter[str] = Counter()
        self.failed = 0
        #: Messages that the server has not handed out, by what was last said of them.
        self._gap = 0
        self._not_had: set[int] = set()
        #: Called when letters may have been written: nobody has to wait for the whole round.
        self._news = news
        #: Whether no further message is to be begun.
        self._is_stopping = is_stopping
        #: Called with the time that the server gave each message.
        self._saw_mail = saw_mail
        #: Called with what a look has shown, and when it began, of a clock that nobody sets.
        self._saw_look = saw_look
        #: Since when this worker is at work; None: for one round.
        self._began: datetime | None = None

    def goes_on(self) -> None:
        """
        From here it works round after round, and what others have died at can wait.
        """
        self._began = self._now()

    def work_for(self, office: Office) -> None:
        """
        From the next message on by the rules, and with the people, of that office.
        """
        self._reader.work_for(office)

    @property
    def folder_faults(self) -> dict[str, str]:
        """
        By folder what is wrong with it; "" = nothing.
        """
        return {
            "processed_folder": self._putting_away.fault,
            "sent_folder": self._copies.fault,
        }

    def try_the_folders_again(self) -> None:
        """
        At the next round, because there is room by now.
        """
        self._putting_away.rest_no_longer()
        self._copies.rest_no_longer()

    async def step(self) -> int:
        """
        Take in what waits now, oldest first, and what gets no answer last; returns how
        many messages were worked on. Zero means that there is nothing left to do.
        """
        began = time.monotonic()
        mailbox = await self._source.look(ledger.settled)
        self._saw_look(mailbox, began)
        shown = [each.uid for each in mailbox.waiting]
        known = await ledger.known(mailbox.name, mailbox.uid_validity, shown)
        await self._putting_away.put_away(self._left_behind(mailbox, known))
        pending = [each for each in mailbox.waiting if self._is_due(known.get(each.uid))]
        self._not_had = set()
        worked = await self._take_in(mailbox, pending, known)
        worked += await self._ask_again(mailbox, known)
        # After work there is another look at once.
        if not worked:
            await self._reconcile(mailbox)
        return worked

    def _is_due(self, row: LedgerRow | None) -> bool:
        if row is None:
            return True
        if row.state not in NOT_OURS_YET:
            return False
        if self._began is None:
            return True
        return not is_within(rest_after(row.attempts), self._began, self._now())

    async def _take_in(
        self, mailbox: Mailbox, pending: Sequence[Waiting], known: Mapping[int, LedgerRow]
    ) -> int:
        """
        Those who get an answer first. What is only filed may be years of mail: it is left
        for the next look when somebody new has written.
        """
        worked = 0
        is_old = self._reader.office.firm.is_from_before_answers
        due = [each for each in pending if not is_old(each.received_at)]
        # What is still there after its turn waits on, until the next look tells otherwise.
        self.oldest_waiting_at = due[0].received_at if due else None
        for batch in _batches(due, self._fetching):
            self.oldest_waiting_at = batch[0].received_at
            worked += await self._take_in_batch(mailbox, batch, known)
        old = [each for each in pending if is_old(each.received_at)]
        for batch in _batches(old[:_OLD_AT_ONCE], self._fetching):
            if self._is_stopping() or (worked and await self._source.has_news()):
                break
            worked += await self._take_in_batch(mailbox, batch, known)
        return worked

    async def _take_in_batch(
        self, mailbox: Mailbox, batch: Sequence[Waiting], known: Mapping[int, LedgerRow]
    ) -> int:
        worked = 0
        recorded: list[tuple[int, int]] = []
        for is_new, some in groupby(batch, lambda each: each.uid not in known):
            items = list(some)
            # What was begun before may be what killed us then, so it goes alone.
            taking = self._all_at_once if is_new else self._one_by_one
            async for attempt, had, became in taking(mailbox, items):
                self._saw_mail(had.item.received_at)
                say(had.item.uid, attempt.number, became)
                self._count(became)
                is_ours = isinstance(became, Recorded)
                worked += is_ours or not attempt.is_beyond
                if is_ours and not had.left:
                    recorded.append((attempt.ledger_id, had.item.uid))
            self._news()
        await self._putting_away.put_away(recorded)
        return worked

    async def _all_at_once(
        self, mailbox: Mailbox, items: Sequence[Waiting]
    ) -> AsyncIterator[Taken]:
        """
        Messages that nobody has seen before: rows for all of them, and what could be
        fetched recorded in one commit. What could not goes alone.
        """
        if self._is_stopping():
            return
        begun = await ledger.begin_first(
            [_sight(mailbox, each) for each in items], holder=self._holder()
        )
        mine = [each for each in items if each.uid in begun]
        came = await self._fetching.together(mine) if mine else {}
        readable: list[tuple[Attempt, Had, Incoming]] = []
        for each in mine:
            if each.uid not in came or self._is_stopping():
                continue
            attempt, had = begun[each.uid], came[each.uid]
            try:
                readable.append((attempt, had, await self._read(attempt, had)))
            except EDGE_FAULTS:
                raise
            # The one message that breaks us must not stop those before and after it,
            # whatever is wrong with it or with us.
            except Exception as defect:  # noqa: BLE001
                await ledger.failed(attempt, holder=self._holder())
                yield attempt, had, defect
        batch = [each for _, _, each in readable]
        done = (
            await record.messages(batch, self._reader.office, holder=self._holder())
            if batch
            else []
        )
        for (attempt, had, _), became in zip(readable, done, strict=True):
            if isinstance(became, Exception):
                await ledger.failed(attempt, holder=self._holder())
            yield attempt, had, became
        async for taken in self._one_by_one(
            mailbox, [each for each in mine if each.uid not in came]
        ):
            yield taken

    async def _read(self, attempt: Attempt, had: Had) -> Incoming:
        arrival = await self._reader.read(attempt, had.item.content, left=had.left)
        # Delivery goes on meanwhile.
        await asyncio.sleep(0)
        return await record.looked_at(arrival, self._reader.office, self._now())

    async def _one_by_one(self, mailbox: Mailbox, items: Sequence[Waiting]) -> AsyncIterator[Taken]:
        """
        Messages that were begun before: each attempt is counted just before it is fetched.
        """
        for each in items:
            if self._is_stopping():
                return
            if (
                attempt := await ledger.begin_again(_sight(mailbox, each), holder=self._holder())
            ) is None:
                continue
            had = await self._had_alone(mailbox, each, attempt)
            if had is None:
                continue
            try:
                yield (
                    attempt,
                    had,
                    await self._reader.take_in(attempt, had.item.content, left=had.left),
                )
            except EDGE_FAULTS:
                raise
            # As above.
            except Exception as defect:  # noqa: BLE001
                yield attempt, had, defect

    async def _had_alone(self, mailbox: Mailbox, each: Waiting, attempt: Attempt) -> Had | None:
        """
        What the server gives of it; None if it gives nothing, and will be asked again.
        """
        try:
            is_last = attempt.number >= MOST_ATTEMPTS
            had, why = await self._fetching.alone(each, is_last=is_last)
            if had is None and is_last:
                # A line that broke just now is no refusal: earlier attempts may have ended
                # for other reasons, and this one sets it aside.
                had, why = await self._fetching.alone(each, is_last=True)
            if had is None and is_last:
                had = await self._fetching.by_its_header(each, mailbox, why)
        except Throttled:
            # It counts: one that is always answered so keeps nobody waiting for ever.
            raise
        except ImapFault:
            # It was the server, and not this message.
            await ledger.give_back(attempt, holder=self._holder())
            raise
        if had is None:
            self._not_had.add(each.uid)
        elif had.left in ASKED_FOR_AGAIN:
            self._gap = 0
            log.error("message_set_aside", uid=each.uid, attempt=attempt.number, reason=had.left)
        return had

    async def _ask_again(self, mailbox: Mailbox, known: Mapping[int, LedgerRow]) -> int:
        """
        Take in what the server would not hand out before, and does now.
        """
        had = await self._asking_again.what_came(mailbox, known)
        if not had:
            return 0
        begun = await ledger.known(mailbox.name, mailbox.uid_validity, [each.uid for each in had])
        return await self._take_in_batch(mailbox, had, begun)

    def _count(self, became: Recorded | Exception) -> None:
        if isinstance(became, Exception):
            self.failed += 1
        elif became.kind:
            self.recorded[became.kind] += 1

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

    async def _reconcile(self, mailbox: Mailbox) -> None:
        """
        A message that vanished before it was ours, or that the server does not give us,
        is an alarm.
        """
        shown = {each.uid for each in mailbox.waiting}
        begun = await ledger.begun(mailbox.name, mailbox.uid_validity)
        if missing := [uid for uid in begun if uid not in shown]:
            # Another worker may have begun what came after our look.
            there = await self._source.there(missing)
            lost = [uid for uid in missing if uid not in there]
            count = await ledger.gone(
                mailbox.name, mailbox.uid_validity, lost, holder=self._holder()
            )
            if count:
                log.error("messages_gone", count=count)
        stuck = len(self._not_had)
        if stuck and stuck != self._gap:
            log.error("messages_not_fetched", count=stuck)
        elif self._gap and not stuck:
            log.info("messages_fetched_again")
        self._gap = stuck

    async def file_copies(self) -> int:
        """
        Put the copies of sent letters into the sent folder; returns how many.
        """
        return await self._copies.step()


def say(uid: int, attempt: int, became: Recorded | Exception) -> None:
    """
    One line of what became of a message, and an alarm for what a person has to see to.
    """
    if isinstance(became, Exception):
        log.error("message_failed", uid=uid, attempt=attempt, defect=became)
        return
    log.info(
        "message_recorded",
        uid=uid,
        action=became.action,
        kind=became.kind,
        case=became.case,
        evidence=became.evidence,
        reason=became.reason,
        silence=became.silence,
    )
    if became.is_of_a_lost_past:
        log.error("lost_past_noticed", case=became.case)
    if became.is_unheard:
        log.error("alert_unheard", case=became.case)
    if became.unreached:
        log.error("staff_unreached", template=became.unreached, reason="bounced")


def _sight(mailbox: Mailbox, each: Waiting) -> Sight:
    return Sight(mailbox.name, mailbox.uid_validity, each.uid, each.received_at)


def _batches(waiting: Sequence[Waiting], by: Fetching) -> Iterator[Sequence[Waiting]]:
    """
    Neighbours that are fetched with one command; one that is too large, or of a size that
    nobody knows, stands alone.
    """
    batch: list[Waiting] = []
    octets, most = 0, _FIRST_BATCH
    for each in waiting:
        is_alone = each.size is None or by.is_too_large(each)
        is_full = len(batch) == most or octets + (each.size or 0) > _BATCH_OCTETS
        if batch and (is_full or is_alone):
            yield batch
            batch, octets, most = [], 0, min(2 * most, _BATCH)
        batch.append(each)
        octets += each.size or 0
        if is_alone:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch
