"""
A letter on its way to the next hop.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """
    A letter that is ours to send until its lease ends.
    """

    id: int
    serial: int | None
    template: str
    to_staff: bool
    recipient: str
    recipient_name: str
    occasion: str
    message_id: str
    #: b"" where the database cannot give them any more.
    content: bytes
    attempt: int
    created_at: datetime
    #: Why it was not taken the last time.
    reason: str = ""
