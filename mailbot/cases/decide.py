"""
What follows from what happened: the one place for every rule.

`decide(case, trigger, firm, now)` serves intake, clock and delivery alike. Same
arguments, same answer; every branch ends in a named reason.
"""

from datetime import datetime
from typing import assert_never

from mailbot.cases.case import Case
from mailbot.cases.commands import carry_out
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.life import copies, correspondence, merging, opening, posting, verdicts
from mailbot.cases.promises import deadlines, evidence, recalculate
from mailbot.cases.triggers import (
    CaseAbsorbed,
    CaseOpened,
    ClockStruck,
    CommandsGiven,
    LetterAccepted,
    LetterFailed,
    MessageJoined,
    MessageNoted,
    RecalculationAsked,
    StaffAnswered,
    Trigger,
)


def decide(case: Case, trigger: Trigger, firm: Firm, now: datetime) -> Decision:
    """
    Everything that follows from *trigger* for *case*, at the instant *now*.
    """
    decision = verdicts.kept_in(case, _decided(case, trigger, firm, now))
    # Before paper: who gets a copy gets mail, whichever way the letter itself goes.
    decision = copies.with_copies(case, decision)
    return posting.on_paper(case, decision, firm, now)


def _decided(  # noqa: C901 - one arm a trigger, and nothing else
    case: Case, trigger: Trigger, firm: Firm, now: datetime
) -> Decision:
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
            return carry_out.given(case, trigger, firm, now)
        case CaseAbsorbed():
            return merging.absorbed(case, trigger, firm, now)
        case RecalculationAsked():
            return recalculate.recalculated(case, trigger, firm)
        case ClockStruck():
            return deadlines.struck(case, trigger, firm, now)
        case LetterAccepted():
            return evidence.accepted(case, trigger)
        case LetterFailed():
            return evidence.failed(case, trigger, firm, now)
        case _:
            assert_never(trigger)
