"""
The same message once more, and the same text too often.
"""

from datetime import timedelta

from mailbot.cases.known.arrivals import Arrival, identity, plain, text_digest, words_digest
from mailbot.cases.known.known import MOST_ALIKE, Known
from mailbot.cases.known.questions import SameText
from mailbot.cases.known.rows import KnownMessage
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.origin.classify import Classification

_A_DAY = timedelta(days=1)


def twin(known: Known, read: InboundMessage) -> KnownMessage | None:
    """
    The same message, if it is here already. The one with the same text comes
    first, so that the copy of an altered copy is recognised too.
    """
    rows = known.twins(identity(read))
    same = (each for each in rows if says_the_same(each, read))
    return next(same, None) or next(iter(rows), None)


def twin_in(known: Known, read: InboundMessage, serial: int) -> KnownMessage | None:
    """
    The same message in that case, if it is there already.
    """
    rows = known.twins(identity(read))
    return next((each for each in rows if each.case_id == serial), None)


def is_of_another_case(known: Known, same: KnownMessage, serial: int) -> bool:
    """
    Whether the message is in a case, and that is not, nor became, the case *serial*.
    """
    if same.case_id in {None, serial}:
        return False
    return known.serial_at(same.case_id) != serial


def says_the_same(before: KnownMessage, read: InboundMessage) -> bool:
    """
    Whether what is here already has the same text and the same files.
    """
    if before.text_digest == text_digest(read):
        return True
    # Kept when the files did not count yet: only their names are known.
    names = tuple(each.name for each in read.attachments)
    return bool(names) and (before.text_digest, before.attachments) == (words_digest(read), names)


def repeated_in(known: Known, arrival: Arrival, classification: Classification) -> int | None:
    """
    The case in which the same sender's same text came last, if it has come often
    enough within a day that one more is a flood; else None.
    """
    read = arrival.message
    is_a_persons = classification.kind in {Kind.PERSON, Kind.SPAM}
    if not is_a_persons or arrival.again is not None:
        return None
    if read.sender is None or not read.readable or not plain(read.text):
        return None
    latest = known.with_text(same_text(read, read.sender))
    return latest[0].case_id if len(latest) == MOST_ALIKE else None


def same_text(read: InboundMessage, sender: Address) -> SameText:
    """
    What else that person has written in the same words of late.
    """
    return SameText(words_digest(read), sender.email[:320], read.received_at - _A_DAY)
