"""
What both protocols ask of a line to a server: that it is noticed when it is dead.
"""

import socket
from contextlib import suppress
from typing import Protocol

#: Seconds. A router that forgets a line tells nobody: after so long a silence the other end
#: is asked whether it is there, and again, and then the line is given up. Within two
#: minutes together with what the protocols wait for an answer.
_SILENCE = 40
_AGAIN = 15
_TIMES = 3
#: Whatever is said, and not so much as acknowledged, for so long.
_UNHEARD = 55


class Socket(Protocol):
    """
    A socket, or asyncio's stand-in for one.
    """

    def setsockopt(self, level: int, name: int, value: int, /) -> None: ...


def place(host: str, port: int) -> str:
    """
    Host and port as people write them: `[::1]:993`.
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def watched(line: Socket) -> None:
    """
    Let the system notice a line that died in silence, as far as the system can.
    """
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {
        "TCP_KEEPIDLE": _SILENCE,
        "TCP_KEEPALIVE": _SILENCE,  # as macOS calls it
        "TCP_KEEPINTVL": _AGAIN,
        "TCP_KEEPCNT": _TIMES,
        "TCP_USER_TIMEOUT": _UNHEARD * 1000,
    }
    for name, value in options.items():
        if (option := getattr(socket, name, None)) is not None:
            # A kernel may know less than what Python was built with.
            with suppress(OSError):
                line.setsockopt(socket.IPPROTO_TCP, option, value)
