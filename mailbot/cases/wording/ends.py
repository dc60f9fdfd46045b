"""
What ends with an order, for whoever is asked whether it is meant.
"""

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.obligation import ObligationState
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES


def ends_with(case: Case, decision: Decision, firm: Firm) -> tuple[str, ...]:
    """
    A sentence for each promise that is not kept any more once *decision* is carried out,
    and for a merger what becomes of the two.
    """
    if decision.merged_into:
        # What was promised here is promised there.
        return (decision.answer,)
    ended = {
        (each.promise, each.number)
        for each in decision.settled
        if each.state is ObligationState.WITHDRAWN
    }
    renewed = {each.promise for each in decision.booked}
    return tuple(
        f"No longer promised: {PROMISES[each.promise].name}, by {in_words(each.due_at, firm)}."
        for each in case.obligations
        if (each.promise, each.number) in ended
        and each.is_owed
        and each.promise in PROMISES
        and each.promise not in renewed
    )
