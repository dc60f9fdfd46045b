"""
`python -m tests.soak --complaints 20000 --days 365`

One worker, one clock that runs through the days, the real mail server and database: complaints
with their lives, and at each tenth what the worker takes. An hour of one core for 20,000.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmark.figures import table
from tests.benchmark.ground import Ground, Kind, prepared
from tests.benchmark.house import House
from tests.benchmark.trees import ROOT, Tree
from tests.soak.lives import CUSTOMER, Complaints

#: A Monday.
BEGINS = datetime(2026, 11, 2, tzinfo=UTC)
#: When mail comes, each day.
LOOKS = (timedelta(hours=9, minutes=5), timedelta(hours=13), timedelta(hours=16))
#: When what had to be done by the end of working hours has fallen due, and no mail comes.
DUE = timedelta(hours=17, minutes=5)
#: Lone complaints for which the acknowledgement is waited for, at each sample.
SINGLES = 5
#: Their numbers, beyond those of all others.
LONE = 10_000_000


@dataclass
class Worker:
    """
    The process, and what it said of itself last.
    """

    process: subprocess.Popen[str]
    last: dict[str, Any] = field(default_factory=dict)

    def do(self, order: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        if not said:
            raise RuntimeError("the worker has ended; its log says why")
        self.last = json.loads(said)
        return self.last

    def round_at(self, now: datetime) -> tuple[float, float]:
        """
        Seconds, and seconds of the worker's CPU, for a round at that instant.
        """
        cpu, began = self.last.get("cpu_s", 0.0), time.monotonic()
        if not self.do(now.isoformat())["is_complete"]:
            raise RuntimeError("a round was not complete; the worker's log says why")
        return time.monotonic() - began, self.last["cpu_s"] - cpu


@contextmanager
def working(house: House, journal: Path) -> Iterator[Worker]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.worker", str(journal)],
        cwd=ROOT,
        env=house.tree.environ(house.environ()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Worker(process)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=60)


@dataclass
class Soak:
    house: House
    worker: Worker
    complaints: Complaints
    rows: list[dict[str, Any]] = field(default_factory=list)
    messages: int = 0
    letters: int = 0
    #: Since the last sample: seconds of CPU, mails in and out, and the rounds of deadlines alone.
    _cpu: float = 0.0
    _done: int = 0
    _clock_alone: list[float] = field(default_factory=list)
    _singles: int = 0

    def day(self, day: datetime) -> None:
        for look in LOOKS:
            came = 0
            for at, mail in self.complaints.until(day + look):
                self.house.mailbox.deliver(mail, at)
                came += 1
            self.messages += came
            self._done += came
            self._round(day + look)
        self._clock_alone.append(self._round(day + DUE))

    def _round(self, now: datetime) -> float:
        """
        The seconds that it took.
        """
        wall, cpu = self.worker.round_at(now)
        left = self.house.ground.sink.accepted()
        for each in left:
            self.complaints.saw(each)
        self.letters += len(left)
        self._cpu += cpu
        self._done += len(left)
        return wall

    def sample(self, now: datetime, *, rests: float = 0.0) -> None:
        latency = sorted(self._latency(now + timedelta(seconds=each)) for each in range(SINGLES))
        nothing = sorted(
            self.worker.round_at(now + timedelta(minutes=1))[0] for _ in range(SINGLES)
        )
        found = dict(self.worker.last)
        if rests:
            found |= self.worker.do(f"rest {rests}")
        [(cases,)] = self.house.database.ask('SELECT count(*) FROM "case"')
        self.rows.append(
            {
                "day": (now - BEGINS).days,
                "cases": cases,
                "messages": self.messages,
                "letters": self.letters,
                **found,
                "kb_a_case": self._octets() / 1024 / max(1, cases),
                "latency_ms": 1000 * latency[len(latency) // 2],
                "nothing_ms": 1000 * nothing[len(nothing) // 2],
                "clock_ms": 1000 * sorted(self._clock_alone or [0.0])[len(self._clock_alone) // 2],
                "cpu_ms": 1000 * self._cpu / max(1, self._done),
            }
        )
        self._cpu, self._done = 0.0, 0
        self._clock_alone.clear()
        say(self.rows[-1])

    def _latency(self, now: datetime) -> float:
        """
        Seconds from the delivery of a lone complaint to the acceptance of its acknowledgement.
        """
        self._singles += 1
        mailbox, sink = self.house.mailbox, self.house.ground.sink
        mailbox.deliver(self.complaints.begun(LONE + self._singles, now), now)
        put = time.monotonic()
        self.worker.round_at(now)
        mine = [
            each.at
            for each in sink.accepted()
            if self.complaints.saw(each).template == "acknowledgement"
            and each.recipient == f"{CUSTOMER}{LONE + self._singles}@example.com"
        ]
        return mine[0] - put

    def _octets(self) -> int:
        database = self.house.database
        if database.kind == "sqlite":
            wal = database.path.with_name(database.path.name + "-wal")
            return database.path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
        return int(database.ask("SELECT pg_database_size(current_database())")[0][0])


def say(words: object) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {json.dumps(words)}\n")
    sys.stdout.flush()


COLUMNS = {
    "day": ("day", 0),
    "cases": ("cases", 0),
    "messages": ("messages", 0),
    "letters": ("letters", 0),
    "rss_mb": ("RSS MB", 1),
    "handles": ("handles", 0),
    "threads": ("threads", 0),
    "kb_a_case": ("KB a case", 1),
    "latency_ms": ("latency ms", 0),
    "clock_ms": ("deadlines ms", 0),
    "nothing_ms": ("idle round ms", 1),
    "cpu_ms": ("ms CPU a mail", 2),
    "idle_cpu": ("idle CPU", 4),
}


def lines(rows: list[dict[str, Any]]) -> str:
    told = [[name for name, _ in COLUMNS.values()]]
    told += [
        [f"{row[key]:.{digits}f}" if key in row else "" for key, (_, digits) in COLUMNS.items()]
        for row in rows
    ]
    return table(told)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--complaints", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0 = never")
    parser.add_argument("--rest", type=float, default=20.0, help="seconds of idleness, at the end")
    parser.add_argument("--keep", type=Path, help="a folder for the worker's log and the database")
    options = parser.parse_args()
    kind: Kind = options.database
    with (
        tempfile.TemporaryDirectory(prefix="soak") as folder,
        prepared(Path(folder), (kind,)) as ground,
    ):
        soak(ground, kind, options)


def soak(ground: Ground, kind: Kind, options: argparse.Namespace) -> None:
    house = House.new(Tree.read(str(ROOT), sys.executable), ground, kind)
    apart = timedelta(days=options.days) / options.complaints
    begins = [BEGINS + each * apart for each in range(options.complaints)]
    journal = (options.keep or house.folder) / "worker.log"
    began = time.monotonic()
    with working(house, journal) as worker:
        worker.do(BEGINS.isoformat())
        running = Soak(house, worker, Complaints(begins))
        running.sample(BEGINS + timedelta(hours=1))
        tenths = {options.days * each // 10 for each in range(1, 10)}
        for number in range(options.days):
            day = BEGINS + timedelta(days=number)
            running.day(day)
            if options.minutes and time.monotonic() - began > 60 * options.minutes:
                say({"stopped_after_days": number + 1})
                break
            if number in tenths:
                running.sample(day + timedelta(hours=18))
        running.sample(day + timedelta(hours=19), rests=options.rest)
    say({"unanswerable": dict(running.complaints.unanswerable)})
    sys.stdout.write(lines(running.rows) + "\n")
    events: dict[str, int] = {}
    for line in journal.read_text().splitlines():
        said = json.loads(line)
        if said.get("level") in {"error", "warning"}:
            events[said["event"]] = events.get(said["event"], 0) + 1
    say({"alarms": events})
    if options.keep and kind == "sqlite":
        house.database.say("VACUUM INTO '" + str(options.keep / "soaked.sqlite3") + "'")
    house.close()


if __name__ == "__main__":
    main()
