"""
What the rules will ask about a message, as far as it can be told from the message alone: read
beforehand, for a whole batch at once. What is not foreseen is read when it is asked.
"""

from collections.abc import Iterator

from mailbot.cases.identity.triage import hides_somebody
from mailbot.cases.known.arrivals import Arrival, identity
from mailbot.cases.known.known import LONGEST_KEY
from mailbot.cases.known.past import Past
from mailbot.cases.known.questions import Asks, Question
from mailbot.cases.people.handlers import Handler
from mailbot.desk.arriving.message_alone import InItself
from mailbot.desk.arriving.probably_returned import may_be_about
from mailbot.desk.arriving.repeats import same_text
from mailbot.letters.office import Office
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.signed_ids import canonical

_PERSONS = frozenset({Kind.PERSON, Kind.SPAM})
_BOUNCES = frozenset({Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT, Kind.BOUNCE_DELAY})


def foreseen(arrival: Arrival, seen: InItself, office: Office) -> Iterator[Question]:
    """
    Every question that can be foreseen.
    """
    yield Question(Asks.LEDGER, arrival.attempt.ledger_id)
    if arrival.again:
        yield Question(Asks.MESSAGE, arrival.again)
    if arrival.says_nothing:
        return
    read, kind = arrival.message, seen.classification.kind
    yield Question(Asks.IDENTITY, identity(read))
    yield from _signals(seen)
    if kind in _BOUNCES:
        for each in (*read.returned_ids, *read.in_reply_to, *read.references):
            yield from _by_id(each)
        for address in may_be_about(seen, read):
            yield Question(Asks.SENT_TO, address)
    if hides_somebody(seen.classification) and (manager := _manager(read, office)):
        yield Question(Asks.MAILED, manager.email.lower())
    if read.sender is None:
        return
    if kind in _PERSONS:
        yield from _of_a_person(arrival, seen, read.sender, office.past)
    if kind is Kind.STAFF and (writer := office.firm.people.by_address(read.sender.email)):
        yield from _of_staff(seen, writer)


def _manager(read: InboundMessage, office: Office) -> Handler | None:
    """
    Who is told of it where it is held, on the day it came: most are taken in at once.
    """
    firm = office.firm
    return firm.people.manager(firm.calendar.local_day(read.received_at))


def _of_a_person(
    arrival: Arrival, seen: InItself, sender: Address, past: Past | None
) -> Iterator[Question]:
    if not arrival.again:
        yield same_text(arrival.message, sender).question
    if not (seen.signals.signed or seen.signals.tokens):
        # Nothing in it is ours: it may open a case.
        yield Question(Asks.ACKNOWLEDGED, sender.key)
        yield Question(Asks.WORKLOAD, "")
        # Or it may have opened one before.
        for serial in past.serials_about(arrival.message.message_id, sender.key) if past else ():
            yield Question(Asks.CASE, serial)


def _of_staff(seen: InItself, writer: Handler) -> Iterator[Question]:
    yield Question(Asks.MAILED, writer.email.lower())
    yield Question(Asks.WORKLOAD, "")
    for nonce in _nonces(seen):
        yield Question(Asks.ANSWERS, nonce)


def _nonces(seen: InItself) -> list[str]:
    signed = [each.nonce for _, each in seen.signals.signed if each.thread.is_staff]
    return [*seen.signals.tokens, *signed]


def _signals(seen: InItself) -> Iterator[Question]:
    found = seen.signals
    for nonce in found.tokens:
        yield Question(Asks.NONCE, nonce)
    for _, signed in found.signed:
        yield Question(Asks.NONCE, signed.nonce)
        if signed.serial:
            yield from _of_case(signed.serial)
    for _, message_id in found.foreign:
        yield from _by_id(message_id)
    for serial in (*found.in_subject.serials, *found.in_text.serials):
        yield from _of_case(serial)


def _of_case(serial: int) -> Iterator[Question]:
    yield Question(Asks.CASE, serial)
    yield Question(Asks.LETTERS, serial)


def _by_id(message_id: str) -> Iterator[Question]:
    wanted = canonical(message_id)
    if wanted and len(wanted) <= LONGEST_KEY:
        yield Question(Asks.ID, wanted)
        if local := wanted.partition("@")[0]:
            yield Question(Asks.ID, local)
