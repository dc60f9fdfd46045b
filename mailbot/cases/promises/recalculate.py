"""
What is still owed under the present rules: shown, or recorded, when somebody asks.

Nothing else ever moves a stored deadline because a file has changed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.promises import contact
from mailbot.cases.rulebook.working_days import Calendar
from mailbot.cases.triggers import RecalculationAsked

#: Booked by no table of the rulebook.
_WITHOUT_A_RULE = frozenset({"decide_reopening"})

#: Counted in hours, calendar days or months: due on whatever day that is.
_ON_ANY_DAY = frozenset({"introduce", "adr_rights", "credit", "data_protection"})


@dataclass(frozen=True, kw_only=True)
class Recalculated:
    """
    One obligation as it is stored and as the present rules would have it. *stays*
    says why it is left as it is although they differ; "" where it may move.
    """

    stored: Obligation
    by_the_rules: Obligation
    stays: str = ""

    @property
    def differs(self) -> bool:
        return (self.stored.acts_at, self.stored.due_at) != (
            self.by_the_rules.acts_at,
            self.by_the_rules.due_at,
        )

    @property
    def moves(self) -> bool:
        return self.differs and not self.stays


def under_present_rules(case: Case, firm: Firm) -> tuple[Recalculated, ...]:
    """
    Every open obligation of *case*, compared; what was agreed with the customer as
    an instant depends on no rule and is left out.
    """
    return tuple(
        Recalculated(stored=each, by_the_rules=anew, stays=_stays(each, anew))
        for each in case.obligations
        if each.state is ObligationState.OPEN
        and each.since is not None
        and each.promise not in _WITHOUT_A_RULE
        and (anew := _anew(case, each, each.since, firm))
    )


def is_on_a_day_off(promise: str, due_at: datetime, calendar: Calendar) -> bool:
    """
    Whether a promise that is counted in working days is due where nobody works: the day
    off was announced after it had been booked.
    """
    is_counted = promise not in _ON_ANY_DAY
    # Midnight ends the day before it.
    last = calendar.local_day(due_at - timedelta(microseconds=1))
    return is_counted and not calendar.is_working_day(last)


def _anew(case: Case, stored: Obligation, since: datetime, firm: Firm) -> Obligation:
    if stored.promise == "keep_contact":
        booked = contact.next_contact(case, firm, since)
        steps = tuple(replace(each, number=stored.number) for each in booked.steps)
        return replace(booked, number=stored.number, steps=steps)
    return firm.rulebook.promise(stored.promise).book(since, firm.calendar, stored.number)


def _stays(stored: Obligation, anew: Obligation) -> str:
    if stored.promise == "adr_rights" and anew.due_at > stored.due_at:
        return "the customer's six weeks are never moved to a later day"
    return ""


def recalculated(case: Case, trigger: RecalculationAsked, firm: Firm) -> Decision:
    """
    The obligations that the present rules move, moved.
    """
    moving = [each for each in under_present_rules(case, firm) if each.moves]
    if not moving:
        return Decision(reason="nothing_moves")
    return Decision(
        reason="recalculated",
        moved=tuple(replace(each.by_the_rules, clause=each.stored.clause) for each in moving),
        events=tuple(
            Event(
                name="deadline_recalculated",
                cause=f"command by {trigger.by}",
                reason=each.stored.promise,
                about=(
                    f"due {each.stored.due_at:%Y-%m-%d %H:%M} UTC before,"
                    f" {each.by_the_rules.due_at:%Y-%m-%d %H:%M} UTC"
                    f" under rulebook {firm.rulebook.version}"
                ),
            )
            for each in moving
        ),
    )
