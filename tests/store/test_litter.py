"""
What a kill in the midst of a very first start leaves is gone with the next one.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailbot.store.database import database
from mailbot.store.litter import clear_away, draft_of


@pytest.fixture
def dead() -> int:
    """
    The number of a process that is no more.
    """
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


async def test_the_draft_of_a_killed_start_is_gone_with_the_next_start(
    tmp_path: Path, dead: int
) -> None:
    file = tmp_path / "mailbot.sqlite3"
    async with database(f"sqlite://{file}"):
        pass
    # Killed when the file had its name already, and still its first one, too.
    os.link(file, tmp_path / f"{file.name}.{dead}.new")
    (tmp_path / f"{file.name}.{dead}.new-journal").touch()
    async with database(f"sqlite://{file}", may_change=False):
        assert len(list(tmp_path.iterdir())) >= 3
    async with database(f"sqlite://{file}"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_what_somebody_is_making_is_left_to_them_and_so_is_everything_else(
    tmp_path: Path, dead: int
) -> None:
    key = tmp_path / "token.key"
    theirs = [
        *(key, tmp_path / f"token.key.{os.getppid()}.new", tmp_path / "token.key.old.new"),
        *(tmp_path / f"another.key.{dead}.new", tmp_path / f"token.key.{dead}"),
    ]
    mine = [draft_of(key), tmp_path / f"token.key.{dead}.new"]
    for each in (*theirs, *mine):
        each.touch()
    clear_away(key)
    assert set(tmp_path.iterdir()) == set(theirs)
