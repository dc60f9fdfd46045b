"""
What it costs to start, and what one large message does to the memory.
"""

from collections.abc import Sequence
from typing import Any

from tests.benchmark import letters
from tests.benchmark.figures import spread, table
from tests.benchmark.ground import Ground, Kind
from tests.benchmark.house import House
from tests.benchmark.process import Taken
from tests.benchmark.trees import Tree

LARGE = 25_000_000

WORDS = {"an empty round": ("run", "--once"), "--help": ("--help",)}


def measure(trees: Sequence[Tree], ground: Ground, kind: Kind, rounds: int) -> dict[str, Any]:
    houses = {tree.name: House.new(tree, ground, kind) for tree in trees}
    taken: dict[str, dict[str, list[Taken]]] = {}
    for house in houses.values():
        house.round()
    for _ in range(rounds):
        for name, house in houses.items():
            for what, words in WORDS.items():
                taken.setdefault(name, {}).setdefault(what, []).append(house.mailbot(*words))
    for name, house in houses.items():
        house.mailbox.deliver(letters.with_attachment(LARGE))
        taken[name]["one message of 25 MB"] = [house.round()]
        if not ground.sink.accepted():
            raise RuntimeError(f"{name}: nobody answered the large message")
        house.close()
    return {
        "database": kind,
        "figures": {
            name: {
                what: {
                    "wall_s": [each.wall for each in several],
                    "cpu_s": [each.cpu for each in several],
                    "peak_mb": peak(several),
                }
                for what, several in its.items()
            }
            for name, its in taken.items()
        },
    }


def peak(of: Sequence[Taken]) -> float:
    return max(each.peak for each in of)


def lines(measured: dict[str, Any]) -> str:
    rows = [["", "start", "s", "CPU s", "MB"]]
    rows += [
        [name, what, spread(its["wall_s"], 2), spread(its["cpu_s"], 2), f"{its['peak_mb']:.0f}"]
        for name, by_what in measured["figures"].items()
        for what, its in by_what.items()
    ]
    return f"\n{measured['database']}, start, least / median\n{table(rows)}"
