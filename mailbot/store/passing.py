"""
A customer's mail that one of our people passed on: taken in as the customer's own, with
its true date, in their open case or in a case of its own.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.cases.case import Party
from mailbot.cases.identity.match import match, signals
from mailbot.cases.life.opening import PASSED_ON
from mailbot.cases.triggers import CaseOpened, MessageJoined
from mailbot.cases.wording.moments import in_words
from mailbot.mail.message import Address, InboundMessage, Kind
from mailbot.mail.quoting.forwarded import Forwarded
from mailbot.mail.signed_ids import canonical
from mailbot.store import casefile, lately
from mailbot.store.arrival import identity, text_digest, twin
from mailbot.store.candidates import LONGEST_KEY, candidates, open_case_of
from mailbot.store.database import Tx
from mailbot.store.decided import decided
from mailbot.store.errands import Ordered
from mailbot.store.office import Office
from mailbot.store.tables import Content, MessageRow


@dataclass(frozen=True)
class PassedOn:
    """
    What was passed on, the row of the mail that brought it, and who did.
    """

    mail: Forwarded
    row: MessageRow
    brought_by: InboundMessage
    by: str

    @property
    def occasion(self) -> str:
        return f"passed-on.{self.row.id}"


async def take_in(tx: Tx, passed: PassedOn, office: Office, now: datetime) -> Ordered:
    """
    The customer's mail made ours; the answer says in which case it is.
    """
    sender = passed.mail.sender
    if sender is None:  # the rules have refused it
        raise LookupError("a mail of nobody was passed on")
    read = _as_it_was(passed, sender)
    same = await twin(tx, read)
    if same and same.case_id:
        known = await casefile.load(tx, same.case_id, office.firm)
        return Ordered(is_done=False, answer=f"That email is here already, in {known.reference}.")
    serial = await _case(tx, read, sender, office)
    if serial is None:
        return await _opened(tx, passed, read, office, now)
    await _write(tx, passed, read, serial, now)
    case = await casefile.lock(tx, serial, office.firm)
    if case is None:
        raise LookupError("a case that is gone")
    trigger = MessageJoined(message=read, occasion=passed.occasion, reason=PASSED_ON)
    await decided(tx, case, trigger, office, now)
    when = in_words(read.received_at, office.firm)
    said = f"It is filed in {case.reference} as received on {when}."
    return Ordered(is_done=True, answer=said, serial=serial)


async def _opened(
    tx: Tx, passed: PassedOn, read: InboundMessage, office: Office, now: datetime
) -> Ordered:
    case = await casefile.open_new(
        tx,
        Party(address=read.senders[0]),
        received_at=read.received_at,
        verdict="",
        firm=office.firm,
        keyring=office.keyring,
        nonce=office.chance(),
        now=now,
    )
    await _write(tx, passed, read, case.serial, now)
    trigger = CaseOpened(
        message=read,
        occasion=passed.occasion,
        rule=PASSED_ON,
        busy=await lately.busy(tx),
        by=passed.by,
        way=PASSED_ON,
    )
    recorded = await decided(tx, case, trigger, office, now)
    handler = recorded.after.handler if recorded.after else None
    when = in_words(read.received_at, office.firm)
    said = f"{case.reference} is open as received on {when}, with {handler.name if handler else 'nobody yet'}."
    return Ordered(is_done=True, answer=said, serial=case.serial)


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


async def _case(tx: Tx, read: InboundMessage, sender: Address, office: Office) -> int | None:
    """
    The case that it names, as if it had come to us, else the customer's open one.
    """
    found = signals(read, office.keyring, office.firm.own_addresses, office.firm.reference_prefix)
    named = match(await candidates(tx, found, sender.key)).serial
    return named or await open_case_of(tx, sender.key)


async def _write(
    tx: Tx, passed: PassedOn, read: InboundMessage, serial: int, now: datetime
) -> None:
    content_id = passed.row.content_id
    if passed.mail.content:
        octets = passed.mail.content
        kept = await Content.create(
            using_db=tx,
            octets=octets,
            sha256=hashlib.sha256(octets).hexdigest(),
            size=len(octets),
        )
        content_id = kept.id
    message_id = read.message_id or ""
    await MessageRow.create(
        using_db=tx,
        case_id=serial,
        content_id=content_id,
        ledger_id=passed.row.ledger_id,
        received_at=read.received_at,
        recorded_at=now,
        message_id=message_id[:1000],
        message_id_key=canonical(message_id)[:LONGEST_KEY],
        identity=identity(read),
        text_digest=text_digest(read),
        sender=read.sender.email[:320] if read.sender else "",
        subject=read.subject,
        text=read.text,
        attachments=[each.name for each in read.attachments],
        kind=Kind.PERSON,
        rule=PASSED_ON,
        decision=PASSED_ON,
    )
