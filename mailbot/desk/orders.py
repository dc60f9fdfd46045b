"""
What is not brought by a message: steps that are due, the orders of an operator, the mails of
a morning.
"""

from collections.abc import Sequence
from dataclasses import replace

from mailbot.cases.commands.orders import Command, Merge
from mailbot.cases.known.known import step
from mailbot.cases.letter import Letter
from mailbot.cases.promises.recalculate import Recalculated, under_present_rules
from mailbot.cases.triggers import ClockStruck, CommandsGiven, RecalculationAsked
from mailbot.desk import drafts
from mailbot.desk.consequences import follow
from mailbot.desk.recorded import Ordered, Recorded
from mailbot.desk.staff.desk import cases_at
from mailbot.desk.turn import Turn

#: Somebody else has settled what was due.
NOTHING_DUE = "nothing_due"


def strike(turn: Turn, serial: int) -> Recorded:
    """
    Everything that is due in one case now, settled with its decision.
    """
    case = turn.known.case(serial)
    if case is None:
        return Recorded(reason="no_such_case")
    due = [
        each for each in turn.known.steps_of(serial) if each.done_at is None and each.at <= turn.now
    ]
    if not due:
        # Somebody else was here since we looked.
        return Recorded(reason=NOTHING_DUE, case=case.reference)
    for each in due:
        turn.known.steps[each.id] = replace(each, done_at=turn.now)
    return follow(turn, case, ClockStruck(steps=tuple(map(step, due))))


def commands(turn: Turn, named: str, ordered: Sequence[Command], by: str) -> Ordered:
    """
    What an operator orders on a case, by their name; the answer is for them to read.
    """
    serial = turn.known.at_reference(named)
    case = turn.known.case(serial) if serial is not None else None
    if case is None:
        return Ordered(is_done=False, answer=f"there is no case {named}")
    trigger = CommandsGiven(
        commands=tuple(ordered),
        by=by,
        occasion=f"operator.{case.serial}.{turn.now:%Y%m%dT%H%M%S%f}",
        said_at=turn.now,
        busy=turn.known.workload(),
        others=cases_at(turn, [each.into for each in ordered if isinstance(each, Merge)]),
    )
    recorded = follow(turn, case, trigger)
    return Ordered(is_done=not recorded.refusal, answer=recorded.refusal or recorded.answer)


def recalculation(
    turn: Turn, named: str, by: str, *, dry_run: bool
) -> tuple[Recalculated, ...] | None:
    """
    What is owed in a case as it is stored and under the present rules; None if there
    is no such case. Recorded unless *dry_run*.
    """
    serial = turn.known.at_reference(named)
    case = turn.known.case(serial) if serial is not None else None
    if case is None:
        return None
    compared = under_present_rules(case, turn.firm)
    if not dry_run:
        follow(turn, case, RecalculationAsked(by=by))
    return compared


def say(turn: Turn, letters: Sequence[Letter]) -> list[str]:
    """
    Letters that belong to no case, drafted; returns their templates.
    """
    return list(drafts.templates(drafts.write(replace(turn, office=turn.today), None, letters)))
