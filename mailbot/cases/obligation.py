"""
One duty towards the complainant, as it is stored: when it is due, and what becomes of it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from mailbot.cases.illegal import aware


class ObligationState(StrEnum):
    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    WITHDRAWN = "withdrawn"


class Does(StrEnum):
    """
    What is to happen at one instant of an obligation.
    """

    ACT = "act"  # mailbot acts of itself
    WARN = "warn"  # the handler is warned
    ALARM = "alarm"  # the manager gets a task, the promise may still be kept
    DUE = "due"  # the last instant is past


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One instant of an obligation. It is stored when the obligation is booked, so
    that a change of the rulebook moves nothing by itself.
    """

    does: Does
    at: datetime
    #: The obligation it belongs to.
    promise: str = ""
    number: int = 1

    def __post_init__(self) -> None:
        aware(self.at)

    @cached_property
    def occasion(self) -> str:
        """
        What makes a letter of this step unique.
        """
        return f"{self.promise}.{self.number}.{self.does}.{self.at:%Y%m%dT%H%M}"


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """
    One stored duty towards the complainant: fixed when booked, never paused,
    settled only by evidence.
    """

    promise: str
    #: Which of several: a promise that repeats books the next one.
    number: int = 1
    clause: str
    acts_at: datetime
    due_at: datetime
    steps: tuple[Step, ...] = ()
    state: ObligationState = ObligationState.OPEN
    settled_at: datetime | None = None
    evidence: str = ""
    #: From when its time was counted; None where the instant itself was agreed.
    since: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.acts_at)
        aware(self.due_at)

    @property
    def is_owed(self) -> bool:
        """
        Whether evidence is still wanted: also after a breach, for *met late*.
        """
        return self.state in {ObligationState.OPEN, ObligationState.BREACHED}


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """
    The state that an obligation takes, since when and on what evidence.
    """

    promise: str
    number: int = 1
    state: ObligationState
    at: datetime
    evidence: str
