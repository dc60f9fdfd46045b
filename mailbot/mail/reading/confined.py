"""
A message read in a process of its own, with a limit on time and memory.

What is large, or stranger than the scan could tell, must neither stall whoever waits
for the event loop nor outlive its limit: a thread can do both, a process can be killed.

`scan.is_heavy` says of which messages. `read_confined` blocks; who has a loop to keep runs it in a thread. The other end of it is this
module run as a program: content in, message out.
"""

import pickle
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.parse import parse
from mailbot.mail.reading.scan import Malformed, is_heavy, scan

try:
    import resource
except ImportError:  # Windows has no such limits; that of the time holds there too
    resource = None  # type: ignore[assignment]

#: Thirty megabytes are read in a few seconds, and in about ten times their size.
LONGEST = timedelta(seconds=30)
MOST_MEMORY = 1024 * 1024 * 1024

_PACKAGE_ROOT = Path(__file__).parents[2]
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
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and nothing of the message in its arguments
            command,
            input=content,
            capture_output=True,
            timeout=longest.total_seconds(),
            check=False,
            cwd=_PACKAGE_ROOT,
        )
    except subprocess.TimeoutExpired as late:
        raise Malformed(f"reading it took more than {longest.total_seconds():g} seconds") from late
    if done.stdout[:1] == _READ:
        message: InboundMessage = pickle.loads(done.stdout[1:])  # noqa: S301 - written by `main` below
        return message
    if done.stdout[:1] == _MALFORMED:
        raise Malformed(done.stdout[1:].decode())
    raise Malformed("reading it failed in a process of its own")


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
    try:
        message = parse(content, received_at=datetime.fromisoformat(received_at))
        answer = _READ + pickle.dumps(message)
    except Malformed as bound:
        answer = _MALFORMED + str(bound).encode()
    except MemoryError:
        answer = _MALFORMED + b"reading it took more memory than is allowed"
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
