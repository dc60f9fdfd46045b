"""
What went on beyond a backup, as far as the mailbox tells: letters of ours that this database
does not have, and the numbers and threads that they gave out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Gone:
    """
    A letter that left. Its signed id proves that it is ours.
    """

    message_id: str
    nonce: str
    key_id: str
    serial: int
    template: str
    to_staff: bool
    recipient: str
    recipient_key: str
    recipient_name: str = ""
    #: When it was sent, or first known to be.
    at: datetime
    #: The text of what a handler has written, by which it is known.
    words: str = field(default="", repr=False)
    #: Its message in the sent folder; None where only an answer tells of it.
    uid: int | None = None


@dataclass(frozen=True)
class Opening:
    """
    The number under which somebody's message had opened a case.
    """

    serial: int
    who: str


#: Case, template, reader.
Said = tuple[int, str, str]


@dataclass(frozen=True)
class Beyond:
    #: By what they say to whom, in the order in which they left.
    letters: Mapping[Said, tuple[Gone, ...]] = field(default_factory=dict)
    #: By the id of a message.
    openings: Mapping[str, tuple[Opening, ...]] = field(default_factory=dict)
    #: By case and address the nonce of the thread that was kept with somebody.
    threads: Mapping[tuple[int, str], str] = field(default_factory=dict)
    #: The highest serial that somebody was told; 0 = none.
    highest: int = 0
