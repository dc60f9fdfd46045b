"""
What a case has to hear of a message: its words, and what in it answers a letter of ours.
"""

from mailbot.cases.case import Case
from mailbot.cases.correspondence.yes_or_no import Said, said
from mailbot.cases.identity.triage import IN_OUR_NAME, SHOWN, Action, Triage
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.states import State
from mailbot.cases.triggers import MessageJoined, MessageNoted
from mailbot.desk.arriving.brief import ASKING, Brief
from mailbot.desk.turn import Turn
from mailbot.mail.message import Kind
from mailbot.mail.origin.classify import IN_DOUBT, says_it_answers
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.parse import text_of


def heard(turn: Turn, told: Brief, case: Case, what: Triage) -> MessageJoined | MessageNoted:
    """
    What *case* has to hear of it.
    """
    if what.action is Action.NOTE:
        return MessageNoted(
            kind=told.classification.kind,
            reason=what.reason,
            occasion=told.arrival.occasion,
            message=told.in_words if _may_hold_words(turn, told) else None,
        )
    return MessageJoined(
        message=told.message,
        occasion=told.arrival.occasion,
        reason=what.reason,
        near=told.named.near,
        is_altered_copy=told.altered is not None,
        answered=_answered_text(turn, told),
        confirmation=_confirmation(turn, told, case),
    )


def _may_hold_words(turn: Turn, told: Brief) -> bool:
    """
    Whether a machine's message is shown to the handler. One from staff never
    is: their own absence would answer it, for ever.
    """
    read = told.message
    staff = turn.office.surroundings.staff_addresses
    is_staff = read.sender is not None and read.sender.key in staff
    if told.arrival.released:
        # A person has read it, and says what it is.
        return False
    if is_staff or told.token is not None:
        # Where our people's mail is passed on to, a machine answers what they are sent.
        return False
    kind, rule = told.classification.kind, told.classification.rule
    # Beside "declined" people write why, and what else is wrong.
    is_said_beside = kind is Kind.CALENDAR_REPLY and bool(read.text)
    may_be_a_persons = kind in SHOWN or rule == IN_OUR_NAME or is_said_beside
    if says_it_answers(read) and may_be_a_persons:
        return False
    return may_be_a_persons or rule in IN_DOUBT


def _letters_by_nonce(turn: Turn, nonces: list[str]) -> list[KnownLetter]:
    """
    Those that exist, the latest last.
    """
    found = [letter for each in nonces if (letter := turn.known.letter_with(each))]
    return sorted(found, key=lambda each: each.id)


def _answered_text(turn: Turn, told: Brief) -> str:
    """
    The text of the latest letter to a customer that it answers by a signed id.
    """
    nonces = [each.nonce for _, each in told.signals.signed if not each.thread.is_staff]
    letters = [each for each in _letters_by_nonce(turn, nonces) if not each.to_staff]
    return text_of(turn.known.octets_of(letters[-1])) if letters else ""


def _confirmation(turn: Turn, told: Brief, case: Case) -> Said:
    """
    What it says to the latest outcome: only from the complainant's own address,
    and with signed evidence of that very mail (code, stage 4).
    """
    read = told.message
    is_theirs = read.sender is not None and read.sender.key == case.complainant.address.key
    if not is_theirs or case.state is not State.AWAITING_CONFIRMATION:
        return Said.ELSE
    if told.classification.kind is not Kind.PERSON:
        # What a machine may have written, or our own mail system distrusts, closes
        # nothing: the handler judges.
        return Said.ELSE
    signed = [each.nonce for _, each in told.signals.signed if not each.thread.is_staff]
    nonces = [*(nonce for nonce, _ in told.signals.answers), *signed]
    asked = [
        each
        for each in _letters_by_nonce(turn, nonces)
        if each.template in ASKING and each.case_id == case.serial
    ]
    if not asked or _has_newer_outcome(turn, case.serial, asked[-1]):
        return Said.ELSE
    closure = turn.firm.rulebook.closure
    ours = text_of(turn.known.octets_of(asked[-1]))
    words = new_text(read.text, ours)
    by_address = {Said(answer) for _, answer in told.signals.answers}
    # An address alone is a click; with a text the text must say the same.
    heard = said(words, closure) if words else next(iter(by_address), Said.ELSE)
    if read.sealed or not read.readable:
        # A click says yes where nothing was written, and not where nobody can read it.
        return Said.ELSE
    if read.parts_disagree and said(new_text(read.other_text, ours), closure) is not heard:
        # Plain part and HTML part say different things: the handler sees both, and judges.
        return Said.ELSE
    return heard if by_address <= {heard} else Said.ELSE


def _has_newer_outcome(turn: Turn, serial: int, letter: KnownLetter) -> bool:
    return any(
        each.template == "outcome" and each.id > letter.id for each in turn.known.letters_of(serial)
    )
