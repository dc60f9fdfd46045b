"""
The clock: every case in which something is due, one transaction each.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from mailbot.cases.retry import ALARM_AFTER
from mailbot.store import query, record
from mailbot.store.database import DatabaseFault
from mailbot.store.office import Office

log = structlog.get_logger()


class Scheduler:
    def __init__(self, office: Office, now: Callable[[], datetime]) -> None:
        self._office = office
        self._now = now
        self._failing: set[int] = set()
        self._overdue = 0

    async def step(self) -> int:
        """
        Settle every deadline that is due now; returns in how many cases one was.
        """
        now = self._now()
        await self._watch_promised_mail(now)
        settled = 0
        for serial in await query.due(now):
            settled += await self._one(serial, now)
        return settled

    async def _one(self, serial: int, now: datetime) -> bool:
        try:
            recorded = await record.clock(serial, self._office, now)
        except (DatabaseFault, asyncio.CancelledError):
            raise
        # A defect in one case must not keep the law's letter from the next one.
        # It is tried again at each round, and said once.
        except Exception as defect:  # noqa: BLE001
            if serial not in self._failing:
                log.error("deadline_failed", serial=serial, defect=defect)
            self._failing.add(serial)
            return False
        self._failing.discard(serial)
        log.info(
            "deadline_settled",
            case=recorded.case,
            reason=recorded.reason,
            letters=list(recorded.letters),
        )
        return True

    async def _watch_promised_mail(self, now: datetime) -> None:
        overdue = await query.overdue_letters(now - ALARM_AFTER)
        if overdue and not self._overdue:
            log.error("promised_mail_overdue", count=overdue)
        elif self._overdue and not overdue:
            log.info("promised_mail_gone")
        self._overdue = overdue
