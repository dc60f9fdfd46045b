"""
How a promise ends, in time, late or withdrawn, and how it is owed again.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.obligation import Obligation, ObligationState, Settlement

#: Of a promise whose last instant is past.
NO_EVIDENCE = "no evidence by the last instant"


def by_letter(what: str, occasion: str) -> str:
    """
    Evidence that holds as long as the letter of that occasion does not come back.
    """
    return f"{what} [{occasion}]"


def settled(case: Case, promise: str, at: datetime, evidence: str, *, cause: str) -> Decision:
    """
    Whatever is owed of *promise* met by evidence at that instant: a broken one
    too, where the next one is booked already.
    """
    decision = Decision(reason="nothing_owed")
    for obligation in case.obligations:
        if obligation.promise == promise and obligation.is_owed:
            end = met(obligation, at, evidence, cause)
            decision = decision.joined_with(end, reason=end.reason)
    return decision


def met(obligation: Obligation, at: datetime, evidence: str, cause: str) -> Decision:
    """
    That obligation met at that instant, in time or late.
    """
    # `due_at` is the last instant in time.
    state = ObligationState.MET if at <= obligation.due_at else ObligationState.MET_LATE
    end = ended(obligation, state, at, evidence)
    event = Event(name=f"obligation_{state}", cause=cause, reason=obligation.promise)
    return Decision(reason=str(state), settled=(end,), events=(event,))


def ended(
    obligation: Obligation, state: ObligationState, at: datetime, evidence: str
) -> Settlement:
    return Settlement(
        promise=obligation.promise,
        number=obligation.number,
        state=state,
        at=at,
        evidence=evidence,
    )


def withdrawn(case: Case, promise: str, at: datetime, why: str, *, cause: str) -> Decision:
    """
    The open obligation of *promise* ended because events made it pointless.
    """
    obligation = case.obligation(promise)
    if obligation is None or obligation.state is not ObligationState.OPEN:
        return Decision(reason="nothing_owed")
    end = ended(obligation, ObligationState.WITHDRAWN, at, why)
    event = Event(name="obligation_withdrawn", cause=cause, reason=promise, about=why)
    return Decision(reason="withdrawn", settled=(end,), events=(event,))


def overtaken(case: Case, promise: str, at: datetime, why: str, *, cause: str) -> Decision:
    """
    As `withdrawn`; but what had to be kept before that instant was broken, though the clock
    may not have struck for it: no standstill of ours takes that off the record.
    """
    obligation = case.obligation(promise)
    is_open = obligation is not None and obligation.state is ObligationState.OPEN
    if obligation is None or not is_open or at <= obligation.due_at:
        return withdrawn(case, promise, at, why, cause=cause)
    end = ended(obligation, ObligationState.BREACHED, obligation.due_at, NO_EVIDENCE)
    event = Event(name="obligation_breached", cause=cause, reason=promise)
    return Decision(reason="breached", settled=(end,), events=(event,))


def owed_again(case: Case, promise: str, now: datetime, *, cause: str) -> Decision:
    """
    What was withdrawn counts again, from the original day.
    """
    obligation = case.obligation(promise)
    if obligation is None or obligation.state is not ObligationState.WITHDRAWN:
        return Decision(reason="not_withdrawn")
    # Its last step may have struck in vain just now; evidence of this instant is still in time.
    late = now >= obligation.due_at
    end = Settlement(
        promise=promise,
        number=obligation.number,
        state=ObligationState.BREACHED if late else ObligationState.OPEN,
        at=now,
        evidence="owed again",
    )
    event = Event(name="obligation_opened_again", cause=cause, reason=promise)
    return Decision(reason="owed_again", settled=(end,), events=(event,))
