"""
Whose complaint a released message is: its sender's, or that of the one person for
whom a machine wrote it.
"""

from collections.abc import Collection, Sequence

from mailbot.cases.firm import Firm
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import IN_DOUBT, JOURNAL_REPORT, Classification
from mailbot.mail.quoting.forwarded import Forwarded

#: What writes in somebody's name: the form of a web site, from an address that nobody reads.
_WRITES_FOR_OTHERS = frozenset({Kind.NO_REPLY, Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE, Kind.OWN})


def complainant(
    message: InboundMessage,
    classification: Classification,
    firm: Firm,
    journaled: Sequence[Forwarded] = (),
) -> Address | None:
    """
    The sender; of a machine's message the one address it asks us to answer (RFC 5322
    §3.6.2), of a journal report the one who wrote what it has *journaled*, if that is none
    of ours. None where nobody outside the firm is named.

    Only after a person's release: Reply-To is a stranger's word.
    """
    if classification.rule == JOURNAL_REPORT:
        writers = {each.sender.key: each.sender for each in journaled if each.sender}
        return _the_one(writers.values(), firm)
    is_a_machines = (
        classification.kind in _WRITES_FOR_OTHERS and classification.rule not in IN_DOUBT
    )
    asked_for = {each.key: each for each in message.reply_to}
    if is_a_machines and (person := _the_one(asked_for.values(), firm)):
        return person
    sender = message.sender
    return None if sender is None or firm.is_ours(sender.email) else sender


def _the_one(named: Collection[Address], firm: Firm) -> Address | None:
    if len(named) != 1:
        return None
    (person,) = named
    return None if firm.is_ours(person.email) else person
