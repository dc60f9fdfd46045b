"""
The past once more: what came and what was sent, in the order of time, on a clock that jumps
from one to the next.

Messages are taken in, deadlines struck and letters settled by the code that does it live.
Nothing leaves meanwhile. Nothing is remembered but in the database, so that whoever is ended
goes through what is left.
"""

import heapq
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import TypeVar

from mailbot.cases.commands.told_by_letter import NOBODY, Told
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import MOST_ATTEMPTS, Attempt
from mailbot.cases.known.past import SLACK, Past
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.morning.working_day import morning
from mailbot.desk import found_letter, orders
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.recorded import Recorded
from mailbot.desk.turn import Turn
from mailbot.letters.appointment_read import agreed_time
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.mail.outcome import Sent
from mailbot.mail.reading.own_letter import plain_text
from mailbot.mail.sent_copy import SentCopy
from mailbot.store import ledger, lost_past, query
from mailbot.store import morning as mornings
from mailbot.store.database import Tx, transact
from mailbot.store.holding import still_holds
from mailbot.workers import record
from mailbot.workers.intake import say
from mailbot.workers.past.archive import Archive, Kept, Taking
from mailbot.workers.reading import Reader
from mailbot.workers.transaction import Sitting, sit, together

T = TypeVar("T")

log = get_logger()

_NEVER = datetime.max.replace(tzinfo=UTC)

_FROM_SENT_FOLDER = "found in the sent folder"
_FROM_AN_ANSWER = "the customer has answered it"


class What(IntEnum):
    """
    What happens; of one instant in this order, as a round takes mail in, strikes the clock
    and sends.
    """

    MESSAGE = 0
    STEP = 1
    LETTER = 2
    ACCEPTED = 3


@dataclass
class Found:
    """
    What came of it beside the rows.
    """

    messages: int = 0
    #: Letters of the sent folder that are in the database, and those that no rule has
    #: decided again.
    letters: int = 0
    adopted: list[SentCopy] = field(default_factory=list)
    #: Of these the ones whose case is not there, and the ones that stand for a command that
    #: nobody remembers.
    unplaced: list[SentCopy] = field(default_factory=list)
    commands: list[SentCopy] = field(default_factory=list)
    #: The references of cases whose first message is not there.
    opened_by_letters: list[str] = field(default_factory=list)
    #: Messages that could not be had, or read.
    unread: int = 0
    ended_at: datetime | None = None


