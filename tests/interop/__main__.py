"""
`python -m tests.interop [NAME ...] [--keep FOLDER]`
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.interop.servers import SERVERS
from tests.interop.story import STEPS, Outcome, tell
from tests.servers.unpacked import CannotRunHere

#: Characters, where nobody looks at a terminal.
_COLUMN = 32


def main() -> None:
    # Whoever ends us ends the servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = read()
    found: dict[str, Outcome] = {}
    left_out: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="packages") as folder:
        Path(folder).chmod(0o755)
        kept = options.keep or Path(folder)
        for name in options.names or SERVERS:
            became = try_server(name, kept)
            if isinstance(became, str):
                left_out[name] = became
            else:
                found[name] = became
    console = Console(width=None if sys.stdout.isatty() else _COLUMN * (len(found) + 1))
    if found:
        console.print(table(found))
    for name, reason in left_out.items():
        console.print(f"left out: {name}: {reason}", markup=False)
    is_well = all(well for outcome in found.values() for well, _ in outcome.values())
    sys.exit(0 if is_well and found else 1)


def try_server(name: str, kept: Path) -> Outcome | str:
    """
    What became of each step, or why the server was left out.
    """
    with tempfile.TemporaryDirectory(prefix="interop") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "firm").mkdir()
        try:
            with SERVERS[name](folder / "server", kept) as server:
                return asyncio.run(tell(server, folder / "firm"))
        except CannotRunHere as reason:
            return str(reason)


def table(found: dict[str, Outcome]) -> Table:
    lines = Table("step", *found)
    for step in STEPS:
        name = step.__name__
        cells = [outcome.get(name, (False, "not tried")) for outcome in found.values()]
        lines.add_row(
            name.replace("_", " "),
            *(Text(said if well else f"NO: {said}") for well, said in cells),
        )
    return lines


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.interop",
        description="Runs mailbot beside real IMAP servers, and prints what went well and what"
        " did not. Exit status 1 if anything did not.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SERVERS)}")
    parser.add_argument("--keep", type=Path, help="where fetched packages stay for next time")
    options = parser.parse_args()
    if unknown := set(options.names) - SERVERS.keys():
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
