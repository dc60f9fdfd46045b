"""
The rules: what of the facts is a reason, and from when on.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from mailbot.cases.known.home import Moved
from mailbot.cases.letter_status import Paused
from mailbot.health.facts import (
    Facts,
    Memory,
    at_work,
    holder,
    lasting,
    part,
)
from mailbot.health.reasons import Reason, Trouble
from mailbot.health.told import FOLDERS, PARTS
from mailbot.letters.retry import ALARM_AFTER

#: A server is restarted, a worker brought to a later version, a line lost and had again.
PATIENCE = timedelta(minutes=10)
#: A part that neither ends a round nor says why.
STALLED_AFTER = timedelta(minutes=30)
#: Nobody misses a copy in a folder at once; a full mailbox takes no customer's mail, either.
FOLDER_PATIENCE = timedelta(hours=1)
#: Whoever pauses mail on purpose comes back to it the same day.
PAUSED_FOR = timedelta(hours=24)
#: A large mailbox takes its time.
CATCHING_UP_FOR = timedelta(hours=1)
#: Working hours: a person has two days for held mail, and the promise to acknowledge three.
HELD_FOR = 16
SET_ASIDE_FOR = 8
#: Days in which a secret or a certificate has to be made anew.
ENDS_WITHIN = 7
#: Octets: some weeks of mail.
SCARCE = 200 * 1024 * 1024

#: Why nothing may leave a database, by the mark that is in it.
_MOVED_AWAY = "moved_to"
_STANDSTILL = {
    "restored": "the database was restored and has not caught up with the mailbox for {}",
    "moving": "the database is being filled from another one for {}",
}
_ELSEWHERE = {
    Moved.MAILBOX: "the database was at home with another mailbox: nothing is sent from here",
    Moved.HOST: "the database was at home on another host: nothing is sent from here",
    Moved.DATABASE: "the database was at home on another server: nothing is sent from here",
}
_BROKEN = {
    "imap": (Reason.IMAP_FAILING, "mail has not been fetched for {}"),
    "smtp": (Reason.SMTP_FAILING, "no letter could be delivered for {}"),
    "clock": (Reason.CLOCK_FAILING, "no deadline has been looked at for {}"),
}
_FOLDER = {
    "processed_folder": "recorded mail cannot be put away for {}",
    "sent_folder": "copies of letters cannot be put into the sent folder for {}",
}

_Rule = Callable[[Facts], Iterator[Trouble]]
_Remembered = Callable[[Memory, Facts], Iterator[Trouble]]


def troubles(facts: Facts) -> list[Trouble]:
    """
    Everything that a person has to do something about, what explains the rest first. None
    where mailbot is well.
    """
    found = [each for rule in _RULES for each in rule(facts)]
    if facts.memory is not None:
        found += [each for ask in _OF_THE_MEMORY for each in ask(facts.memory, facts)]
    return found


# --- where mailbot lives ----------------------------------------------------------


def _database(facts: Facts) -> Iterator[Trouble]:
    if facts.memory is None:
        yield Trouble(reason=Reason.DATABASE_UNREACHABLE, sentence=facts.fault)


def _disk(facts: Facts) -> Iterator[Trouble]:
    free = facts.free_space
    if free is not None and free < SCARCE:
        said = f"{free / 1024**2:.0f} MB are free on the disk of the database"
        yield Trouble(reason=Reason.DISK_FULL, sentence=said)


def _token_key(facts: Facts) -> Iterator[Trouble]:
    if not facts.has_token_key:
        said = (
            "token.key, with which our mail is signed, is not where [service] token_key_file says"
        )
        yield Trouble(reason=Reason.TOKEN_KEY_MISSING, sentence=said)


def _credentials(facts: Facts) -> Iterator[Trouble]:
    for each in facts.ending:
        if each.days > ENDS_WITHIN:
            continue
        what = "the certificate" if each.key == "certificate_file" else "the client secret"
        when = (
            f"ended {_days(-each.days)} ago"
            if each.days < 0
            else f"ends in {_days(each.days)}"
            if each.days
            else "ends today"
        )
        said = f"{what} of [oauth2] {each.key} {when}: mail stops with it"
        yield Trouble(reason=Reason.CREDENTIALS_EXPIRE, sentence=said)


def _left_behind(facts: Facts) -> Iterator[Trouble]:
    if count := facts.left_behind:
        cases = "1 open case belongs" if count == 1 else f"{count} open cases belong"
        said = f"{cases} to somebody who is not in handlers.toml"
        yield Trouble(reason=Reason.CASES_LEFT_BEHIND, sentence=said)


_RULES: tuple[_Rule, ...] = (_database, _disk, _token_key, _credentials, _left_behind)


# --- what the database says -------------------------------------------------------


def _writable(memory: Memory, _: Facts) -> Iterator[Trouble]:
    if not memory.is_writable:
        said = "the database can be read and takes no writes"
        yield Trouble(reason=Reason.DATABASE_READ_ONLY, sentence=said)


def _standstill(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = memory.stands_still_since
    if memory.standstill == _MOVED_AWAY:
        said = "the database was moved to another place, and no worker starts on this one"
        yield Trouble(reason=Reason.DATABASE_MOVED, sentence=said, since=since)
    elif since and facts.now - since > CATCHING_UP_FOR:
        said = _STANDSTILL[memory.standstill].format(_lasts(facts.now - since))
        yield Trouble(reason=Reason.NOT_CAUGHT_UP, sentence=said, since=since)


def _copy(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for name, since in lasting(memory, facts.now).items():
        if name in set(Moved) and _is_over(since, facts, PATIENCE):
            yield Trouble(reason=Reason.COPY, sentence=_ELSEWHERE[Moved(name)], since=since)


def _workers(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    now = facts.now
    if not at_work(memory, now):
        # One that ends after each round is at work as long as its rounds follow each other.
        signs = [each.seen_at for each in memory.workers]
        signs += [at for each in PARTS if (at := part(memory, each, now).last_round_at)]
        last = max(signs, default=None)
        if last is None:
            yield Trouble(reason=Reason.NOBODY_AT_WORK, sentence="no worker was ever at work here")
        elif _is_over(last, facts, PATIENCE):
            said = f"no worker was heard of for {_lasts(now - last)}"
            yield Trouble(reason=Reason.NOBODY_AT_WORK, sentence=said, since=last)
    elif holder(memory, now) is None:
        last = part(memory, "imap", now).last_round_at
        since = last or min(each.started_at for each in at_work(memory, now))
        if _is_over(since, facts, PATIENCE):
            said = (
                f"nobody has taken mail in for {_lasts(now - since)}: no worker holds the mailbox"
            )
            yield Trouble(reason=Reason.MAILBOX_NOT_HELD, sentence=said, since=since)


def _parts(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    refused = "delivery_refused" in lasting(memory, facts.now)
    for name in PARTS:
        found = part(memory, name, facts.now)
        if found.broken_since is None:
            yield from _stalled(memory, facts, name)
        # A relay that refuses us is told of as what it is.
        elif _is_over(found.broken_since, facts, PATIENCE) and not (name == "smtp" and refused):
            reason, words = _BROKEN[name]
            said = f"{words.format(_lasts(facts.now - found.broken_since))}: {found.fault}"
            yield Trouble(reason=reason, sentence=said, since=found.broken_since, part=name)


def _stalled(memory: Memory, facts: Facts, name: str) -> Iterator[Trouble]:
    """
    It says nothing, and does nothing: neither a round nor, of what takes mail in, a message.
    """
    now = facts.now
    workers = at_work(memory, now)
    if name == "imap":
        workers = [its] if (its := holder(memory, now)) else []
    if not workers:
        return
    signs = [part(memory, name, now).last_round_at, min(each.started_at for each in workers)]
    if name == "imap":
        signs.append(memory.recorded_at)
    last = max(each for each in signs if each)
    patience = STALLED_AFTER + (facts.poll_every if name == "imap" else timedelta())
    if _is_over(last, facts, patience):
        said = f"the part {name} has ended no round for {_lasts(now - last)}, and does not say why"
        yield Trouble(reason=Reason.PART_STALLED, sentence=said, since=last, part=name)


def _folders(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for name in FOLDERS:
        found = part(memory, name, facts.now)
        if found.broken_since and _is_over(found.broken_since, facts, FOLDER_PATIENCE):
            lasts = _lasts(facts.now - found.broken_since)
            yield Trouble(
                reason=Reason.FOLDER_FAILING,
                sentence=f"{_FOLDER[name].format(lasts)}: {found.fault}",
                since=found.broken_since,
                part=name,
            )


def _mail_waits(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    """
    What lies in the mailbox and is not recorded, while nothing else is, either: who works
    off years of old mail is busy.
    """
    its = holder(memory, facts.now)
    if its is None or its.told.oldest_waiting_at is None:
        return
    signs = (its.told.oldest_waiting_at, its.started_at, memory.recorded_at)
    since = max(each for each in signs if each)
    is_told_of = part(memory, "imap", facts.now).broken_since is not None
    if not is_told_of and _is_over(since, facts, STALLED_AFTER):
        said = f"mail lies in the mailbox and has not been taken in for {_lasts(facts.now - since)}"
        yield Trouble(reason=Reason.MAIL_WAITS, sentence=said, since=since, part="imap")


def _promised(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = memory.promised.since
    if since and _is_over(since, facts, ALARM_AFTER):
        count = memory.promised.count
        letters = (
            "1 letter that is promised has" if count == 1 else f"{count} promised letters have"
        )
        said = f"{letters} not left; the oldest has waited for {_lasts(facts.now - since)}"
        yield Trouble(reason=Reason.PROMISED_MAIL_UNSENT, sentence=said, since=since)


def _refused(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = lasting(memory, facts.now).get("delivery_refused")
    if since and _is_over(since, facts, PATIENCE):
        said = f"the relay has refused our mail to several people for {_lasts(facts.now - since)}"
        yield Trouble(reason=Reason.DELIVERY_REFUSED, sentence=said, since=since, part="smtp")


def _paused(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = memory.paused_since
    if memory.paused and since and _is_over(since, facts, PAUSED_FOR):
        what = "all mail" if memory.paused is Paused.EVERYTHING else "automatic mail to customers"
        said = f"{what} has been paused for {_lasts(facts.now - since)}"
        yield Trouble(reason=Reason.PAUSED, sentence=said, since=since)


def _deadlines(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    due = memory.next_due_at
    # No deadline strikes while the clock is in doubt, or before all is known that was lost.
    if due is None or memory.doubted or memory.standstill:
        return
    if _is_over(due, facts, PATIENCE):
        said = f"a deadline that was due {_lasts(facts.now - due)} ago has not been seen to"
        yield Trouble(reason=Reason.DEADLINE_NOT_STRUCK, sentence=said, since=due, part="clock")


def _clock(memory: Memory, _: Facts) -> Iterator[Trouble]:
    if doubted := memory.doubted:
        said = f"the machine's clock {doubted.doubt.replace('_', ' ')}: no deadline strikes"
        yield Trouble(
            reason=Reason.CLOCK_DOUBTED, sentence=said, since=doubted.doubted_at, part="clock"
        )


def _held(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for reason, waiting, hours, words in (
        (Reason.HELD_TOO_LONG, memory.held, HELD_FOR, "held for a person, the first"),
        (Reason.SET_ASIDE_TOO_LONG, memory.set_aside, SET_ASIDE_FOR, "set aside, the first"),
    ):
        if waiting.since is None:
            continue
        if facts.calendar.plus_working_hours(waiting.since, hours) < facts.now:
            are = "1 message is" if waiting.count == 1 else f"{waiting.count} messages are"
            said = f"{are} {words} for {_lasts(facts.now - waiting.since)}"
            yield Trouble(reason=reason, sentence=said, since=waiting.since)


def _beside(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for name, reason, words in (
        ("digests_failed", Reason.DIGESTS_FAILED, "the mails of the morning cannot be written"),
        (
            "refresh_token_not_kept",
            Reason.REFRESH_TOKEN_NOT_KEPT,
            "the refresh token cannot be written down: the next start would have none",
        ),
        (
            "people_not_read",
            Reason.PEOPLE_NOT_READ,
            "handlers.toml cannot be used: mailbot goes on with the people it knew",
        ),
    ):
        since = lasting(memory, facts.now).get(name)
        if since and _is_over(since, facts, PATIENCE):
            yield Trouble(reason=reason, sentence=words, since=since)


_OF_THE_MEMORY: tuple[_Remembered, ...] = (
    *(_writable, _standstill, _copy, _workers, _parts, _folders, _mail_waits, _refused, _promised),
    *(_paused, _clock, _deadlines, _beside, _held),
)


# --- words ------------------------------------------------------------------------


def _is_over(since: datetime, facts: Facts, patience: timedelta) -> bool:
    return facts.now - since > patience


def _lasts(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else _days(hours // 24)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
