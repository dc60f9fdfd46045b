"""
An IMAP server that says what it is told to say: for answers that Dovecot never gives.
"""

import socket
from contextlib import suppress
from threading import Event, Thread
from typing import Self

from tests.servers.ports import LOOPBACK

GREETING = b"* OK ready\r\n"
SELECTED = (
    b"* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* 0 RECENT\r\n"
    b"* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 2] next\r\n"
)


class ScriptedImap:
    """
    Answers a command by its name with the untagged lines given for it, and OK; says
    nothing more from the command *silent_at*, and nothing at all without a greeting.
    """

    host = LOOPBACK

    def __init__(
        self,
        answers: dict[str, bytes] | None = None,
        *,
        silent_at: str = "",
        greeting: bytes = GREETING,
    ) -> None:
        said = b"* CAPABILITY IMAP4rev1\r\n"
        self._answers = {"CAPABILITY": said, "SELECT": SELECTED, "SEARCH": b"* SEARCH 1\r\n"}
        self._answers.update(answers or {})
        self._silent_at = silent_at
        #: Set once somebody connected.
        self.is_met = Event()
        #: Set once a command was met with silence.
        self.is_silent = Event()
        self.greeting = greeting
        self.commands: list[str] = []
        self._server = socket.create_server((LOOPBACK, 0))
        self.port: int = self._server.getsockname()[1]
        self._lines: list[socket.socket] = []

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._server, *self._lines):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._lines.append(line)
                self.is_met.set()
                Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError, ValueError), line.makefile("rb") as commands:
            line.sendall(self.greeting)
            for command in commands:
                tag, name, *rest = command.decode().split()
                if name == "UID":
                    name = rest[0]
                self.commands.append(command.decode().partition(" ")[2].strip())
                if name == self._silent_at:
                    self.is_silent.set()
                    continue
                line.sendall(self._answers.get(name, b"") + tag.encode() + b" OK done\r\n")
