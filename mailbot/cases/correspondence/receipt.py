"""
The one receipt for a handler's mail: what became of it, why, and what to write instead.
"""

from mailbot.cases.decision import Decision, Event
from mailbot.cases.letter import Letter
from mailbot.cases.triggers import StaffAnswered
from mailbot.cases.wording import receipt_words
from mailbot.cases.wording.cutting import bounded
from mailbot.cases.wording.tasks import address_of

#: Receipts for what the customer has: the handler need not read it once more.
_PASSED_ON = frozenset({"answer_relayed", "files_not_passed_on"})


def receipt(
    trigger: StaffAnswered, reason: str, *, also: str = "", by_post: bool = False
) -> Decision:
    """
    *by_post*: the customer gets letters, and has nothing yet.
    """
    outcome, why, instead = receipt_words.RECEIPTS[reason]
    if by_post:
        outcome = receipt_words.ON_PAPER.get(reason, outcome)
    letter = Letter(
        template="receipt",
        to=address_of(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.message.message_id,
        facts={
            "outcome": outcome,
            "why": f"{why} {also}".strip(),
            "instead": instead,
            "original": "" if reason in _PASSED_ON else bounded(trigger.text),
        },
    )
    event = Event(name="receipt_given", cause="message", reason=reason)
    return Decision(reason=reason, events=(event,), letters=(letter,))
