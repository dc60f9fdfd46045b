"""
The file that a refresh token lives in. A new one replaces the old as a whole or not at all,
and one process at a time asks with it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mailbot.transport.oauth2.client import TokenFault

#: Seconds that another process may take with the token: a question and its answer.
_HELD_AT_MOST = 60.0
_LOOKS_AGAIN = 0.05

_LOG_IN = "let mailbot in again with `mailbot login`"


def stored(file: Path) -> str:
    """
    The token in the file; a TokenFault if there is none.
    """
    try:
        token = file.read_text().strip()
    except FileNotFoundError:
        token = ""
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it is no text"
        raise TokenFault(
            f"the refresh token cannot be read from {file} ({why})",
            f"let mailbot read it, or {_LOG_IN}",
            needs_a_person=True,
        ) from fault
    if not token:
        raise TokenFault(
            f"there is no refresh token in {file}",
            "let mailbot in once with `mailbot login`",
            needs_a_person=True,
        )
    return token


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """
    Nobody else on this machine asks with the token meanwhile: the endpoint may take each
    only once. A TokenFault if somebody else does not come to an end.
    """
    # The folder stands for the file, which is another one after each renewal. A file made for
    # the purpose would have an owner, who need not be the one who comes next.
    try:
        folder = os.open(file.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        # There is no token then, which is said by whoever reads it.
        yield
        return
    try:
        _wait_for(folder, file)
        yield
    finally:
        os.close(folder)


def keep(file: Path, token: str) -> None:
    """
    Replace the token, for good: after a crash there is the old one or the new one. An
    OSError if that cannot be done.
    """
    file = file.resolve()
    beside = _beside(file, token)
    try:
        beside.replace(file)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def try_to_keep(file: Path) -> None:
    """
    An OSError if no token could be kept there; nothing is changed but a folder that was
    missing.
    """
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    # Alone: a worker that writes at this moment has its own new file there.
    with alone(file):
        _beside(file, "").unlink()


def _beside(file: Path, token: str) -> Path:
    """
    A new file that holds the token, on the disk as a whole.
    """
    beside = file.with_name(f"{file.name}.new")
    with suppress(FileNotFoundError):
        beside.unlink()
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as new:
            _give(descriptor, file)
            new.write(token + "\n")
            new.flush()
            os.fsync(new.fileno())
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    return beside


def _give(descriptor: int, file: Path) -> None:
    """
    To whoever the token belongs: a person lets us in as root, and the worker has to read it.
    """
    if os.geteuid() == 0:
        whose = (file if file.exists() else file.parent).stat()
        os.fchown(descriptor, whose.st_uid, whose.st_gid)


def _wait_for(folder: int, file: Path) -> None:
    ends = time.monotonic() + _HELD_AT_MOST
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends:
                raise TokenFault(
                    f"another process has held the folder of {file} for {_HELD_AT_MOST:g} s",
                    "look what it is, and end it if it hangs",
                    needs_a_person=True,
                ) from None
            time.sleep(_LOOKS_AGAIN)
        except OSError:
            # A file system without locks. Most endpoints take a token twice.
            return
        else:
            return
