"""
A message read in a process of its own, with a limit on time and memory.

What is large, or stranger than the scan could tell, must neither stall whoever waits
for the event loop nor outlive its limit: a thread can do both, a process can be killed.

`scan.is_heavy` says of which messages. `read_confined` blocks; who has a loop to keep
runs it in a thread. The other end of it is this module run as a program: content in,
message out. Both ways the octets go past without a copy of all of them: an attachment
of 18 MB is in memory once on this side and twice on the other.
"""

import pickle
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Timer
from typing import BinaryIO, cast

from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed, is_heavy, scan

try:
    import resource
except ImportError:  # Windows has no such limits; that of the time holds there too
    resource = None  # type: ignore[assignment]

#: Thirty megabytes are read in a few seconds, and in about four times their size.
LONGEST = timedelta(seconds=30)
MOST_MEMORY = 1024 * 1024 * 1024

_BESIDE_THE_PACKAGE = Path(__file__).parents[3]
_READ, _MALFORMED = b"+", b"-"


def read_confined(
    content: bytes,
    *,
    received_at: datetime,
    longest: timedelta = LONGEST,
    most_memory: int = MOST_MEMORY,
) -> InboundMessage:
    """
    The message in *content*, as `parse` has it.

    Raises Malformed also where reading it took longer than *longest*, or more octets
    of memory than *most_memory*; the process is gone by then.
    """
    scan(content)
    command = [sys.executable, "-m", __name__, received_at.isoformat(), str(most_memory)]
    is_late = Event()
    with subprocess.Popen(  # noqa: S603 - our own program, and nothing of the message in its arguments
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_BESIDE_THE_PACKAGE,
    ) as reader:

        def give_up() -> None:
            is_late.set()
            reader.kill()

        limit = Timer(longest.total_seconds(), give_up)
        limit.start()
        try:
            _send(content, cast("BinaryIO", reader.stdin))
            return _answer(cast("BinaryIO", reader.stdout))
        except (EOFError, pickle.UnpicklingError) as broken:
            if is_late.is_set():
                seconds = f"{longest.total_seconds():g} seconds"
                raise Malformed(f"reading it took more than {seconds}") from broken
        finally:
            limit.cancel()
            reader.kill()
    raise Malformed("reading it failed in a process of its own")


def _send(content: bytes, to: BinaryIO) -> None:
    """
    A process that ended early has said why, or has not: its answer tells.
    """
    try:
        with to:
            to.write(content)
    except BrokenPipeError:
        return


def _answer(told: BinaryIO) -> InboundMessage:
    sign = told.read(1)
    if sign == _MALFORMED:
        raise Malformed(told.read().decode())
    if sign != _READ:
        raise EOFError
    message: InboundMessage = pickle.load(told)  # noqa: S301 - written by `main` below
    return message


def read_in_bounds(
    content: bytes, *, received_at: datetime, longest: timedelta = LONGEST
) -> InboundMessage:
    """
    The same for any message: here, or where it is heavy in a process of its own.
    """
    if is_heavy(content):
        return read_confined(content, received_at=received_at, longest=longest)
    return parse(content, received_at=received_at)


def main(received_at: str, most_memory: str) -> int:
    """
    Read the message on the standard input and write what `read_confined` takes for an answer.
    """
    if resource is not None:
        most = int(most_memory)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    content = sys.stdin.buffer.read()
    answer = sys.stdout.buffer
    try:
        message = parse(content, received_at=datetime.fromisoformat(received_at))
    except Malformed as bound:
        answer.write(_MALFORMED + str(bound).encode())
    except MemoryError:
        answer.write(_MALFORMED + b"reading it took more memory than is allowed")
    else:
        answer.write(_READ)
        pickle.dump(message, answer, protocol=pickle.HIGHEST_PROTOCOL)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
