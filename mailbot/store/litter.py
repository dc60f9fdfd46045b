"""
What a process that was killed in the midst of making a file has left beside it.
"""

import glob
import os
from contextlib import suppress
from pathlib import Path


def draft_of(path: Path) -> Path:
    """
    Where this process makes that file, which gets its name when it is complete.
    """
    return path.with_name(f"{path.name}.{os.getpid()}.new")


def clear_away(path: Path) -> None:
    """
    Take away the drafts of those who are no more. One may be the file itself under a second
    name, which a backup of the folder would have twice.
    """
    drafts = path.parent.glob(f"{glob.escape(path.name)}.*.new*")
    for each in drafts:
        number = each.name[len(path.name) + 1 :].partition(".")[0]
        if number.isdecimal() and not _is_at_work(int(number)):
            # Whoever may not write here has made nothing here, either.
            with suppress(OSError):
                each.unlink()


def _is_at_work(number: int) -> bool:
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return number != os.getpid()
