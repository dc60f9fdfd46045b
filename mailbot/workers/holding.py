"""
Whether this worker takes mail in, or stands by while another does; and that it is at work, with
letters in hand or without.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from mailbot.health.told import NOTHING, Told
from mailbot.letters.retry import MOST_AT_ONCE
from mailbot.log import get_logger
from mailbot.store import control, holding, in_hand, presence
from mailbot.store.database import DatabaseFault
from mailbot.store.holding import ALONE, NOBODY
from mailbot.store.own_session import OwnSession
from mailbot.workers.lasting import is_within

log = get_logger()

#: Seconds between two looks: the server takes a silent holder for dead after six.
BEAT = 1.5
#: How often the row says that we are at work.
_SEEN_EVERY = timedelta(seconds=15)
#: Seconds that one round waits for whoever else is at it.
_PATIENCE = 20.0
#: Seconds for which a holder tries to reach the mailbox before another may; it stands back then,
#: the longer the oftener it did not.
TRIES_FOR = 30.0
_STANDS_BACK, _AT_MOST = 10.0, 300.0


class Holding:
    """
    The right to take mail in, and the number under which it was given.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        lost: Callable[[], None] = lambda: None,
        told: Callable[[], Told] = lambda: NOTHING,
    ) -> None:
        self._now = now
        #: What is written down with the sign that we are at work.
        self._told = told
        self._state: frozenset[str] = frozenset()
        #: Called when the mailbox is another's: whoever waits in it need not.
        self._lost = lost
        session = OwnSession()
        self._lock = holding.lock(session)
        #: What tells others that the letters which were claimed are still in hand.
        self.hand = in_hand.hand(session, MOST_AT_ONCE)
        self._number: int | None = None
        self._worker: int | None = None
        self._seen_at: datetime | None = None
        #: By how much our clock is ahead of the one that all workers have in common.
        self._ahead = timedelta()
        #: Since when, by the loop's clock, the mailbox could not be reached; how often, and when,
        #: it was left to another for that; and until when this one stands back.
        self._not_reached_since: float | None = None
        self._left_to_others = 0
        self._left_at = now()
        self._stands_back_until = 0.0
        #: How many are at work on the database, this one included.
        self.workers = 1
        #: Set while the mailbox is ours.
        self.held = asyncio.Event()

    @property
    def number(self) -> int:
        """
        The holder's number; NOBODY while another holds the mailbox, and whoever is still in
        the middle of a batch is refused.
        """
        return NOBODY if self._number is None else self._number

    @property
    def is_held(self) -> bool:
        return self.held.is_set()

    async def begin(self) -> None:
        """
        At the start, before anything is claimed.
        """
        self._say_what_was_left(await self.hand.begin(self._now()))

    async def beat(self) -> None:
        """
        Take the mailbox if nobody has it, or keep it; and be seen. A DatabaseFault if the
        database cannot be asked.
        """
        await self.keep()
        await self.keep_in_hand()
        await self._be_seen()

    async def keep_in_hand(self) -> None:
        """
        What was claimed stays in hand; what somebody who is gone has left behind is free.
        """
        self._say_what_was_left(await self.hand.keep(self._now()))

    def _say_what_was_left(self, count: int) -> None:
        if count:
            log.warning("letters_left_behind", count=count)

    async def keep(self) -> None:
        """
        The same, unseen.
        """
        try:
            if self._number is None:
                await self._take()
            elif not await self._lock.is_kept():
                await self.drop()
        except DatabaseFault:
            await self.drop()
            raise

    async def for_a_round(self) -> bool:
        """
        The mailbox for one round: waited for a while if another is at it.
        """
        ends = _seconds() + _PATIENCE
        while True:
            await self._take()
            if self._number is not None:
                return True
            if _seconds() >= ends:
                log.info("mailbox_held_elsewhere")
                return False
            await asyncio.sleep(BEAT)

    async def drop(self) -> None:
        """
        It is another's, or nobody's, by now.
        """
        if self._number is None:
            return
        self._number = None
        self.held.clear()
        log.warning("mailbox_lost")
        self._lost()
        await self._lock.give_up()
        self._seen_at = None

    def reached(self) -> None:
        """
        The mailbox was reached by us.
        """
        self._not_reached_since = None
        self._left_to_others = 0

    async def not_reached(self) -> bool:
        """
        It was not: what keeps one host from it may not keep another. Whether it is another's to
        try by now.
        """
        if self._number in {None, ALONE} or self.workers < 2:
            return False
        seconds = _seconds()
        if self._not_reached_since is None:
            self._not_reached_since = seconds
        if not self._left_to_others and seconds - self._not_reached_since < TRIES_FOR:
            return False
        if not self._left_to_others:
            log.warning("mailbox_left_to_others")
        self._stands_back_until = seconds + min(
            _STANDS_BACK * 2.0 ** min(self._left_to_others, 10), _AT_MOST
        )
        self._left_to_others += 1
        self._left_at = self._now()
        self._number = None
        self.held.clear()
        self._lost()
        await self._lock.give_up()
        self._seen_at = None
        return True

    @property
    def is_left_to_others(self) -> bool:
        """
        Whether we could not reach the mailbox, and nobody is known to have done so since.
        """
        return bool(self._left_to_others)

    async def is_reached_by_another(self) -> bool:
        """
        Whether the mailbox is seen to, wherever it was left to others.
        """
        with suppress(DatabaseFault):
            if self._left_to_others and await presence.takes_mail_in(self._left_at, self._here()):
                self.reached()
        return not self._left_to_others

    async def leave(self) -> None:
        """
        At the end: the next one need not wait.
        """
        with suppress(DatabaseFault):
            if self._worker is not None:
                await presence.leave(self._worker, self._told())
        await self._lock.give_up()
        await self.hand.close()
        self._number = None

    async def _take(self) -> None:
        if self._number is not None:
            return
        # Alone, nobody else tries.
        if self._left_to_others and self.workers > 1 and _seconds() < self._stands_back_until:
            return
        self._number = await self._lock.take(self._now())
        if self._number is not None:
            self.held.set()
            self._seen_at = None
            # Of several who pass it on, because none reaches it, each says so once.
            if self._number != ALONE and not self._left_to_others:
                log.info("mailbox_taken", count=self._number)

    def _here(self) -> datetime:
        return self._now() - self._ahead

    async def _be_seen(self) -> None:
        if self._seen_at is None or not is_within(_SEEN_EVERY, self._seen_at, self._here()):
            self._ahead = self._now() - await control.common_clock(self._now())
        now = self._here()
        if self._worker is None:
            self._worker = await presence.enter(socket.gethostname(), os.getpid(), now)
        told = self._told()
        is_fresh = self._seen_at is not None and is_within(_SEEN_EVERY, self._seen_at, now)
        # What broke, or is mended, is known to others at once.
        if not is_fresh or told.state != self._state:
            if not await presence.seen(self._worker, now, told, holds_mailbox=self.is_held):
                # At the next beat it begins anew.
                self._worker = None
                return
            self._seen_at, self._state = now, told.state
        if self._number != ALONE:
            self.workers = max(1, await presence.how_many(now))


def _seconds() -> float:
    return asyncio.get_running_loop().time()
