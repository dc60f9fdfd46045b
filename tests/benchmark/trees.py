"""
A checkout, as its users know it.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmark import process
from tests.benchmark.process import Taken

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Tree:
    name: str
    folder: Path
    python: str = sys.executable

    @classmethod
    def read(cls, written: str, python: str) -> "Tree":
        """
        NAME=DIR, or DIR, whose last part is then the name.
        """
        name, _, folder = written.rpartition("=")
        path = Path(folder).resolve()
        if not (path / "mailbot" / "__main__.py").is_file():
            raise ValueError(f"{path}: there is no mailbot in it")
        return cls(name or path.name, path, python)

    def environ(self, more: Mapping[str, str], *, before: Path | None = None) -> dict[str, str]:
        """
        The environment of a process of this tree; *before* goes ahead on the path.
        """
        ours = {key: each for key, each in os.environ.items() if not key.startswith("MAILBOT_")}
        path = [*([str(before)] if before else []), str(self.folder)]
        return {**ours, **more, "PYTHONPATH": os.pathsep.join(path)}

    def mailbot(
        self,
        *words: str,
        env: Mapping[str, str],
        folder: Path,
        ends: tuple[int, ...] = (0,),
        before: Path | None = None,
    ) -> Taken:
        """
        `mailbot WORDS`, from its start to its end.
        """
        command = [self.python, "-m", "mailbot", *words]
        return process.run(command, self.environ(env, before=before), folder, ends=ends)
