"""
The files that a command leaves: none is written over unawares.
"""

from pathlib import Path

from mailbot.cli.opening import give_up


def must_be_free(*files: Path | None, is_forced: bool) -> None:
    """
    Give up, before any work, where one of *files* would be lost.
    """
    for each in filter(None, files):
        try:
            would_be_lost = not is_forced and each.is_file()
        # Of what we may not look at nobody knows; nor could it be written.
        except OSError as fault:
            give_up(_cannot_be_written(each, fault))
        if would_be_lost:
            give_up(_is_there(each))


def leave(file: Path, content: bytes, *, is_forced: bool) -> None:
    """
    *content* in *file*; it gives up where it cannot be written, or came to be meanwhile.
    """
    try:
        # A terminal, a pipe and /dev/null lose nothing. "x": of two who leave a file at once
        # one is told.
        is_new = not file.exists() or file.is_file()
        with file.open("xb" if is_new and not is_forced else "wb") as opened:
            opened.write(content)
    except FileExistsError:
        give_up(_is_there(file))
    except OSError as fault:
        give_up(_cannot_be_written(file, fault))


def _is_there(file: Path) -> str:
    return f"{file} is there already: name another file, or write over it with --force"


def _cannot_be_written(file: Path, fault: OSError) -> str:
    return f"{file} cannot be written: {fault.strerror or type(fault).__name__}"
