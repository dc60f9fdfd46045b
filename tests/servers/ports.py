"""
Where a private server may listen.
"""

import random
import socket

LOOPBACK = "127.0.0.1"


#: Below the ports that a system gives to whoever asks for any: a server that is restarted
#: finds its own still free.
_OURS = range(20_000, 32_000)


def free_port() -> int:
    """
    A port that nothing listens on.
    """
    for port in random.sample(_OURS, 200):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {_OURS.start} and {_OURS.stop}")
