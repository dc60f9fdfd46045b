"""
A password that stands in a file, as it is at the time: whoever changes it changes the file, and
nobody has to be started again for it.
"""

from pathlib import Path


def written_in(file: Path) -> str:
    """
    The password in the file. Raises OSError or UnicodeDecodeError where it cannot be read.
    """
    return file.read_text(encoding="utf-8-sig").strip()


def as_it_is_now(known: str, file: Path | None) -> str:
    """
    The password in the file; the one that is *known* where there is no file, or none to be read
    in it: somebody is just writing it, or has taken it away.
    """
    if file is None:
        return known
    try:
        return written_in(file) or known
    except (OSError, UnicodeDecodeError):
        return known
