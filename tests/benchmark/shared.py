"""
What two workers on one PostgreSQL do in the time of one: letters through a relay that thinks
about each answer, so that the CPU is not the limit, and deadlines that are due at once.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from typing import Any

from tests.benchmark import letters, sink
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


@contextmanager
def _at_work(house: House, count: int, port: int) -> Iterator[float]:
    """
    So many workers, begun at once; the instant at which the last of them has started.
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
        yield time.monotonic()
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=60)


def _until(is_so: Callable[[], bool]) -> None:
    end, nothing = time.monotonic() + PATIENCE, Event()
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("it never came true")
        nothing.wait(0.05)


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


def _letters_a_second(house: House, workers: int) -> float:
    with (
        sink.running(thinks=THINKS) as relay,
        _at_work(house, workers, relay.port) as started,
    ):
        unsent = "SELECT count(*) FROM outbox WHERE status <> 'sent'"
        _until(lambda: house.database.ask(unsent) == [(0,)])
        begun = started + _WARM
        instants = [each.at for each in relay.accepted() if each.at > begun]
    return len(instants) / (max(instants) - begun)


def _deadlines_a_second(house: House, workers: int) -> float:
    house.database.say("UPDATE outbox SET status = 'sent'", "UPDATE step SET at = now()")
    with sink.running() as relay, _at_work(house, workers, relay.port):
        open_steps = "SELECT count(*) FROM step WHERE done_at IS NULL AND at <= now()"
        _until(lambda: house.database.ask(open_steps) == [(0,)])
    logs = [each.read_text().splitlines() for each in sorted(house.folder.glob("worker*.log"))]
    said = [json.loads(line) for log in logs for line in log]
    settled = [each["timestamp"] for each in said if each["event"] == "deadline_settled"]
    begun = min(each["timestamp"] for each in said if each["event"] == "started")
    return len(settled) / _seconds(begun, max(settled))


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def measure(
    trees: list[Tree], ground: Ground, kind: Kind, complaints: int, deadlines: int
) -> dict[str, Any]:
    """
    Letters and deadlines a second, by tree and number of workers.
    """
    found: dict[str, Any] = {"database": kind, "letters": {}, "deadlines": {}}
    for tree in trees:
        for what, count, rate in (
            ("letters", complaints, _letters_a_second),
            ("deadlines", deadlines, _deadlines_a_second),
        ):
            rates = found[what].setdefault(tree.name, {})
            for workers in _WORKERS:
                house = _filled(tree, ground, kind, count)
                rates[workers] = rate(house, workers)
                house.close()
    return found


def lines(found: dict[str, Any]) -> str:
    rows = [[f"several workers, {found['database']}", "one", "two", "ratio"]]
    for what in ("letters", "deadlines"):
        for name, rates in found[what].items():
            one, two = (rates[each] for each in _WORKERS)
            rows.append(
                [f"{name}: {what} a second", f"{one:.1f}", f"{two:.1f}", f"{two / one:.2f}"]
            )
    return table(rows)
