"""
Reasons for which a person has to do something, as lines of the log, where no other line says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.health.reasons import Reason
from mailbot.health.rules import troubles
from mailbot.log import get_logger
from mailbot.monitoring.asking import facts_here
from mailbot.service import Service
from mailbot.workers.lasting import Lasting

log = get_logger()

#: Whoever has these says so: `part_failed`, `clock_doubted`, `delivery_paused` and the like.
TOLD_ELSEWHERE = frozenset(
    {
        *(Reason.DATABASE_UNREACHABLE, Reason.DATABASE_READ_ONLY, Reason.COPY),
        *(Reason.IMAP_FAILING, Reason.SMTP_FAILING, Reason.CLOCK_FAILING, Reason.FOLDER_FAILING),
        *(Reason.PROMISED_MAIL_UNSENT, Reason.DELIVERY_REFUSED, Reason.CLOCK_DOUBTED),
        *(Reason.DIGESTS_FAILED, Reason.CREDENTIALS_EXPIRE, Reason.REFRESH_TOKEN_NOT_KEPT),
        *(Reason.PEOPLE_NOT_READ, Reason.CASES_LEFT_BEHIND),
    }
)


class Unwell:
    def __init__(self, running: Service) -> None:
        self._running = running
        self._lasting: dict[str, Lasting] = {}

    async def look(self) -> None:
        """
        One line for a reason that is new, one a day while it lasts, and one when it is over.
        """
        running = self._running
        people = running.office.firm.people
        now = running.now()
        found = troubles(await facts_here(replace(running.settings, people=people), now))
        reasons = {
            each.reason.value: each.sentence for each in found if each.reason not in TOLD_ELSEWHERE
        }
        self._say(reasons, now)

    def _say(self, reasons: Mapping[str, str], now: datetime) -> None:
        for reason, says in sorted(reasons.items()):
            if self._lasting.setdefault(reason, Lasting()).is_news(reason, now):
                log.error("unwell", reason=reason, says=says)
        for reason in sorted(set(self._lasting) - set(reasons)):
            del self._lasting[reason]
            log.info("well_again", reason=reason)
