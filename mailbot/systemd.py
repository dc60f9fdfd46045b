"""
A word to systemd, where it has started us (sd_notify): ready, at work, going.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

READY = "READY=1"
STOPPING = "STOPPING=1"
_ALIVE = "WATCHDOG=1"


class Supervisor:
    """
    Whoever started us and wants to hear of us; nobody, where the *environment* names none.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # An address that begins with @ is in the abstract namespace.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        is_meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = environment.get("WATCHDOG_USEC", "")
        #: Seconds without a sign of life after which we are ended; None where none is waited for.
        self._patience = int(usec) / 1e6 if is_meant and usec.isdigit() else None
        self._status = ""

    def say(self, *words: str) -> None:
        """
        Nothing is heard where nobody listens, and nobody waits for whoever does.
        """
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(words).encode(), self._address)

    def show(self, status: str) -> None:
        """
        What `systemctl status` shows from now on.
        """
        if status != self._status:
            self._status = status
            self.say(f"STATUS={status}")

    async def keep_alive(self) -> None:
        """
        A sign of life, again and again, for as long as the loop turns in which it waits.
        """
        while self._address and self._patience:
            self.say(_ALIVE)
            await asyncio.sleep(self._patience / 3)
