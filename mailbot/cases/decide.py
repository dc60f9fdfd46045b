"""
What follows from what happened: the one place for every rule.

`decide(case, trigger, firm, now)` serves intake, clock and delivery alike. Same
arguments, same answer; every branch ends in a named reason.
"""

from datetime import datetime
from typing import assert_never

from mailbot.cases import correspondence, deadlines, evidence, opening, orders
from mailbot.cases.firm import Firm
from mailbot.cases.model import Case, Decision
from mailbot.cases.triggers import (
    CaseOpened,
    ClockStruck,
    CommandsGiven,
    LetterAccepted,
    LetterFailed,
    MessageJoined,
    MessageNoted,
    StaffAnswered,
    Trigger,
)


def decide(case: Case, trigger: Trigger, firm: Firm, now: datetime) -> Decision:
    """
    Everything that follows from *trigger* for *case*, at the instant *now*.
    """
    match trigger:
        case CaseOpened():
            return opening.opened(case, trigger, firm, now)
        case MessageJoined():
            return correspondence.joined(case, trigger, firm, now)
        case MessageNoted():
            return correspondence.noted(case, trigger, firm, now)
        case StaffAnswered():
            return correspondence.answered(case, trigger, firm, now)
        case CommandsGiven():
            return orders.given(case, trigger, firm, now)
        case ClockStruck():
            return deadlines.struck(case, trigger, firm, now)
        case LetterAccepted():
            return evidence.accepted(case, trigger)
        case LetterFailed():
            return evidence.failed(case, trigger, firm, now)
        case _:
            assert_never(trigger)
