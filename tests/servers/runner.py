"""
`python -I -S runner.py SOCKET WORDS`: a command of the parent that listens there, as if
it were this process. See `forked.py`; it imports nothing that takes time.
"""

import json
import os
import signal
import socket
import sys


def main() -> None:
    line = socket.socket(socket.AF_UNIX)
    line.connect(sys.argv[1])
    folder = os.getcwd()  # noqa: PTH109 - pathlib takes longer than all of this
    order = json.dumps(
        {"words": sys.argv[2:], "environ": dict(os.environ), "folder": folder}
    ).encode()
    socket.send_fds(line, [len(order).to_bytes(4, "big")], [0, 1, 2])
    line.sendall(order)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: line.send(bytes([number])))
    said = line.recv(4)
    if not said:
        os._exit(255)
    status = int.from_bytes(said, "big")
    if os.WIFSIGNALED(status):
        # Of what nobody can catch nothing else becomes.
        if os.WTERMSIG(status) != signal.SIGKILL:
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
