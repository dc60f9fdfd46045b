"""
What is known of an arriving message before anybody decides: in itself, and by what
we remember. Nothing here writes.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.match import Signals, match, signals
from mailbot.mail.classify import Classification, classify
from mailbot.mail.message import InboundMessage, Kind
from mailbot.store.arrival import Arrival, repeated_in
from mailbot.store.candidates import candidates, staff_token
from mailbot.store.clerk import Clerk
from mailbot.store.database import Tx
from mailbot.store.office import Office
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
    return Clerk(
        tx=tx,
        office=office,
        now=now,
        arrival=arrival,
        classification=seen.classification,
        named=match(
            await candidates(tx, found, sender.key if sender else ""),
            near=(*found.in_subject.near, *found.in_text.near),
        ),
        token=await staff_token(tx, found),
        signals=found,
        altered=altered,
        repeated_in=await _repeated_in(tx, arrival, seen.classification),
    )


async def _repeated_in(tx: Tx, arrival: Arrival, classification: Classification) -> int | None:
    is_asked_for = arrival.again is not None
    is_a_persons = classification.kind in {Kind.PERSON, Kind.SPAM}
    return await repeated_in(tx, arrival.message) if is_a_persons and not is_asked_for else None
