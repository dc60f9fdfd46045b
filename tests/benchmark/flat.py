"""
What a round and the commands cost once much is remembered.
"""

import hashlib
import json
import os
import pickle
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmark import latency, letters, rows
from tests.benchmark.figures import table
from tests.benchmark.ground import Database, Ground, Kind, with_uids
from tests.benchmark.house import House
from tests.benchmark.letters import Acknowledged
from tests.benchmark.process import Taken
from tests.benchmark.speed import acknowledged, deliver
from tests.benchmark.trees import Tree

BATCH = 20
#: Whose cases are used up by one round: a step falls due in one, three reply.
_CUSTOMERS = 4
START = "start, nothing remembered"

_COMMANDS = {
    "cases": ("cases",),
    "held list": ("held", "list"),
    "outbox list": ("outbox", "list"),
}


@dataclass(frozen=True)
class Grown:
    """
    A database that has lived for years, from which each measurement takes a copy.
    """

    folder: Path
    database: Database
    cases: int
    known: list[Acknowledged]
    uid: int

    @property
    def octets(self) -> int:
        if self.database.kind == "sqlite":
            return self.database.path.stat().st_size
        return int(self.database.ask("SELECT pg_database_size(current_database())")[0][0])


@dataclass
class Old:
    """
    A house with such a memory.
    """

    house: House
    known: list[Acknowledged]
    cases: int
    #: Each customer who is open writes once, and each case has something due once.
    _next: int = 0

    def customer(self) -> Acknowledged:
        self._next += 1
        return self.known[self._next % len(self.known)]


def grow(
    tree: Tree, ground: Ground, kind: Kind, keep: Path, *, cases: int, still_open: int
) -> tuple[Grown, float]:
    """
    The database with so many cases, and the seconds that it took to make: 0 if it was kept.
    """
    house = House.new(tree, ground, kind)
    with_uids(house.mailbox, rows.UID_VALIDITY, 1)
    house.round()
    name = f"grown_{kind}_{cases}_{still_open}_{schema(house.database)}"
    folder = keep / name
    memory = folder / "memory.pickle"
    grown = (
        Database(kind, f"sqlite://{folder}/mailbot.sqlite3")
        if kind == "sqlite"
        else ground.named(name)
    )
    began = time.monotonic()
    made = 0.0
    if not memory.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        ground.sink.accepted()
        deliver(house, [letters.complaint(each, "open") for each in range(still_open)])
        house.round()
        known = acknowledged(ground.sink.accepted())
        rows.fill(house.database, cases)
        uid = int(house.database.ask("SELECT max(uid) FROM ledger")[0][0])
        shutil.copy(house.folder / "token.key", folder)
        copied(ground, house.database, grown)
        memory.write_bytes(pickle.dumps((known, uid)))
        made = time.monotonic() - began
    house.close()
    known, uid = pickle.loads(memory.read_bytes())
    return Grown(folder, grown, cases, known, uid), made


def schema(database: Database) -> str:
    """
    A few letters for the tables as the tree has made them, and for what fills them.
    """
    question = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1"
        if database.kind == "sqlite"
        else "SELECT table_name || column_name || data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' UNION ALL"
        " SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    )
    told = json.dumps([each for (each,) in database.ask(question)])
    return hashlib.sha256(told.encode() + Path(rows.__file__).read_bytes()).hexdigest()[:8]


