"""
Delivery: claim, send, settle.

The claim is committed before the network is touched, and nothing is claimed
while the server cannot be reached: an outage costs no letter an attempt.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby

from mailbot.cases.known.claimed import Claimed
from mailbot.cases.known.home import Moved
from mailbot.cases.letter_status import Status
from mailbot.cases.reference import reference
from mailbot.desk.letter_outcomes import Delivered
from mailbot.letters.office import Office
from mailbot.letters.retry import Retry
from mailbot.log import get_logger
from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent, Uncertain
from mailbot.store import control, outbox
from mailbot.store.database import DatabaseFault
from mailbot.store.in_hand import Alone, Hand
from mailbot.transport.smtp_session import SmtpFault
from mailbot.workers import record
from mailbot.workers.channels import Channel, ChannelClosed, ChannelRefused, ChannelSlowed, Lines
from mailbot.workers.lasting import Lasting
from mailbot.workers.pace import Pace
from mailbot.workers.refusals import Refusals
from mailbot.workers.settling import Settling
from mailbot.workers.stopping import soon_after_stop, unless_stopped

log = get_logger()

#: How long a claim lasts: longer than any single delivery may take.
LEASE = timedelta(minutes=10)
#: Seconds of a lease in which a delivery may begin; whatever is left is given back.
_BEGUN_WITHIN = 120.0
#: So often a letter is given back because the server wants less, before it counts as an attempt.
_MOST_GIVEN_BACK = 20

#: Of a letter that cannot be read back.
_DAMAGED = "its octets in the database are damaged: write again, and look at the disk"


class Delivery:
    def __init__(
        self,
        channels: Sequence[Channel],
        office: Office,
        now: Callable[[], datetime],
        *,
        retry: Retry | None = None,
        per_minute: int = 0,
        workers: Callable[[], int] = lambda: 1,
        hand: Hand | None = None,
        spread: Callable[[], float] = lambda: 0.0,
        stop: asyncio.Event | None = None,
        is_doubtful: Callable[[], bool] = lambda: False,
    ) -> None:
        self._lines = Lines(channels)
        self._office = office
        self._now = now
        self._retry = retry or Retry()
        self._pace = Pace(per_minute, workers=workers)
        self._hand: Hand = hand or Alone()
        self._spread = spread
        self._stop = stop or asyncio.Event()
        #: Whether the clock may have leapt: no letter is too old by such a one.
        self._is_doubtful = is_doubtful
        self._refusals = Refusals()
        #: Refusals of which one more letter will tell whether they are about us.
        self._undecided: list[tuple[int, str]] = []
        self._last_refusal = ""
        self._is_paused = False
        self._slowed = Lasting()
        self._slowed_by = ""
        self._given_back: Counter[int] = Counter()
        #: What the database could not take when it was told.
        self._to_settle: list[Delivered] = []
        self._to_give_back: list[Claimed] = []
        self._copied = Lasting()
        #: Letters of which it was said what became of them, by template and status.
        self.settled: Counter[tuple[str, str]] = Counter()

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
        return self._refusals.is_us

    @property
    def is_a_copy_of(self) -> str:
        """
        What was another when the database was at home; "" where it is at home here.
        """
        return self._copied.last

    async def step(self) -> int:
        """
        Send a batch of what is due; returns how many letters were settled.

        Raises the transport's own fault where the server cannot be reached,
        ChannelClosed where it will not take more now, and ChannelSlowed where it will later.
        """
        if not self._office.is_live:
            return 0
        paused, moved = await control.standing(self._office.home)
        if self._is_a_copy(moved):
            return 0
        await self._see_to_what_was_left()
        if not await outbox.is_any_due(self._now(), paused):
            return 0
        if rest := self._pace.rest:
            raise ChannelSlowed(self._slowed_by, rest)
        channels = await self._connected()
        limit = 1 if self.is_probing else self._pace.letters(len(channels))
        # A server may take minutes until there is a connection: nothing is in hand before.
        began, now = _seconds(), self._now()
        lease_ends = now + LEASE
        await self._hand.hold(lease_ends)
        claimed = await outbox.claim(now, limit=limit, lease=LEASE, paused=paused)
        queue = [list(group) for _, group in groupby(claimed, key=_case_of)]
        queue.reverse()
        settling = Settling(self._settle)
        try:
            # All of them come to their end: none sends on when the batch is over.
            closed = await asyncio.gather(
                *(
                    self._work(channel, queue, settling, until=began + _BEGUN_WITHIN)
                    for channel in channels
                ),
                return_exceptions=True,
            )
        finally:
            await settling.finish()
        self._to_settle = settling.left
        self._to_give_back += chain.from_iterable(queue)
        if not settling.left:
            await self._see_to_what_was_left()
        ended = [each for each in (settling.fault, *closed) if each]
        _raise_what_broke(ended)
        await self._hand.let_go(lease_ends)
        if rest := self._pace.rest:
            raise ChannelSlowed(self._slowed_by, rest)
        if ended:
            raise ChannelClosed(str(ended[0]))
        if self.is_probing:
            raise ChannelRefused("the server refuses our mail to several recipients")
        return len(claimed)

    async def _see_to_what_was_left(self) -> None:
        """
        What a database that was away could not take: what became of letters, and claims of
        which nothing came. Without it they would go again, or wait, when their lease is over.
        """
        if self._to_settle:
            fault = await self._settle(self._to_settle)
            self._to_settle = []
            if fault:
                raise fault
        while self._to_give_back:
            await outbox.give_back(self._to_give_back[-1], self._now())
            self._to_give_back.pop()

    async def _connected(self) -> list[Channel]:
        """
        The channels for a batch, the first of them with a connection. ChannelClosed after
        the stop.
        """
        is_one = self.is_probing or self._pace.is_resting
        try:
            connecting = self._lines.connected(just_one=is_one)
            channels = await unless_stopped(self._stop, connecting, otherwise=[])
        except SmtpFault as fault:
            if not fault.throttled:
                raise
            self._slow_down(fault.phrase)
            raise ChannelSlowed(str(fault), self._pace.rest) from fault
        if not channels:
            raise ChannelClosed("stopped before there was a connection")
        return channels

    def _slow_down(self, reason: str) -> None:
        self._pace.refused()
        self._slowed_by = reason
        if self._slowed.is_news(reason, self._now()):
            rest = round(self._pace.rest)
            log.warning("delivery_slowed", reason=reason, retry_after=rest)

    def _is_a_copy(self, moved: Moved) -> bool:
        """
        Whether the database is a copy of one that is at home elsewhere: then its
        letters are somebody else's to send. Said once.
        """
        if moved and self._copied.is_news(moved, self._now()):
            log.error("copy_noticed", reason=moved)
        elif not moved and self._copied.is_over():
            log.info("copy_resumed")
        return bool(moved)

    # --- a batch ----------------------------------------------------------------

    async def _work(
        self, channel: Channel, queue: list[list[Claimed]], settling: Settling, *, until: float
    ) -> str:
        """
        Send from *queue*, one case after the other, until it is empty or its lease is too
        short; returns why it stopped early, or "".
        """
        if not queue:
            return ""
        opening = self._lines.is_open(channel)
        if not await unless_stopped(self._stop, opening, otherwise=False):
            return ""
        while queue and _seconds() < until and self._hand.is_sure and not self._stop.is_set():
            letters = self._next_of(queue)
            if not letters:
                break
            try:
                reason = await self._send(channel, letters, settling)
            finally:
                if letters:
                    queue.append(letters)
            if reason or settling.fault:
                return reason
            if self._pace.is_resting or not self._lines.may_use(channel):
                break
        self._pause_if_it_is_us()
        return ""

    def _next_of(self, queue: list[list[Claimed]]) -> list[Claimed]:
        """
        The letters of the next case. Where several recipients were refused, and each may
        be the one to blame, a letter to somebody else: it tells. Empty where there is none.
        """
        if not self.is_probing or self._is_paused:
            return queue.pop()
        for letters in queue if self._refusals.is_open else ():
            for letter in letters:
                if not self._refusals.is_among(letter.recipient):
                    letters.remove(letter)
                    return [letter]
        return []

    async def _send(self, channel: Channel, letters: list[Claimed], settling: Settling) -> str:
        """
        Send the letters of one case; what could not be tried is left in *letters*.
        Returns why the channel is closed, or "".
        """
        while letters:
            # Whoever slept too long, or was cut off, sends nothing that is another's by now.
            if not await self._pace.turn(self._stop) or not self._hand.is_sure:
                return ""
            letter = letters.pop(0)
            if not letter.content:
                lost = Refused(_DAMAGED)
                settling.add(Delivered(letter=letter, result=lost, at=self._now(), next_at=None))
                continue
            began = _seconds()
            handing = channel.deliver(letter.content, letter.recipient)
            result = await soon_after_stop(self._stop, handing, cut=channel.cut)
            self._pace.took(_seconds() - began)
            now = self._now()
            if isinstance(result, Deferred) and result.throttled and self._may_wait(letter):
                await self._wanted_less(channel, letter, result)
                return ""
            result = self._watch(letter, result)
            next_at = await self._next_attempt_at(letter, result, now)
            settling.add(Delivered(letter=letter, result=result, at=now, next_at=next_at))
            if isinstance(result, Deferred) and result.channel:
                return result.reason
            # A probe is one letter: more would only be refused as well.
            # What cannot be settled will be said again: no more of it than there is.
            if self.is_probing or settling.fault:
                break
        return ""

    def _may_wait(self, letter: Claimed) -> bool:
        """
        Whether nothing was said of the letter: one that meets this again and again is tried
        by the schedule, after others.
        """
        self._given_back[letter.id] += 1
        if self._given_back[letter.id] <= _MOST_GIVEN_BACK:
            return True
        del self._given_back[letter.id]
        return False

    async def _wanted_less(self, channel: Channel, letter: Claimed, result: Deferred) -> None:
        """
        The server asked for less: of connections, while there are several, else of letters.
        What was tried goes when its turn comes again, and it was no attempt.
        """
        if self._lines.are_several:
            await self._lines.do_without(channel)
        else:
            self._slow_down(result.reason)
        self._to_give_back.append(letter)

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
        self.settled[letter.template, status] += 1
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
        since = now if self._is_doubtful() else letter.created_at
        at = self._retry.next_attempt_at(since, letter.attempt, now, self._spread())
        if at is None or not isinstance(result, Uncertain):
            return at
        try:
            rewritten = await outbox.are_ids_rewritten()
        # It hears of the letter when it can be told; until then nobody knows.
        except DatabaseFault:
            rewritten = True
        wait = self._retry.after_uncertain
        return now + (self._retry.after_uncertain_rewritten if rewritten else wait)

    def _watch(self, letter: Claimed, result: Outcome) -> Outcome:
        """
        The outcome with whose it is. One line when the server turns against us, one when
        it is over.
        """
        if isinstance(result, Sent):
            self._pace.accepted()
            self._given_back.pop(letter.id, None)
            self._refusals.accepted(letter.recipient, self._now())
            self._undecided.clear()
            if self._is_paused:
                self._is_paused = False
                log.info("delivery_recovered")
            if not self._pace.is_slowed and self._slowed.is_over():
                log.info("delivery_speed_regained")
        elif isinstance(result, Deferred) and result.about_us:
            result = self._refusals.judged(letter.recipient, result, letter.reason, self._now())
            if result.about_us:
                self._undecided.append((letter.id, result.reason))
            if not self._refusals.is_open or self._is_paused:
                self._say_whose_it_is()
        return result

    def _say_whose_it_is(self) -> None:
        for number, reason in self._undecided:
            log.error("delivery_refused_for_us", outbox=number, reason=reason)
            self._last_refusal = reason
        self._undecided.clear()

    def _pause_if_it_is_us(self) -> None:
        if self.is_probing and not self._is_paused:
            self._is_paused = True
            self._say_whose_it_is()
            log.error("delivery_paused", reason=self._last_refusal)


def _raise_what_broke(ended: Sequence[str | BaseException]) -> None:
    for each in ended:
        if isinstance(each, BaseException):
            raise each


def _case_of(letter: Claimed) -> int:
    """
    What is settled together: the letters of a case; one without a case is alone.
    """
    return letter.serial or -letter.id


def _seconds() -> float:
    """
    The loop's own clock, which nobody sets.
    """
    return asyncio.get_running_loop().time()
