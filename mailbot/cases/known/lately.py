"""
What is known beside the rows: what happened lately, who has how much work, with what a case
began.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.decision import Event


@dataclass(frozen=True)
class Lately:
    """
    A letter of late, for the caps.
    """

    template: str
    occasion: str
    at: datetime


@dataclass(frozen=True)
class Alike:
    """
    A message with a text that was here before.
    """

    id: int
    text_digest: str
    sender: str
    received_at: datetime
    case_id: int


@dataclass(frozen=True)
class Work:
    """
    A case of a handler, and what is owed next in it.
    """

    reference: str
    promise: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Beginning:
    """
    With what a case began: its first message, with the octets where files came with it and
    it can be read again at once, or what staff entered.
    """

    words: str
    files: tuple[str, ...] = ()
    octets: bytes | None = None


@dataclass(frozen=True)
class CaseEvent:
    """
    An event, of which case and when.
    """

    case_id: int | None
    event: Event
    at: datetime


@dataclass(frozen=True)
class Numbers:
    """
    The next number of whatever gets one before it is kept. Whoever reads them holds the
    lock under which they are given out.
    """

    case: int = 1
    message: int = 1
    content: int = 1
    held: int = 1
    #: The highest serial on mail that no case here has: a past that this database has lost
    #: gave it out. 0 = none was seen.
    seen: int = 0
    seen_at: datetime | None = None
