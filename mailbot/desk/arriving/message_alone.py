"""
What a message says without anybody's memory: who wrote it, what in it verifies as ours, and
what it passes on.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mailbot.cases.identity.match import Signals, signals
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import JOURNAL_REPORT, Classification, classify
from mailbot.mail.quoting.forwarded import Forwarded, forwarded, is_passed_on
from mailbot.mail.reading.confined import read_in_bounds


@dataclass(frozen=True)
class InItself:
    classification: Classification
    signals: Signals = field(default_factory=Signals)
    #: What one of our people passes on with it, or a mail system has journaled.
    passed_on: tuple[Forwarded, ...] = ()


def in_itself(read: InboundMessage, office: Office) -> InItself:
    """
    Slow only for one of our people, or a journal, that passes on something heavy.
    """
    classification = classify(read, office.surroundings)
    holds_another = classification.kind is Kind.STAFF or classification.rule == JOURNAL_REPORT
    return InItself(
        classification,
        signals(read, office.keyring, office.firm.own_addresses, office.firm.reference_prefix),
        _passed_on(read, office) if holds_another else (),
    )


def _passed_on(read: InboundMessage, office: Office) -> tuple[Forwarded, ...]:
    # An attached message was never read yet, and anybody can write in a handler's name.
    found = forwarded(read, zone=office.firm.calendar.zone, read=_read)
    is_attached = any(each.content or each.attachments for each in found if each.how == "attached")
    return found if is_attached or is_passed_on(read.subject) else ()


def _read(content: bytes, *, received_at: datetime) -> InboundMessage:
    return read_in_bounds(content, received_at=received_at)
