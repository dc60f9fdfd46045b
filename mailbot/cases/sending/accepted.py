"""
A letter has arrived as far as we can know: the promises that it keeps.
"""

from dataclasses import replace

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.letter import KEEPS
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises.settling import met
from mailbot.cases.triggers import LetterAccepted


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
            end = met(obligation, trigger.at, trigger.evidence, trigger.cause)
            kept = kept.joined_with(end, reason=end.reason)
    if trigger.template in case.to_post:
        # It came back once, and has been sent again since.
        left = tuple(each for each in case.to_post if each != trigger.template)
        kept = replace(kept, changes={"to_post": left})
    return kept
