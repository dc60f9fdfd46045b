"""
The life of one case: when it was open, and how it came.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from mailbot.cases.month.known import Happening, KnownCase

#: How a complaint came, in the order in which the code names the ways.
CHANNELS = ("telephone", "fax", "email", "letter", "account_manager")

_ENDS = frozenset({"case_closed", "judged_not_a_complaint", "case_rejected", "case_merged"})


@dataclass(frozen=True)
class Life:
    case: KnownCase

    @property
    def reference(self) -> str:
        return self.case.reference

    @cached_property
    def channel(self) -> str:
        """
        Mail of any sort, passed on by one of our people included, is "email".
        """
        opened = next(self.all_of("case_opened"), None)
        return opened.reason if opened and opened.reason in CHANNELS else "email"

    @cached_property
    def is_rejected(self) -> bool:
        """
        Whether a person said that it was none of ours: what the mail system had marked.
        """
        return any(self.all_of("case_rejected"))

    @cached_property
    def is_counted(self) -> bool:
        """
        Whether it is a complaint of its own.
        """
        return not (self.case.is_merged or self.is_rejected)

    def all_of(self, *events: str) -> Iterator[Happening]:
        return (each for each in self.case.history if each.event in events)

    def latest_before(self, instant: datetime, *events: str) -> Happening | None:
        before = [each for each in self.all_of(*events) if each.at <= instant]
        return before[-1] if before else None

    @cached_property
    def _turns(self) -> tuple[Happening, ...]:
        return tuple(self.all_of(*_ENDS, "case_reopened"))

    def is_open_at(self, instant: datetime) -> bool:
        """
        Whether it had been received by then, and was not over.
        """
        if not self.is_counted or self.case.received_at >= instant:
            return False
        before = [each for each in self._turns if each.at < instant]
        return not before or before[-1].event == "case_reopened"
