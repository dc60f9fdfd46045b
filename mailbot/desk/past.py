"""
A past that is gone through once more, by the rules that made it: the letter that really went
takes the place of the one that is decided again.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Party
from mailbot.cases.known.known import Known
from mailbot.cases.known.past import Past
from mailbot.cases.known.rows import Draft, KnownLetter
from mailbot.cases.letter_status import Status
from mailbot.letters.composed import composed
from mailbot.letters.office import Office
from mailbot.mail.sent_copy import SentCopy

#: Decided again, and in no sent folder: whether it went nobody knows, and it never goes now.
REBUILT = "rebuilt"

#: An assignment for the sake of a new reply address gives the case to nobody.
_AGAIN = "again."


def compose(before: Known, after: Known, office: Office) -> None:
    """
    The letters that were decided since *before*: as they went, where they did, else with the
    octets that leave now.
    """
    for number, draft in after.drafts.items():
        if number not in before.drafts and not went_then(after, number, draft, office):
            after.letters[number] = composed(after.letters[number], draft, office)


def went_then(known: Known, number: int, draft: Draft, office: Office) -> bool:
    """
    Whether the letter of that number went before, and its octets come from the sent folder: then
    it is that one now. Else it has still to be composed; it is withheld where nobody knows
    whether it went.
    """
    if office.past is None:
        return False
    row, case = known.letters[number], draft.case
    like = (case.serial if case else 0, row.template, row.recipient_key)
    words = str(draft.letter.facts.get("body", ""))
    copy = office.past.letter(row.key, like, draft.at, words)
    if copy is None:
        known.letters[number] = _unknown(row, office.past)
        return False
    known.letters[number] = _as_it_was(row, copy)
    if case:
        thread(known, case.serial, copy, office)
        if copy.template == "assignment" and not draft.letter.occasion.startswith(_AGAIN):
            _hand_over(known, case.serial, copy.email, office, draft.at)
    return copy.is_there


def _unknown(row: KnownLetter, past: Past) -> KnownLetter:
    if past.sends_the_rest:
        return row
    if row.status == Status.QUEUED:
        row = replace(row, status=Status.WITHHELD, reason=REBUILT, next_attempt_at=None)
    return replace(row, copy_to="")


def _as_it_was(row: KnownLetter, copy: SentCopy) -> KnownLetter:
    if copy.is_there:
        row = replace(row, template_hash="", content=b"", created_at=copy.written_at)
    return replace(
        row,
        recipient=copy.email,
        recipient_key=copy.to.key,
        recipient_name=copy.name,
        message_id=copy.message_id,
        key_id=copy.key_id,
        nonce=copy.nonce,
        status=Status.QUEUED,
        reason="",
        next_attempt_at=None,
        copy_to="",
    )


def thread(known: Known, serial: int, copy: SentCopy, office: Office) -> None:
    """
    The thread that the customer really has: what they answer leads here.
    """
    if copy.to_staff or not (copy.anchor or copy.token):
        return
    for row in known.parties_of(serial):
        if row.email_key != copy.to.key:
            continue
        signed = office.keyring.read_token(copy.token) if copy.token else None
        anchor = office.keyring.read_id(copy.anchor) if copy.anchor else None
        nonce = signed.nonce if signed else anchor.nonce if anchor else row.token_nonce
        known.parties[row.id] = replace(
            row,
            anchor=copy.anchor or row.anchor,
            token=copy.token or row.token,
            token_nonce=nonce,
        )
        _keep_party(known, serial, row.email_key, known.parties[row.id].party)


def _keep_party(known: Known, serial: int, email: str, party: Party) -> None:
    case = known.cases[serial]
    if case.complainant.address.key == email:
        case = replace(case, complainant=party)
    others = tuple(party if each.address.key == email else each for each in case.parties)
    known.cases[serial] = replace(case, parties=others)
    known.touched.add(serial)


def _hand_over(known: Known, serial: int, really: str, office: Office, at: datetime) -> None:
    """
    The case is with whoever got it then.
    """
    person, case = office.firm.people.by_address(really), known.cases[serial]
    if person is None or person == case.handler:
        return
    known.put_case(replace(case, handler=person))
    known.events = [
        replace(each, event=replace(each.event, about=person.name))
        if (each.case_id, each.at, each.event.name) == (serial, at, "assigned")
        else each
        for each in known.events
    ]
