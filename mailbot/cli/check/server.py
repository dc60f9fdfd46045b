"""
The server of the database, looked at: what it is, what we may do there, and who is at work.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailbot.cases.promises.clock_trust import LEAP
from mailbot.store.server_facts import ServerFacts
from mailbot.store.tables import WorkerRow

#: A worker that is frozen is noticed by idle_session_timeout, which came with it.
_OLDEST = 14
#: Clocks that keep time by the network are closer than this.
_ASKEW = timedelta(seconds=5)


def told(server: ServerFacts) -> tuple[list[str], list[str], list[str]]:
    """
    Facts, warnings and problems.
    """
    line = "by TLS" if server.is_encrypted else "without TLS"
    facts = [f"database: PostgreSQL {server.version}, spoken to {line}"]
    warnings, problems = [], []
    if server.major < _OLDEST:
        warnings.append(
            f"database: PostgreSQL {server.version} does not notice a worker that froze:"
            f" use {_OLDEST} or later, or run one worker"
        )
    if server.encoding != "UTF8":
        problems.append(
            f"database: its encoding is {server.encoding}: make one with ENCODING 'UTF8'"
        )
    if not server.may_make_tables:
        problems.append(
            "database: the user may make no tables in its schema: GRANT CREATE ON SCHEMA public"
        )
    if not server.is_durable:
        warnings.append(
            "database: fsync or synchronous_commit is off there: what was acknowledged may be lost"
            " with its machine; set both on"
        )
    return facts, warnings, problems


def about_clocks(
    now: datetime,
    *,
    database: datetime | None = None,
    mail: datetime | None = None,
    endpoint: datetime | None = None,
) -> list[str]:
    """
    Warnings of clocks that are not this machine's; what is more than a day away is doubted, and
    told as such. Of the mail server's only that it is ahead can be known: by its newest mail.
    """
    warnings = []
    for whose, at in (("database", database), ("mail server", mail), ("token endpoint", endpoint)):
        # Nobody else doubts the clock by what the endpoint says.
        is_known = at is not None and (at is endpoint or abs(at - now) <= LEAP)
        if at is None or not is_known or abs(at - now) <= _ASKEW:
            continue
        way = "ahead of" if at > now else "behind"
        warnings.append(
            f"clock: the {whose}'s is {round(abs(at - now).total_seconds())} s {way} this"
            " machine's: have all of them set by the network"
        )
    return warnings


def about_workers(workers: Sequence[WorkerRow]) -> list[str]:
    """
    Who is at work on the database, and which of them takes mail in.
    """
    return [
        f"worker: {each.host}, process {each.pid}"
        + (", holds the mailbox" if each.holds_mailbox else ", stands by for the mailbox")
        for each in workers
    ]
