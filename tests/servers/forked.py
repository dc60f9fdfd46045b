"""
A process for each command, without the second that Python takes to read the program.

`python -m tests.servers.forked SOCKET` has everything imported and waits. Whoever wants
`mailbot WORDS` starts what `program()` says with those words: a small process
(`runner.py`) that hands its arguments, environment, folder and the three standard files
over, passes signals on, and ends as the command ends. The command itself runs in a fork
that is as new as a process can be: nothing was opened, decided or read before it.
"""

import atexit
import gc
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("runner.py")

#: What the program imports at its start, and what some commands import when they need it.
_IN_ADVANCE = (
    *("mailbot.cli", "mailbot.demo", "dateparser", "dateparser.languages", "holidays"),
    *("icalendar", "typst"),
)


@cache
def program(*preload: tuple[str, str]) -> tuple[str, ...]:
    """
    How to start a command; *preload* is what its parent must have in its environment
    from its own first instant.
    """
    folder = Path(tempfile.mkdtemp(prefix="forked"))
    path = folder / "socket"
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.forked", path],
        # The end of this pipe is the end of the parent, however we end.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **dict(preload)},
    )
    assert parent.stdin is not None
    assert parent.stdout is not None

    def end() -> None:
        parent.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    if parent.stdout.readline() != b"ready\n":
        raise RuntimeError(f"the parent of commands ended with {parent.wait()}")
    return (sys.executable, "-I", "-S", str(RUNNER), str(path))


class Parent:
    """
    It forks whenever it is asked, and tells how the child ended.
    """

    def __init__(self, path: str) -> None:
        self._ready = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(64)
        self._ready.register(self._listening, selectors.EVENT_READ)
        self._ready.register(sys.stdin.fileno(), selectors.EVENT_READ)
        #: The child of each line to a runner, and the line of each child's descriptor.
        self._children: dict[socket.socket, int] = {}
        self._lines: dict[int, socket.socket] = {}

    def serve(self) -> list[str] | None:
        """
        The words of the command, in each child; None once nobody needs us any more.
        """
        while True:
            for key, _ in self._ready.select():
                if key.fileobj is self._listening:
                    words = self._fork()
                    if words is not None:
                        return words
                elif key.fileobj == sys.stdin.fileno():
                    for child in self._children.values():
                        os.kill(child, signal.SIGKILL)
                    return None
                elif isinstance(key.fileobj, socket.socket):
                    self._pass_on(key.fileobj)
                elif key.fd in self._lines:
                    self._tell(key.fd)

    def _fork(self) -> list[str] | None:
        line, _ = self._listening.accept()
        head, files, _, _ = socket.recv_fds(line, 4, 3)
        order = _read(line, int.from_bytes(head, "big"))
        if not head:
            # Killed before it could say what it is for.
            line.close()
            return None
        child = os.fork()
        if child == 0:
            self._ready.close()
            self._listening.close()
            for other in (line, *self._children):
                other.close()
            for ended in self._lines:
                os.close(ended)
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            return _become(json.loads(order))
        for file in files:
            os.close(file)
        self._children[line] = child
        ended = os.pidfd_open(child)
        self._lines[ended] = line
        self._ready.register(line, selectors.EVENT_READ)
        self._ready.register(ended, selectors.EVENT_READ)
        return None

    def _pass_on(self, line: socket.socket) -> None:
        """
        A signal that the runner got; the runner's own end is the strongest.
        """
        try:
            number = line.recv(1)
        except ConnectionResetError:
            number = b""
        if line in self._children:
            os.kill(self._children[line], number[0] if number else signal.SIGKILL)
        if not number:
            self._ready.unregister(line)

    def _tell(self, ended: int) -> None:
        line = self._lines.pop(ended)
        _, status = os.waitpid(self._children.pop(line), 0)
        self._ready.unregister(ended)
        os.close(ended)
        if line in self._ready.get_map():
            self._ready.unregister(line)
            # The runner may have been killed a moment ago.
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(status.to_bytes(4, "big"))
        line.close()


def _read(line: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        got += line.recv(size - len(got))
    return bytes(got)


def _become(order: Mapping[str, Any]) -> list[str]:
    """
    Take over what a process is given at its start.
    """
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    time.tzset()
    words: list[str] = order["words"]
    return words


def main() -> None:
    for each in _IN_ADVANCE:
        import_module(each)
    # What is there by now stays for good: no child has to look whether it can go.
    gc.collect()
    gc.freeze()
    parent = Parent(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    words = parent.serve()
    if words is not None:
        sys.argv = ["mailbot", *words]
        runpy.run_module("mailbot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
