"""
One process from its start to its end, and what it took.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launched.py")
LONGEST = 3600.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Taken:
    """
    Seconds, seconds of CPU, and the peak of memory of the largest process in MB.
    """

    wall: float
    cpu: float
    peak: float
    status: int = 0
    said: str = ""


def run(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    folder: Path,
    *,
    ends: tuple[int, ...] = (0,),
    longest: float = LONGEST,
) -> Taken:
    """
    Run the command in that folder. One that takes too long is ended with its children.
    """
    with tempfile.TemporaryDirectory(prefix="taken") as place:
        report, output = Path(place) / "report.json", Path(place) / "output"
        with output.open("wb") as said:
            launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", LAUNCHER, report, *command],
                env=dict(env),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                launcher.wait(timeout=longest)
            except BaseException:
                os.killpg(launcher.pid, signal.SIGKILL)
                launcher.wait()
                raise
        taken = Taken(**json.loads(report.read_text()), said=output.read_text(errors="replace"))
    if taken.status not in ends:
        words = " ".join(str(each) for each in command)
        raise RuntimeError(f"{words} ended with {taken.status}:\n{taken.said[-4000:]}")
    return taken
