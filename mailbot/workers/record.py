"""
The transactions: what is known read, what follows decided, and all of it kept, in one commit.

There is no network inside. A batch that cannot be kept as a whole is taken apart, and each
message goes alone, so that one stops no other.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import Arrival, Left
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter import HEARD_OF
from mailbot.desk import letter_outcomes, orders
from mailbot.desk.arriving import intake, released_mail
from mailbot.desk.arriving.message_alone import InItself, in_itself
from mailbot.desk.arriving.questions_foreseen import foreseen
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.recorded import LetGo, Recorded
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.message import Kind
from mailbot.mail.origin.classify import Classification
from mailbot.mail.outcome import Sent
from mailbot.mail.reading.confined import read_confined
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed, is_heavy
from mailbot.store import held
from mailbot.store.database import Tx, transact
from mailbot.store.holding import still_holds
from mailbot.store.read_known import free_cases
from mailbot.workers.transaction import Sitting, sit, together

#: What is due there is being settled by somebody else, or was just now.
IN_ANOTHERS_HAND = Recorded(reason="in_anothers_hand")


@dataclass(frozen=True)
class Incoming:
    """
    A message that has been read, what it says by itself, and when it is taken in.
    """

    arrival: Arrival
    seen: InItself
    at: datetime


def incoming(arrival: Arrival, office: Office, now: datetime) -> Incoming:
    """
    The message with what it says by itself. One without even a header says nothing.
    """
    if arrival.says_nothing:
        return Incoming(arrival, InItself(Classification(Kind.PERSON, "unreadable")), now)
    return Incoming(arrival, in_itself(arrival.message, office), now)


async def looked_at(arrival: Arrival, office: Office, now: datetime) -> Incoming:
    """
    The same, where what one of our people passes on may be slow to read.
    """
    sender = arrival.message.sender
    if sender and office.firm.people.by_address(sender.email):
        return await asyncio.to_thread(incoming, arrival, office, now)
    return incoming(arrival, office, now)


async def message(
    arrival: Arrival, office: Office, now: datetime, *, holder: int | None = None
) -> Recorded:
    """
    Make one message ours, with everything that follows from it. That commit is the instant
    from which the server's copy is no longer needed.
    """
    each = await looked_at(arrival, office, now)
    [recorded] = await messages([each], office, holder=holder)
    if isinstance(recorded, Exception):
        raise recorded
    return recorded


async def messages(
    batch: Sequence[Incoming], office: Office, *, holder: int | None = None
) -> list[Recorded | Exception]:
    """
    The same of a batch, in its order; of a message that breaks something, what broke. A
    MailboxTaken if the *holder* of the mailbox is another by now.
    """

    async def work(tx: Tx, some: Sequence[Incoming]) -> list[Recorded | Exception]:
        await still_holds(tx, holder)
        return await _Batch(tx, office).take_in(some)

    return await together(batch, lambda some: transact(lambda tx: work(tx, some)))


@dataclass(frozen=True)
class _Batch:
    """
    Messages in one transaction.
    """

    tx: Tx
    office: Office

    async def take_in(self, batch: Sequence[Incoming]) -> list[Recorded | Exception]:
        done: list[Recorded | Exception] = []
        waiting = deque(batch)
        while waiting:
            sitting = await self._sitting(waiting)
            let: LetGo | None = None
            while waiting and let is None:
                recorded = await sitting.try_to(_taking(waiting[0]), waiting[0].at)
                done.append(recorded)
                let = recorded.lets_go if isinstance(recorded, Recorded) else None
                now = waiting.popleft().at
                # Whoever else works in this process goes on meanwhile.
                await asyncio.sleep(0)
            await sitting.keep()
            if let is not None and isinstance(recorded, Recorded):
                done[-1] = await self._go_on(recorded, let, now)
        return done

    async def _sitting(self, batch: Iterable[Incoming]) -> "Sitting":
        questions = [
            question
            for each in batch
            for question in foreseen(each.arrival, each.seen, self.office)
        ]
        now = min(each.at for each in batch)
        return await sit(self.tx, self.office, now, questions, gives_numbers=True)

    async def _go_on(self, word: Recorded, let: LetGo, now: datetime) -> Recorded:
        """
        What a person's word lets go is the next round, in the transaction of that word.
        """
        told, _ = await self._let_go(word, let, now)
        return told

    async def _let_go(
        self, word: Recorded, let: LetGo, now: datetime
    ) -> tuple[Recorded, list[KnownLetter]]:
        """
        The word with what followed from it, and every letter that this made.
        """
        went, written = await self._released(let, now)
        if went.lets_go:
            # A command that was asked about, and is itself a word on something held.
            went, more = await self._let_go(went, went.lets_go, now)
            written += more
        sitting = await sit(self.tx, self.office, now, [])
        told = await sitting.do(
            lambda turn: released_mail.told(turn, word, let, went, written), now
        )
        await sitting.keep()
        return told, written + sitting.written

    async def _released(self, let: LetGo, now: datetime) -> tuple[Recorded, list[KnownLetter]]:
        released = await _released(self.tx, let.held_id, let.vouched)
        if released is None:
            return released_mail.BY_OPERATIONS, []
        each = await looked_at(released, self.office, now)
        sitting = await self._sitting([each])
        went = await sitting.do(_taking(each), now)
        await sitting.keep()
        return went, sitting.written


def _taking(each: Incoming) -> Callable[[Turn], Recorded]:
    return lambda turn: intake.take_in(turn, each.arrival, each.seen)


async def _released(tx: Tx, held_id: int, vouched: Vouched) -> Arrival | None:
    """
    A held message read once more; None where only operations can read it.
    """
    kept = await held.find_in(tx, held_id)
    if kept is None or kept.reason in set(Left):
        return None
    octets, received_at = kept.message.content.octets, kept.message.received_at
    try:
        read = (
            await asyncio.to_thread(read_confined, octets, received_at=received_at)
            if is_heavy(octets)
            else parse(octets, received_at=received_at)
        )
    except Malformed:
        return None
    return Arrival(
        attempt=await held.attempt_of(tx, kept),
        content=octets,
        message=read,
        again=kept.message_id,
        released=vouched,
    )


# --- deadlines, letters -------------------------------------------------------------


async def clock(serial: int, office: Office, now: datetime) -> Recorded:
    """
    Everything that is due in one case at *now*, settled with its decision.
    """
    [recorded] = await deadlines([serial], office, now)
    if isinstance(recorded, Exception):
        raise recorded
    return recorded


async def deadlines(
    serials: Sequence[int], office: Office, now: datetime
) -> list[Recorded | Exception]:
    """
    The same of several cases in one commit; of a case in which something breaks, what broke.
    One that another worker has in hand is left to it: IN_ANOTHERS_HAND.
    """

    async def work(tx: Tx, some: Sequence[int]) -> list[Recorded | Exception]:
        free = await free_cases(tx, some, now)
        ours = [each for each in some if each in free]
        sitting = await sit(
            tx, office, now, [question for each in ours for question in _of_case(each)]
        )
        done = {each: await sitting.try_to(_striking(each), now) for each in ours}
        await sitting.keep()
        return [done.get(each, IN_ANOTHERS_HAND) for each in some]

    return await together(serials, lambda some: transact(lambda tx: work(tx, some)))


def _of_case(serial: int) -> list[Question]:
    """
    All of a case that a rule of the clock may ask about.
    """
    return [Question(each, serial) for each in (Asks.CASE, Asks.STEPS, Asks.LETTERS)]


def _striking(serial: int) -> Callable[[Turn], Recorded]:
    return lambda turn: orders.strike(turn, serial)


async def outcomes(delivered: Sequence[Delivered], office: Office) -> list[str | Exception]:
    """
    What became of letters, in one commit; returns each one's status, or
    `claimed_by_another`, or what kept it from being settled, which stops no other.
    A letter that keeps a promise settles it here.
    """

    async def work(tx: Tx, some: Sequence[Delivered]) -> list[str | Exception]:
        letters = [each.letter for each in some]
        questions = [Question(Asks.LETTER, each.id) for each in letters]
        # All at once: a rule that asks for what was not read decides the whole batch anew.
        questions += [
            question
            for each in some
            if (serial := each.letter.serial) and _is_heard_of(each)
            for question in _of_case(serial)
        ]
        sitting = await sit(tx, office, min(each.at for each in some), questions)
        # At once: if one breaks, each of them goes alone.
        done = await sitting.do(lambda turn: letter_outcomes.settle(turn, some), some[0].at)
        await sitting.keep()
        return list(done)

    return await together(delivered, lambda some: transact(lambda tx: work(tx, some)))


def _is_heard_of(each: Delivered) -> bool:
    """
    Whether its case hears of it: not of a letter that was sent, and on whose arrival nothing
    rests.
    """
    return each.letter.template in HEARD_OF or not isinstance(each.result, Sent)
