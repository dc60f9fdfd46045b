"""
What a complaint and a reply cost, beside what they would cost the bare libraries.
"""

import pickle
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmark import letters, process
from tests.benchmark.figures import median, spread, table
from tests.benchmark.ground import Ground, Kind
from tests.benchmark.house import House
from tests.benchmark.letters import Acknowledged
from tests.benchmark.process import Taken
from tests.benchmark.sink import Letter
from tests.benchmark.trees import ROOT, Tree

FLOOR = "floor"
#: How often a process is started for nothing, in each round.
_STARTS = 2


@dataclass
class Sample:
    """
    What was measured of one tree, or of the floor: the same work, several times.
    """

    start: list[Taken] = field(default_factory=list)
    work: dict[str, list[Taken]] = field(
        default_factory=lambda: {"complaint": [], "reply": []},
    )

    def milliseconds(self, what: str, of: str, count: int) -> list[float]:
        """
        Of each time, a message, without the start of the process.
        """
        start = min(getattr(each, of) for each in self.start)
        return [1000 * (getattr(each, of) - start) / count for each in self.work[what]]

    def peak(self, what: str) -> float:
        return max(each.peak for each in self.work[what])


@dataclass(frozen=True)
class Asked:
    """
    Counts of one kind of work: of the messages while no letter could leave, of the
    letters then, and of one message alone.
    """

    messages: Counter[str]
    letters: Counter[str]
    alone: Counter[str]
    sent: int


@dataclass(frozen=True)
class Ready:
    """
    The letters that a tree has written to the same mail: the floor sends them again.
    """

    complaint: list[Letter]
    reply: list[Letter]


def deliver(house: House, mails: Sequence[bytes]) -> None:
    for each in mails:
        house.mailbox.deliver(each)


def acknowledged(sent: Sequence[Letter]) -> list[Acknowledged]:
    found = [Acknowledged.read(each.content) for each in sent]
    return sorted((each for each in found if each), key=lambda each: each.email)


def count_statements(tree: Tree, ground: Ground, kind: Kind, count: int) -> tuple[Any, Ready]:
    house = House.new(tree, ground, kind)
    house.round()
    idle = house.counted()

    def work(mails: Sequence[bytes], alone: bytes) -> tuple[Asked, list[Letter]]:
        deliver(house, [alone])
        of_one = house.counted()
        ground.sink.accepted()
        deliver(house, mails)
        of_messages = house.counted(delivers=False)
        of_letters = house.counted()
        sent = ground.sink.accepted()
        of = [without(each, idle) for each in (of_messages, of_letters, of_one)]
        return Asked(messages=of[0], letters=of[1], alone=of[2], sent=len(sent)), sent

    complaints = [letters.complaint(each) for each in range(count)]
    asked, first = work(complaints, letters.complaint(count))
    known = acknowledged(first)
    replies = [letters.reply(each, number) for number, each in enumerate(known)]
    again = letters.reply(known[0], count)
    asked_again, second = work(replies, again)
    house.close()
    return {"complaint": asked, "reply": asked_again}, Ready(first, second)


def without(counts: Counter[str], idle: Counter[str]) -> Counter[str]:
    return Counter({key: max(0, each - idle[key]) for key, each in counts.items()})


def time_tree(tree: Tree, ground: Ground, kind: Kind, count: int, sample: Sample) -> None:
    house = House.new(tree, ground, kind)
    house.round()
    sample.start += [house.round() for _ in range(_STARTS)]
    ground.sink.accepted()
    deliver(house, [letters.complaint(each) for each in range(count)])
    sample.work["complaint"].append(house.round())
    known = acknowledged(ground.sink.accepted())
    if len(known) != count:
        raise RuntimeError(f"{tree.name}: {len(known)} of {count} complaints were acknowledged")
    deliver(house, [letters.reply(each, number) for number, each in enumerate(known)])
    sample.work["reply"].append(house.round())
    answered = len(ground.sink.accepted())
    if answered < count:
        raise RuntimeError(f"{tree.name}: {answered} letters followed {count} replies")
    house.close()


def time_floor(ground: Ground, kind: Kind, count: int, ready: Ready, sample: Sample) -> None:
    folder = ground.new_folder(FLOOR)
    database = ground.new_database(kind, folder)
    mailbox = ground.new_mailbox()
    known = acknowledged(ready.complaint)

    def run(mails: Sequence[bytes], its_letters: Sequence[Letter]) -> Taken:
        for each in mails:
            mailbox.deliver(each)
        path = folder / "letters"
        path.write_bytes(pickle.dumps([(each.recipient, each.content) for each in its_letters]))
        command: list[str | Path] = [
            *(sys.executable, "-m", "tests.benchmark.floor"),
            *("--imap", str(mailbox.port), "--user", mailbox.username),
            *("--smtp", str(ground.sink.port), "--database", database.url),
            *("--letters", path),
        ]
        taken = process.run(command, {"PYTHONPATH": str(ROOT)}, folder)
        sent = len(ground.sink.accepted())
        if sent != len(its_letters):
            raise RuntimeError(f"the floor sent {sent} of {len(its_letters)} letters")
        return taken

    run([], [])
    sample.start += [run([], []) for _ in range(_STARTS)]
    complaints = [letters.complaint(each) for each in range(count)]
    sample.work["complaint"].append(run(complaints, ready.complaint))
    replies = [letters.reply(each, number) for number, each in enumerate(known)]
    sample.work["reply"].append(run(replies, ready.reply))
    ground.drop(database)
    shutil.rmtree(folder)


