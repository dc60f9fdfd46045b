"""
`python -m tests.kills N`: so many kills at random instants, of workers, the relay, the mailbox
and the database, while complaints, answers, commands, bounces and deadlines go through. At the
end what was delivered and what the relay took down are counted against the database.

Exit status 1 if anything is lost, missing, said twice under two ids, or judged wrongly.
"""

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from tortoise.exceptions import BaseORMException

from mailbot.store.database import DatabaseFault, database
from mailbot.store.tables import OutboxRow
from mailbot.workers.delivery import LEASE
from tests.flow.house import House
from tests.flow.workers import Workers, now
from tests.killing.journal import Journal, Relay
from tests.killing.reckoning import Count, count
from tests.killing.stream import Stream
from tests.servers.dovecot import Dovecot
from tests.servers.forked import program
from tests.servers.postgres import Postgres

#: How often each is killed, of a hundred kills.
_ON_A_FILE = {"worker": 55, "relay": 20, "mailbox": 15, "session of the mailbox": 10}
_ON_A_SERVER = {
    "worker": 48,
    "relay": 16,
    "mailbox": 12,
    "session of the mailbox": 10,
    "database": 5,
    "session of the database": 9,
}

#: Seconds between two kills: on average, and at most.
_BETWEEN, _MOST = 0.4, 3.0
#: Two kills of five wait, so many seconds at the most, until something has been done since the
#: last: nobody learns anything from killing those who have only just been started.
_WORK = 4.0
#: Mails that wait at the most while somebody complains anew.
_CROWD = 12
#: Whoever was killed with letters in hand: seconds after which these go again.
_LEASE = timedelta(seconds=30)
#: Seconds for all that is left, once nobody is killed any more.
_PATIENCE = 600.0


