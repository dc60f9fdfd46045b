"""
What is known of the machine's clock where it cannot be believed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Doubt(StrEnum):
    NONE = ""
    AHEAD = "leapt_ahead"
    BEHIND = "fell_behind"


@dataclass(frozen=True, kw_only=True)
class Doubted:
    """
    In what, since when by a clock that was believed, and what the other one said.
    """

    doubt: Doubt
    believed_at: datetime
    doubted_at: datetime
