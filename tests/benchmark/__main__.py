"""
`python -m tests.benchmark speed --tree before=../before --tree .`
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmark import flat, latency, shared, speed, startup
from tests.benchmark.ground import Ground, Kind, prepared
from tests.benchmark.trees import ROOT, Tree

PARTS = ("speed", "latency", "start", "flat", "shared")


def main() -> None:
    # Whoever ends us ends the servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = read()
    trees = [Tree.read(each, options.python) for each in options.tree or [str(ROOT)]]
    if len({each.name for each in trees}) < len(trees):
        raise SystemExit("two trees have the same name; give NAME=DIR")
    kinds: tuple[Kind, ...] = (
        ("sqlite", "postgres") if options.database == "both" else (options.database,)
    )
    parts = PARTS if "all" in options.parts else tuple(dict.fromkeys(options.parts))
    keep = options.keep.resolve() if options.keep else None
    found: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="benchmark") as folder,
        prepared(Path(folder), kinds, keep) as ground,
    ):
        for part in parts:
            # A file has one worker.
            for kind in ("postgres",) if part == "shared" else kinds:
                sys.stdout.write(f"\n{machine()}")
                measured, lines = measure(part, trees, ground, kind, options)
                found.append({"part": part, **measured})
                sys.stdout.write(f"{lines}\n")
                sys.stdout.flush()
                if options.json:
                    options.json.write_text(json.dumps(found, indent=1) + "\n")


def measure(
    part: str, trees: list[Tree], ground: Ground, kind: Kind, options: argparse.Namespace
) -> tuple[dict[str, Any], str]:
    """
    The figures of one part on one database, and the lines that tell them.
    """
    tell: Callable[[dict[str, Any]], str]
    match part:
        case "speed":
            measured = speed.measure(trees, ground, kind, options.count, options.rounds)
            tell = speed.lines
        case "latency":
            measured = latency.measure(trees, ground, kind, options.single, options.burst)
            tell = latency.lines
        case "start":
            measured = startup.measure(trees, ground, kind, options.rounds)
            tell = startup.lines
        case "shared":
            measured = shared.measure(
                *(trees, ground, kind),
                complaints=options.complaints,
                deadlines=options.deadlines,
                line_of=options.line,
            )
            tell = shared.lines
        case _:
            keep = options.keep.resolve() if options.keep else ground.folder / "kept"
            measured = flat.measure(
                *(trees, ground, kind, keep, options.grown),
                still_open=options.open,
                rounds=options.rounds,
            )
            tell = flat.lines
    return measured, tell(measured)


def machine() -> str:
    """
    Where it runs, and how much of that others use: a busy machine makes wall time long.
    """
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark",
        description="How fast mailbot is, measured as whole processes on servers of its own.",
    )
    parser.add_argument("parts", nargs="+", choices=(*PARTS, "all"))
    parser.add_argument(
        "--tree", action="append", metavar="[NAME=]DIR",
        help="a checkout to measure, this one if none is given; several are measured in turn",
    )  # fmt: skip
    parser.add_argument("--python", default=sys.executable, help="what runs the trees")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is taken")
    parser.add_argument("--count", type=int, default=500, help="speed: complaints, and replies")
    parser.add_argument("--single", type=int, default=50, help="latency: messages one by one")
    parser.add_argument("--burst", type=int, default=300, help="latency: messages at once")
    parser.add_argument(
        "--complaints", type=int, default=60, help="shared: complaints whose letters wait"
    )
    parser.add_argument("--deadlines", type=int, default=1000, help="shared: deadlines due at once")
    parser.add_argument(
        "--line", type=float, default=5, metavar="MS",
        help="shared: milliseconds to a database on another host, either way",
    )  # fmt: skip
    parser.add_argument(
        "--grown", type=_numbers, default=[1000, 100_000], metavar="N,N,...",
        help="flat: how many closed cases are remembered",
    )  # fmt: skip
    parser.add_argument("--open", type=int, default=500, help="flat: open cases among them")
    parser.add_argument(
        "--keep", type=Path, help="flat: a folder in which what was grown is kept for next time"
    )
    parser.add_argument("--json", type=Path, help="write every figure into this file as well")
    return parser.parse_args()


def _numbers(written: str) -> list[int]:
    return sorted(int(each) for each in written.split(","))


if __name__ == "__main__":
    main()
