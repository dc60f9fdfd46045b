"""
What a comparison is made of: mail that came, letters that were written and not sent, and what
lies in the sent folder.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mailbot.cases.obligation import ObligationState


@dataclass(frozen=True, kw_only=True)
class Came:
    """
    A message that came. *reference* is its case, "" where it opened none; *silence* says why
    nothing answers it.
    """

    message_id: str
    sender: str
    received_at: datetime
    reference: str = ""
    kind: str = ""
    silence: str = ""


@dataclass(frozen=True, kw_only=True)
class Ours:
    """
    A letter to the customer that was decided, and did not leave.
    """

    template: str
    decided_at: datetime
    #: A verdict or a cap kept it in: live it would not have gone either.
    is_kept_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Owed:
    promise: str
    number: int
    #: From when its time was counted.
    since: datetime
    due_at: datetime
    state: ObligationState


@dataclass(frozen=True, kw_only=True)
class ShadowCase:
    reference: str
    received_at: datetime
    #: The complainant's address as it is compared.
    email: str
    ours: tuple[Ours, ...] = ()
    owed: tuple[Owed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """
    A mail in the sent folder that a person sent.
    """

    message_id: str
    sent_at: datetime
    #: Whom it went to, as addresses are compared.
    recipients: tuple[str, ...]
    #: What it answers, the nearest first.
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    since: datetime
    until: datetime
    #: Not in its repr: asyncio.run makes one of what it returns, and these are many.
    cases: tuple[ShadowCase, ...] = field(default=(), repr=False)
    #: Everything that came in that time, and what belongs to these cases.
    came: tuple[Came, ...] = field(default=(), repr=False)
