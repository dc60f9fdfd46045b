"""
The past once more: what came and what was sent, in the order of time, on a clock that jumps
from one to the next.

Messages are taken in, deadlines struck and letters settled by the code that does it live.
Nothing leaves: there is nobody here who sends.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from mailbot.cases.commands.told_by_letter import NOBODY, Told
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import MOST_ATTEMPTS, Attempt, Sight
from mailbot.cases.known.past import Past
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.morning.working_day import morning
from mailbot.desk import orders
from mailbot.desk import past as then
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.turn import Turn
from mailbot.letters.appointment_read import agreed_time
from mailbot.letters.office import Office
from mailbot.log import get_logger
from mailbot.mail.outcome import Sent
from mailbot.mail.reading.own_letter import plain_text
from mailbot.mail.sent_copy import SentCopy
from mailbot.store import ledger, query, rebuilding
from mailbot.store import morning as mornings
from mailbot.store.database import Tx, transact
from mailbot.store.outbox import as_claimed
from mailbot.workers import record
from mailbot.workers.reading import Reader
from mailbot.workers.rebuild.archive import Archive, Taking
from mailbot.workers.transaction import Sitting, sit, together

log = get_logger()

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


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
    #: Of these the ones that stand for a command that nobody remembers.
    commands: list[SentCopy] = field(default_factory=list)
    #: The references of cases whose first message is not there.
    opened_by_letters: list[str] = field(default_factory=list)
    #: Messages that could not be had, or read.
    unread: int = 0
    ended_at: datetime | None = None


class Replay:
    """
    One past, gone through once; the database is new and open.
    """

    def __init__(self, archive: Archive, office: Office, max_message: int) -> None:
        self._archive = archive
        self._past: Past = archive.past
        self._office = office
        self._max_message = max_message
        self._now = _BEFORE_ALL
        self._message: Taking | None = None
        self._copy: tuple[SentCopy, bytes] | None = None
        self._reader = Reader(office, lambda: self._now)
        #: Letters that the next hop takes: when, in which order, and which.
        self._underway: list[tuple[datetime, int, SentCopy]] = []
        #: By serial until when nobody was at work on what is due there.
        self._later: dict[int, datetime] = {}
        self.found = Found()

    async def run(self) -> Found:
        """
        Everything up to the last sign of life; what is due after it is left to `run`.
        """
        messages = self._archive.octets_of_messages(self._max_message)
        letters = self._archive.octets_of_letters()
        self._message, self._copy = await anext(messages, None), await anext(letters, None)
        self.found.ended_at = self._last_sign_of_life()
        while moments := await self._moments():
            at, what = min(moments)
            self._now = max(self._now, at)
            match what:
                case What.MESSAGE:
                    await self._take_in(self._message)
                    self._message = await anext(messages, None)
                case What.STEP:
                    await self._strike()
                case What.LETTER:
                    await self._letter(self._copy)
                    self._copy = await anext(letters, None)
                case What.ACCEPTED:
                    await self._accepted(heapq.heappop(self._underway)[2])
        await self._leave_it_to_run()
        return self.found

    async def _moments(self) -> list[tuple[datetime, What]]:
        """
        What may come next of each kind, and when.
        """
        moments: list[tuple[datetime, What]] = []
        if self._message:
            moments.append((self._message.kept.taken_in_at, What.MESSAGE))
        if self._copy:
            moments.append((self._copy[0].written_at, What.LETTER))
        if self._underway:
            moments.append((self._underway[0][0], What.ACCEPTED))
        step, end = await self._next_step(), self.found.ended_at
        if step and end and step <= end:
            moments.append((step, What.STEP))
        return moments

    async def _leave_it_to_run(self) -> None:
        """
        What whoever goes on has to know beside the rows.
        """
        if self._past.highest:
            await rebuilding.number_above(self._past.highest, self._now)
        # Whoever was at work then has seen to that morning.
        if of := morning(self._now, self._office.firm.calendar):
            await transact(lambda tx: mornings.begin(tx, of, self._now))

    def _last_sign_of_life(self) -> datetime | None:
        signs = [each.accepted_at for each in self._past.copies]
        signs += [each.taken_in_at for each in self._archive.messages]
        return max(signs, default=None)

    # --- messages --------------------------------------------------------------

    async def _take_in(self, taking: Taking | None) -> None:
        if taking is None:
            return
        kept = taking.kept
        mailbox = self._archive.mailboxes[kept.folder]
        sight = Sight(
            mailbox.name, mailbox.uid_validity, kept.waiting.uid, kept.waiting.received_at
        )
        begun = await ledger.begin_first([sight])
        attempt = begun[kept.waiting.uid]
        # There is one attempt, and it goes on with as much as can be read.
        attempt = Attempt(attempt.ledger_id, MOST_ATTEMPTS, sight)
        await self._reader.take_in(attempt, taking.content, left=taking.left)
        self.found.messages += 1
        if taking.left is not None:
            self.found.unread += 1
        elif kept.is_put_away:
            await ledger.filed([attempt.ledger_id], self._now)

    # --- deadlines -------------------------------------------------------------

    async def _next_step(self) -> datetime | None:
        if self._now == _BEFORE_ALL:
            return None
        if await self._due():
            return self._now
        found = await rebuilding.next_step(self._now)
        later = [each for each in self._later.values() if each > self._now]
        return min([*later, *([found] if found else [])], default=None)

    async def _due(self) -> list[int]:
        """
        Where something is due, and somebody was at work.
        """
        return [
            each
            for each in await query.due(self._now)
            if self._later.get(each, self._now) <= self._now
        ]

    async def _strike(self) -> None:
        """
        What is due now; of a case where nobody was at work then, when somebody was again.
        """
        for serial in await self._due():
            self._later.pop(serial, None)
            [late] = await together(
                [serial], lambda some: transact(lambda tx: self._struck(tx, some))
            )
            if isinstance(late, Exception):
                log.error("deadline_failed", serial=serial, defect=late)
                late = _NEVER
            if late is not None:
                self._later[serial] = late

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

    async def _letter(self, found: tuple[SentCopy, bytes] | None) -> None:
        """
        A letter as it was written: it gets its octets, and its case if no rule gave it one.
        """
        if found is None:
            return
        copy, content = found
        row = await rebuilding.letter_with(copy.nonce)
        if row is None and await self._was_let_go(copy):
            row = await rebuilding.letter_with(copy.nonce)
        if row is None:
            work = self._adopted
            [defect] = await together(
                [copy], lambda some: transact(lambda tx: work(tx, some[0], content))
            )
            if defect is not None:
                log.error("letter_not_rebuilt", template=copy.template, defect=defect)
            self._past.adopted.add(copy.nonce)
            row = await rebuilding.letter_with(copy.nonce)
        if row is not None and not row.content:
            await rebuilding.keep_octets(row.id, content)
        heapq.heappush(self._underway, (copy.accepted_at, copy.where, copy))

    async def _was_let_go(self, copy: SentCopy) -> bool:
        """
        Whether the letter answers what is held here: then somebody had let it go, and it goes.
        """
        held_id = await rebuilding.held_as(copy.answers) if copy.answers else None
        if held_id is None or copy.to_staff:
            return False
        return bool(await self._reader.retry(held_id, Vouched(by=NOBODY)))

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
        opens = await self._by_rule(sitting, lambda turn: then.opens_by_its_letter(turn, copy))
        if opens:
            self.found.opened_by_letters.append(copy.reference)
        elif await self._by_rule(sitting, lambda turn: then.ordered_then(turn, told), copy):
            self.found.commands.append(copy)
        if not await sitting.do(lambda turn: then.is_ours_by_now(turn.known, copy), self._now):
            await sitting.do(lambda turn: then.adopt(turn, copy, content), self._now)
            self.found.adopted.append(copy)
        await sitting.keep()
        return [None]

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

    async def _accepted(self, copy: SentCopy) -> None:
        row = await rebuilding.letter_with(copy.nonce)
        if row is None:
            return
        self.found.letters += 1
        delivered = Delivered(letter=as_claimed(row), result=Sent(""), at=self._now, next_at=None)
        [became] = await record.outcomes([delivered], self._office)
        if isinstance(became, Exception):
            log.error("letter_not_rebuilt", template=copy.template, defect=became)
