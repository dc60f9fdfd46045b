"""
Delivery: claim, send, settle.

The claim is committed before the network is touched, and nothing is claimed
while the server cannot be reached: an outage costs no letter an attempt.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import Protocol

from mailbot.cases.known.claimed import Claimed
from mailbot.cases.known.home import Moved
from mailbot.cases.letter_status import Status
from mailbot.cases.reference import reference
from mailbot.desk.letter_outcomes import Delivered
from mailbot.letters.office import Office
from mailbot.letters.retry import Retry
from mailbot.log import get_logger
from mailbot.mail.outcome import Deferred, Outcome, Sent, Uncertain
from mailbot.store import control, outbox
from mailbot.store.database import DatabaseFault
from mailbot.workers import record

log = get_logger()

#: How long a claim lasts: longer than any single delivery may take.
LEASE = timedelta(minutes=10)
_BATCH_PER_CONNECTION = 10
_SETTLED_WITHIN = 0.5  # seconds
#: Two different recipients in a row refused for our sake: it is us, not them.
_SUSPICIOUS = 2


class Channel(Protocol):
    """
    One kept connection, as `transport/smtp.py` has it.
    """

    async def connect(self) -> None: ...
    async def deliver(self, content: bytes, recipient: str) -> Outcome: ...


class ChannelClosed(Exception):  # noqa: N818 - a state, told to the loop
    """
    The server will not take the next message either; the loop waits and tries again.
    """


class Delivery:
    def __init__(
        self,
        channels: Sequence[Channel],
        office: Office,
        now: Callable[[], datetime],
        *,
        retry: Retry | None = None,
        per_minute: int = 0,
        spread: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._channels = channels
        self._office = office
        self._now = now
        self._retry = retry or Retry()
        self._pace = _Pace(per_minute)
        self._spread = spread
        self._refused_for_us: set[str] = set()
        self._moved = Moved.NOTHING

    def work_for(self, office: Office) -> None:
        """
        From the next batch on by the rules, and with the people, of that office.
        """
        self._office = office

    @property
    def is_probing(self) -> bool:
        """
        Whether the server has refused several recipients for a reason of ours.
        """
        return len(self._refused_for_us) >= _SUSPICIOUS

    async def step(self) -> int:
        """
        Send a batch of what is due; returns how many letters were settled.

        Raises the transport's own fault where the server cannot be reached, and
        ChannelClosed where it will not take more now.
        """
        if not self._office.is_live:
            return 0
        paused, moved = await control.standing(self._office.home)
        if self._is_a_copy(moved):
            return 0
        now = self._now()
        if not await outbox.is_any_due(now, paused):
            return 0
        channels = self._channels[:1] if self.is_probing else self._channels
        await channels[0].connect()
        limit = 1 if self.is_probing else len(channels) * _BATCH_PER_CONNECTION
        claimed = await outbox.claim(now, limit=limit, lease=LEASE, paused=paused)
        queue = [list(group) for _, group in groupby(claimed, key=_case_of)]
        queue.reverse()
        settling = _Settling(self._settle)
        try:
            closed = await asyncio.gather(
                *(self._work(channel, queue, settling) for channel in channels)
            )
        finally:
            await settling.finish()
        for letter in chain.from_iterable(queue):
            await outbox.give_back(letter, self._now())
        if settling.fault:
            raise settling.fault
        reasons = [reason for reason in closed if reason]
        if reasons:
            raise ChannelClosed(reasons[0])
        if self.is_probing:
            raise ChannelClosed("the server refuses our mail to several recipients")
        return len(claimed)

    def _is_a_copy(self, moved: Moved) -> bool:
        """
        Whether the database is a copy of one that is at home elsewhere: then its
        letters are somebody else's to send. Said once.
        """
        if moved and not self._moved:
            log.error("copy_noticed", reason=moved)
        elif self._moved and not moved:
            log.info("copy_resumed")
        self._moved = moved
        return bool(moved)

    async def _work(
        self, channel: Channel, queue: list[list[Claimed]], settling: "_Settling"
    ) -> str:
        """
        Send from *queue*, one case after the other, until it is empty; returns
        why it stopped early, or "".
        """
        while queue:
            letters = queue.pop()
            reason = await self._send(channel, letters, settling)
            if letters:
                queue.append(letters)
            if reason or self.is_probing or settling.fault:
                return reason
        return ""

    async def _send(self, channel: Channel, letters: list[Claimed], settling: "_Settling") -> str:
        """
        Send the letters of one case; what could not be tried is left in *letters*.
        Returns why the channel is closed, or "".
        """
        while letters:
            await self._pace.wait()
            letter = letters.pop(0)
            result = await channel.deliver(letter.content, letter.recipient)
            self._watch(letter, result)
            now = self._now()
            next_at = await self._next_attempt_at(letter, result, now)
            settling.add(Delivered(letter=letter, result=result, at=now, next_at=next_at))
            if isinstance(result, Deferred) and result.channel:
                return result.reason
            # A probe is one letter: more would only be refused as well.
            # What cannot be settled will be said again: no more of it than there is.
            if self.is_probing or settling.fault:
                break
        return ""

    async def _settle(self, delivered: Sequence[Delivered]) -> Exception | None:
        """
        Settle them, each alone if need be; returns what kept one of them from it.
        """
        fault = None
        for each, became in zip(
            delivered, await record.outcomes(delivered, self._office), strict=True
        ):
            if isinstance(became, Exception):
                fault = fault or became
            else:
                self._say(each, became)
        return fault

    def _say(self, delivered: Delivered, status: str) -> None:
        letter, result = delivered.letter, delivered.result
        say = log.info if isinstance(result, Sent) else log.warning
        say(
            f"letter_{status}",
            outbox=letter.id,
            case=self._reference(letter),
            template=letter.template,
            attempt=letter.attempt,
            reason="" if isinstance(result, Sent) else result.reason,
        )

        if letter.to_staff and status in {Status.REFUSED, Status.EXPIRED}:
            log.error("staff_unreached", template=letter.template, reason=status)

    def _reference(self, letter: Claimed) -> str:
        prefix = self._office.firm.reference_prefix
        return reference(prefix, letter.serial) if letter.serial else ""

    async def _next_attempt_at(
        self, letter: Claimed, result: Outcome, now: datetime
    ) -> datetime | None:
        at = self._retry.next_attempt_at(letter.created_at, letter.attempt, now, self._spread())
        if at is None or not isinstance(result, Uncertain):
            return at
        rewritten = await outbox.are_ids_rewritten()
        wait = self._retry.after_uncertain
        return now + (self._retry.after_uncertain_rewritten if rewritten else wait)

    def _watch(self, letter: Claimed, result: Outcome) -> None:
        """
        One line when the server turns against us, one when it is over.
        """
        if isinstance(result, Sent):
            if self.is_probing:
                log.info("delivery_recovered")
            self._refused_for_us.clear()
        elif isinstance(result, Deferred) and result.about_us:
            was_probing = self.is_probing
            self._refused_for_us.add(letter.recipient.lower())
            log.error("delivery_refused_for_us", outbox=letter.id, reason=result.reason)
            if self.is_probing and not was_probing:
                log.error("delivery_paused", reason=result.reason)


class _Settling:
    """
    What became of the letters of a batch, settled together: at the latest half a second after
    the first of them was accepted. So much is said again, with the same octets, after a kill.
    """

    def __init__(
        self, settle: Callable[[Sequence[Delivered]], Awaitable[Exception | None]]
    ) -> None:
        self._settle = settle
        #: The first that could not be settled, or the database's own: nothing more is sent.
        self.fault: Exception | None = None
        self._waiting: list[Delivered] = []
        self._last = asyncio.Event()
        self._later: asyncio.Task[None] | None = None

    def add(self, delivered: Delivered) -> None:
        self._waiting.append(delivered)
        if self._later is None:
            self._later = asyncio.create_task(self._soon())

    async def finish(self) -> None:
        """
        Settle what is left, and what the database could not take before.
        """
        self._last.set()
        if self._later:
            await self._later
        await self._now()

    async def _soon(self) -> None:
        while self._waiting and not isinstance(self.fault, DatabaseFault):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._last.wait(), _SETTLED_WITHIN)
            await self._now()
        self._later = None

    async def _now(self) -> None:
        delivered, self._waiting = self._waiting, []
        try:
            fault = await self._settle(delivered) if delivered else None
        except DatabaseFault as lost:
            self._waiting = [*delivered, *self._waiting]
            fault = lost
        self.fault = self.fault or fault


def _case_of(letter: Claimed) -> int:
    """
    What is settled together: the letters of a case; one without a case is alone.
    """
    return letter.serial or -letter.id


class _Pace:
    """
    Not more than so many a minute, evenly; 0 is as fast as it goes.
    """

    def __init__(self, per_minute: int) -> None:
        self._gap = 60 / per_minute if per_minute else 0.0
        self._next = 0.0

    async def wait(self) -> None:
        if not self._gap:
            return
        clock = asyncio.get_running_loop().time
        start = max(self._next, clock())
        self._next = start + self._gap
        await asyncio.sleep(start - clock())
