"""
An IMAP server with a mailbox of its own, in which single messages are handed out as
servers in trouble hand them out.
"""

import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from threading import RLock, Thread
from typing import Any, BinaryIO, Self

from tests.servers.ports import LOOPBACK

_LINE = re.compile(rb"^(\S+) (?:UID )?(\S+) ?(.*)\r\n$", re.IGNORECASE | re.DOTALL)


class Trouble(Enum):
    """
    How the server answers when one message is asked for.
    """

    NONE = "none"
    NO = "NO"
    BAD = "BAD"
    BYE = "BYE"
    SILENT = "silent"
    MISSING = "missing"
    NIL = "NIL"


@dataclass
class Kept:
    content: bytes
    trouble: Trouble = Trouble.NONE
    #: Whether it is in the way already when its size is asked for.
    hides_size: bool = False
    #: Whether it can be moved.
    moves: bool = True
    date: str = "20-Nov-2026 16:45:00 +0000"
    #: What is said of its size, if that is not the truth; "" = nothing.
    size: str | None = None


@dataclass
class UnwillingImap:
    """
    Any login; folders by name, the first of them INBOX. *refuses* says of a command, `MOVE
    1 Processed`, what is answered instead of doing it; "" = it is done.
    """

    capabilities: str = "IMAP4rev1 MOVE UIDPLUS NAMESPACE"
    namespace: str = '(("" "/")) NIL NIL'
    #: Whether the levels above a new folder become folders like any other, as with Cyrus.
    makes_levels: bool = False
    refuses: Callable[[str], str] = lambda _: ""
    #: What it says of how many messages there are, if that is not the truth.
    exists: int | None = None
    tells_uid_next: bool = True
    #: So many UIDs are in one answer to SEARCH; 0 = all that were found.
    most_found: int = 0
    messages: dict[int, Kept] = field(default_factory=dict)
    folders: dict[str, list[bytes]] = field(default_factory=lambda: {"INBOX": []})
    #: How many may be connected at a time; 0 = any number. More are told *crowded* instead
    #: of a greeting.
    most_lines: int = 0
    crowded: str = "* BYE [LIMIT] Too many simultaneous connections"
    #: What ends an IDLE after that many seconds, with TAG for its tag; then the line is
    #: closed if it *hangs_up*. None: it goes on.
    ends_idle: str | None = None
    idle_lasts: float = 0.2
    hangs_up: bool = True
    #: Flags of folders, told only to whoever asks for special uses.
    uses: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    host: str = LOOPBACK
    username: str = "service"
    uid_validity: int = 7

    def __post_init__(self) -> None:
        self._server = socket.create_server((LOOPBACK, 0))
        self.port: int = self._server.getsockname()[1]
        self._lines: list[socket.socket] = []
        self._lock = RLock()
        self._uids = count(1)
        self._open_lines = 0

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._server, *self._lines):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def deliver(self, content: bytes, trouble: Trouble = Trouble.NONE, **how: Any) -> int:
        """
        Returns its UID.
        """
        with self._lock:
            uid = next(self._uids)
            self.messages[uid] = Kept(content, trouble, **how)
            return uid

    def go_on_from(self, uid: int) -> None:
        """
        The next message has that UID.
        """
        self._uids = count(uid)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._lines.append(line)
                if self.most_lines and self._open_lines >= self.most_lines:
                    line.sendall(self.crowded.encode() + b"\r\n")
                    line.close()
                    continue
                Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        self._open_lines += 1
        try:
            self._converse(line)
        finally:
            self._open_lines -= 1

    def _converse(self, line: socket.socket) -> None:
        with suppress(OSError, ValueError), line.makefile("rb") as commands:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(b"* OK ready\r\n")
            for command in commands:
                found = _LINE.match(command)
                if found is None:
                    return
                tag, name, words = found[1], found[2].decode().upper(), found[3].decode()
                for length in re.findall(r"\{(\d+)\}$", words):
                    line.sendall(b"+ go on\r\n")
                    words += commands.read(int(length)).decode("latin-1")
                    commands.readline()
                with self._lock:
                    self.commands.append(f"{name} {words}"[:200])
                    answer = self._answer(name, words)
                if name == "IDLE" and answer == (b"", "OK done"):
                    self._idle(line, tag, commands)
                    continue
                if answer is None:
                    continue
                said, end = answer
                line.sendall(said)
                if end.startswith("BYE"):
                    line.sendall(b"* " + end.encode() + b"\r\n")
                    line.shutdown(socket.SHUT_RDWR)
                    return
                line.sendall(tag + b" " + end.encode() + b"\r\n")

    def _idle(self, line: socket.socket, tag: bytes, commands: BinaryIO) -> None:
        line.sendall(b"+ idling\r\n")
        known = len(self.messages)
        end = time.monotonic() + self.idle_lasts
        while not select.select([line], [], [], 0.02)[0]:
            if len(self.messages) > known:
                known = len(self.messages)
                line.sendall(b"* %d EXISTS\r\n" % known)
            if self.ends_idle is not None and time.monotonic() >= end:
                if self.ends_idle:
                    line.sendall(self.ends_idle.encode().replace(b"TAG", tag) + b"\r\n")
                if self.hangs_up:
                    line.shutdown(socket.SHUT_RDWR)
                return
        commands.readline()
        line.sendall(tag + b" OK done\r\n")

    def _answer(self, name: str, words: str) -> tuple[bytes, str] | None:
        """
        Untagged lines and the tagged one; None is silence.
        """
        if refusal := self.refuses(f"{name} {words}"):
            return b"", refusal
        match name:
            case "CAPABILITY":
                return f"* CAPABILITY {self.capabilities}\r\n".encode(), "OK done"
            case "NAMESPACE":
                return f"* NAMESPACE {self.namespace}\r\n".encode(), "OK done"
            case "SELECT" | "EXAMINE":
                number = len(self.messages) if self.exists is None else self.exists
                said = f"* {number} EXISTS\r\n* OK [UIDVALIDITY {self.uid_validity}] valid\r\n"
                if self.tells_uid_next:
                    said += f"* OK [UIDNEXT {max(self.messages, default=0) + 1}] next\r\n"
                return said.encode(), "OK [READ-WRITE] done"
            case "SEARCH":
                found = [str(each) for each in self._found(words)]
                uids = " ".join(found[: self.most_found or len(found)])
                return f"* SEARCH {uids}\r\n".encode(), "OK done"
            case "FETCH":
                return self._fetched(words)
            case "MOVE" | "COPY":
                return self._moved(words)
            case _:
                return self._of_folders(name, words)

    def _of_folders(self, name: str, words: str) -> tuple[bytes, str]:
        match name:
            case "LIST":
                wanted = words.rsplit(maxsplit=1)[-1].strip('"')
                listed = [each for each in self.folders if wanted in {each, "*"}]
                uses = self.uses if "SPECIAL-USE" in words else {}
                listed = [each for each in listed if each in uses or not uses]
                said = "".join(f'* LIST ({uses.get(each, "")}) "." "{each}"\r\n' for each in listed)
                return said.encode(), "OK done"
            case "CREATE":
                folder = words.strip('"')
                ends = [at for at, each in enumerate(folder) if each == "." and self.makes_levels]
                for end in (*ends, len(folder)):
                    self.folders.setdefault(folder[:end], [])
                return b"", "OK done"
            case "DELETE":
                self.folders.pop(words.strip('"'), None)
                return b"", "OK done"
            case "STATUS":
                folder = words.partition(" (")[0].strip('"')
                if folder not in self.folders:
                    return b"", "NO [NONEXISTENT] no such mailbox"
                said = f'* STATUS "{folder}" (MESSAGES {len(self.folders[folder])})\r\n'
                return said.encode(), "OK done"
            case "APPEND":
                folder = words.split(maxsplit=1)[0].strip('"')
                if folder not in self.folders:
                    return b"", "NO [TRYCREATE] no such mailbox"
                self.folders[folder].append(b"")
                return b"", "OK done"
            case _:
                return b"", "OK done"

    def _found(self, words: str) -> list[int]:
        """
        The UIDs of `UID 5,9:*`, or of `1:100`, which are numbers in the folder's order; all
        of anything else.
        """
        uids = sorted(self.messages)
        by_uid, numbers = words.startswith("UID "), words.removeprefix("UID ")
        if not uids or not re.fullmatch(r"[\d:*,]+", numbers):
            return uids
        spans = list(_spans(numbers, uids[-1] if by_uid else len(uids)))
        numbered = ((uid, uid) for uid in uids) if by_uid else enumerate(uids, 1)
        return [uid for number, uid in numbered if any(a <= number <= b for a, b in spans)]

    def _fetched(self, words: str) -> tuple[bytes, str] | None:
        numbers, _, items = words.partition(" ")
        said = b""
        for uid in _uids(numbers):
            kept = self.messages.get(uid)
            if kept is None:
                continue
            is_asked = "BODY" in items or ("RFC822.SIZE" in items and kept.hides_size)
            if is_asked:
                match kept.trouble:
                    case Trouble.SILENT:
                        return None
                    case Trouble.NO | Trouble.BAD:
                        return said, f"{kept.trouble.value} [SERVERBUG] Internal error"
                    case Trouble.BYE:
                        return said, "BYE FETCH failed: cannot open the file"
                    case Trouble.MISSING:
                        continue
            said += self._line_of(uid, kept, items)
        return said, "OK done"

    def _line_of(self, uid: int, kept: Kept, items: str) -> bytes:
        parts = [f"UID {uid}"]
        if "INTERNALDATE" in items:
            parts.append(f'INTERNALDATE "{kept.date}"')
        size = str(len(kept.content)) if kept.size is None else kept.size
        if "RFC822.SIZE" in items and size:
            parts.append(f"RFC822.SIZE {size}")
        if "FLAGS" in items:
            parts.append("FLAGS ()")
        if "ENVELOPE" in items:
            parts.append(_ENVELOPE)
        line = f"* {uid} FETCH ({' '.join(parts)}".encode()
        if "BODY" in items:
            name = b"BODY[HEADER]" if "HEADER" in items else b"BODY[]"
            if kept.trouble is Trouble.NIL:
                line += b" " + name + b" NIL"
            else:
                line += b" %s {%d}\r\n%s" % (name, len(kept.content), kept.content)
        return line + b")\r\n"

    def _moved(self, words: str) -> tuple[bytes, str]:
        numbers, _, folder = words.partition(" ")
        uids = list(_uids(numbers))
        target = folder.strip('"')
        if target not in self.folders:
            return b"", "NO [TRYCREATE] no such mailbox"
        for uid in uids:
            if uid in self.messages and not self.messages[uid].moves:
                return b"", "NO cannot be moved"
        for uid in uids:
            if kept := self.messages.pop(uid, None):
                self.folders[target].append(kept.content)
        return b"", "OK done"


#: Date, Subject, From, Sender, Reply-To, To, Cc, Bcc, In-Reply-To, Message-ID.
_ENVELOPE = (
    'ENVELOPE ("Fri, 20 Nov 2026 16:44:00 +0000" "No line since Monday"'
    ' (("Ada" NIL "ada" "example.org")) (("Ada" NIL "ada" "example.org"))'
    ' (("Ada" NIL "ada" "example.org")) NIL NIL NIL NIL "<a@example.org>")'
)


def _spans(numbers: str, last: int) -> Iterator[tuple[int, int]]:
    """
    RFC 3501 §9: * is the last one, and either end may be the lower.
    """
    for each in numbers.split(","):
        ends = [last if end == "*" else int(end) for end in each.split(":")]
        yield min(ends), max(ends)


def _uids(numbers: str) -> Iterator[int]:
    for each in numbers.split(","):
        first, _, last = each.partition(":")
        yield from range(int(first), int(last or first) + 1)
