"""
What became of a letter: the promise that it keeps, or that is owed again.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases import wording
from mailbot.cases.contact import met
from mailbot.cases.firm import Firm
from mailbot.cases.model import (
    KEEPS,
    Case,
    Decision,
    Event,
    Letter,
    ObligationState,
    Settlement,
)
from mailbot.cases.posting import occasion, waiting
from mailbot.cases.tasks import task
from mailbot.cases.triggers import LetterAccepted, LetterFailed

#: Letters that are written from the case alone, so that they can be written anew for paper.
_WRITTEN_ANEW = frozenset({"acknowledgement", "introduction", "follow-up", "adr-rights"})

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
    if trigger.template in case.to_post:
        # It came back once, and has been sent again since.
        left = tuple(each for each in case.to_post if each != trigger.template)
        kept = replace(kept, changes={"to_post": left})
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
    if trigger.to_staff:
        tasks = task(
            firm,
            now,
            f"{trigger.outcome}.{trigger.occasion}",
            wording.STAFF_LETTER_FAILED,
            why=_why(trigger),
        )
        told = Decision(reason="task_given", letters=tasks)
    else:
        told = _to_be_posted(case, trigger, firm, now)
    return replace(decision.joined_with(told), reason=trigger.outcome)


def _why(trigger: LetterFailed) -> str:
    return f"{trigger.template} to {trigger.to.email}: {trigger.reason}"


def _to_be_posted(case: Case, trigger: LetterFailed, firm: Firm, now: datetime) -> Decision:
    """
    What did not arrive by mail may go by post: the handler gets it ready to print.
    """
    letter = Letter(template=trigger.template, to=trigger.to, occasion=trigger.occasion)
    is_theirs = trigger.to.key == case.complainant.address.key
    tasks = task(
        firm,
        now,
        f"{occasion(letter)}.{trigger.outcome}",
        wording.LETTER_FAILED if is_theirs else wording.LETTER_FAILED_ELSEWHERE,
        why=_why(trigger),
        reader=case.handler,
    )
    if not is_theirs:
        return Decision(reason="task_given", letters=tasks)
    if trigger.template in _WRITTEN_ANEW:
        tasks = tuple(replace(each, encloses=letter) for each in tasks)
    else:
        tasks = tuple(replace(each, on_paper=trigger.content) for each in tasks)
    changes = {"to_post": waiting(case, trigger.template)}
    return Decision(reason="task_given", letters=tasks, changes=changes)


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
