"""
The relay as a process of its own, and its journal: what it has written down before it said yes.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from functools import cached_property
from pathlib import Path

from tests.servers.ports import free_port
from tests.servers.smtp import Received

ROOT = Path(__file__).parents[2]


class Relay:
    """
    `port` is the same after each start. Its process is forked from one that has everything
    imported already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.killing.relays", str(self.port), str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> None:
        """
        Returns once it listens.
        """
        self._order("start")

    def kill(self) -> None:
        self._order("kill")

    def leave(self) -> None:
        self._parent.communicate()

    def _order(self, word: str) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{word}\n")
        self._parent.stdin.flush()
        self._parent.stdout.readline()


@dataclass(frozen=True, eq=False)
class Letter:
    """
    What the relay has taken, read once: there are thousands.
    """

    received: Received

    @property
    def at(self) -> datetime:
        return self.received.at

    @property
    def recipient(self) -> str:
        return self.received.rcpt_to[0]

    @cached_property
    def id(self) -> str:
        return self._field("Message-ID").strip("<>")

    @cached_property
    def template(self) -> str:
        return self._field("X-Mailbot-Template")

    @cached_property
    def reference(self) -> str:
        """
        Of the case that it is about; "" if it is about none.
        """
        return self._field("X-Mailbot-Case")

    @cached_property
    def said(self) -> tuple[str, ...]:
        """
        To whom, of which case, in answer to what, in which words: all but its own ids.
        """
        texts = (
            bytes(each.get_payload(decode=True)).decode()
            for each in self._read.walk()
            if each.get_content_type() == "text/plain"
        )
        fields = map(self._field, ("Subject", "In-Reply-To"))
        return (self.reference, self.template, self.recipient, *fields, " ".join(texts))

    @cached_property
    def _read(self) -> Message:
        return message_from_bytes(self.received.content)

    def _field(self, name: str) -> str:
        return " ".join(str(self._read[name] or "").split())


@dataclass(eq=False)
class Journal:
    """
    Reads what the relay has written, each file once.
    """

    folder: Path
    _letters: list[Letter] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def accepted(self, after: int = 0) -> list[Letter]:
        """
        What has been accepted, oldest first, without the first so many.
        """
        # A relay that died between the two files of a letter had not said yes. And who lists a
        # folder that grows may see the later of two new files alone.
        fresh = {each.name for each in self.folder.glob("*.json")} - self._seen
        for envelope in (self.folder / each for each in sorted(fresh)):
            said = json.loads(envelope.read_text())
            received = Received(
                said["mail_from"],
                tuple(said["rcpt_to"]),
                envelope.with_suffix(".eml").read_bytes(),
                datetime.fromisoformat(said["at"]),
            )
            self._letters.append(Letter(received))
        self._seen |= fresh
        return self._letters[after:]