@dataclass(eq=False)
class Trouble:
    """
    A firm at work, and what may be killed of it.
    """

    house: House
    stream: Stream
    relay: Relay
    postgres: Postgres | None
    workers: Workers
    number: int
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    #: How workers ended that nobody had killed, by exit status.
    ended: Counter[int] = field(default_factory=Counter)
    #: What there is to say on the way.
    tell: Callable[[str], None] = lambda _: None
    _at_work: list[subprocess.Popen[bytes]] = field(default_factory=list)

    async def go_through(self, kills: int) -> None:
        beside = [
            asyncio.create_task(each())
            for each in (self._keep_at_work, self._keep_writing, self._let_time_pass)
        ]
        try:
            while self.killed.total() < kills:
                if self.chance.random() < 0.4:
                    await self._until_something_is_done()
                await asyncio.sleep(min(self.chance.expovariate(1 / _BETWEEN), _MOST))
                await self._kill()
                for each in beside:
                    if each.done():
                        each.result()
        finally:
            for each in beside:
                each.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _until_something_is_done(self) -> None:
        before, ends = self._done(), monotonic() + _WORK
        while self._done() == before and monotonic() < ends:
            await asyncio.sleep(0.2)

    def _done(self) -> tuple[int, int]:
        """
        How many letters have been accepted, and how many messages put away.
        """
        return len(self.stream.journal.accepted()), self.house.mailbox.count("Processed")

    async def _kill(self) -> None:
        weights = _ON_A_SERVER if self.postgres else _ON_A_FILE
        [victim] = self.chance.choices(list(weights), list(weights.values()))
        ends: dict[str, Callable[[], object]] = {
            "worker": self._end_a_worker,
            "relay": self._end_the_relay,
            "mailbox": self.house.mailbox.server.restart,
            "session of the mailbox": self._end_a_session_of_the_mailbox,
            "database": self._end_the_database,
            "session of the database": self._end_a_session_of_the_database,
        }
        if await asyncio.to_thread(ends[victim]) is not False:
            self.killed[victim] += 1
            self.tell(f"{self.killed.total()} killed, {victim}")

    def _end_a_worker(self) -> bool:
        alive = [each for each in self._at_work if each.poll() is None]
        if alive:
            self.chance.choice(alive).kill()
        return bool(alive)

    def _end_the_relay(self) -> None:
        self.relay.kill()
        self.relay.start()

    def _end_a_session_of_the_mailbox(self) -> bool:
        return self.house.mailbox.server.kill_a_session(self.chance.choice)

    def _end_the_database(self) -> None:
        assert self.postgres is not None
        self.postgres.kill()
        self.postgres.start()

    def _end_a_session_of_the_database(self) -> bool:
        assert self.postgres is not None
        return self.postgres.kill_a_session(self.chance.choice)

    async def _keep_at_work(self) -> None:
        """
        Whoever was killed is started again at once; whoever has ended without a database, a
        second later.
        """
        while True:
            for each in [each for each in self._at_work if each.poll() is not None]:
                self._at_work.remove(each)
                if each.returncode != -9:
                    self.ended[each.returncode] += 1
                    await asyncio.sleep(1)
            while len(self._at_work) < self.number:
                self.workers.start()
                self._at_work.append(self.workers.started[-1])
            await asyncio.sleep(0.02)

    async def _keep_writing(self) -> None:
        while True:
            if self.house.mailbox.count() < _CROWD:
                self.stream.complain()
            self.stream.answer()
            await asyncio.sleep(0.2)

    async def _let_time_pass(self) -> None:
        """
        Ten minutes' lease is half a minute's here: nobody waits so long for the dead.
        """
        while True:
            await asyncio.sleep(5)
            with suppress(DatabaseFault, BaseORMException, OSError):
                await end_leases(self.house, older_than=_LEASE)

    async def come_to_rest(self) -> bool:
        """
        Whether everything has come to its end, once nobody is killed any more.
        """
        await self.workers.end()
        ends = monotonic() + _PATIENCE
        while monotonic() < ends:
            self.tell(
                f"{self.house.mailbox.count()} in the inbox, {len(self.stream.waiting())} wait"
            )
            # What was killed last may be on its way back.
            with suppress(DatabaseFault, BaseORMException):
                if await self._is_at_rest():
                    return True
            await asyncio.sleep(0.2)
        return False

    async def _is_at_rest(self) -> bool:
        await end_leases(self.house)
        process = await asyncio.create_subprocess_exec(
            *(*program(), "run", "--once"),
            env=self.house.process_environ,
            cwd=self.house.folder,
            stdout=subprocess.DEVNULL,
        )
        is_complete = await process.wait() == 0
        return not self.stream.answer() and is_complete and not await _waits(self.house)


async def end_leases(house: House, older_than: timedelta = timedelta()) -> None:
    """
    What has been in somebody's hand for longer is in nobody's, and is due.
    """
    at = datetime.now(UTC)
    async with database(house.url):
        stale = OutboxRow.filter(
            status__in=["queued", "deferred", "uncertain"], attempts__gt=0, next_attempt_at__gt=at
        )
        for each in await stale.only("id", "claimed_until", "created_at"):
            since = each.claimed_until - LEASE if each.claimed_until else each.created_at
            if at - since >= older_than:
                await stale.filter(id=each.id).update(next_attempt_at=at, claimed_until=None)


async def _waits(house: House) -> bool:
    async with database(house.url):
        return (
            house.mailbox.count() > 0
            or await OutboxRow.filter(status__in=["queued", "deferred", "uncertain"]).exists()
        )


@asynccontextmanager
async def a_firm(
    folder: Path, kind: str, number: int, chance: random.Random
) -> AsyncIterator[Trouble]:
    """
    Its servers on free ports; nothing of it is left in the end but the folder.
    """
    with ExitStack() as servers:
        mailbox = servers.enter_context(Dovecot(folder / "dovecot")).mailbox()
        relay, journal = Relay(folder / "relay"), Journal(folder / "relay")
        more = {
            "MAILBOT_IMAP__POLL_EVERY": "1s",
            "MAILBOT_SMTP__PORT": str(relay.port),
        }
        postgres = None
        if kind == "postgres":
            # What was committed is there after a kill, as in earnest.
            safe = Postgres(fsync="on", synchronous_commit="on", full_page_writes="on")
            postgres = servers.enter_context(safe)
            more["MAILBOT_DATABASE__URL"] = postgres.url(postgres.new_database())
        relay.start()
        servers.callback(relay.leave)
        house = House(folder, mailbox, relay, now(), more=more)  # type: ignore[arg-type]
        house.rewrite(
            "code.toml", "acknowledgements_per_hour = 2000", "acknowledgements_per_hour = 900000"
        )
        stream = Stream(house, journal, ahead=lambda: chance.uniform(-5, 30))
        workers = Workers(house)
        try:
            yield Trouble(house, stream, relay, postgres, workers, number, chance)
        finally:
            await workers.end()


