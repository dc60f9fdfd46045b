"""
What became of a letter: the promise that it keeps, or that is owed again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.cases import wording
from mailbot.cases.contact import met
from mailbot.cases.firm import Firm
from mailbot.cases.model import Case, Decision, Event, ObligationState, Settlement
from mailbot.cases.tasks import task
from mailbot.cases.triggers import LetterAccepted, LetterFailed

#: The promises that a letter keeps once the next hop has accepted it.
KEEPS: Mapping[str, tuple[str, ...]] = {
    "acknowledgement": ("acknowledge", "data_protection"),
    "introduction": ("introduce",),
    "adr-rights": ("adr_rights",),
    "deadlock": ("adr_rights",),
}

_KEPT = frozenset({ObligationState.MET, ObligationState.MET_LATE})


def accepted(case: Case, trigger: LetterAccepted) -> Decision:
    """
    A letter that reached the customer is evidence, also where its promise was
    withdrawn meanwhile: undoing that must find it kept.
    """
    if trigger.recipient.lower() != case.complainant.address.key:
        return Decision(reason="to_somebody_else")
    kept = Decision(reason="keeps_no_open_promise")
    for promise in KEEPS.get(trigger.template, ()):
        obligation = case.obligation(promise)
        if obligation and (obligation.is_owed or obligation.state is ObligationState.WITHDRAWN):
            end = met(obligation, trigger.at, trigger.evidence, "delivery")
            kept = replace(kept.joined_with(end), reason=end.reason)
    return kept


def failed(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    event = Event(
        name=f"letter_{trigger.outcome}",
        cause="delivery",
        reason=trigger.outcome,
        about=trigger.template,
    )
    decision = Decision(reason=trigger.outcome, events=(event,)).joined_with(
        _opened_again(case, trigger, now)
    )
    if trigger.to_staff and trigger.template == "task":
        # A task about a task that cannot arrive would go the same way: the alarm is in the log.
        return replace(decision, reason="task_undeliverable")
    what = wording.STAFF_LETTER_FAILED if trigger.to_staff else wording.LETTER_FAILED
    reader = None if trigger.to_staff else case.handler
    tasks = task(
        firm,
        now,
        f"{trigger.outcome}.{trigger.occasion}",
        what,
        why=f"{trigger.template} to {trigger.to.email}: {trigger.reason}",
        reader=reader,
    )
    if not trigger.to_staff:
        tasks = tuple(replace(each, on_paper=trigger.content) for each in tasks)
    return replace(
        decision.joined_with(Decision(reason="task_given", letters=tasks)), reason=trigger.outcome
    )


def _opened_again(case: Case, trigger: LetterFailed, now: datetime) -> Decision:
    """
    A promise that was met by a letter which then came back is owed again.
    """
    if trigger.outcome != "bounced":
        # A refused or expired letter has kept nothing: another one did, or a closure ended it.
        return Decision(reason="nothing_to_open_again")
    if trigger.to.key != case.complainant.address.key:
        return Decision(reason="to_somebody_else")
    opened = Decision(reason="nothing_to_open_again")
    for promise in KEEPS.get(trigger.template, ()):
        obligation = case.obligation(promise)
        if obligation is None or obligation.state not in _KEPT:
            continue
        late = now > obligation.due_at
        end = Settlement(
            promise=promise,
            number=obligation.number,
            state=ObligationState.BREACHED if late else ObligationState.OPEN,
            at=now,
            evidence=f"{trigger.template} {trigger.outcome}",
        )
        event = Event(name="obligation_opened_again", cause="delivery", reason=promise)
        again = Decision(reason="opened_again", settled=(end,), events=(event,))
        opened = replace(opened.joined_with(again), reason="opened_again")
    return opened
