"""
A letter that nobody can know about, settled by the word of a person who looked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.cases.decision import Event
from mailbot.cases.triggers import LetterAccepted, LetterFailed
from mailbot.mail.message import Address
from mailbot.store import casefile
from mailbot.store.database import LARGEST, Tx, transact
from mailbot.store.decided import decided
from mailbot.store.office import Office
from mailbot.store.outbox import Status
from mailbot.store.tables import OutboxRow


class Word(StrEnum):
    """
    What the person says became of it.
    """

    SENT = "sent"
    FAILED = "failed"


#: What each word may be said of. Of a letter that failed before its task is out already.
_SAID_OF = {
    Word.SENT: (Status.UNCERTAIN, Status.DEFERRED, Status.REFUSED, Status.EXPIRED, Status.BOUNCED),
    Word.FAILED: (Status.UNCERTAIN, Status.DEFERRED),
}
_BECOMES = {Word.SENT: Status.SENT, Word.FAILED: Status.REFUSED}

#: The outcome of a letter of which a person says that it did not arrive.
DECLARED_FAILED = "declared_failed"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """
    Who says it of which letter, and how they know.
    """

    outbox_id: int
    word: Word
    by: str
    reason: str = ""

    @property
    def cause(self) -> str:
        return f"command by {self.by}"

    @property
    def said(self) -> str:
        return f"says {self.by}{': ' if self.reason else ''}{self.reason}"


async def resolve(statement: Statement, office: Office, now: datetime) -> bool:
    """
    Settle the letter: what it keeps is met with that word as evidence, or it becomes
    the task of a letter that failed. False if there is none of which it can be said.
    """

    async def work(tx: Tx) -> bool:
        mine = OutboxRow.filter(
            id=min(statement.outbox_id, LARGEST), status__in=_SAID_OF[statement.word]
        ).using_db(tx)
        is_sent = statement.word is Word.SENT
        change = {"accepted_at": now, "reply": statement.said[:500]} if is_sent else {}
        reason = "" if is_sent else statement.said
        if not await mine.update(
            status=_BECOMES[statement.word], reason=reason, next_attempt_at=None, **change
        ):
            return False
        row = await OutboxRow.get(id=statement.outbox_id, using_db=tx)
        await _tell_the_case(tx, row, statement, office, now)
        return True

    return await transact(work)


async def _tell_the_case(
    tx: Tx, row: OutboxRow, statement: Statement, office: Office, now: datetime
) -> None:
    case = await casefile.lock(tx, row.case_id, office.firm) if row.case_id else None
    if case is None or statement.word is Word.SENT:
        said = Event(
            name=f"letter_declared_{statement.word}",
            cause=statement.cause,
            reason="command",
            about=row.template,
        )
        await casefile.add_events(tx, row.case_id, [said], now)
    if case is not None:
        await decided(tx, case, _trigger(row, statement, now), office, now)


def _trigger(row: OutboxRow, statement: Statement, now: datetime) -> LetterAccepted | LetterFailed:
    if statement.word is Word.SENT:
        return LetterAccepted(
            template=row.template,
            recipient=row.recipient,
            at=now,
            evidence=f"{row.template} {statement.word}, {statement.said}",
            cause=statement.cause,
        )
    return LetterFailed(
        template=row.template,
        to=Address(name=row.recipient_name, email=row.recipient),
        to_staff=row.to_staff,
        occasion=row.occasion,
        outcome=DECLARED_FAILED,
        reason=statement.said,
        content=row.content,
        cause=statement.cause,
    )