async def survive(
    folder: Path,
    kills: int,
    kind: str,
    number: int,
    *,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Trouble, Count]:
    async with a_firm(folder, kind, number, random.Random(seed)) as trouble:
        trouble.tell = tell
        await trouble.go_through(kills)
        is_at_rest = await trouble.come_to_rest()
        counted = await count(trouble.house, trouble.stream)
        if not is_at_rest:
            counted.missing.append("something waits still")
        counted.missing += [
            f"complaint {each.number} ({each.plot}) stands still after turn {each.turns}"
            for each in trouble.stream.waiting()
        ]
        return trouble, counted


def table(trouble: Trouble, counted: Count, seconds: float) -> str:
    raised, unheard = alarms(trouble.workers)
    lines = [
        ("kills", str(trouble.killed.total())),
        *((f"  {name}", str(number)) for name, number in trouble.killed.most_common()),
        ("seconds", f"{seconds:.0f}"),
        ("workers started", str(len(trouble.workers.started))),
        ("  ended by themselves", str(dict(trouble.ended) or 0)),
        *((f"  alarm {name}", str(number)) for name, number in raised.most_common()),
        ("complaints", str(len(trouble.stream.complaints))),
        ("messages delivered", str(counted.delivered)),
        ("  lost", str(len(counted.lost))),
        ("  read twice, and recognised", str(counted.read_twice)),
        ("  twice in Processed", str(counted.put_away_twice)),
        ("letters", str(counted.letters)),
        ("  missing", str(len(counted.missing))),
        ("  doubled under another Message-ID", str(len(counted.doubled))),
        ("  repeated under their Message-ID", str(counted.repeated)),
        ("promises", str(counted.promises)),
        ("  in a wrong state", str(len(counted.misjudged))),
    ]
    told = [f"{name:<36}{number:>8}" for name, number in lines]
    return "\n".join([*told, *(f"WRONG: {each}" for each in counted.wrong), *unheard])


def alarms(workers: Workers) -> tuple[Counter[str], list[str]]:
    """
    How often the workers raised which, and whatever stands in their logs that is no event.
    """
    raised: Counter[str] = Counter()
    unheard: list[str] = []
    for log in sorted(workers.house.folder.glob("worker*.log")):
        for line in log.read_text().splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                unheard.append(f"{log.name}: {line}")
                continue
            if said["level"] == "error":
                raised[said["event"]] += 1
    return raised, unheard


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, help="1 on SQLite, 2 on PostgreSQL")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    given = parser.parse_args()
    number = given.workers or (1 if given.database == "sqlite" else 2)
    # What died and how is in the logs of the workers there.
    folder = Path(tempfile.mkdtemp(prefix="kills"))
    folder.chmod(0o755)
    began = monotonic()

    def tell(what: str) -> None:
        sys.stderr.write(f"{monotonic() - began:6.0f} s: {what}\n")

    sys.stdout.write(f"{given.database}, {number} workers, seed {given.seed}, {folder}\n")
    sys.stdout.flush()
    # Whoever ends it in another way than by Ctrl-C leaves no server behind either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    trouble, counted = asyncio.run(
        survive(folder, given.kills, given.database, number, seed=given.seed, tell=tell)
    )
    sys.stdout.write(table(trouble, counted, monotonic() - began) + "\n")
    return 1 if counted.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
