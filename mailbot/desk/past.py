"""
A past that is gone through once more, by the rules that made it: the letter that really went
takes the place of the one that is decided again, and what no letter tells is not sent.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.commands.told_by_letter import Told, command_behind
from mailbot.cases.decision import Event
from mailbot.cases.known.known import Known
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.rows import Draft, KnownLetter
from mailbot.cases.letter import ONCE_PER_RECIPIENT
from mailbot.cases.letter_status import Status
from mailbot.cases.triggers import CaseOpened, CommandsGiven
from mailbot.desk.consequences import follow
from mailbot.desk.opening import acknowledged, begins_with, open_new
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage
from mailbot.mail.sent_copy import SentCopy

#: Decided again, and in no sent folder: whether it went nobody knows, and it never goes now.
REBUILT = "rebuilt"

#: An assignment for the sake of a new reply address gives the case to nobody.
_AGAIN = "again."


def went_then(known: Known, number: int, draft: Draft, office: Office) -> bool:
    """
    Whether the letter of that number went before: then it is that one now, and its octets come
    from the sent folder. Else it is withheld, and has still to be composed.
    """
    if office.past is None:
        return False
    row, case = known.letters[number], draft.case
    if case:
        office.past.opened.add(case.serial)
    taken = {each.nonce for each in known.letters.values() if each.id != number}
    like = (case.reference if case else "", row.template, row.recipient_key)
    copy = office.past.letter(row.key, like, draft.at, taken.__contains__)
    if copy is None:
        if row.status == Status.QUEUED:
            row = replace(row, status=Status.WITHHELD, reason=REBUILT, next_attempt_at=None)
        known.letters[number] = replace(row, copy_to="")
        return False
    known.letters[number] = _as_it_was(row, copy)
    if case:
        _thread(known, case.serial, copy, office)
        if copy.template == "assignment" and not draft.letter.occasion.startswith(_AGAIN):
            _hand_over(known, case.serial, copy.email, office, draft.at)
    return True


def _as_it_was(row: KnownLetter, copy: SentCopy) -> KnownLetter:
    return replace(
        row,
        template_hash="",
        recipient=copy.email,
        recipient_key=copy.to.key,
        recipient_name=copy.name,
        message_id=copy.message_id,
        key_id=copy.key_id,
        nonce=copy.nonce,
        status=Status.QUEUED,
        reason="",
        content=b"",
        created_at=copy.written_at,
        next_attempt_at=None,
        copy_to="",
    )


def _thread(known: Known, serial: int, copy: SentCopy, office: Office) -> None:
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


# --- letters that no rule decides again ------------------------------------------------


def is_ours_by_now(known: Known, copy: SentCopy) -> bool:
    """
    Whether the letter stands among those that were decided again.
    """
    return known.letter_with(copy.nonce) is not None


def opens_by_its_letter(turn: Turn, copy: SentCopy) -> bool:
    """
    A case whose first message is gone, opened by the first letter to the customer; False if
    there is such a case, or no customer to open it for.
    """
    if not copy.serial or copy.to_staff or turn.known.serial_at(copy.serial) is not None:
        return False
    case = open_new(turn, Party(address=copy.to), received_at=copy.written_at)
    begins_with(turn, case, Beginning(""))
    opening = CaseOpened(
        message=InboundMessage(received_at=copy.written_at, senders=(copy.to,)),
        occasion=f"{REBUILT}.{copy.nonce}",
        rule="known_by_its_letters",
        acknowledged=acknowledged(turn, copy.to.key),
        busy=turn.known.workload(),
    )
    follow(turn, case, opening)
    return True


def ordered_then(turn: Turn, told: Told) -> bool:
    """
    The command that must have been given for the letter to be written, carried out once more;
    False if none is known.
    """
    case = _case(turn.known, told.copy)
    ordered = command_behind(case, told, turn.firm.calendar) if case else None
    if case is None or ordered is None:
        return False
    on = case
    if ordered.on:
        serial = turn.known.at_reference(ordered.on)
        other = turn.known.case(serial) if serial is not None else None
        if other is None:
            return False
        on = other
    given = CommandsGiven(
        commands=(ordered.command,),
        by=ordered.by,
        occasion=f"{REBUILT}.{told.copy.nonce}",
        said_at=told.copy.written_at,
        busy=turn.known.workload(),
        others={case.reference: case},
    )
    return not follow(turn, on, given).refusal


def _case(known: Known, copy: SentCopy) -> Case | None:
    return known.case(copy.serial) if copy.serial else None


def adopt(turn: Turn, copy: SentCopy, content: bytes) -> None:
    """
    The letter as one more of its case, for whatever reason it was written.
    """
    known = turn.known
    case = _case(known, copy)
    serial = case.serial if case else None
    unique = f"{serial or 0}|{copy.template}|{copy.to.key}"
    if copy.template not in ONCE_PER_RECIPIENT or known.is_said(unique, serial):
        unique = f"{serial or 0}|{copy.template}|{REBUILT}.{copy.nonce}"
    row = KnownLetter(
        id=known.new_id(),
        case_id=serial,
        key=unique,
        template=copy.template,
        to_staff=copy.to_staff,
        recipient=copy.email,
        recipient_key=copy.to.key,
        recipient_name=copy.name,
        # Of a question the number of what it asks about stands here, and nobody knows it.
        occasion=f"message.0.{copy.nonce}",
        message_id=copy.message_id,
        key_id=copy.key_id,
        nonce=copy.nonce,
        content=content,
        created_at=copy.written_at,
    )
    known.letters[row.id] = row
    if case:
        _thread(known, case.serial, copy, turn.office)
        said = Event(
            name="letter_found", cause="rebuild", reason="in_the_sent_folder", about=copy.template
        )
        known.note(case.serial, [said], turn.now)
        known.touched.add(case.serial)
