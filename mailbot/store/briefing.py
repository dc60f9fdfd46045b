"""
What is known of an arriving message before anybody decides: in itself, and by what
we remember. Nothing here writes.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.identity.match import Signals, match, signals
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import Classification, classify
from mailbot.store.arrival import Arrival, repeated_in
from mailbot.store.candidates import candidates
from mailbot.store.clerk import Clerk
from mailbot.store.database import Tx
from mailbot.store.office import Office
from mailbot.store.staffing import Found, staff_mail, staff_token
from mailbot.store.tables import MessageRow


@dataclass(frozen=True)
class InItself:
    """
    What a message says without anybody's memory.
    """

    classification: Classification
    signals: Signals


def in_itself(read: InboundMessage, office: Office) -> InItself:
    return InItself(
        classify(read, office.surroundings),
        signals(read, office.keyring, office.firm.own_addresses, office.firm.reference_prefix),
    )


async def briefed(
    tx: Tx,
    arrival: Arrival,
    seen: InItself,
    office: Office,
    now: datetime,
    *,
    altered: MessageRow | None,
) -> Clerk:
    """
    The clerk who knows of it all that there is to know.
    """
    sender = arrival.message.sender
    found = seen.signals
    is_staffs = seen.classification.kind is Kind.STAFF
    named = match(
        [
            # A handler may name any case; whether one of them wrote it is another question.
            replace(each, knows_sender=True) if is_staffs else each
            for each in await candidates(tx, found, sender.key if sender else "")
        ],
        near=(*found.in_subject.near, *found.in_text.near),
    )
    return Clerk(
        tx=tx,
        office=office,
        now=now,
        arrival=arrival,
        classification=seen.classification,
        named=named,
        token=await staff_token(tx, found),
        staff=await staff_mail(tx, arrival, Found(found, named), office, now)
        if is_staffs
        else None,
        signals=found,
        altered=altered,
        repeated_in=await _repeated_in(tx, arrival, seen.classification),
    )


async def _repeated_in(tx: Tx, arrival: Arrival, classification: Classification) -> int | None:
    is_asked_for = arrival.again is not None
    is_a_persons = classification.kind in {Kind.PERSON, Kind.SPAM}
    return await repeated_in(tx, arrival.message) if is_a_persons and not is_asked_for else None
