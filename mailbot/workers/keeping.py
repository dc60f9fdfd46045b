"""
What is past its time goes by itself, where the rulebook says so: once a working day, by
whichever worker looks first, and some cases a round, so that nothing waits for it.
"""

from collections import deque
from datetime import date, datetime

from mailbot.cases.morning.working_day import morning
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.store import retention
from mailbot.store.retention import PastCase
from mailbot.workers import orders

log = get_logger()

#: Cases that are emptied in one round: each is a transaction that rewrites all its mail.
MOST_A_ROUND = 20


class Keeping:
    def __init__(self) -> None:
        self._day: date | None = None
        self._past: deque[PastCase] = deque()
        self._count = 0

    async def step(self, office: Office, now: datetime) -> int:
        """
        How many cases it looked at; 0 as soon as the day's are done. A worker that is stopped
        in the middle leaves the rest for the next working day.
        """
        kept = office.firm.rulebook.retention
        of = morning(now, office.firm.calendar)
        if not kept.by_itself or of is None:
            return 0
        if of.today != self._day:
            is_mine = await retention.begins(of.today, now)
            self._past.extend(await retention.past(now, kept.months) if is_mine else ())
            self._day = of.today
        looked_at = min(MOST_A_ROUND, len(self._past))
        for _ in range(looked_at):
            self._count += await orders.anonymise(self._past.popleft(), "", now)
        if self._count and not self._past:
            log.info("retention_kept", count=self._count)
            self._count = 0
        return looked_at
