"""
What is counted, and how much of everything there is: what /metrics is made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailbot.health.facts import Facts
from mailbot.health.reasons import Trouble


@dataclass(frozen=True, kw_only=True)
class SinceStart:
    """
    What this process has done since its start.
    """

    #: By kind.
    messages: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    #: By template and status.
    letters: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InWork:
    """
    How much of everything the database has in work now.
    """

    #: By state.
    cases: Mapping[str, int] = field(default_factory=dict)
    #: By promise and state, of the cases in work.
    promises: Mapping[tuple[str, str], int] = field(default_factory=dict)
    #: By promise.
    overdue: Mapping[str, int] = field(default_factory=dict)
    #: By status.
    letters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measured:
    facts: Facts
    troubles: list[Trouble]
    since_start: SinceStart
    in_work: InWork
    version: str
    send: str