class Replay:
    """
    One past, gone through once, on the database that is open.
    """

    def __init__(
        self,
        archive: Archive,
        office: Office,
        now: Callable[[], datetime],
        *,
        max_message: int,
        holder: Callable[[], int | None] = lambda: None,
        is_stopping: Callable[[], bool] = lambda: False,
        says_each: bool = False,
    ) -> None:
        #: Whether there is a line in the log for each message, as ever.
        self._says_each = says_each
        self._past: Past = archive.past
        self._office = office
        self._holder = holder
        self._is_stopping = is_stopping
        #: The time that was; it never goes back, and never beyond the real one.
        self._now = archive.since or datetime.min.replace(tzinfo=UTC)
        self._real_now = now
        self._reader = Reader(office, lambda: self._now, holder=holder)
        self._messages = archive.octets_of_messages(max_message)
        self._letters = archive.octets_of_letters()
        #: What comes next of each kind.
        self._takings: deque[Taking] = deque()
        self._letter: tuple[SentCopy, bytes] | None = None
        self._step: datetime | None = None
        #: The first attempts at messages that nobody has begun before, by where they lie.
        self._begun: dict[tuple[str, int], Attempt] = {}
        #: Letters that the next hop takes: when, in which order, and which.
        self._underway: list[tuple[datetime, int, SentCopy]] = []
        #: By serial until when nobody was at work on what is due there.
        self._later: dict[int, datetime] = {}
        self.found = Found(ended_at=min(archive.ended_at, now()) if archive.ended_at else None)

    async def run(self) -> Found:
        """
        Everything up to the last sign of life; what is due after it is left to `run`.
        """
        does = {
            What.MESSAGE: self._take_in,
            What.STEP: self._strike,
            What.LETTER: self._write,
            What.ACCEPTED: self._accept,
        }
        await lost_past.number_above(self._past.highest, self._real_now())
        await lost_past.lie_in_sent_folder(
            [each.nonce for each in self._past.copies if each.is_there]
        )
        await self._fetch_messages()
        self._letter = await anext(self._letters, None)
        self._step = await self._next_step()
        while (moments := self._moments()) and not self._is_stopping():
            at, what = min(moments)
            self._now = max(self._now, min(at, self._real_now()))
            await does[what]()
        if not self._is_stopping():
            await self._see_to_the_morning()
        return self.found

    def _moments(self, *, but: What | None = None) -> list[tuple[datetime, What]]:
        """
        What may come next of each kind *but* one, and when.
        """
        end = self.found.ended_at
        moments = {
            What.MESSAGE: self._takings[0].kept.taken_in_at if self._takings else None,
            What.STEP: self._step if end and self._step and self._step <= end else None,
            What.LETTER: self._letter[0].written_at if self._letter else None,
            What.ACCEPTED: self._underway[0][0] if self._underway else None,
        }
        return [(at, what) for what, at in moments.items() if at is not None and what is not but]

    async def _see_to_the_morning(self) -> None:
        """
        Whoever was at work then has seen to the mails of that morning.
        """
        if of := morning(self._now, self._office.firm.calendar):
            await transact(lambda tx: mornings.begin(tx, of, self._now))

    # --- messages --------------------------------------------------------------

    async def _fetch_messages(self) -> None:
        """
        The next ones with their octets; each has a row in the ledger from now on.
        """
        takings: list[Taking] = await anext(self._messages, [])
        of_folders: dict[str, list[Kept]] = {}
        for each in takings:
            of_folders.setdefault(each.kept.mailbox, []).append(each.kept)
        for folder, kept in of_folders.items():
            begun = await ledger.begin_first([each.sight for each in kept], holder=self._holder())
            self._begun |= {(folder, uid): attempt for uid, attempt in begun.items()}
        self._takings.extend(takings)

    async def _take_in(self) -> None:
        taking = self._takings.popleft()
        if attempt := await self._attempt(taking.kept):
            await self._taken_in(attempt, taking)
        self._step = await self._next_step()
        if not self._takings:
            await self._fetch_messages()

    async def _attempt(self, kept: Kept) -> Attempt | None:
        """
        One attempt at it, which goes on with as much as can be read; None if it is ours by now.
        What was begun before may be what killed us then, so that is counted.
        """
        begun = self._begun.pop((kept.mailbox, kept.waiting.uid), None)
        attempt = begun or await ledger.begin_again(kept.sight, holder=self._holder())
        if attempt is None:
            return None
        return Attempt(attempt.ledger_id, max(attempt.number, MOST_ATTEMPTS), kept.sight)

    async def _taken_in(self, attempt: Attempt, taking: Taking) -> None:
        [became] = await together([taking], lambda some: self._read(attempt, some[0]))
        # Whatever is wrong with one message, or with us, keeps no other from its answer.
        if self._says_each or isinstance(became, Exception):
            say(taking.kept.waiting.uid, attempt.number, became)
        if isinstance(became, Exception):
            return
        self.found.messages += 1
        if taking.left is not None:
            self.found.unread += 1
        elif taking.kept.is_put_away:
            await ledger.filed([attempt.ledger_id], self._now)

    async def _read(self, attempt: Attempt, taking: Taking) -> list[Recorded | Exception]:
        return [await self._reader.take_in(attempt, taking.content, left=taking.left)]

    # --- deadlines -------------------------------------------------------------

    async def _next_step(self) -> datetime | None:
        """
        When something is due next, where nobody puts it off; or until when somebody does.
        """
        due = await query.next_due(without=self._later)
        return min([*self._later.values(), *([due] if due else [])], default=None)

    async def _strike(self) -> None:
        """
        What is due now; of a case where nobody was at work then, when somebody was again.
        """
        for serial in await query.due(self._now):
            if self._later.get(serial, self._now) > self._now:
                continue
            self._later.pop(serial, None)
            [late] = await together(
                [serial], lambda some: self._in_one(lambda tx: self._struck(tx, some))
            )
            if isinstance(late, Exception):
                log.error("deadline_failed", serial=serial, defect=late)
                late = _NEVER
            if late is not None:
                self._later[serial] = late
        self._step = await self._next_step()

    async def _struck(self, tx: Tx, serials: Sequence[int]) -> list[datetime | Exception | None]:
        [serial] = serials
        questions = [Question(each, serial) for each in (Asks.CASE, Asks.STEPS, Asks.LETTERS)]
        sitting = await sit(tx, self._office, self._now, questions)
        done = await sitting.do(lambda turn: orders.strike(turn, serial), self._now)
        if not done.after:
            return [_NEVER]
        written = {each.nonce for each in sitting.written}
        went = [each for each in self._past.of_serial(serial) if each.nonce in written]
        later = self._past.done_later(self._now, went) if written else None
        if later is None:
            await sitting.keep()
        else:
            self._past.give_back(went)
        return [later]

    # --- letters ---------------------------------------------------------------

    async def _write(self) -> None:
        """
        Letters as they were written: each gets its octets, and its case if no rule gave it one.
        """
        some = {copy.nonce: (copy, content) async for copy, content in self._written_now()}
        rows = await lost_past.letters_with(list(some))
        for nonce, (copy, content) in some.items():
            if nonce not in rows and copy.is_there:
                await self._has_its_case(copy, content)
        new = [nonce for nonce in some if nonce not in rows]
        rows |= await lost_past.letters_with(new) if new else {}
        lacking = {
            row.id: some[nonce][1]
            for nonce, row in rows.items()
            if not row.content and some[nonce][0].is_there
        }
        if lacking:
            await lost_past.put_octets(lacking)

    async def _written_now(self) -> AsyncIterator[tuple[SentCopy, bytes]]:
        """
        The next letter, and those that follow it before anything else happens.
        """
        while found := self._letter:
            yield found
            copy = found[0]
            # Somebody may have laid the copies there later, all at once: where what is decided
            # meanwhile would leave, a letter that went is not waited for.
            at = copy.written_at if self._past.sends_the_rest else copy.accepted_at
            heapq.heappush(self._underway, (at, copy.where or 0, copy))
            self._letter = await anext(self._letters, None)
            others = self._moments(but=What.LETTER)
            if self._letter and (self._letter[0].written_at, What.LETTER) > min(others):
                return

    async def _has_its_case(self, copy: SentCopy, content: bytes) -> None:
        """
        A letter that no rule has decided again.
        """
        if not await self._was_let_go(copy):
            [defect] = await together(
                [copy], lambda some: self._in_one(lambda tx: self._adopted(tx, some[0], content))
            )
            if defect is not None:
                log.error("letter_not_rebuilt", template=copy.template, defect=defect)
            self._past.standing.add(copy.nonce)
        self._step = await self._next_step()

    async def _was_let_go(self, copy: SentCopy) -> bool:
        """
        Whether the letter answers what is held here: then somebody had let it go, and it goes.
        """
        held_id = await lost_past.held_as(copy.answers) if copy.answers else None
        if held_id is None or copy.to_staff:
            return False
        await self._reader.retry(held_id, Vouched(by=NOBODY))
        return bool(await lost_past.letters_with([copy.nonce]))

    async def _adopted(self, tx: Tx, copy: SentCopy, content: bytes) -> list[Exception | None]:
        questions = [
            Question(Asks.CASE, copy.serial),
            Question(Asks.LETTERS, copy.serial),
            Question(Asks.NONCE, copy.nonce),
        ]
        sitting = await sit(tx, self._office, self._now, questions, gives_numbers=True)
        told = Told(
            copy=copy,
            text=" ".join((plain_text(content) or "").split()),
            agreed_at=agreed_time(content) if copy.template == "contact-agreed" else None,
            near=self._past.written_near(copy),
        )
        if await self._by_rule(sitting, lambda turn: found_letter.opens_by_it(turn, copy)):
            self.found.opened_by_letters.append(copy.reference)
        elif await self._by_rule(sitting, lambda turn: found_letter.ordered_then(turn, told), copy):
            self.found.commands.append(copy)
        if not await sitting.do(lambda turn: found_letter.is_ours_by_now(turn, copy), self._now):
            await self._adopt(sitting, copy, content)
        await sitting.keep()
        return [None]

    async def _adopt(self, sitting: Sitting, copy: SentCopy, content: bytes) -> None:
        is_placed = await sitting.do(
            lambda turn: found_letter.adopt(turn, copy, content), self._now
        )
        self.found.adopted.append(copy)
        if not is_placed:
            self.found.unplaced.append(copy)

    async def _by_rule(
        self, sitting: Sitting, rule: Callable[[Turn], bool], copy: SentCopy | None = None
    ) -> bool:
        """
        Whether the rule did what it says, and *copy* is one of the letters that it wrote; else
        nothing was done.
        """
        before = sitting.known
        is_done = await sitting.do(rule, self._now)
        if is_done and copy:
            is_done = any(each.nonce == copy.nonce for each in sitting.written)
        if not is_done:
            sitting.known = before
        return is_done

    async def _accept(self) -> None:
        """
        Letters that the next hop took, or whose answer came: in one commit those that followed
        each other at once.
        """
        some: dict[str, SentCopy] = {}
        latest = min([(self._now + SLACK, What.ACCEPTED), *self._moments(but=What.ACCEPTED)])
        while self._underway and (self._underway[0][0], What.ACCEPTED) <= latest:
            copy = heapq.heappop(self._underway)[2]
            some[copy.nonce] = copy
        rows = await lost_past.letters_with(list(some))
        delivered = [
            Delivered(
                letter=rows[nonce],
                result=Sent(_FROM_SENT_FOLDER if copy.is_there else _FROM_AN_ANSWER),
                at=max(self._now, min(copy.accepted_at, self._real_now())),
                next_at=None,
            )
            for nonce, copy in some.items()
            if nonce in rows
        ]
        for each, became in zip(
            delivered, await record.outcomes(delivered, self._office), strict=True
        ):
            if isinstance(became, Exception):
                log.error("letter_not_rebuilt", template=each.letter.template, defect=became)
            else:
                self.found.letters += 1
        self._step = await self._next_step()

    async def _in_one(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """
        In a transaction of whoever holds the mailbox.
        """

        async def guarded(tx: Tx) -> T:
            await still_holds(tx, self._holder())
            return await work(tx)

        return await transact(guarded)
