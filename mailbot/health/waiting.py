"""
What waits: mail that is not recorded, letters that have not left, deadlines, and what is for
a person to decide.
"""

from collections.abc import Iterator
from datetime import timedelta

from mailbot.cases.letter_status import Paused
from mailbot.health.facts import Facts, Memory, holder, is_ahead, latest, part
from mailbot.health.reasons import Reason, Trouble
from mailbot.health.time import PATIENCE, STALLED_AFTER, for_so_long, is_over
from mailbot.letters.retry import ALARM_AFTER

#: Whoever pauses mail on purpose comes back to it the same day.
PAUSED_FOR = timedelta(hours=24)
#: Working hours: a person has two days for held mail, and the promise to acknowledge three.
HELD_FOR = 16
SET_ASIDE_FOR = 8


def mail_waits(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    """
    What lies in the mailbox and is not recorded, while nothing else is, either: who works
    off years of old mail is busy.
    """
    its = holder(memory, facts.now)
    if its is None or its.told.oldest_waiting_at is None:
        return
    signs = (its.told.oldest_waiting_at, its.started_at, memory.recorded_at)
    since = latest(facts.now, *signs)
    is_told_of = part(memory, "imap", facts.now).broken_since is not None
    if since and not is_told_of and is_over(since, facts, STALLED_AFTER):
        said = f"mail lies in the mailbox and has not been taken in for {for_so_long(facts.now - since)}"
        yield Trouble(reason=Reason.MAIL_WAITS, sentence=said, since=since, part="imap")


def promised(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = memory.promised.since
    if since and is_over(since, facts, ALARM_AFTER):
        count = memory.promised.count
        letters = (
            "1 letter that is promised has" if count == 1 else f"{count} promised letters have"
        )
        said = f"{letters} not left; the oldest has waited for {for_so_long(facts.now - since)}"
        yield Trouble(reason=Reason.PROMISED_MAIL_UNSENT, sentence=said, since=since)


def paused(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = memory.paused_since
    if memory.paused and since and is_over(since, facts, PAUSED_FOR):
        what = "all mail" if memory.paused is Paused.EVERYTHING else "automatic mail to customers"
        said = f"{what} has been paused for {for_so_long(facts.now - since)}"
        yield Trouble(reason=Reason.PAUSED, sentence=said, since=since)


def deadlines(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    due = memory.next_due_at
    # No deadline strikes while the clock is in doubt, or before all is known that was lost.
    if due is None or memory.doubted or memory.standstill:
        return
    if facts.now - due > PATIENCE:
        said = f"a deadline that was due {for_so_long(facts.now - due)} ago has not been seen to"
        yield Trouble(reason=Reason.DEADLINE_NOT_STRUCK, sentence=said, since=due, part="clock")


def held(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for reason, waiting, hours, words in (
        (Reason.HELD_TOO_LONG, memory.held, HELD_FOR, "held for a person, the first"),
        (Reason.SET_ASIDE_TOO_LONG, memory.set_aside, SET_ASIDE_FOR, "set aside, the first"),
    ):
        if waiting.since is None:
            continue
        ends = facts.calendar.plus_working_hours(waiting.since, hours)
        if ends < facts.now or is_ahead(waiting.since, facts.now):
            are = "1 message is" if waiting.count == 1 else f"{waiting.count} messages are"
            said = f"{are} {words} for {for_so_long(facts.now - waiting.since)}"
            yield Trouble(reason=reason, sentence=said, since=waiting.since)
