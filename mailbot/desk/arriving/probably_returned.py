"""
A mail system's message that names no letter of ours by an id: by whom it names, and when,
it is probably about one. That settles nothing; a person is told which.
"""

from collections.abc import Iterator

from mailbot.cases.firm import Firm
from mailbot.cases.identity.triage import Action, Triage
from mailbot.cases.known.known import Known
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter import Letter
from mailbot.cases.wording import task_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import task
from mailbot.desk.arriving.brief import Brief
from mailbot.desk.arriving.message_alone import InItself
from mailbot.desk.turn import Turn
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.came_back import may_have_come_back, not_reached

#: It waits for a person, who knows by the task what it is probably about.
PROBABLY = Triage(Action.HOLD, "probably_our_mail")

_BOUNCES = frozenset({Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT})


def may_be_about(seen: InItself, read: InboundMessage) -> tuple[str, ...]:
    """
    Whose letter may have come back, of what bears no id; each lower-case.
    """
    return not_reached(read) if _names_no_letter(seen, read) else ()


def _names_no_letter(seen: InItself, read: InboundMessage) -> bool:
    # Where an id came back that is nobody's here, somebody else's mail did.
    is_named = bool(read.returned_ids or seen.signals.signed)
    is_a_bounce = seen.classification.kind in _BOUNCES
    return is_a_bounce and not is_named and may_have_come_back(read)


def probable(turn: Turn, told: Brief, serial: int | None = None) -> KnownLetter | None:
    """
    The letter that it is probably about: the latest to somebody whom it names, in the case
    *serial* if a person has said which, before it came. None where there is none.
    """
    seen = InItself(told.classification, told.signals)
    if not _names_no_letter(seen, told.message):
        return None
    found = [
        letter
        for address in (*not_reached(told.message), *_by_its_address(turn.known, told))
        for letter in turn.known.sent_to(address)
        if letter.created_at <= told.message.received_at and serial in {None, letter.case_id}
    ]
    return max(found, key=lambda each: each.id, default=None)


def _by_its_address(known: Known, told: Brief) -> Iterator[str]:
    """
    Whom the reply address belongs to that it was sent to: some hosts tell what became of
    a mail to where it is answered.
    """
    for nonce in told.signals.tokens:
        if party := known.party_with(nonce):
            yield party.email_key
        if letter := known.letter_with(nonce):
            yield letter.recipient_key


def asked_about(turn: Turn, letter: KnownLetter, held_id: int) -> tuple[Letter, ...]:
    """
    The task that says which letter it is probably about, once a letter.
    """
    case = turn.known.case(letter.case_id) if letter.case_id else None
    reference = case.reference if case else ""
    words = task_words.PROBABLY_RETURNED
    todo = tuple(each.format(held_id=held_id, reference=reference) for each in words.todo)
    return task(
        turn.today.firm,
        turn.now,
        f"probably_returned.{letter.id}",
        task_words.Task(words.what, words.why, todo),
        why=_which(letter, reference, turn.firm),
    )


def _which(letter: KnownLetter, reference: str, firm: Firm) -> str:
    at = in_words(letter.accepted_at or letter.created_at, firm)
    return f"probably the {letter.template} of {reference} to {letter.recipient}, sent {at}"
