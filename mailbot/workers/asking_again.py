"""
What the server would not hand out, asked for again: a server whose disk was away had nothing
for anybody.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mailbot.cases.known.arrivals import LedgerState
from mailbot.log import get_logger
from mailbot.store import control, held
from mailbot.store.tables import HeldRow, LedgerRow
from mailbot.transport.mailbox import Mailbox, Waiting
from mailbot.workers.fetching import Fetching
from mailbot.workers.lasting import is_within

log = get_logger()

#: When it was last asked for: all of it, and what was set aside in the last day.
_ASKED_AGAIN = "set_aside_asked_at"
_ASKED_SOON = "newly_set_aside_asked_at"
_DAY = timedelta(days=1)
_SOON = timedelta(minutes=10)


class AskingAgain:
    def __init__(
        self, fetching: Fetching, now: Callable[[], datetime], is_stopping: Callable[[], bool]
    ) -> None:
        self._fetching = fetching
        self._now = now
        self._is_stopping = is_stopping

    async def what_came(self, mailbox: Mailbox, known: Mapping[int, LedgerRow]) -> list[Waiting]:
        """
        What can be had by now, to be begun again. Once a day all of it is asked for; what
        was set aside in the last day sooner, the newest first, as long as it comes.
        """
        left = {row.id: row.uid for row in known.values() if row.state == LedgerState.LEFT}
        if not left:
            return []
        now = self._now()
        waiting = {
            left[ledger_id]: row
            for ledger_id, row in (await held.asked_for_again(list(left))).items()
            if not is_within(_SOON, row.at, now)
        }
        if not waiting or not await control.is_due(_ASKED_SOON, _SOON, now):
            return []
        if await control.is_due(_ASKED_AGAIN, _DAY, now):
            had = await self._come_again(mailbox, waiting, is_patient=True)
            if still := len(waiting) - len(had):
                log.error("messages_set_aside", count=still)
        else:
            newly = {uid: row for uid, row in waiting.items() if now - row.at < _DAY}
            had = await self._come_again(mailbox, newly, is_patient=False)
        return had

    async def _come_again(
        self, mailbox: Mailbox, waiting: Mapping[int, HeldRow], *, is_patient: bool
    ) -> list[Waiting]:
        """
        Which of these can be had by now; unless *is_patient* the first that cannot ends it.
        """
        had: list[Waiting] = []
        newest_first = sorted(waiting.items(), key=lambda each: each[1].at, reverse=True)
        shown = {each.uid: each for each in mailbox.waiting}
        for uid, row in newest_first:
            if self._is_stopping():
                break
            came, _ = await self._fetching.alone(shown[uid])
            if came and not came.left:
                if await held.fetch_again(row, self._now()):
                    had.append(shown[uid])
            elif not is_patient:
                break
        return had