def copied(ground: Ground, database: Database, to: Database) -> None:
    if database.kind == "sqlite":
        with closing(sqlite3.connect(database.path)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(database.path, to.path)
        return
    assert ground.postgres is not None
    ground.drop(to)
    old, new = (each.url.rpartition("/")[2] for each in (database, to))
    ground.postgres._sql(f"CREATE DATABASE {new} TEMPLATE {old} STRATEGY file_copy")


def lived_in(grown: Grown, tree: Tree, ground: Ground) -> tuple[Old, float]:
    """
    A house of that tree with a copy of the memory, once it has brought it up to its
    own tables and has seen the morning; and the seconds that this took.
    """
    house = House.new(tree, ground, grown.database.kind)
    shutil.copy(grown.folder / "token.key", house.folder)
    copied(ground, grown.database, house.database)
    with_uids(house.mailbox, rows.UID_VALIDITY, grown.uid + 1)
    far = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S+00:00")
    # It may have been kept for longer than a deadline takes.
    house.database.say(
        f"UPDATE step SET at = '{far}' WHERE done_at IS NULL",
        f"UPDATE outbox SET next_attempt_at = '{far}' WHERE status = 'deferred'",
    )
    return Old(house, grown.known, grown.cases), house.round().wall


def measure(
    trees: Sequence[Tree],
    ground: Ground,
    kind: Kind,
    keep: Path,
    sizes: Sequence[int],
    *,
    still_open: int,
    rounds: int,
) -> dict[str, Any]:
    """
    Every tree with every memory in turn. The first tree makes the databases; the others
    bring their copies up themselves.
    """
    if still_open < _CUSTOMERS * rounds:
        raise ValueError(f"{rounds} rounds need at least {_CUSTOMERS * rounds} open cases")
    made: list[dict[str, Any]] = []
    olds: dict[tuple[str, int], Old] = {}
    for cases in sizes:
        grown, seconds = grow(*(trees[0], ground, kind, keep), cases=cases, still_open=still_open)
        its: dict[str, Any] = {"cases": cases, "mb": grown.octets / 2**20, "made_s": seconds}
        its["brought_up_s"] = {}
        for tree in trees:
            olds[tree.name, cases], up = lived_in(grown, tree, ground)
            its["brought_up_s"][tree.name] = up
        made.append(its)
    fresh = {tree.name: House.new(tree, ground, kind) for tree in trees}
    for house in fresh.values():
        house.round()
    taken: dict[str, dict[str, dict[int, list[Taken]]]] = {each.name: {} for each in trees}
    for number in range(rounds):
        for tree in trees:
            of = taken[tree.name]
            of.setdefault(START, {}).setdefault(0, []).append(fresh[tree.name].round())
            for cases in sizes:
                for what, its_taken in works(olds[tree.name, cases], number):
                    of.setdefault(what, {}).setdefault(cases, []).append(its_taken)
    for each in (*(old.house for old in olds.values()), *fresh.values()):
        each.close()
    return {
        "database": kind,
        "open": still_open,
        "rounds": rounds,
        "sizes": list(sizes),
        "made": made,
        "figures": {
            name: {
                what: {
                    str(cases): {
                        "wall_s": [each.wall for each in several],
                        "cpu_s": [each.cpu for each in several],
                        "peak_mb": max(each.peak for each in several),
                    }
                    for cases, several in by_cases.items()
                }
                for what, by_cases in by_what.items()
            }
            for name, by_what in taken.items()
        },
    }


def works(old: Old, number: int) -> list[tuple[str, Taken]]:
    """
    Everything once, the same in every house.
    """
    house = old.house
    done = [("an idle round", house.round())]
    deliver(house, [letters.complaint(each, f"new{number}x") for each in range(BATCH)])
    done.append((f"{BATCH} complaints", house.round()))
    done.append(("a due step", due_step(old)))
    done += [(what, answered(old, number, what)) for what in _EVIDENCE]
    done.append(("case REF", house.mailbot("case", old.known[number].reference)))
    done += [(what, house.mailbot(*words)) for what, words in _COMMANDS.items()]
    done.append(("run until started", started(house)))
    house.ground.sink.accepted()
    return done


def due_step(old: Old) -> Taken:
    """
    A round in which a handler has to be warned of a deadline.
    """
    database, reference = old.house.database, old.customer().reference
    [(step,)] = database.ask(
        'SELECT step.id FROM step JOIN "case" ON serial = case_id'
        f" WHERE reference = '{reference}' AND done_at IS NULL AND does = 'warn'"
        " AND promise = 'agree_contact' ORDER BY at LIMIT 1"
    )
    past = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S+00:00")
    database.say(f"UPDATE step SET at = '{past}' WHERE id = {step}")
    taken = old.house.round()
    if reference not in taken.said or "deadline_settled" not in taken.said:
        raise RuntimeError(f"nothing was due in {reference}:\n{taken.said}")
    return taken


_EVIDENCE = {
    "a reply by id": "in_reply_to",
    "a reply by token": "reply_token",
    "a reply by reference": "reference",
}


def answered(old: Old, number: int, what: str) -> Taken:
    """
    A round with one reply, which shows in one way only whose it is.
    """
    to = old.customer()
    match what:
        case "a reply by id":
            mail = letters.bare_reply(to, number, in_reply_to=to.message_id, subject="Re: my line")
        case "a reply by token":
            mail = letters.bare_reply(to, number, address=to.reply_to, subject="My line")
        case _:
            mail = letters.bare_reply(to, number, subject=f"My line, {to.reference}")
    deliver(old.house, [mail])
    taken = old.house.round()
    evidence = _EVIDENCE[what]
    if f'"{evidence}"' not in taken.said or to.reference not in taken.said:
        raise RuntimeError(f"{what} was not threaded by {evidence}:\n{taken.said}")
    return taken


def started(house: House) -> Taken:
    """
    From the start of `mailbot run` until it says that it works, and its memory then.
    """
    began = time.monotonic()
    with latency.working(house, house.mailbox.port) as worker:
        at = worker.instants("started")[0]
        process = Path(f"/proc/{worker.process.pid}")
        status = (process / "status").read_text()
        # The name of the program, in brackets, may have spaces in it.
        ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    cpu = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return Taken(wall=at - began, cpu=cpu, peak=int(peak.split()[1]) / 1024)


#: Of each work: seconds, seconds of CPU (which a busy machine makes no longer), memory.
_MEASURES = {"s": ("wall_s", 2), "CPU": ("cpu_s", 2), "MB": ("peak_mb", 0)}


def lines(measured: dict[str, Any]) -> str:
    sizes = [str(each) for each in measured["sizes"]]
    head = f"{measured['database']}, {measured['open']} open cases, least of"
    said = [f"\n{head} {measured['rounds']} rounds; a round has its start in it"]
    for its in measured["made"]:
        up = ", ".join(f"{name} {each:.1f} s" for name, each in its["brought_up_s"].items())
        how = f"made in {its['made_s']:.0f} s" if its["made_s"] else "kept"
        said.append(
            f"{short(its['cases'])} closed cases: {its['mb']:.0f} MB, {how}; first round {up}"
        )
    first = next(iter(measured["figures"]))
    for name, by_what in measured["figures"].items():
        [fresh] = by_what[START].values()
        least = f"{min(fresh['wall_s']):.2f} s, CPU {min(fresh['cpu_s']):.2f} s"
        said.append(f"{name}: {START}: {least}, {fresh['peak_mb']:.0f} MB")
        columns = [f"{unit} {short(int(size))}" for unit in _MEASURES for size in (*sizes, "0")]
        rows_of = [[name, *(each.replace(" 0", " x") for each in columns)]]
        rows_of += [[what, *cells(its, sizes)] for what, its in by_what.items() if what != START]
        if name != first:
            rows_of[0].append(f"CPU / {first}")
            for row in rows_of[1:]:
                its, others = (measured["figures"][of][row[0]] for of in (name, first))
                row.append(f"x{compared(its[sizes[-1]], others[sizes[-1]]):.2f}")
        said.append(table(rows_of))
    return "\n".join(said)


def cells(by_cases: dict[str, Any], sizes: Sequence[str]) -> list[str]:
    """
    Of one work the least of each measure for each size, and how much the largest is worse.
    """
    found = []
    for key, digits in _MEASURES.values():
        its = [least_of(by_cases[each][key]) for each in sizes]
        found += [f"{each:.{digits}f}" for each in its]
        found.append(f"x{its[-1] / its[0]:.2f}")
    return found


def compared(its: dict[str, Any], others: dict[str, Any]) -> float:
    """
    How much CPU one tree takes of what another takes for the same.
    """
    return least_of(its["cpu_s"]) / least_of(others["cpu_s"])


def least_of(figures: float | list[float]) -> float:
    return min(figures) if isinstance(figures, list) else figures


def short(cases: int) -> str:
    for unit, name in ((1_000_000, "M"), (1000, "k")):
        if cases and cases % unit == 0:
            return f"{cases // unit}{name}"
    return str(cases)
