"""
A machine's mail in a case: it is noted, never answered, and changes nothing.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.correspondence.shown import to_the_reader
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.triggers import MessageJoined, MessageNoted


def noted(case: Case, trigger: MessageNoted, firm: Firm, now: datetime) -> Decision:
    """
    A machine's message changes nothing; what may hold a person's words is shown.
    """
    event = Event(
        name="automatic_message_noted", cause="message", reason=trigger.reason, about=trigger.kind
    )
    decision = Decision(reason=trigger.reason, events=(event,))
    if trigger.message is None:
        return decision
    joined_as = MessageJoined(
        message=trigger.message, occasion=trigger.occasion, reason=trigger.reason
    )
    sender = trigger.message.sender
    is_party = sender is not None and case.party(sender.email) is not None
    shown = to_the_reader(case, joined_as, firm, now, is_party=is_party)
    return decision.joined_with(shown)
