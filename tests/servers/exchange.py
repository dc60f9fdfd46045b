"""
An IMAP server with Exchange Online's ways around a login: XOAUTH2 alone, a right token
without a right to the mailbox, sessions that end with their token.

It holds messages and can move them; everything else is for the real servers.
"""

import base64
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Self

from tests.servers.ports import LOOPBACK

NOT_CONNECTED = "BAD User is authenticated but not connected."
CLOSED = "* BYE Connection closed. 14"
TOKEN_EXPIRED = "* BYE Session invalidated - AccessTokenExpired"
REFUSED = "NO AUTHENTICATE failed."

_USER = re.compile(r"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01")


class Exchange:
    """
    `with Exchange(takes) as server:` takes the tokens for which *takes* is true.
    """

    host = LOOPBACK
    username = "service"

    def __init__(
        self, takes: Callable[[str], bool], *, mechanisms: str = "AUTH=PLAIN AUTH=XOAUTH2 SASL-IR"
    ) -> None:
        self.takes = takes
        self.mechanisms = mechanisms
        #: What a refused login is answered; what comes before it as a challenge.
        self.refusal = REFUSED
        self.challenge = ""
        #: Whether a right login has a mailbox.
        self.is_connected = True
        #: Ends the session at the next of these commands, once each.
        self.expires_at: list[str] = []
        #: What it says then; "" hangs up without a word.
        self.last_words = TOKEN_EXPIRED
        #: (user, token) of each login, in order.
        self.logins: list[tuple[str, str]] = []
        self.commands: list[str] = []
        self.idles = Event()
        self.inbox: dict[int, bytes] = {}
        self.processed: list[bytes] = []
        self.sent: list[bytes] = []
        self._next = 1
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

    def deliver(self, content: bytes, _at: object = None) -> None:
        self.inbox[self._next] = content
        self._next += 1

    def end_sessions(self, last_words: str = TOKEN_EXPIRED) -> None:
        """
        What Exchange does to a session whose token's hour is over, in IDLE too.
        """
        for each in self._lines:
            with suppress(OSError):
                each.sendall(last_words.encode() + b"\r\n")
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._lines.append(line)
                Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError, ValueError), line, line.makefile("rwb") as wire:
            say = _saying(wire)
            say("* OK The Microsoft Exchange IMAP4 service is ready.")
            while command := wire.readline().decode().rstrip("\r\n"):
                tag, _, rest = command.partition(" ")
                name = rest.removeprefix("UID ").split()[0].upper()
                self.commands.append(rest)
                if name in self.expires_at:
                    self.expires_at.remove(name)
                    if self.last_words:
                        say(self.last_words)
                    return
                if not self._do(name, rest, tag, wire, say):
                    return

    def _do(self, name: str, rest: str, tag: str, wire: Any, say: Callable[[str], None]) -> bool:
        """
        Whether the line goes on.
        """
        if name in {"CAPABILITY", "AUTHENTICATE", "LOGOUT", "LOGIN"}:
            return self._before_the_mailbox(name, rest, tag, wire, say)
        if not self.is_connected:
            say(f"{tag} {NOT_CONNECTED}")
            say(CLOSED)
            return False
        uids = _uids(rest, self.inbox) if name in {"FETCH", "MOVE"} else []
        match name:
            case "SELECT":
                say("* FLAGS (\\Seen \\Deleted)")
                say(f"* {len(self.inbox)} EXISTS")
                say("* OK [UIDVALIDITY 7] valid")
                say(f"* OK [UIDNEXT {self._next}] next")
            case "SEARCH":
                say("* SEARCH " + " ".join(map(str, self.inbox)))
            case "FETCH":
                for number, uid in enumerate(uids, 1):
                    self._tell(number, uid, rest, wire, say)
            case "MOVE":
                for uid in uids:
                    self.processed.append(self.inbox.pop(uid))
                    say("* 1 EXPUNGE")
            case "APPEND":
                size = int(rest.rpartition("{")[2].rstrip("}"))
                say("+ go ahead")
                self.sent.append(wire.read(size))
                wire.readline()
            case "LIST":
                say('* LIST (\\HasNoChildren) "/" Processed')
            case "IDLE":
                say("+ idling")
                self.idles.set()
                wire.readline()
        say(f"{tag} OK done")
        return True

    def _before_the_mailbox(
        self, name: str, rest: str, tag: str, wire: Any, say: Callable[[str], None]
    ) -> bool:
        match name:
            case "CAPABILITY":
                say(f"* CAPABILITY IMAP4rev1 {self.mechanisms} MOVE IDLE UIDPLUS")
                say(f"{tag} OK done")
            case "AUTHENTICATE":
                say("+ ")
                given = base64.b64decode(wire.readline()).decode()
                found = _USER.fullmatch(given)
                user, token = found.groups() if found else ("", "")
                self.logins.append((user, token))
                if self.takes(token):
                    say(f"{tag} OK AUTHENTICATE completed.")
                    return True
                if self.challenge:
                    say("+ " + base64.b64encode(self.challenge.encode()).decode())
                    wire.readline()
                say(f"{tag} {self.refusal}")
            case "LOGOUT":
                say("* BYE bye")
                say(f"{tag} OK done")
                return False
            case _:
                say(f"{tag} NO LOGIN failed.")
        return True

    def _tell(
        self, number: int, uid: int, rest: str, wire: Any, say: Callable[[str], None]
    ) -> None:
        content = self.inbox[uid]
        if "BODY.PEEK[]" not in rest:
            say(
                f'* {number} FETCH (UID {uid} INTERNALDATE "20-Nov-2026 16:45:00 +0000"'
                f" RFC822.SIZE {len(content)} FLAGS ())"
            )
            return
        head = f"* {number} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode()
        wire.write(head + content)
        say(")")


def _saying(wire: Any) -> Callable[[str], None]:
    def say(text: str) -> None:
        wire.write(text.encode() + b"\r\n")
        wire.flush()

    return say


def _uids(rest: str, inbox: dict[int, bytes]) -> list[int]:
    found = re.search(r" ([\d:,*]+) ", rest + " ")
    if not found:
        return []
    wanted: set[int] = set()
    for part in found[1].split(","):
        first, _, last = part.partition(":")
        top = max(inbox, default=0)
        ends = [top if each == "*" else int(each) for each in (first, last or first)]
        wanted |= set(range(min(ends), max(ends) + 1))
    return [uid for uid in inbox if uid in wanted]
