"""
Where mailbot lives: the database, its disk, the keys and what lets us in; and where it once was.
"""

from collections.abc import Iterator
from datetime import timedelta

from mailbot.cases.known.home import Moved
from mailbot.health.facts import Facts, Memory, holder, lasting
from mailbot.health.reasons import Reason, Trouble
from mailbot.health.time import PATIENCE, days, for_so_long, is_over

#: A large mailbox takes its time.
CATCHING_UP_FOR = timedelta(hours=1)
#: Days in which a secret or a certificate has to be made anew.
ENDS_WITHIN = 7
#: Octets: some weeks of mail.
SCARCE = 200 * 1024 * 1024
#: Of the mailbox's space, and octets of it that are enough whatever share they are.
LITTLE, ENOUGH = 0.05, 1024**3

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


def database(facts: Facts) -> Iterator[Trouble]:
    if facts.memory is None:
        yield Trouble(reason=Reason.DATABASE_UNREACHABLE, sentence=facts.fault)


def disk(facts: Facts) -> Iterator[Trouble]:
    free = facts.free_space
    if free is not None and free < SCARCE:
        said = f"{free / 1024**2:.0f} MB are free on the disk of the database"
        yield Trouble(reason=Reason.DISK_FULL, sentence=said)


def token_key(facts: Facts) -> Iterator[Trouble]:
    if not facts.has_token_key:
        said = (
            "token.key, with which our mail is signed, is not where [service] token_key_file says"
        )
        yield Trouble(reason=Reason.TOKEN_KEY_MISSING, sentence=said)


def credentials(facts: Facts) -> Iterator[Trouble]:
    for each in facts.ending:
        if each.days > ENDS_WITHIN:
            continue
        what = "the certificate" if each.key == "certificate_file" else "the client secret"
        when = (
            f"ended {days(-each.days)} ago"
            if each.days < 0
            else f"ends in {days(each.days)}"
            if each.days
            else "ends today"
        )
        said = f"{what} of [oauth2] {each.key} {when}: mail stops with it"
        yield Trouble(reason=Reason.CREDENTIALS_EXPIRE, sentence=said)


def left_behind(facts: Facts) -> Iterator[Trouble]:
    if count := facts.left_behind:
        cases = "1 open case belongs" if count == 1 else f"{count} open cases belong"
        said = f"{cases} to somebody who is not in handlers.toml"
        yield Trouble(reason=Reason.CASES_LEFT_BEHIND, sentence=said)


def writable(memory: Memory, _: Facts) -> Iterator[Trouble]:
    if not memory.is_writable:
        said = "the database can be read and takes no writes"
        yield Trouble(reason=Reason.DATABASE_READ_ONLY, sentence=said)


def standstill(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = memory.stands_still_since
    if memory.standstill == _MOVED_AWAY:
        said = "the database was moved to another place, and no worker starts on this one"
        yield Trouble(reason=Reason.DATABASE_MOVED, sentence=said, since=since)
    elif since and is_over(since, facts, CATCHING_UP_FOR):
        said = _STANDSTILL[memory.standstill].format(for_so_long(facts.now - since))
        yield Trouble(reason=Reason.NOT_CAUGHT_UP, sentence=said, since=since)


def mailbox(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    its = holder(memory, facts.now)
    share = its.told.space_share if its else None
    if its is None or share is None or share >= LITTLE:
        return
    octets = its.told.space_octets
    if octets is not None and octets >= ENOUGH:
        return
    turned_away = "its server turns customers away, and nothing of that is seen here"
    if share <= 0:
        said = f"the mailbox is full: {turned_away}"
    else:
        of_it = f" ({octets / 1024**2:.0f} MB)" if octets and octets >= 1024**2 else ""
        said = (
            f"the mailbox has {share:.0%} of its space left{of_it}: once it is full, {turned_away}"
        )
    yield Trouble(reason=Reason.MAILBOX_FULL, sentence=said, part="imap")


def copy(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for name, since in lasting(memory, facts.now).items():
        if name in set(Moved) and is_over(since, facts, PATIENCE):
            yield Trouble(reason=Reason.COPY, sentence=_ELSEWHERE[Moved(name)], since=since)
