"""
The clock: every case in which something is due, some of them a transaction; and once a
working day, when it opens, the mails of the morning.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime

from mailbot.cases.morning.working_day import morning
from mailbot.desk.orders import NOTHING_DUE
from mailbot.letters.office import Office
from mailbot.letters.retry import ALARM_AFTER
from mailbot.log import get_logger
from mailbot.store import query
from mailbot.store.database import DatabaseFault
from mailbot.workers import orders, record
from mailbot.workers.keeping import Keeping
from mailbot.workers.lasting import Lasting

log = get_logger()

#: Cases that are settled in one commit.
_BATCH = 50


class Scheduler:
    def __init__(
        self,
        office: Office,
        now: Callable[[], datetime],
        *,
        stop: asyncio.Event | None = None,
        is_believed: Callable[[], Awaitable[bool]] | None = None,
        is_contradicted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._office = office
        self._now = now
        self._stop = stop or asyncio.Event()
        #: Whether the clock can be believed; None where nobody doubts it.
        self._is_believed = is_believed
        #: Whether another clock says another day.
        self._is_contradicted = is_contradicted
        self._failing: dict[int, Lasting] = defaultdict(Lasting)
        self._overdue = Lasting()
        #: The day whose morning this worker has seen to, or seen another see to.
        self._morning: date | None = None
        self._morning_fails = Lasting()
        self._keeping = Keeping()
        self._keeping_fails = Lasting()

    def work_for(self, office: Office) -> None:
        """
        From the next step on by the rules, and with the people, of that office.
        """
        self._office = office

    @property
    def has_no_digests(self) -> bool:
        """
        Whether the mails of this morning could not be written.
        """
        return bool(self._morning_fails)

    async def step(self) -> int:
        """
        Settle every deadline that is due now, then write the mails of the morning;
        returns in how many cases one was, and how many mails that made. While the clock is in
        doubt nothing goes out by it.
        """
        if self._is_believed and not await self._is_believed():
            return 0
        now = self._now()
        await self._watch_promised_mail(now)
        settled = 0
        serials = await query.due(now)
        for start in range(0, len(serials), _BATCH):
            if self._stop.is_set():
                return settled
            settled += await self._settle(serials[start : start + _BATCH], now)
        # Late: a digest tells how things stand, the deadlines of this minute included.
        written = await self._begin_the_day(now)
        return settled + written + await self._keep_to_retention(now)

    async def _keep_to_retention(self, now: datetime) -> int:
        """
        What is past its time, last of all: nobody waits for it. What is emptied does not come
        back: not by a clock that another one contradicts.
        """
        if self._is_contradicted():
            return 0
        try:
            kept = await self._keeping.step(self._office, now)
        except (DatabaseFault, asyncio.CancelledError):
            raise
        # What cannot be emptied must not keep deadlines from anybody.
        except Exception as defect:  # noqa: BLE001
            if self._keeping_fails.is_news(type(defect).__name__, now):
                log.error("retention_failed", defect=defect)
            return 0
        return kept

    async def seconds_to_the_next(self) -> float | None:
        """
        How long until something falls due; None if nothing will.
        """
        now = self._now()
        at = await query.next_due_after(now)
        return (at - now).total_seconds() if at else None

    async def _begin_the_day(self, now: datetime) -> int:
        """
        One look at the clock a round, one at the database a day.
        """
        of = morning(now, self._office.firm.calendar)
        if of is None or of.today == self._morning:
            return 0
        try:
            written = await orders.daily(of, self._office, now)
        except (DatabaseFault, asyncio.CancelledError):
            raise
        # A defect in a list must not keep the law's letters from anybody.
        # It is tried again at each round, and said once a day.
        except Exception as defect:  # noqa: BLE001
            if self._morning_fails.is_news(type(defect).__name__, now):
                log.error("digests_failed", defect=defect)
            return 0
        self._morning = of.today
        self._morning_fails.is_over()
        if written:
            log.info("digests_written", count=len(written))
        return len(written) + await self._report_the_month(now)

    async def _report_the_month(self, now: datetime) -> int:
        """
        One look at the database each morning; a month that is told of already stays so.
        """
        try:
            written = await orders.monthly(self._office, now)
        except (DatabaseFault, asyncio.CancelledError):
            raise
        # A defect in a chart must not keep the law's letters from anybody. It is tried again
        # the next morning.
        except Exception as defect:  # noqa: BLE001
            log.error("report_failed", defect=defect)
            return 0
        if written:
            log.info("report_written", count=len(written))
        return len(written)

    async def _settle(self, serials: Sequence[int], now: datetime) -> int:
        """
        What is due in these cases, in one commit. A defect in one case keeps the law's letter
        from no other: it is tried again at each round, and said once a day.
        """
        settled = 0
        done = await record.deadlines(serials, self._office, now)
        for serial, recorded in zip(serials, done, strict=True):
            if isinstance(recorded, Exception):
                if self._failing[serial].is_news(type(recorded).__name__, now):
                    log.error("deadline_failed", serial=serial, defect=recorded)
                continue
            self._failing.pop(serial, None)
            if recorded is record.IN_ANOTHERS_HAND or recorded.reason == NOTHING_DUE:
                continue
            settled += 1
            log.info(
                "deadline_settled",
                case=recorded.case,
                reason=recorded.reason,
                letters=list(recorded.letters),
            )
        return settled

    async def _watch_promised_mail(self, now: datetime) -> None:
        overdue = await query.overdue_letters(now - ALARM_AFTER)
        if overdue and self._overdue.is_news("", now):
            log.error("promised_mail_overdue", count=overdue)
        elif not overdue and self._overdue.is_over():
            log.info("promised_mail_gone")
