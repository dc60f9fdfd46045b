"""
About, decide, keep: the three verbs of every transaction.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from mailbot.cases.known.known import Known
from mailbot.cases.known.questions import Question, Unread
from mailbot.cases.known.rows import KnownLetter
from mailbot.desk.past import compose
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.store.database import DatabaseFault, Tx, gave_way, transact
from mailbot.store.keep_decided import keep
from mailbot.store.read_known import Occasion, about, more_about

T = TypeVar("T")
E = TypeVar("E")

#: A rule that asks on and on has lost its way.
_MOST_QUESTIONS = 1000


@dataclass
class Sitting:
    """
    What is known, and what has been decided so far.
    """

    tx: Tx
    office: Office
    occasion: Occasion
    read: Known
    known: Known

    async def do(self, rule: Callable[[Turn], T], now: datetime) -> T:
        """
        Decide, compose what is to be said, and go on from there. A rule that asks for what
        was not read decides anew once it is.
        """
        for _ in range(_MOST_QUESTIONS):
            turn = Turn(self.known.after(), self.office, now)
            try:
                done = rule(turn)
                compose(self.known, turn.known, self.office)
            except Unread as asked:
                before = self.read.size()
                await more_about(self.tx, self.read, [asked.question], self.occasion)
                self.known.learn(self.read, before)
            else:
                self.known = turn.known
                return done
        raise LookupError("a rule asks without end")

    async def try_to(self, rule: Callable[[Turn], T], now: datetime) -> "T | Exception":
        """
        The same; what breaks leaves nothing behind, and the others go on.
        """
        try:
            return await self.do(rule, now)
        except DatabaseFault:
            raise
        # A defect in one must not stop the others: it leaves the batch, and goes alone.
        except Exception as defect:
            # Nothing is wrong with it where the transaction has to be done again.
            if gave_way(defect):
                raise
            return defect

    @property
    def written(self) -> list[KnownLetter]:
        """
        Every letter that was decided in it.
        """
        return [self.known.letters[each] for each in self.known.drafts]

    async def keep(self) -> None:
        await keep(self.tx, self.read, self.known)


async def sit(
    tx: Tx,
    office: Office,
    now: datetime,
    questions: Iterable[Question],
    *,
    gives_numbers: bool = False,
    is_kept: bool = True,
) -> Sitting:
    is_past = office.past is not None
    occasion = Occasion(office.firm, now, is_kept=is_kept, is_past=is_past)
    read = await about(tx, questions, occasion, seed=office.chance(), gives_numbers=gives_numbers)
    return Sitting(tx, office, occasion, read, read.after())


async def decided(
    office: Office,
    now: datetime,
    questions: Iterable[Question],
    rule: Callable[[Turn], T],
    *,
    gives_numbers: bool = False,
) -> T:
    """
    One decision in a transaction of its own.
    """

    async def work(tx: Tx) -> T:
        sitting = await sit(tx, office, now, questions, gives_numbers=gives_numbers)
        done = await sitting.do(rule, now)
        await sitting.keep()
        return done

    return await transact(work)


async def together(
    batch: Sequence[E], work: Callable[[Sequence[E]], Awaitable[list[T | Exception]]]
) -> list[T | Exception]:
    """
    *work* done on all of them in one commit; what breaks it, or breaks in it, goes alone.
    """
    try:
        done = await work(batch)
    except DatabaseFault:
        raise
    # One of them cannot be kept with the others, and nobody knows which: each goes alone.
    except Exception as defect:  # noqa: BLE001
        done = [defect for _ in batch]
    if len(batch) == 1:
        return done
    return [
        (await together([each], work))[0] if isinstance(became, Exception) else became
        for each, became in zip(batch, done, strict=True)
    ]
