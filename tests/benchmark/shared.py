"""
What two workers on one PostgreSQL do in the time of one: letters through a relay that thinks
about each answer, so that the CPU is not the limit, and deadlines that fall due at one instant
while all of them are at work.

Where everything shares two processors these are the limit, of deadlines as of nothing else: beside
the rate stand the seconds of CPU that it cost. With *line* the database answers as one on another
host does, so that there is something to wait for.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from tests.benchmark import letters, line, sink
from tests.benchmark.figures import table
from tests.benchmark.ground import Ground, Kind
from tests.benchmark.house import House
from tests.benchmark.latency import PATIENCE
from tests.benchmark.process import run
from tests.benchmark.trees import Tree
from tests.servers.ports import free_port

#: Seconds that the relay takes over each answer.
THINKS = 0.05
_WORKERS = (1, 2)
#: The first letters of a worker are met by a connection that is not open yet.
_WARM = 1.0


#: Seconds until everything is due: each worker looks once meanwhile, and knows of it.
_DUE_AFTER = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """
    What was done a second, by how many seconds of CPU of the workers and of the database.
    """

    a_second: float
    of_workers: tuple[float, ...] = ()
    of_database: float = 0.0


@contextmanager
def _at_work(house: House, count: int, port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """
    So many workers, begun at once, once the last of them has started.
    """
    env = house.tree.environ({**house.environ(smtp=port)})
    logs = [(house.folder / f"worker{number}.log") for number in range(count)]
    workers = []
    for each in logs:
        with each.open("wb") as said:
            command = [house.tree.python, "-m", "mailbot", "run"]
            workers.append(
                subprocess.Popen(command, env=env, cwd=house.folder, stdout=said, stderr=said)
            )
    try:
        _until(lambda: all(b'"started"' in each.read_bytes() for each in logs))
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=60)


def _until(is_so: Callable[[], bool], every: float = 0.05) -> None:
    end, nothing = time.monotonic() + PATIENCE, Event()
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("it never came true")
        nothing.wait(every)


def _filled(tree: Tree, ground: Ground, kind: Kind, count: int) -> House:
    """
    A firm that took in so many complaints, whose letters wait.
    """
    house = House.new(tree, ground, kind)
    for number in range(count):
        house.mailbox.deliver(letters.complaint(number))
    run(
        [tree.python, "-m", "mailbot", "run", "--once"],
        tree.environ(house.environ(smtp=free_port())),
        house.folder,
        ends=(1,),
    )
    return house


def _letters(house: House, workers: int) -> Rate:
    with sink.running(thinks=THINKS) as relay, _at_work(house, workers, relay.port):
        begun = time.monotonic() + _WARM
        unsent = "SELECT count(*) FROM outbox WHERE status <> 'sent'"
        _until(lambda: house.database.ask(unsent) == [(0,)], every=0.5)
        instants = [each.at for each in relay.accepted() if each.at > begun]
    return Rate(a_second=len(instants) / (max(instants) - begun))


def _deadlines(house: House, workers: int) -> Rate:
    """
    Of so many cases, each with all of its deadlines, counted from the instant at which all of them are due: by then every
    worker has long begun. What they write is not sent meanwhile.
    """
    run(
        [house.tree.python, "-m", "mailbot", "pause", "--all"],
        house.tree.environ(house.environ()),
        house.folder,
    )
    house.database.say("UPDATE outbox SET status = 'sent'")
    with _at_work(house, workers, free_port()) as started:
        house.database.say(f"UPDATE step SET at = now() + interval '{_DUE_AFTER} seconds'")
        [(due,)] = house.database.ask("SELECT min(at) FROM step")
        Event().wait((due - datetime.now(due.tzinfo)).total_seconds())
        server = house.ground.postgres
        assert server is not None
        assert server._process is not None
        before = [_cpu(each.pid) for each in started], _cpu_below(server._process.pid)
        open_steps = "SELECT count(*) FROM step WHERE done_at IS NULL AND at <= now()"
        _until(lambda: house.database.ask(open_steps) == [(0,)], every=1)
        after = [_cpu(each.pid) for each in started], _cpu_below(server._process.pid)
    logs = [each.read_text().splitlines() for each in sorted(house.folder.glob("worker*.log"))]
    said = [json.loads(line) for log in logs for line in log]
    settled = [each["timestamp"] for each in said if each["event"] == "deadline_settled"]
    return Rate(
        a_second=len(settled) / (datetime.fromisoformat(max(settled)) - due).total_seconds(),
        of_workers=tuple(b - a for a, b in zip(before[0], after[0], strict=True)),
        of_database=after[1] - before[1],
    )


def _cpu(pid: int) -> float:
    """
    Seconds of CPU that the process has taken, those of children that ended included.
    """
    try:
        said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(each) for each in said[11:15]) / _TICKS


def _cpu_below(pid: int) -> float:
    """
    The same with the children that are at work.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _cpu(pid) + sum(_cpu(int(each)) for each in children)


def measure(
    trees: list[Tree],
    ground: Ground,
    kind: Kind,
    *,
    complaints: int,
    deadlines: int,
    line_of: float,
) -> dict[str, Any]:
    """
    Letters and deadlines a second, by tree and number of workers; the latter also over a
    line of so many milliseconds, if any.
    """
    found: dict[str, Any] = {"database": kind, "line": line_of}
    parts = [("letters", complaints, _letters, 0.0), ("deadlines", deadlines, _deadlines, 0.0)]
    if line_of:
        parts.append(("deadlines over the line", deadlines, _deadlines, line_of / 1000))
    for what, count, rate, later in parts:
        for tree in trees if count else ():
            for workers in _WORKERS:
                house = _filled(tree, ground, kind, count)
                with _heard(house, later) as far:
                    found.setdefault(what, {}).setdefault(tree.name, {})[workers] = vars(
                        rate(far, workers)
                    )
                house.close()
    return found


@contextmanager
def _heard(house: House, later: float) -> Iterator[House]:
    """
    The same firm, whose database is heard so many seconds later.
    """
    with ExitStack() as stack:
        server = house.ground.postgres
        if not later or server is None:
            yield house
            return
        port = stack.enter_context(line.running(server.port, later=later))
        far = copy(house)
        url = house.database.url.replace(f":{server.port}/", f":{port}/")
        far.database = replace(house.database, url=url)
        yield far


def lines(found: dict[str, Any]) -> str:
    rows = [[f"several workers, {found['database']}", "one", "two", "ratio"]]
    for what in ("letters", "deadlines", "deadlines over the line"):
        for name, rates in found.get(what, {}).items():
            one, two = (rates[each] for each in _WORKERS)
            a, b = one["a_second"], two["a_second"]
            rows.append([f"{name}: {what} a second", f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}"])
            if one["of_workers"]:
                cpu = [
                    " + ".join(f"{each:.1f}" for each in rate["of_workers"]) for rate in (one, two)
                ]
                rows.append(["  seconds of CPU: workers", *cpu, ""])
                cpu = [f"{rate['of_database']:.1f}" for rate in (one, two)]
                rows.append(["  and PostgreSQL", *cpu, ""])
    return table(rows)
