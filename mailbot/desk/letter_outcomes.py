"""
What became of letters: what each keeps is met, or owed again, and somebody is told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.cases.decision import Event
from mailbot.cases.known.claimed import Claimed
from mailbot.cases.known.known import LONGEST_KEY
from mailbot.cases.known.questions import Asks
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter import HEARD_OF, Letter
from mailbot.cases.letter_status import UNDERWAY, Status
from mailbot.cases.people import unreached
from mailbot.cases.triggers import LetterAccepted, LetterFailed, LetterWaits
from mailbot.desk import drafts
from mailbot.desk.arriving.returned import failure, followed_by, tell_somebody_else
from mailbot.desk.consequences import follow, lost, put
from mailbot.desk.turn import Turn
from mailbot.letters.without_files import has_files
from mailbot.mail.message import Address
from mailbot.mail.outcome import Deferred, Outcome, Refused, Sent, Uncertain

#: A letter that was claimed anew before its outcome could be written.
CLAIMED_BY_ANOTHER = "claimed_by_another"

#: A mail to staff that was too big: its words are on their way, without its files.
WRITTEN_AGAIN = "written_again"
_WITHOUT_FILES = ".without-files"
_LONGEST_OCCASION = 128

#: A letter that one recipient has refused for so long is a person's to look at.
_TOLD_AFTER = timedelta(days=1)

#: What nobody but a bounce, or a person, changes any more.
_SETTLED = frozenset({Status.SENT, Status.REFUSED, Status.BOUNCED})


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """
    A claimed letter and what became of it. *next_at* is None once it is too old
    to try again.
    """

    letter: Claimed
    result: Outcome
    at: datetime
    next_at: datetime | None


def settle(turn: Turn, delivered: Sequence[Delivered]) -> list[str]:
    """
    The status that each letter has then, or `claimed_by_another`, or `written_again`. A
    letter that keeps a promise settles it.
    """
    # First the letters, then what follows: of two to one case each sees both.
    statuses = [_settle(turn, each) for each in delivered]
    for each, status in zip(delivered, statuses, strict=True):
        at = replace(turn, now=each.at)
        if trigger := _of_letter(at, each, status):
            _heard(at, each.letter.serial, trigger)
    return statuses


def _heard(
    turn: Turn, serial: int | None, trigger: LetterAccepted | LetterFailed | LetterWaits
) -> None:
    case = turn.known.case(serial) if serial is not None else None
    if case is not None:
        follow(turn, case, trigger)
    elif isinstance(trigger, LetterFailed):
        tell_somebody_else(turn, trigger)
    elif isinstance(trigger, LetterWaits):
        today = replace(turn, office=turn.today)
        drafts.write(today, None, unreached.told_of_waiting(trigger, today.firm, turn.now))


def _settle(turn: Turn, delivered: Delivered) -> str:
    turn.known.need(Asks.LETTER, delivered.letter.id)
    letter = turn.known.letters.get(delivered.letter.id)
    # A stale claim changes nothing: somebody else has the letter by now. Nor does the line
    # where a person, or a bounce, has said meanwhile what became of it.
    if letter is None or letter.attempts != delivered.letter.attempt:
        return CLAIMED_BY_ANOTHER
    # Whatever became of it, it is in nobody's hand any more.
    letter = replace(letter, claimed_until=None)
    if letter.status in UNDERWAY and letter.recipient != delivered.letter.recipient:
        # Corrected while it was on the line: at its new address nobody has it yet.
        letter = replace(letter, status=Status.QUEUED, next_attempt_at=delivered.at)
        turn.known.letters[letter.id] = letter
        return CLAIMED_BY_ANOTHER
    # What was made pointless on the line has left, or never will.
    is_withdrawn = letter.status not in UNDERWAY and not isinstance(delivered.result, Sent)
    if letter.status in _SETTLED or is_withdrawn:
        turn.known.letters[letter.id] = letter
        return CLAIMED_BY_ANOTHER
    settled = _settled(letter, delivered.result, delivered.at, delivered.next_at)
    if settled.status in {Status.REFUSED, Status.EXPIRED}:
        settled = lost(settled)
    turn.known.letters[letter.id] = settled
    if _goes_without_files(settled, delivered):
        _write_again(replace(turn, now=delivered.at), settled, delivered.letter)
        return WRITTEN_AGAIN
    return settled.status


def _goes_without_files(letter: KnownLetter, delivered: Delivered) -> bool:
    """
    Whether it is a mail to one of our people that only its files kept from them.
    """
    is_too_big = isinstance(delivered.result, Refused) and delivered.result.too_big
    is_first = not letter.occasion.endswith(_WITHOUT_FILES)
    return is_too_big and letter.to_staff and is_first and has_files(delivered.letter.content)


def _write_again(turn: Turn, letter: KnownLetter, claimed: Claimed) -> None:
    case = turn.known.case(letter.case_id) if letter.case_id is not None else None
    occasion = letter.occasion[: _LONGEST_OCCASION - len(_WITHOUT_FILES)] + _WITHOUT_FILES
    again = Letter(
        template=letter.template,
        to=letter.to,
        occasion=occasion,
        to_staff=True,
        again=claimed.content,
    )
    event = Event(
        name="letter_written_again", cause="delivery", reason="too_big", about=letter.template
    )
    turn.known.note(letter.case_id, [event], turn.now)
    drafts.write(turn, case, [again])


def _settled(
    letter: KnownLetter, result: Outcome, now: datetime, next_at: datetime | None
) -> KnownLetter:
    match result:
        case Sent():
            return replace(
                letter,
                status=Status.SENT,
                accepted_at=now,
                reply=result.reply[:500],
                alias=alias_in(result.reply),
                reason="",
                next_attempt_at=None,
            )
        case Refused():
            return replace(
                letter, status=Status.REFUSED, reason=result.reason, next_attempt_at=None
            )
        case Deferred() | Uncertain():
            waits = Status.DEFERRED if isinstance(result, Deferred) else Status.UNCERTAIN
            status = Status.EXPIRED if next_at is None else waits
            return replace(letter, status=status, reason=result.reason, next_attempt_at=next_at)


def _of_letter(
    turn: Turn, delivered: Delivered, status: str
) -> LetterAccepted | LetterFailed | LetterWaits | None:
    """
    What the case has to hear of, or None: a letter that was sent, and on whose
    arrival nothing rests, or one that is still on its way, and was not refused by one
    recipient for a day.
    """
    claimed, result = delivered.letter, delivered.result
    if status == Status.SENT:
        if claimed.template not in HEARD_OF:
            return None
        return LetterAccepted(
            template=claimed.template,
            recipient=claimed.recipient,
            at=delivered.at,
            evidence=f"{claimed.template} accepted, {claimed.message_id}",
            followed_by=followed_by(turn, turn.known.letters[claimed.id]),
        )
    if status in {Status.REFUSED, Status.EXPIRED}:
        letter = replace(turn.known.letters[claimed.id], content=claimed.content)
        return failure(turn, letter, status, "" if isinstance(result, Sent) else result.reason)
    if isinstance(result, Deferred) and result.is_theirs and status == Status.DEFERRED:
        return _waits(claimed, result, delivered.at)
    return None


def _waits(claimed: Claimed, result: Deferred, at: datetime) -> LetterWaits | None:
    if at - claimed.created_at < _TOLD_AFTER:
        return None
    return LetterWaits(
        template=claimed.template,
        to=Address(name=claimed.recipient_name, email=claimed.recipient),
        to_staff=claimed.to_staff,
        occasion=claimed.occasion,
        reason=result.reason,
    )


def alias_in(reply: str) -> str:
    """
    The id under which the next hop sends the message on, if its 250 line names
    one: `<id@host>` as Microsoft 365 writes it, or SES's bare token.
    """
    words = reply.replace("<", " ").replace(">", " ").split()
    while words and re.fullmatch(r"2\d\d|2\.\d{1,3}\.\d{1,3}", words[0]):
        words = words[1:]
    for word in words:
        local, at, domain = word.partition("@")
        if at and local and domain and len(word) <= LONGEST_KEY:
            return word.lower()
    if len(words) == 2 and words[0].lower() == "ok" and len(words[1]) >= 20:
        return words[1].lower()[:LONGEST_KEY]
    return ""


# --- by the word of a person who looked --------------------------------------------


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


def resolve(turn: Turn, statement: Statement) -> bool:
    """
    A letter that nobody can know about, settled by a person's word: what it keeps is met
    with that word as evidence, or it becomes the task of a letter that failed. False if
    there is none of which it can be said.
    """
    turn.known.need(Asks.LETTER, statement.outbox_id)
    letter = turn.known.letters.get(statement.outbox_id)
    if letter is None or letter.status not in _SAID_OF[statement.word]:
        return False
    is_sent = statement.word is Word.SENT
    settled = replace(
        letter,
        status=_BECOMES[statement.word],
        reason="" if is_sent else statement.said,
        next_attempt_at=None,
    )
    if is_sent:
        settled = replace(settled, accepted_at=turn.now, reply=statement.said[:500])
    else:
        settled = lost(settled)
    put(turn, settled)
    _tell_the_case(turn, settled, statement)
    return True


def _tell_the_case(turn: Turn, letter: KnownLetter, statement: Statement) -> None:
    case = turn.known.case(letter.case_id) if letter.case_id else None
    if case is None or statement.word is Word.SENT:
        said = Event(
            name=f"letter_declared_{statement.word}",
            cause=statement.cause,
            reason="command",
            about=letter.template,
        )
        turn.known.note(letter.case_id, [said], turn.now)
    if case is not None:
        follow(turn, case, _said(turn, letter, statement))


def _said(turn: Turn, letter: KnownLetter, statement: Statement) -> LetterAccepted | LetterFailed:
    if statement.word is Word.SENT:
        return LetterAccepted(
            template=letter.template,
            recipient=letter.recipient,
            at=turn.now,
            evidence=f"{letter.template} {statement.word}, {statement.said}",
            cause=statement.cause,
            followed_by=followed_by(turn, letter),
        )
    failed = failure(turn, letter, DECLARED_FAILED, statement.said)
    return replace(failed, message_id="", cause=statement.cause)
