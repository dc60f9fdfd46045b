"""
What a mailbox is asked for and answers with: values, whatever speaks to the server.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from mailbot.password_file import as_it_is_now
from mailbot.transport.oauth2.tokens import Tokens

#: Which of these UIDs, of that folder and UIDVALIDITY, are done with and need no look.
Settled: TypeAlias = Callable[[str, int, Sequence[int]], Awaitable[set[int]]]


@dataclass(frozen=True, kw_only=True)
class ImapAccount:
    """
    Whose mailbox it is, and what becomes of what was recorded.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    username: str
    password: str = field(default="", repr=False)
    #: Where the password stands; looked up at each login.
    password_file: Path | None = None
    #: Access tokens in the place of a password.
    tokens: Tokens | None = field(default=None, repr=False)
    folder: str = "INBOX"
    #: "" leaves the message where it is and flags it.
    processed_folder: str = "Processed"
    #: Seconds for each single answer.
    timeout: float = 60.0
    #: Certificates to trust beside the system's own.
    cafile: str | None = None

    @property
    def password_now(self) -> str:
        return as_it_is_now(self.password, self.password_file)


@dataclass(frozen=True)
class SpaceLeft:
    """
    How much of the mailbox's space is left, from 0.0 to 1.0, and in octets where the limit is
    one of octets.
    """

    share: float
    octets: int | None = None


class ImapFault(Exception):  # noqa: N818 - people speak of a fault
    """
    The mailbox could not be reached, or refused us. str() says what and what to do;
    nothing is said about any message. *rest* is how many seconds the server wants to be
    left alone.
    """

    def __init__(self, said: str, *, rest: float = 0.0) -> None:
        super().__init__(said)
        self.rest = rest


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    A message in the mailbox, not fetched yet. *received_at* is its INTERNALDATE, or now
    where the server does not say; *size* is None then, too.
    """

    uid: int
    size: int | None
    received_at: datetime


@dataclass(frozen=True)
class Mailbox:
    """
    What there is to see to, oldest first.
    """

    name: str
    uid_validity: int
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True)
class Filed:
    """
    Which messages are out of the way now, and why others are not: "" = all are.
    """

    uids: frozenset[int]
    refusal: str = ""


@dataclass(frozen=True)
class Fetched:
    """
    A message's octets. Where *is_whole* is False they are its header only.
    """

    mailbox: str
    uid_validity: int
    uid: int
    received_at: datetime
    content: bytes = field(repr=False)
    size: int
    is_whole: bool
