"""
A letter of the past that no rule has decided again: the case that it opens, the command that
it tells of, or nothing more than itself.
"""

from mailbot.cases.case import Case, Party
from mailbot.cases.commands.told_by_letter import Told, command_behind
from mailbot.cases.decision import Event
from mailbot.cases.known.known import Known
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.letter import ONCE_PER_RECIPIENT
from mailbot.cases.triggers import CaseOpened, CommandsGiven
from mailbot.desk.consequences import follow
from mailbot.desk.drafts import key_by
from mailbot.desk.opening import acknowledged, begins_with, open_new
from mailbot.desk.past import REBUILT, thread
from mailbot.desk.turn import Turn
from mailbot.mail.message import InboundMessage
from mailbot.mail.sent_copy import SentCopy


def is_ours_by_now(turn: Turn, copy: SentCopy) -> bool:
    """
    Whether the letter stands among those that were decided again.
    """
    return turn.known.letter_with(copy.nonce) is not None


def opens_by_it(turn: Turn, copy: SentCopy) -> bool:
    """
    A case whose first message is gone, opened by the first letter to the customer; False if
    there is such a case, or no customer to open it for.
    """
    if not copy.serial or copy.to_staff or turn.known.serial_at(copy.serial) is not None:
        return False
    case = open_new(turn, Party(address=copy.to), received_at=copy.written_at, before=copy.serial)
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


def adopt(turn: Turn, copy: SentCopy, content: bytes) -> bool:
    """
    The letter as one more of its case, for whatever reason it was written; False if its case is
    not there.
    """
    known = turn.known
    case = _case(known, copy)
    serial = case.serial if case else None
    key = key_by(serial or 0, copy.template, copy.to.key)
    if copy.template not in ONCE_PER_RECIPIENT or known.is_said(key, serial):
        key = key_by(serial or 0, copy.template, f"{REBUILT}.{copy.nonce}")
    row = KnownLetter(
        id=known.new_id(),
        case_id=serial,
        key=key,
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
        thread(known, case.serial, copy, turn.office)
        said = Event(
            name="letter_found", cause="rebuild", reason="in_the_sent_folder", about=copy.template
        )
        known.note(case.serial, [said], turn.now)
        known.touched.add(case.serial)
    return case is not None or not copy.serial
