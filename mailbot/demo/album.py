"""
The folder that the demonstration leaves: every mail as a numbered file, in the
order of the story.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

CONVERSATION = "conversation.txt"
TIMELINE = "timeline.html"


class FolderInUse(Exception):  # noqa: N818 - it is the folder's
    """
    There is something at that place already; str() says what to do.
    """


@dataclass
class Album:
    """
    Files are only ever added.
    """

    folder: Path
    count: int = 0

    def keep(self, what: str, content: bytes) -> str:
        """
        Store a mail; returns the name of its file, `01-in-customer.eml`.
        """
        self.count += 1
        name = f"{self.count:02}-{what}.eml"
        (self.folder / name).write_bytes(content)
        return name


def new_album(folder: Path | None, now: datetime) -> Album:
    """
    An album in *folder*, or in a new one named after the time.

    FolderInUse if there is something in it: nothing is mixed or overwritten.
    """
    chosen = folder or Path(f"demo-{now:%Y%m%d-%H%M%S}")
    try:
        chosen.mkdir(parents=True, exist_ok=True)
        is_used = any(chosen.iterdir())
    except OSError as fault:
        raise FolderInUse(f"{chosen} cannot be made or read: {fault.strerror}") from fault
    if is_used:
        raise FolderInUse(f"{chosen} is not empty; name a new folder, or one with nothing in it")
    return Album(chosen)
