"""
What is known of the firm's work on a morning.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.obligation import Obligation
from mailbot.cases.people.handlers import Handler


@dataclass(frozen=True, kw_only=True)
class OpenCase:
    """
    A case in which something is still to be done, as far as a digest looks at it.
    """

    reference: str
    customer: str
    received_at: datetime
    opened_at: datetime
    handler: Handler | None = None
    #: As the case has it; whoever left handlers.toml is no handler any more.
    handler_email: str = ""
    verdict: str = ""
    #: The latest of each promise that may still be kept, and older ones that were broken.
    owed: tuple[Obligation, ...] = ()
    #: Broken before a newer one of the same promise was booked.
    broken_before: tuple[Obligation, ...] = ()
    to_post: tuple[str, ...] = ()
    #: Whether one of the warnings before the six weeks falls on this morning.
    is_marked: bool = False


@dataclass(frozen=True, kw_only=True)
class HeldMail:
    held_id: int
    at: datetime
    sender: str
    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Relayed:
    """
    A handler's answer that went out to the customer, or is on its way.
    """

    reference: str
    customer: str
    at: datetime
    writer: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """
    What the store knows of the firm's work on a morning.
    """

    cases: tuple[OpenCase, ...] = ()
    held: tuple[HeldMail, ...] = ()
    relayed: tuple[Relayed, ...] = ()
