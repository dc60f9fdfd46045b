"""
What our own mail system distrusts is kept in until a person has looked: released, or
rejected. The promises of the code run all the while.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.commands import orders
from mailbot.cases.decision import Decision, Event
from mailbot.cases.letter import Letter
from mailbot.cases.life import closing
from mailbot.cases.states import State

#: What can be ordered while nobody has judged; everything else would speak to the customer.
ALLOWED = (
    orders.Note,
    orders.Need,
    orders.Status,
    orders.Help,
    orders.Release,
    orders.Reject,
    orders.NotComplaint,
    orders.Merge,
)

_SAY = "say #release if it is a complaint, or #reject if it is not"
KEPT_IN = {
    "spam_verdict": f"our own mail system marked this as spam, so nothing is sent; {_SAY}",
    "dmarc_verdict": f"its sender could not be proved, so nothing is sent; {_SAY}",
}

#: How the occasion of a letter begins that goes because of a release.
RELEASED = "released."

#: What a release sends where its promise is still owed, in this order.
_OWED = (
    ("acknowledge", "acknowledgement"),
    ("introduce", "introduction"),
    ("adr_rights", "adr-rights"),
)


def kept_in(decision: Decision, after: Case) -> Decision:
    """
    *decision* with every letter to somebody outside withheld while the case, as it
    is *after* it, stands under a verdict.
    """
    if not (verdict := after.verdict):
        return decision
    letters = tuple(
        each if each.to_staff or each.withheld else replace(each, withheld=verdict)
        for each in decision.letters
    )
    return replace(decision, letters=letters)


def released(case: Case, now: datetime, occasion: str, cause: str) -> Decision:
    """
    A person says that it may go on: what was kept in and is owed goes out now.
    """
    return Decision(
        reason="released",
        letters=tuple(
            Letter(
                template=template,
                to=case.complainant.address,
                occasion=f"{RELEASED}{occasion}",
            )
            for promise, template in _OWED
            # What a person has in hand to post is not kept in.
            if template not in case.to_post and _is_due(case, promise, now)
        ),
        changes={"verdict": ""},
        frees_withheld=True,
        events=(Event(name="case_released", cause=cause, reason=case.verdict or "released"),),
    )


def _is_due(case: Case, promise: str, now: datetime) -> bool:
    obligation = case.obligation(promise)
    if obligation is None or not obligation.is_owed or obligation.acts_at > now:
        return False
    if promise == "introduce":
        return case.handler is not None
    is_over = case.state in {State.CLOSED, State.NOT_A_COMPLAINT}
    return promise != "adr_rights" or not (is_over or case.not_eligible or case.rights_letters)


def rejected(case: Case, at: datetime, occasion: str, cause: str) -> Decision:
    """
    A person says that it is none of ours: the promises stop, and the verdict stays,
    so that nothing ever leaves.
    """
    decision = closing.no_complaint(case, at, "rejected", occasion, cause)
    event = Event(name="case_rejected", cause=cause, reason=case.verdict)
    return decision.joined_with(Decision(reason="rejected", events=(event,)))
