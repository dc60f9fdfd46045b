"""
A customer's mail that one of our people passed on: taken in as the customer's own, with
its true date, in their open case or in a case of its own.
"""

from dataclasses import dataclass, replace

from mailbot.cases.case import Party
from mailbot.cases.correspondence.cover import Cover, cover_of
from mailbot.cases.decision import Event
from mailbot.cases.identity.match import match, signals
from mailbot.cases.known.lately import Beginning
from mailbot.cases.known.rows import KnownMessage
from mailbot.cases.life.opening import PASSED_ON
from mailbot.cases.triggers import CaseOpened, MessageJoined
from mailbot.cases.wording.moments import in_words
from mailbot.desk.arriving.brief import candidates
from mailbot.desk.arriving.filing import as_read, keep_octets
from mailbot.desk.arriving.repeats import twin
from mailbot.desk.consequences import follow
from mailbot.desk.opening import begins_with, open_new
from mailbot.desk.recorded import Ordered
from mailbot.desk.turn import Turn
from mailbot.mail.message import Address, InboundMessage
from mailbot.mail.quoting.forwarded import Forwarded
from mailbot.mail.quoting.new_text import new_text


@dataclass(frozen=True)
class PassedOn:
    """
    What was passed on, the row of the mail that brought it, and who did.
    """

    mail: Forwarded
    row: KnownMessage
    brought_by: InboundMessage
    by: str

    @property
    def occasion(self) -> str:
        return f"passed-on.{self.row.id}"

    @property
    def cover(self) -> Cover | None:
        return cover_of(self.mail, new_text(self.brought_by.text), self.by)


def take_in(turn: Turn, passed: PassedOn) -> Ordered:
    """
    The customer's mail made ours; the answer says in which case it is.
    """
    sender = passed.mail.sender
    if sender is None:  # the rules have refused it
        raise LookupError("a mail of nobody was passed on")
    read = _as_it_was(passed, sender)
    same = twin(turn.known, read)
    if same and same.case_id and (known := turn.known.case(same.case_id)):
        return Ordered(is_done=False, answer=f"That email is here already, in {known.reference}.")
    serial = _case(turn, read, sender)
    if serial is None:
        return _opened(turn, passed, read)
    case = turn.known.case(serial)
    if case is None:
        raise LookupError("a case that is gone")
    _write(turn, passed, read, case.serial)
    trigger = MessageJoined(
        message=read, occasion=passed.occasion, reason=PASSED_ON, cover=passed.cover
    )
    follow(turn, case, trigger)
    _keep_cover(turn, passed, case.serial)
    when = in_words(read.received_at, turn.firm)
    said = f"It is filed in {case.reference} as received on {when}."
    return Ordered(is_done=True, answer=said, serial=case.serial)


def _opened(turn: Turn, passed: PassedOn, read: InboundMessage) -> Ordered:
    case = open_new(
        turn,
        Party(address=read.senders[0]),
        received_at=read.received_at,
        message_id=read.message_id,
    )
    row = _write(turn, passed, read, case.serial)
    octets = turn.known.contents[row.content_id].octets
    begins_with(turn, case, Beginning(read.text, row.attachments, octets or None))
    trigger = CaseOpened(
        message=read,
        occasion=passed.occasion,
        rule=PASSED_ON,
        busy=turn.known.workload(),
        by=passed.by,
        way=PASSED_ON,
        cover=passed.cover,
    )
    recorded = follow(turn, case, trigger)
    _keep_cover(turn, passed, case.serial)
    handler = recorded.after.handler if recorded.after else None
    when = in_words(read.received_at, turn.firm)
    said = f"{case.reference} is open as received on {when}, with {handler.name if handler else 'nobody yet'}."
    return Ordered(is_done=True, answer=said, serial=case.serial)


def _keep_cover(turn: Turn, passed: PassedOn, serial: int) -> None:
    """
    Whoever has the case later finds it in the history.
    """
    if cover := passed.cover:
        event = Event(
            name="note_filed", cause=f"command by {cover.by}", reason="passed_on", about=cover.words
        )
        turn.known.note(serial, [event], turn.now)


def _as_it_was(passed: PassedOn, sender: Address) -> InboundMessage:
    """
    The message as the customer sent it, as far as it is known. Its own date is when it
    reached the firm; of one without, it is when our people passed it on.
    """
    mail, brought_at = passed.mail, passed.brought_by.received_at
    received_at = min(mail.sent_at, brought_at) if mail.sent_at else brought_at
    if mail.message:
        return replace(mail.message, received_at=received_at)
    return InboundMessage(
        received_at=received_at,
        senders=(sender,),
        subject=mail.subject,
        date=mail.sent_at,
        text=mail.text,
        # A client that forwards inline hangs the files on the mail itself.
        attachments=passed.brought_by.attachments,
    )


def _case(turn: Turn, read: InboundMessage, sender: Address) -> int | None:
    """
    The case that it names, as if it had come to us, else the customer's open one.
    """
    firm = turn.firm
    found = signals(read, turn.office.keyring, firm.own_addresses, firm.reference_prefix)
    named = match(candidates(turn.known, found, sender.key)).serial
    in_work = turn.known.in_work_of(sender.key)
    return named or (in_work[-1][0] if in_work else None)


def _write(turn: Turn, passed: PassedOn, read: InboundMessage, serial: int) -> KnownMessage:
    content_id = passed.row.content_id
    if passed.mail.content:
        content_id = keep_octets(turn, passed.mail.content)
    row = replace(
        as_read(read, passed.row.ledger_id, turn.now),
        id=turn.known.number_message(),
        case_id=serial,
        content_id=content_id,
        rule=PASSED_ON,
        decision=PASSED_ON,
    )
    turn.known.messages[row.id] = row
    turn.known.touched.add(serial)
    return row
