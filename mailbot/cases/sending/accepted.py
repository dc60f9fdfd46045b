"""
A letter has arrived as far as we can know: what of the case rests on it stands.
"""

from dataclasses import replace

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.letter import RESTS, RIGHTS_LETTERS, Rests
from mailbot.cases.life import outcome
from mailbot.cases.obligation import ObligationState
from mailbot.cases.promises import contact
from mailbot.cases.promises.settling import met
from mailbot.cases.triggers import LetterAccepted


def accepted(case: Case, trigger: LetterAccepted, firm: Firm) -> Decision:
    """
    A letter that reached the customer is evidence, also where its promise was
    withdrawn meanwhile: undoing that must find it kept.
    """
    if trigger.recipient.lower() != case.complainant.address.key:
        return Decision(reason="to_somebody_else")
    rests = RESTS.get(trigger.template, Rests())
    kept = Decision(reason="keeps_no_open_promise")
    for promise in rests.keeps:
        obligation = case.obligation(promise)
        if obligation and (obligation.is_owed or obligation.state is ObligationState.WITHDRAWN):
            end = met(obligation, trigger.at, trigger.evidence, trigger.cause)
            kept = kept.joined_with(end, reason=end.reason)
    if rests.ends:
        kept = kept.joined_with(
            contact.ended(case, trigger.at, trigger.evidence, cause=trigger.cause)
        )
    if rests.asks and not trigger.followed_by:
        asked = outcome.arrived(case, firm, trigger.at, trigger.evidence, cause=trigger.cause)
        kept = kept.joined_with(asked, reason=asked.reason)
    if trigger.template in RIGHTS_LETTERS:
        # Also one that was taken for lost, and of which somebody says that it arrived.
        told = case.rights_letters | {trigger.template}
        kept = replace(kept, changes={**kept.changes, "rights_letters": told})
    if trigger.template in case.to_post:
        # It came back once, and has been sent again since.
        left = tuple(each for each in case.to_post if each != trigger.template)
        kept = replace(kept, changes={**kept.changes, "to_post": left})
    return kept
