"""
Whose complaint a released message is: its sender's, or that of the one person for
whom a machine wrote it.
"""

from mailbot.cases.firm import Firm
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import IN_DOUBT, Classification

#: What writes in somebody's name: the form of a web site, from an address that nobody reads.
_WRITES_FOR_OTHERS = frozenset({Kind.NO_REPLY, Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE, Kind.OWN})


def complainant(
    message: InboundMessage, classification: Classification, firm: Firm
) -> Address | None:
    """
    The sender; of a machine's message the one address it asks us to answer (RFC 5322
    §3.6.2), if that is none of ours. None where nobody outside the firm is named.

    Only after a person's release: Reply-To is a stranger's word.
    """
    asked_for = {each.key: each for each in message.reply_to}
    is_a_machines = (
        classification.kind in _WRITES_FOR_OTHERS and classification.rule not in IN_DOUBT
    )
    if is_a_machines and len(asked_for) == 1:
        (person,) = asked_for.values()
        if not firm.is_ours(person.email):
            return person
    sender = message.sender
    return None if sender is None or firm.is_ours(sender.email) else sender
