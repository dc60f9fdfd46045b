"""
After a restore: what the mailbox has beyond the backup is gone through again, before anything
is sent.

The letters in the sent folder are read first, and what is taken in again is decided with them
in view: a letter that a rule writes anew, and that lies there, is that letter, with its own
octets and its own time. Then the messages, oldest first, each at the time at which it came,
and between them the deadlines that struck there: so it went before. Nothing of it is remembered
but in the database: whoever is ended goes through what is left.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime

from mailbot.cases.known.beyond import Beyond, Gone
from mailbot.desk import beyond
from mailbot.desk.letter_outcomes import Delivered
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.mail.message import InboundMessage
from mailbot.mail.outcome import Sent
from mailbot.store import lost_past, query
from mailbot.transport.mailbox import Waiting
from mailbot.workers import record
from mailbot.workers.intake import Intake
from mailbot.workers.shelves import (
    Shelves,
    Shown,
    Unknown,
    letters_sent,
    octets,
    unknown_messages,
)

log = get_logger()

_FROM_SENT_FOLDER = "found in the sent folder"
_FROM_AN_ANSWER = "the customer has answered it"


class _Clock:
    """
    The time as it was when each message came; it never goes back, and never beyond now.
    """

    def __init__(self, at: datetime, real: Callable[[], datetime]) -> None:
        self._at = at
        self._real = real

    def __call__(self) -> datetime:
        return self._at

    def move(self, to: datetime) -> None:
        self._at = min(max(self._at, to), self._real())


class CatchingUp:
    def __init__(
        self,
        shelves: Callable[[], AbstractAsyncContextManager[Shelves]],
        office: Callable[[], Office],
        now: Callable[[], datetime],
        *,
        max_message: int,
        holder: Callable[[], int | None] = lambda: None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        #: Opens the folders.
        self._shelves = shelves
        self._office = office
        self._now = now
        self._max_message = max_message
        self._holder = holder
        self._is_stopping = is_stopping
        self._is_over = False

    async def is_over(self) -> bool:
        """
        Whether there is nothing to catch up with, or not any more.
        """
        if not self._is_over:
            self._is_over = await lost_past.made_at() is None
        return self._is_over

    async def step(self) -> None:
        """
        Catch up, if that is still to be done; afterwards it is, unless it was stopped. An
        ImapFault or a DatabaseFault if it has to be tried again.
        """
        if await self.is_over() or (made_at := await lost_past.made_at()) is None:
            return
        log.info("catching_up")
        async with self._shelves() as shelves:
            past = _Past(self, shelves, made_at)
            await past.go_through()
        if self._is_stopping():
            return
        await lost_past.caught_up()
        past.say()

    @property
    def office(self) -> Office:
        return self._office()

    def now(self) -> datetime:
        return self._now()

    def is_stopping(self) -> bool:
        return self._is_stopping()

    def intake(self, shelf: Shown, office: Office, clock: _Clock) -> Intake:
        return Intake(
            shelf,
            office,
            clock,
            max_message=self._max_message,
            holder=self._holder,
            is_stopping=self._is_stopping,
        )


class _Past:
    """
    One walk through what went on beyond a backup.
    """

    def __init__(self, catching_up: CatchingUp, shelves: Shelves, made_at: datetime) -> None:
        self._of = catching_up
        self._shelves = shelves
        self._made_at = made_at
        self._office = catching_up.office
        self._letters: dict[str, Gone] = {}
        self._answered: dict[str, datetime] = {}
        self._failed: set[int] = set()
        self._messages = self._found_sent = self._unplaced = 0

    async def go_through(self) -> None:
        unknown = await unknown_messages(self._shelves, self._made_at)
        told = await self._told([each.read for each in unknown if each.read])
        self._office = replace(self._office, beyond=told)
        await lost_past.number_above(told.highest, self._of.now())
        await self._settle()
        alive = self._last_sign_of_life(unknown)
        lost = [each for each in unknown if each.waiting.received_at <= alive]
        await self._take_in(lost, _Clock(self._made_at, self._of.now))
        await self._strike_until(alive)
        if not self._of.is_stopping():
            await self._put_what_nobody_wrote_again()

    def _last_sign_of_life(self, unknown: Sequence[Unknown]) -> datetime:
        """
        Until when somebody was at work on the database that was lost. What came later, or was
        due later, nobody has done anything about: that is for whoever goes on, by their clock.
        """
        is_filed = self._shelves.processed is not None
        signs = [each.waiting.received_at for each in unknown if each.is_filed or not is_filed]
        signs += [each.at for each in self._letters.values()]
        return min(max(signs, default=self._made_at), self._of.now())

    def say(self) -> None:
        log.info(
            "caught_up",
            messages=self._messages,
            letters=self._found_sent,
            unplaced=self._unplaced,
            reason="" if self._shelves.sent else "no_sent_folder",
        )

    async def _told(self, answers: Sequence[InboundMessage]) -> Beyond:
        """
        What the sent folder and the answers tell; letters that are here are known by the way.
        """
        keyring = self._office.keyring
        letters = await letters_sent(self._shelves.sent, self._made_at, keyring)
        self._answered = beyond.named_in(answers, keyring)
        self._letters = {letter.message_id: letter for letter, _ in letters}
        await lost_past.lies_in_sent_folder(list(self._letters))
        here = await lost_past.letters_here([*self._letters, *self._answered])
        lost = [each for each in letters if each[0].message_id not in here]
        return beyond.told(lost, answers, keyring, here=here)

    # --- gone through again -----------------------------------------------------------

    async def _take_in(self, unknown: Sequence[Unknown], clock: _Clock) -> None:
        intakes: dict[int, Intake] = {}
        for each in unknown:
            if self._of.is_stopping():
                return
            clock.move(each.waiting.received_at)
            await self._strike_until(clock())
            shelf = each.shelf
            intake = intakes.setdefault(id(shelf), self._of.intake(shelf, self._office, clock))
            shelf.waiting = (*shelf.waiting, each.waiting)
            await intake.step()
            await shelf.still_waits()
            await self._settle()
        for each in unknown:
            # What failed at first goes alone, until it is ours or held.
            intake = intakes[id(each.shelf)]
            while each.shelf.waiting and not self._of.is_stopping() and await intake.step():
                await each.shelf.still_waits()
        await self._settle()
        self._messages = len(unknown)

    async def _strike_until(self, until: datetime) -> None:
        """
        The deadlines that struck in between, each at its time.
        """
        while not self._of.is_stopping():
            due = await query.next_due(without=self._failed)
            if due is None or due > until:
                return
            at = max(due, self._made_at)
            serials = [each for each in await query.due(at) if each not in self._failed]
            done = await record.deadlines(serials, self._office, at)
            self._failed |= {
                serial
                for serial, became in zip(serials, done, strict=True)
                # It is tried again, and told of, by whoever strikes them afterwards.
                if isinstance(became, Exception) or became is record.IN_ANOTHERS_HAND
            }
            await self._settle()

    async def _settle(self) -> None:
        """
        What has not left as far as is known, and has: it lies in the sent folder, or somebody
        has answered it.
        """
        delivered: list[Delivered] = []
        for row in await lost_past.underway():
            letter = self._letters.get(row.message_id)
            at = letter.at if letter else self._answered.get(row.message_id)
            if row.is_without_octets:
                # It was seen in the sent folder: without its octets it must not leave again.
                at = at or row.created_at
                await self._put_octets(letter, row.id)
            if at is None:
                continue
            said = Sent(_FROM_AN_ANSWER if letter is None else _FROM_SENT_FOLDER)
            claimed = await lost_past.in_hand(row.id)
            delivered.append(Delivered(letter=claimed, result=said, at=at, next_at=None))
        if not delivered:
            return
        for became in await record.outcomes(delivered, self._office):
            if isinstance(became, Exception):
                raise became
            self._found_sent += 1

    async def _put_octets(self, letter: Gone | None, number: int) -> None:
        if letter is not None:
            waiting = Waiting(letter.uid or 0, None, letter.at)
            await lost_past.put_octets(number, await octets(self._shelves.sent, waiting))

    async def _put_what_nobody_wrote_again(self) -> None:
        """
        Letters that no rule wrote again: a command of which no mail tells had caused them.
        """
        here = await lost_past.letters_here(list(self._letters))
        left = [each for each in self._letters.values() if each.message_id not in here]
        cases = await lost_past.cases_at(each.serial for each in left)
        for letter in left:
            if letter.serial not in cases:
                # A mail to our own people about no case is nobody's loss.
                self._unplaced += bool(letter.serial)
                continue
            if content := await octets(
                self._shelves.sent, Waiting(letter.uid or 0, None, letter.at)
            ):
                await lost_past.put_letter(letter, cases[letter.serial], content)
        await self._settle()
