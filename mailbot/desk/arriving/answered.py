"""
Who answers a letter has it, also where nobody here has heard what became of it: whoever sent
it may have died before they could say so, and somebody answers within the minute.
"""

from dataclasses import replace

from mailbot.cases.identity.match import Evidence
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter import HEARD_OF
from mailbot.cases.letter_status import UNDERWAY, Status
from mailbot.cases.triggers import LetterAccepted
from mailbot.desk.arriving.brief import Brief
from mailbot.desk.arriving.returned import followed_by
from mailbot.desk.consequences import follow, put
from mailbot.desk.turn import Turn
from mailbot.mail.message import Kind

#: Words of a person: a machine's may be about a letter that has not arrived.
_BY_A_PERSON = frozenset({Kind.PERSON, Kind.STAFF})


def has_arrived(turn: Turn, told: Brief) -> None:
    """
    Settle as sent the letter that its own reader answers, if it was tried and is still taken
    to be underway: it arrived at the latest when the answer came. It is not said again.
    """
    if told.classification.kind not in _BY_A_PERSON:
        return
    for letter in _answered(turn, told):
        if letter.status not in UNDERWAY or not letter.attempts:
            continue
        at = min(turn.now, max(letter.created_at, told.message.received_at))
        said = replace(
            letter,
            status=Status.SENT,
            reason="",
            next_attempt_at=None,
            accepted_at=at,
            reply="answered by its reader",
        )
        put(turn, said)
        case = turn.known.case(letter.case_id) if letter.case_id is not None else None
        if case is None or letter.template not in HEARD_OF:
            continue
        accepted = LetterAccepted(
            template=letter.template,
            recipient=letter.recipient,
            at=at,
            evidence=f"{letter.template} answered, {letter.message_id}",
            cause="message",
            followed_by=followed_by(turn, said),
        )
        follow(turn, case, accepted)


def _answered(turn: Turn, told: Brief) -> list[KnownLetter]:
    """
    What it answers directly, by ids and addresses that stand in that letter alone: an id in
    References may be known from a later letter.
    """
    sender = told.message.sender
    nonces = [each.nonce for place, each in told.signals.signed if place is Evidence.IN_REPLY_TO]
    nonces += [nonce for nonce, _ in told.signals.answers]
    found = map(turn.known.letter_with, dict.fromkeys(nonces))
    return [each for each in found if each and sender and each.recipient_key == sender.key]
