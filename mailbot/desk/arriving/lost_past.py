"""
What verifies as ours, and is not known: it was issued in a past that this database has lost,
as after a restore. It proves nothing here, for a number may be somebody else's by now.
"""

from collections.abc import Iterator

from mailbot.cases.identity.match import Signals
from mailbot.cases.known.known import Known
from mailbot.desk.turn import Turn
from mailbot.mail.signed_ids import SignedId, Thread, readers_nonce

#: A reference is no proof: anybody can write one down. Numbers leap no further for it.
_LONGEST_LEAP = 10_000


def is_issued(known: Known, signed: SignedId) -> bool:
    """
    Whether this database has the letter, or the thread, that the id was issued for.
    """
    match signed.thread:
        case Thread.CUSTOMER_ANCHOR:
            party = known.party_with(signed.nonce)
            return party is not None and party.case_id == signed.serial
        case Thread.STAFF_ANCHOR:
            at = known.serial_at(signed.serial)
            return at is not None and any(
                each.to_staff and readers_nonce(each.recipient_key) == signed.nonce
                for each in known.letters_of(at)
            )
        case Thread.CUSTOMER | Thread.STAFF:
            return known.letter_with(signed.nonce) is not None


def names_a_lost_past(known: Known, found: Signals) -> bool:
    """
    Whether a sign of ours in the message is one that nobody here remembers.
    """
    if any(not is_issued(known, signed) for _, signed in found.signed):
        return True
    return any(
        known.letter_with(nonce) is None and known.party_with(nonce) is None
        for nonce in found.tokens
    )


def number_above(turn: Turn, found: Signals) -> None:
    """
    No case is given a number that somebody was told before.
    """
    for serial in _serials(turn.known, found):
        turn.known.has_seen(serial, turn.now)


def _serials(known: Known, found: Signals) -> Iterator[int]:
    yield from (signed.serial for _, signed in found.signed)
    for serial in (*found.in_subject.serials, *found.in_text.serials):
        if serial < known.numbers.case + _LONGEST_LEAP:
            yield serial
