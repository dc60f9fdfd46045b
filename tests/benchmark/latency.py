"""
How long a customer waits for the acknowledgement while a worker runs.
"""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any

from tests.benchmark import letters
from tests.benchmark.figures import percentile, table
from tests.benchmark.ground import Ground, Kind
from tests.benchmark.house import House
from tests.benchmark.sink import Letter
from tests.benchmark.trees import Tree
from tests.servers.dovecot import Mailbox

#: Seconds. Nothing here takes so long unless something is broken.
PATIENCE = 120.0
_REST = 0.2

ACKNOWLEDGEMENT = "acknowledgement"
_OPENING = frozenset({ACKNOWLEDGEMENT, "introduction", "assignment"})


@dataclass
class Worker:
    """
    `mailbot run`, and the instants at which it has said something.
    """

    process: subprocess.Popen[str]
    said: list[tuple[float, str]] = field(default_factory=list)
    _news: Condition = field(default_factory=Condition)
    _has_ended: bool = False

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line).get("event", "") if line.startswith("{") else line
            with self._news:
                self.said.append((time.monotonic(), event))
                self._news.notify_all()
        with self._news:
            self._has_ended = True
            self._news.notify_all()

    def instants(self, event: str) -> list[float]:
        return [at for at, said in self.said if said == event]

    def until(self, event: str, times: int = 1) -> None:
        with self._news:
            self._news.wait_for(
                lambda: len(self.instants(event)) >= times or self._has_ended, PATIENCE
            )
        if len(self.instants(event)) < times:
            words = "\n".join(said for _, said in self.said[-20:])
            raise RuntimeError(f"the worker has ended, or says nothing:\n{words}")


@contextmanager
def working(house: House, port: int) -> Iterator[Worker]:
    """
    A worker that reaches the mail server at *port*, until the end of the block.
    """
    process = subprocess.Popen(
        [house.tree.python, "-m", "mailbot", "run"],
        env=house.tree.environ({**house.environ(), "MAILBOT_IMAP__PORT": str(port)}),
        cwd=house.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    worker = Worker(process)
    listener = Thread(target=worker.listen, daemon=True)
    listener.start()
    try:
        worker.until("started")
        yield worker
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.join(timeout=10)


@dataclass
class Listener:
    """
    A way to the mail server that notes when the server tells the worker of new mail: another
    reader of the mailbox is told at another time.
    """

    mailbox: Mailbox
    port: int = 0
    told: list[float] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        with socket.create_server((self.mailbox.host, 0)) as server:
            self.port = server.getsockname()[1]
            Thread(target=self._serve, args=(server,), daemon=True).start()
            yield

    def _serve(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                ours, _ = server.accept()
                theirs = socket.create_connection((self.mailbox.host, self.mailbox.port))
                for source, target in ((ours, theirs), (theirs, ours)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    is_said = source is theirs
                    Thread(
                        target=self._pass_on, args=(source, target, is_said), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_said: bool) -> None:
        with suppress(OSError):
            while octets := source.recv(65536):
                if is_said and re.search(rb"^\* \d+ EXISTS", octets, re.MULTILINE):
                    self.told.append(time.monotonic())
                target.sendall(octets)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
                each.close()

    def first_after(self, instant: float) -> float:
        return next((each for each in self.told if each >= instant), instant)


def measure(
    trees: Sequence[Tree], ground: Ground, kind: Kind, count: int, burst: int
) -> dict[str, Any]:
    figures = {}
    for tree in trees:
        house = House.new(tree, ground, kind)
        house.round()
        ground.sink.accepted()
        listener = Listener(house.mailbox)
        with listener.listening(), working(house, listener.port) as worker:
            # The first message meets connections that are not there yet.
            one(house, listener, count)
            singles = [one(house, listener, number) for number in range(count)]
            at_once = many(house, listener, worker, burst)
        figures[tree.name] = {
            "from_word_ms": [1000 * (acked - told) for _, told, acked in singles],
            "from_delivery_ms": [1000 * (acked - put) for put, _, acked in singles],
            "burst": at_once,
        }
        house.close()
    return {"database": kind, "count": count, "burst": burst, "figures": figures}


def one(house: House, listener: Listener, number: int) -> tuple[float, float, float]:
    """
    One complaint: when it was delivered, when the server told of it, and when its
    acknowledgement was accepted.
    """
    address = f"single{number}@example.com"
    house.mailbox.deliver(letters.complaint(number, "single"))
    put = time.monotonic()
    acked = 0.0
    for letter in opening(house, 1):
        if letter.recipient == address and template_of(letter) == ACKNOWLEDGEMENT:
            acked = letter.at
    # The worker goes back to waiting before the next one comes.
    Event().wait(_REST)
    return put, listener.first_after(put), acked


def opening(house: House, cases: int) -> list[Letter]:
    """
    The letters that follow the opening of so many cases; a digest of the morning is none.
    """
    found: list[Letter] = []
    while len(found) < len(_OPENING) * cases:
        letter = house.ground.sink.next(PATIENCE)
        if template_of(letter) in _OPENING:
            found.append(letter)
    return found


def template_of(letter: Letter) -> str:
    found = re.search(rb"^X-Mailbot-Template: ([a-z-]+)", letter.content, re.MULTILINE)
    return found[1].decode() if found else ""


def many(house: House, listener: Listener, worker: Worker, burst: int) -> dict[str, Any]:
    before = len(worker.instants("message_recorded"))
    put = time.monotonic()
    for number in range(burst):
        house.mailbox.deliver(letters.complaint(number, "burst"))
    sent = opening(house, burst)
    worker.until("message_recorded", before + burst)
    recorded = worker.instants("message_recorded")[before:]
    acked = [each.at for each in sent if template_of(each) == ACKNOWLEDGEMENT]
    told = listener.first_after(put)
    return {
        "first_s": min(acked) - told,
        "first_from_delivery_s": min(acked) - put,
        "last_s": max(acked) - told,
        "read_s": max(recorded) - told,
        "left_meanwhile": sum(each < max(recorded) for each in acked),
    }


def lines(measured: dict[str, Any]) -> str:
    rows = [["", "p50 ms", "p99 ms", "since delivery p50", "p99"]]
    for name, its in measured["figures"].items():
        word, delivery = its["from_word_ms"], its["from_delivery_ms"]
        rows.append(
            [name, *(f"{percentile(of, at):.0f}" for of in (word, delivery) for at in (50, 99))]
        )
    burst = measured["burst"]
    several_rows = [["", "first s", "last s", "all read s", "left before that"]]
    for name, its in measured["figures"].items():
        of = its["burst"]
        several_rows.append(
            [
                name,
                *(f"{of[each]:.2f}" for each in ("first_s", "last_s", "read_s")),
                f"{of['left_meanwhile']} of {burst}",
            ]
        )
    return (
        f"\n{measured['database']}, from the server's word to the acknowledgement accepted,"
        f" {measured['count']} single messages\n{table(rows)}"
        f"\n{burst} at once\n{table(several_rows)}"
    )
