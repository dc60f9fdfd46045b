"""
What is known of the firm's cases, as a report of a month looks at it.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.obligation import ObligationState

#: What has to be known of the history of a case, and why.
LOOKED_AT = (
    # Since when a case is there, by which way it came, and when it was over.
    *("case_opened", "case_closed", "case_reopened", "judged_not_a_complaint", "case_merged"),
    *("case_rejected", "escalated", "credit_agreed", "letter_posted"),
    # From when a promise without a start of its own was owed.
    "contact_agreed",
    # Who had the case when a promise was broken.
    "assigned",
)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """
    An event of a case.
    """

    at: datetime
    event: str
    reason: str = ""
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Duty:
    """
    One promise to one customer, as it stands now.
    """

    promise: str
    number: int
    clause: str
    due_at: datetime
    state: ObligationState
    since: datetime | None = None
    settled_at: datetime | None = None
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class RightsLetter:
    """
    A letter about independent help, or of deadlock, that the next hop accepted.
    """

    template: str
    accepted_at: datetime


@dataclass(frozen=True, kw_only=True)
class KnownCase:
    reference: str
    received_at: datetime
    handler_email: str = ""
    rulebook_version: str = ""
    #: Whether it has become a part of another case.
    is_merged: bool = False
    history: tuple[Happening, ...] = ()
    duties: tuple[Duty, ...] = ()
    rights: tuple[RightsLetter, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """
    A portion of the cases in which anything happened in the time that is looked at, or that
    were open.
    """

    cases: tuple[KnownCase, ...] = ()
    #: When the first case of all was received; None where there is none, and beside the cases.
    began_at: datetime | None = None
    #: How many cases were made nobody's, by the instant at which it was done.
    anonymised_at: tuple[datetime, ...] = ()
