"""
What both protocols ask of a line to a server: that it is noticed when it is dead, and that
the right server is at its end.
"""

import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Protocol

#: Seconds. A router that forgets a line tells nobody: after so long a silence the other end
#: is asked whether it is there, and again, and then the line is given up. Within two
#: minutes together with what the protocols wait for an answer.
_SILENCE = 40
_AGAIN = 15
_TIMES = 3
#: Whatever is said, and not so much as acknowledged, for so long.
_UNHEARD = 55

#: OpenSSL's X509_V_ERR_*, by what has to be done.
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_OUT_OF_DATE = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})


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


def verifying(cafile: str | None) -> ssl.SSLContext:
    """
    TLS to a server whose certificate is vouched for: by the system's own, or by that file.
    """
    context = ssl.create_default_context()
    if cafile is not None:
        context.load_verify_locations(cafile)
    return context


def unverified(
    fault: ssl.SSLCertVerificationError, section: str, cafile: str | None
) -> tuple[str, str]:
    """
    What is wrong with a server's certificate, and what to do about it.
    """
    said = f"could not be verified: {fault.verify_message}"
    if fault.verify_code in _UNKNOWN_ISSUER:
        own = Path(cafile).name if cafile else ""
        remedy = (
            f"nor does [{section}] cafile ({own}) vouch for it: put in the certificate of the"
            " authority that signed it"
            if own
            else "if it is a private one, name the file with its authority's certificate in"
            f" [{section}] cafile; else check [{section}] host"
        )
        return said, remedy
    if fault.verify_code in _OUT_OF_DATE:
        return said, "have the server's certificate renewed, and see that our clock is right"
    if fault.verify_code in _OTHER_NAME:
        return said, f"set [{section}] host to a name that stands in the certificate"
    return said, f"check [{section}] host, or have the server's certificate renewed"
