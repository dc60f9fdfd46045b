"""
Who is at work, and how the parts are.
"""

from collections.abc import Iterator
from datetime import timedelta

from mailbot.health.facts import (
    Facts,
    Memory,
    at_work,
    clocks,
    differing,
    holder,
    lasting,
    latest,
    part,
)
from mailbot.health.reasons import Reason, Trouble
from mailbot.health.time import PATIENCE, STALLED_AFTER, for_so_long, is_over
from mailbot.health.told import FOLDERS, MAIL_SERVER, PARTS

#: Nobody misses a copy in a folder at once; a full mailbox takes no customer's mail, either.
FOLDER_PATIENCE = timedelta(hours=1)
#: Clocks that the network keeps right are never so far from each other; mail is looked through
#: for viruses between its receipt and its folder, for some minutes.
APART, APART_BY_MAIL = timedelta(minutes=5), timedelta(minutes=15)

_BROKEN = {
    "imap": (Reason.IMAP_FAILING, "mail has not been fetched for {}"),
    "smtp": (Reason.SMTP_FAILING, "no letter could be delivered for {}"),
    "clock": (Reason.CLOCK_FAILING, "no deadline has been looked at for {}"),
}
_FOLDER = {
    "processed_folder": "recorded mail cannot be put away for {}",
    "sent_folder": "copies of letters cannot be put into the sent folder for {}",
}


def workers(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    now = facts.now
    if not at_work(memory, now):
        # One that ends after each round is at work as long as its rounds follow each other.
        signs = [each.seen_at for each in memory.workers]
        signs += [at for each in PARTS if (at := part(memory, each, now).last_round_at)]
        last = latest(now, *signs)
        if last is None:
            said = (
                "whoever was at work here was last heard of by a clock that ran ahead"
                if memory.workers or memory.rounds
                else "no worker was ever at work here"
            )
            yield Trouble(reason=Reason.NOBODY_AT_WORK, sentence=said)
        elif is_over(last, facts, PATIENCE):
            said = f"no worker was heard of for {for_so_long(now - last)}"
            yield Trouble(reason=Reason.NOBODY_AT_WORK, sentence=said, since=last)
    elif holder(memory, now) is None:
        last = part(memory, "imap", now).last_round_at
        since = last or min(each.started_at for each in at_work(memory, now))
        if is_over(since, facts, PATIENCE):
            said = f"nobody has taken mail in for {for_so_long(now - since)}: no worker holds the mailbox"
            yield Trouble(reason=Reason.MAILBOX_NOT_HELD, sentence=said, since=since)


def alike(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    found = at_work(memory, facts.now)
    names = differing(found)
    if not names:
        return
    # One host after the other gets what is new.
    since = max(each.started_at for each in found)
    if is_over(since, facts, PATIENCE):
        hosts = " and ".join(sorted({each.host for each in found}))
        said = f"the workers on {hosts} do not work by the same {', '.join(names)}"
        yield Trouble(reason=Reason.WORKERS_DIFFER, sentence=said, since=since)


def parts(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    refused = "delivery_refused" in lasting(memory, facts.now)
    for name in PARTS:
        found = part(memory, name, facts.now)
        if found.broken_since is None:
            yield from _stalled(memory, facts, name)
        # A relay that refuses us is told of as what it is.
        elif is_over(found.broken_since, facts, PATIENCE) and not (name == "smtp" and refused):
            reason, words = _BROKEN[name]
            said = f"{words.format(for_so_long(facts.now - found.broken_since))}: {found.fault}"
            yield Trouble(reason=reason, sentence=said, since=found.broken_since, part=name)


def _stalled(memory: Memory, facts: Facts, name: str) -> Iterator[Trouble]:
    """
    It says nothing, and does nothing: neither a round nor, of what takes mail in, a message.
    """
    now = facts.now
    workers = at_work(memory, now)
    # What a restored database lacks is taken in as one round, however long that takes.
    if name == "imap" and memory.standstill:
        return
    if name == "imap":
        workers = [its] if (its := holder(memory, now)) else []
    if not workers:
        return
    signs = [part(memory, name, now).last_round_at, min(each.started_at for each in workers)]
    if name == "imap":
        signs.append(memory.recorded_at)
    last = latest(now, *signs)
    patience = STALLED_AFTER + (facts.poll_every if name == "imap" else timedelta())
    if last and is_over(last, facts, patience):
        said = f"the part {name} has ended no round for {for_so_long(now - last)}, and does not say why"
        yield Trouble(reason=Reason.PART_STALLED, sentence=said, since=last, part=name)


def folders(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    for name in FOLDERS:
        found = part(memory, name, facts.now)
        if found.broken_since and is_over(found.broken_since, facts, FOLDER_PATIENCE):
            lasts = for_so_long(facts.now - found.broken_since)
            yield Trouble(
                reason=Reason.FOLDER_FAILING,
                sentence=f"{_FOLDER[name].format(lasts)}: {found.fault}",
                since=found.broken_since,
                part=name,
            )


def refused(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    since = lasting(memory, facts.now).get("delivery_refused")
    if since and is_over(since, facts, PATIENCE):
        said = (
            f"the relay has refused our mail to several people for {for_so_long(facts.now - since)}"
        )
        yield Trouble(reason=Reason.DELIVERY_REFUSED, sentence=said, since=since, part="smtp")


def clock(memory: Memory, _: Facts) -> Iterator[Trouble]:
    if doubted := memory.doubted:
        said = f"the machine's clock {doubted.doubt.replace('_', ' ')}: no deadline strikes"
        yield Trouble(
            reason=Reason.CLOCK_DOUBTED, sentence=said, since=doubted.doubted_at, part="clock"
        )


def other_clocks(memory: Memory, facts: Facts) -> Iterator[Trouble]:
    if memory.doubted:
        return
    found = {
        whose: seconds
        for whose, seconds in clocks(memory, facts.now).items()
        if timedelta(seconds=abs(seconds)) > (APART_BY_MAIL if whose == MAIL_SERVER else APART)
    }
    for way, wanted in (("ahead of", 1), ("behind", -1)):
        whose = sorted(each for each, seconds in found.items() if seconds * wanted > 0)
        if not whose:
            continue
        lasts = for_so_long(timedelta(seconds=max(abs(found[each]) for each in whose)))
        others = " and ".join(f"the {each}'s" for each in whose)
        said = (
            f"the machine's clock is {lasts} {way} {others}: by it deadlines strike, and promises"
            " are kept or broken"
        )
        yield Trouble(reason=Reason.CLOCK_DIFFERS, sentence=said, part="clock")


def beside(memory: Memory, facts: Facts) -> Iterator[Trouble]:
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
        if since and is_over(since, facts, PATIENCE):
            yield Trouble(reason=reason, sentence=words, since=since)
