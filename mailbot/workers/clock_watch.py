"""
A look at the clock before anything goes out by it: while it is in doubt no deadline strikes
and no morning begins. Mail is taken in, acknowledged and delivered all the same.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from mailbot.cases.known.clock import Doubt, Doubted
from mailbot.cases.promises.clock_trust import LEAP, doubt, is_borne_out, is_put_right
from mailbot.log import get_logger
from mailbot.store import control, outbox
from mailbot.workers.other_clocks import OtherClocks

log = get_logger()

#: So often is it written down that the clock is believed.
_KEPT_EVERY = timedelta(hours=1)
_TOLD_EVERY = timedelta(days=1)
_ASKED_EVERY = timedelta(minutes=10)
#: A clock that goes back by less is kept right by the network.
_STEP = timedelta(minutes=1)


class ClockWatch:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.others = OtherClocks(now)
        self._asked: datetime | None = None
        self._last: datetime | None = None
        #: What the clock said at the last look, believed or not.
        self._seen: datetime | None = None
        #: Whether rows may tell of an hour that is still to come: as at the start, of which
        #: nobody knows what was before.
        self._may_have_run_ahead = True
        self._kept: datetime | None = None
        self._doubted: Doubted | None = None
        self._told: datetime | None = None
        self._resumed = ""
        #: The time that the mail server gave the newest message that came in.
        self._mail: datetime | None = None

    def saw_mail(self, received_at: datetime) -> None:
        self._mail = max(received_at, self._mail or received_at)

    def is_contradicted(self) -> bool:
        """
        Whether another clock is more than a day from this machine's.
        """
        return any(abs(each) > LEAP.total_seconds() for each in self.others.ahead.values())

    def is_doubtful(self) -> bool:
        """
        Whether nothing may be given up by the clock as it stands now: it is not believed, or has
        leapt since the last look.
        """
        if self._last is None or self._doubted or self.is_contradicted():
            return True
        return bool(doubt(self._now(), self._last, is_running=True))

    async def is_believed(self) -> bool:
        """
        Whether letters may go out by the clock as it stands now.
        """
        now = self._now()
        if now < (self._seen or now) - _STEP:
            self._may_have_run_ahead = True
        self._seen = now
        await self._ask_the_database(now)
        if self._last is None:
            await self._remember(now)
        if self._doubted is None:
            others = [self._mail] if self._mail and self._mail > now else []
            found = doubt(now, self._last, is_running=True, others=others)
            if found:
                await self._stop(found, self._last, others, now)
        if self._doubted and not await self._goes_on(self._doubted, now):
            self._tell(self._doubted, now)
            return False
        self._last = now
        if self._may_have_run_ahead:
            await self._bring_back(now)
        if self._kept is None or abs(now - self._kept) >= _KEPT_EVERY:
            await control.believe(now)
            self._kept = now
        return True

    async def _bring_back(self, now: datetime) -> None:
        """
        Nobody waits for an hour that only a wrong clock had reached. By one that fell behind, and
        is not believed, every hour would seem to be such a one.
        """
        if count := await outbox.from_the_future(now):
            log.warning("letters_brought_back", count=count)
        self._may_have_run_ahead = False

    async def _ask_the_database(self, now: datetime) -> None:
        if self._asked is not None and abs(now - self._asked) < _ASKED_EVERY:
            return
        self._asked = now
        if server := await control.servers_clock():
            self.others.said("database", server)

    async def _remember(self, now: datetime) -> None:
        """
        The first look of a run, beside what is on record of earlier ones.
        """
        known = await control.clock()
        self._kept, self._doubted, self._resumed = known.believed_at, known.doubted, known.resumed
        self._last = now
        if self._doubted:
            return
        server = await control.servers_clock()
        others = [server] if server else []
        if found := doubt(now, known.believed_at, is_running=False, others=others):
            await self._stop(found, known.believed_at, others, now)

    async def _stop(
        self, found: Doubt, last: datetime | None, others: Sequence[datetime], now: datetime
    ) -> None:
        # A clock that fell behind has to catch up with all of them.
        known = [last] if last else []
        known += others if found is Doubt.BEHIND or not last else []
        believed_at = max(known, default=now)
        self._doubted = Doubted(doubt=found, believed_at=believed_at, doubted_at=now)
        self._told = None
        await control.doubt(self._doubted)

    async def _goes_on(self, doubted: Doubted, now: datetime) -> bool:
        """
        By a word of operations, by a clock that was put right, or by mail.
        """
        said = (await control.clock()).resumed
        is_right = is_put_right(now, doubted) or is_borne_out(now, self._mail, doubted)
        if said == self._resumed and not is_right:
            return False
        self._resumed, self._doubted, self._kept = said, None, None
        # What was said against it is answered: only what comes from now on speaks.
        self._mail = None
        log.info("clock_believed")
        return True

    def _tell(self, doubted: Doubted, now: datetime) -> None:
        if self._told is None or abs(now - self._told) >= _TOLD_EVERY:
            self._told = now
            log.error("clock_doubted", reason=doubted.doubt)