def measure(
    trees: Sequence[Tree], ground: Ground, kind: Kind, count: int, rounds: int
) -> dict[str, Any]:
    """
    All trees and the floor in turn, so often; their counts in runs of their own.
    """
    asked: dict[str, dict[str, Asked]] = {}
    ready: Ready | None = None
    for tree in trees:
        asked[tree.name], written = count_statements(tree, ground, kind, count)
        ready = ready or written
    assert ready is not None
    samples = {name: Sample() for name in (*(each.name for each in trees), FLOOR)}
    for _ in range(rounds):
        for tree in trees:
            time_tree(tree, ground, kind, count, samples[tree.name])
        time_floor(ground, kind, count, ready, samples[FLOOR])
    return {
        "database": kind,
        "count": count,
        "rounds": rounds,
        "letters": {"complaint": len(ready.complaint), "reply": len(ready.reply)},
        "octets": {
            what: sum(len(each.content) for each in getattr(ready, what))
            for what in ("complaint", "reply")
        },
        "figures": {
            what: {
                name: figures_of(sample, what, count, samples[FLOOR], asked.get(name))
                for name, sample in samples.items()
            }
            for what in ("complaint", "reply")
        },
    }


def figures_of(
    sample: Sample, what: str, count: int, floor: Sample, asked: dict[str, Asked] | None
) -> dict[str, Any]:
    wall, cpu = (sample.milliseconds(what, of, count) for of in ("wall", "cpu"))
    bases = {of: floor.milliseconds(what, of, count) for of in ("wall", "cpu")}
    found: dict[str, Any] = {
        "wall_ms": wall,
        "cpu_ms": cpu,
        "start_s": [each.wall for each in sample.start],
        "peak_mb": sample.peak(what),
        "ratio": {
            "least": min(wall) / min(bases["wall"]),
            "median": median(wall) / median(bases["wall"]),
            "cpu": median(cpu) / median(bases["cpu"]),
        },
    }
    if asked is not None:
        its = asked[what]
        found |= {
            "statements_a_message": its.messages["statements"] / count,
            "statements_a_letter": its.letters["statements"] / max(1, its.sent),
            "statements_alone": its.alone["statements"],
            "statements": (its.messages + its.letters)["statements"] / count,
            "hand_overs": (its.messages + its.letters)["hand_overs"] / count,
            "commits": (its.messages + its.letters)["commits"] / count,
        }
    return found


def lines(measured: dict[str, Any]) -> str:
    count, kind = measured["count"], measured["database"]
    said = []
    for what, by_name in measured["figures"].items():
        its_letters = measured["letters"][what]
        size = measured["octets"][what] / max(1, its_letters) / 1024
        plural = {"complaint": "complaints", "reply": "replies"}[what]
        said.append(
            f"\n{kind}, {count} {plural}, {its_letters} letters of {size:.1f} KB,"
            f" {measured['rounds']} rounds, least / median"
        )
        rows = [["", "ms wall", "ms CPU", "wall x floor", "CPU x floor", "start s", "peak MB"]]
        first = next(iter(by_name))
        is_compared = len(by_name) > 2
        if is_compared:
            rows[0] += [f"wall / {first}", f"CPU / {first}"]
        for name, its in by_name.items():
            ratio = f"{its['ratio']['least']:.2f} / {its['ratio']['median']:.2f}"
            rows.append(
                [
                    name,
                    spread(its["wall_ms"]),
                    spread(its["cpu_ms"]),
                    ratio if name != FLOOR else "",
                    f"{its['ratio']['cpu']:.2f}" if name != FLOOR else "",
                    spread(its["start_s"], 2),
                    f"{its['peak_mb']:.0f}",
                ]
            )
            if is_compared:
                rows[-1] += [
                    f"x{median(its[of]) / median(by_name[first][of]):.2f}"
                    for of in ("wall_ms", "cpu_ms")
                ]
        said.append(table(rows))
        rows = [["a message", "statements", "of them taking in", "a letter", "alone",
                 "hand-overs", "commits"]]  # fmt: skip
        rows += [
            [
                name,
                f"{its['statements']:.1f}",
                f"{its['statements_a_message']:.1f}",
                f"{its['statements_a_letter']:.1f}",
                f"{its['statements_alone']}",
                f"{its['hand_overs']:.1f}",
                f"{its['commits']:.2f}",
            ]
            for name, its in by_name.items()
            if name != FLOOR
        ]
        said.append(table(rows))
    return "\n".join(said)
