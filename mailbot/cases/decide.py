"""
What follows from what happened: the one place for every rule.

`decide(case, trigger, firm, now)` serves intake, clock and delivery alike. Same
arguments, same answer; every branch ends in a named reason.
"""

from datetime import datetime
from typing import assert_never

from mailbot.cases.case import Case
from mailbot.cases.commands import carry_out
from mailbot.cases.correspondence import customer_writes, machine_writes, staff_writes
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.life import merging, opening
from mailbot.cases.promises import deadlines, recalculate
from mailbot.cases.sending import accepted, appointments, by_post, copies, failed, verdicts
from mailbot.cases.triggers import (
    CaseAbsorbed,
    CaseOpened,
    ClockStruck,
    CommandsGiven,
    LetterAccepted,
    LetterFailed,
    LetterWaits,
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
    decision = _decided(case, trigger, firm, now)
    decision = appointments.taken_back(decision, case, firm, now)
    after = decision.applied_to(case)
    decision = verdicts.kept_in(decision, after)
    # Before paper: who gets a copy gets mail, whichever way the letter itself goes.
    decision = copies.with_copies(decision, after)
    return by_post.on_paper(decision, after, firm, now)


def _decided(  # noqa: C901 - one arm a trigger, and nothing else
    case: Case, trigger: Trigger, firm: Firm, now: datetime
) -> Decision:
    match trigger:
        case CaseOpened():
            return opening.opened(case, trigger, firm, now)
        case MessageJoined():
            return customer_writes.joined(case, trigger, firm, now)
        case MessageNoted():
            return machine_writes.noted(case, trigger, firm, now)
        case StaffAnswered():
            return staff_writes.answered(case, trigger, firm, now)
        case CommandsGiven():
            return carry_out.given(case, trigger, firm, now)
        case CaseAbsorbed():
            return merging.absorbed(case, trigger, firm, now)
        case RecalculationAsked():
            return recalculate.recalculated(case, trigger, firm)
        case ClockStruck():
            return deadlines.struck(case, trigger, firm, now)
        case LetterAccepted():
            return accepted.accepted(case, trigger, firm)
        case LetterFailed():
            return failed.failed(case, trigger, firm, now)
        case LetterWaits():
            return failed.waits(case, trigger, firm, now)
        case _:
            assert_never(trigger)
