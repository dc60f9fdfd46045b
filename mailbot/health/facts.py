"""
What is known when somebody asks whether mailbot is well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.cases.known.clock import Doubted
from mailbot.cases.letter_status import Paused
from mailbot.cases.rulebook.working_days import Calendar
from mailbot.health.told import IN_THE_MAILBOX, PARTS, Part, Told

#: Whoever was not heard of for so long is at work no more.
AWAY_AFTER = timedelta(minutes=1)
#: The clocks of two workers differ by no more.
AHEAD_AT_MOST = timedelta(minutes=10)


def is_ahead(at: datetime, now: datetime) -> bool:
    """
    Whether it was dated by a clock that ran ahead.
    """
    return at > now + AHEAD_AT_MOST


def was_seen_lately(seen_at: datetime, now: datetime) -> bool:
    """
    Whether whoever was seen then is at work. Who was seen in the future was so by a clock that
    has been put right since.
    """
    return seen_at >= now - AWAY_AFTER and not is_ahead(seen_at, now)


@dataclass(frozen=True, kw_only=True)
class Worker:
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    holds_mailbox: bool
    told: Told = field(default_factory=Told)

    def is_at_work(self, now: datetime) -> bool:
        return was_seen_lately(self.seen_at, now)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """
    How many of a kind wait, and since when the first of them does.
    """

    count: int = 0
    since: datetime | None = None


NONE_WAITS = Waiting()


@dataclass(frozen=True, kw_only=True)
class Memory:
    """
    What the database says.
    """

    workers: Sequence[Worker] = ()
    #: Of each part the last round of workers that took their leave.
    rounds: Mapping[str, datetime] = field(default_factory=dict)
    #: When the last message was recorded.
    recorded_at: datetime | None = None
    #: Letters that a customer is owed and that have not left.
    promised: Waiting = NONE_WAITS
    #: The same that only their readers' own mail systems keep out: a person is told of each
    #: after a day, and nobody can do anything at night.
    kept_out: Waiting = NONE_WAITS
    held: Waiting = NONE_WAITS
    #: Of what is held, what the mail server would not hand out.
    set_aside: Waiting = NONE_WAITS
    next_due_at: datetime | None = None
    doubted: Doubted | None = None
    paused: Paused = Paused.NOTHING
    paused_since: datetime | None = None
    #: Why nothing may leave the database, and since when: it was restored, it is being
    #: filled, or it was moved away.
    standstill: str = ""
    stands_still_since: datetime | None = None
    #: By the address of a handler how many open cases they have.
    at_work: Mapping[str, int] = field(default_factory=dict)
    is_writable: bool = True


@dataclass(frozen=True, kw_only=True)
class Ending:
    """
    What lets us in and ends, by its key in [oauth2], and in how many days.
    """

    key: str
    days: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    now: datetime
    calendar: Calendar
    #: None where the database cannot be asked; `fault` says why.
    memory: Memory | None = None
    fault: str = ""
    #: How often mail is looked for.
    poll_every: timedelta = timedelta(minutes=1)
    #: Octets that are free where the file of the database lies; None for a server's.
    free_space: int | None = None
    has_token_key: bool = True
    ending: Sequence[Ending] = ()
    #: How many open cases somebody has who is not in handlers.toml.
    left_behind: int = 0


def latest(now: datetime, *signs: datetime | None) -> datetime | None:
    """
    The last sign of life; None if there is none. What a clock that ran ahead has dated is none:
    it would stand for work until that hour comes.
    """
    return max((each for each in signs if each and not is_ahead(each, now)), default=None)


def at_work(memory: Memory, now: datetime) -> list[Worker]:
    return [each for each in memory.workers if each.is_at_work(now)]


def holder(memory: Memory, now: datetime) -> Worker | None:
    """
    Who takes mail in; None where nobody does.
    """
    return next((each for each in at_work(memory, now) if each.holds_mailbox), None)


def part(memory: Memory, name: str, now: datetime) -> Part:
    """
    A part over all workers: its last round by whichever of them; and of the faults of those
    who are at work the oldest. What is in the mailbox is its holder's alone.
    """
    told = [each.told.parts[name] for each in memory.workers if name in each.told.parts]
    rounds = [memory.rounds.get(name), *(each.last_round_at for each in told)]
    taking_part = at_work(memory, now)
    if name in IN_THE_MAILBOX and (its := holder(memory, now)):
        taking_part = [its]
    faults = [
        (found.broken_since, found.fault)
        for each in taking_part
        if (found := each.told.parts.get(name)) and found.broken_since
    ]
    since, fault = min(faults, default=(None, ""))
    return Part(
        last_round_at=latest(now, *rounds),
        broken_since=since,
        fault=fault,
    )


def differing(workers: Sequence[Worker]) -> list[str]:
    """
    What these work by and do not have in common. One of another version may not say.
    """
    said: dict[str, set[str]] = {}
    for each in workers:
        for name, digest in each.told.works_by.items():
            said.setdefault(name, set()).add(digest)
    return sorted(name for name, digests in said.items() if len(digests) > 1)


def last_round_at(memory: Memory, now: datetime) -> datetime | None:
    """
    Until when every part had been seen to; None where one never was.
    """
    rounds = [part(memory, each, now).last_round_at for each in PARTS]
    return None if None in rounds else min(each for each in rounds if each)


def clocks(memory: Memory, now: datetime) -> dict[str, int]:
    """
    Seconds by which the machine's clock is ahead of others, of each the farthest that any of
    those at work has seen.
    """
    found: dict[str, int] = {}
    for each in at_work(memory, now):
        for whose, seconds in each.told.clocks.items():
            found[whose] = max(seconds, found.get(whose, 0), key=abs)
    return found


def lasting(memory: Memory, now: datetime) -> dict[str, datetime]:
    """
    What is wrong beside the parts, with any of those at work, since it first was.
    """
    found: dict[str, datetime] = {}
    for each in at_work(memory, now):
        for name, since in each.told.lasting.items():
            found[name] = min(since, found.get(name, since))
    return found
