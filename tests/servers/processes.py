"""
The processes of a server that we have started.
"""

from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in listed.split()]


def named(pid: int) -> str:
    """
    What it calls itself: the first word that it was started with, or what it put there; ""
    once it has ended.
    """
    with suppress(OSError):
        said = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        return said.rpartition("/")[2] if not said.startswith("postgres:") else said
    return ""
