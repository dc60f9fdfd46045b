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

from tests.interop.combinations import COMBINATIONS, Outcome, tell
from tests.interop.story import Story
from tests.servers.unpacked import CannotRunHere


def main() -> None:
    # Whoever ends us ends the servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = read()
    found: dict[str, Outcome] = {}
    left_out: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="packages") as folder:
        Path(folder).chmod(0o755)
        kept = options.keep or Path(folder)
        for name in options.names or COMBINATIONS:
            became = attempt(name, kept)
            if isinstance(became, str):
                left_out[name] = became
            else:
                found[name] = became
    console = Console(soft_wrap=True, markup=False, highlight=False, emoji=False)
    for story in dict.fromkeys(COMBINATIONS[name].story for name in found):
        told = {name: each for name, each in found.items() if COMBINATIONS[name].story == story}
        console.print(table(story, told))
    for name, reason in left_out.items():
        console.print(f"left out: {name}: {reason}")
    is_well = all(well for outcome in found.values() for well, _ in outcome.values())
    sys.exit(0 if is_well and found else 1)


def attempt(name: str, kept: Path) -> Outcome | str:
    """
    What became of each step, or why the combination was left out.
    """
    with tempfile.TemporaryDirectory(prefix="interop") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "firm").mkdir()
        try:
            return asyncio.run(tell(COMBINATIONS[name], folder, kept))
        # What is installed says it as a RuntimeError: for a test that is a failure.
        except (CannotRunHere, RuntimeError) as reason:
            return str(reason)


def table(story: Story, found: dict[str, Outcome]) -> str:
    """
    In Markdown, a combination a column.
    """
    rows = [["", *found], ["---"] * (len(found) + 1)]
    for step in story:
        cells = [outcome[step.__name__] for outcome in found.values()]
        said = [said if well else f"NO: {said}" for well, said in cells]
        rows.append([step.__name__.replace("_", " "), *said])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.interop",
        description="Runs mailbot beside real IMAP and SMTP servers, and prints what went well and what"
        " did not. Exit status 1 if anything did not.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(COMBINATIONS)}")
    parser.add_argument("--keep", type=Path, help="where fetched packages stay for next time")
    options = parser.parse_args()
    if unknown := set(options.names) - COMBINATIONS.keys():
        parser.error(f"no such combination: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
