"""
What is known of a mail that one of our people is said to have written. Nothing here writes.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from tortoise.expressions import Q

from mailbot.cases.identity.match import Match, Signals
from mailbot.cases.identity.set_aside import HELD_OCCASION
from mailbot.cases.identity.staff_mail import (
    NOT_PROVED,
    Proof,
    StaffMail,
    StaffToken,
    wants,
    why_not,
)
from mailbot.cases.states import State
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import is_own_address
from mailbot.mail.origin.host_proof import HostVerdict, host_verdict
from mailbot.mail.quoting.forwarded import Forwarded, forwarded, is_passed_on
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.confined import read_confined
from mailbot.mail.reading.parse import parse, text_of
from mailbot.mail.reading.scan import is_heavy
from mailbot.mail.signed_ids import canonical
from mailbot.store.arrival import Arrival
from mailbot.store.candidates import LONGEST_KEY
from mailbot.store.database import Tx
from mailbot.store.office import Office
from mailbot.store.tables import MessageRow, OutboxRow, PartyRow

#: The occasion of a letter that an unproved mail caused begins so, where it is a receipt.
UNPROVED = "unproved."

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

#: Earlier mails that answered the same letter, of which a replay may be one.
_MOST_ANSWERS = 50


@dataclass(frozen=True)
class Found:
    """
    What in a message verified as ours, and the case that it names.
    """

    signals: Signals
    named: Match


def outsiders(read: InboundMessage, office: Office) -> frozenset[str]:
    """
    Recipients who are neither us nor staff.
    """
    around = office.surroundings
    return frozenset(
        each.key
        for each in read.recipients
        if each.key not in around.staff_addresses and not is_own_address(each, around)
    )


async def staff_mail(
    tx: Tx, arrival: Arrival, found: Found, office: Office, now: datetime
) -> StaffMail | None:
    """
    What the store knows of it; None where nobody of ours is its one sender.
    """
    read = arrival.message
    writer = office.firm.people.by_address(read.sender.email) if read.sender else None
    if writer is None or not read.has_one_sender:
        return None
    answers = await staff_token(tx, found.signals) or await _by_id(tx, found.signals)
    letter = await _letter(tx, answers.nonce) if answers else None
    quoted = text_of(letter.content) if letter else ""
    text = new_text(read.text, quoted)
    others = outsiders(read, office)
    vouched = arrival.released.serial if arrival.released else None
    serial = (
        vouched
        or (answers.serial if answers else None)
        or found.named.serial
        or await _case_of_customers(tx, others)
    )
    is_a_reply = answers is not None and answers.by_address and not is_passed_on(read.subject)
    passed_on = () if is_a_reply else await _passed_on(read, office)
    host = host_verdict(read, office.host_proof)
    asks_the_host = host is not HostVerdict.HOST_NOT_ASKED
    why = "" if host.proves_the_sender else why_not(answers, writer, read.received_at)
    if asks_the_host and not host.proves_the_sender:
        # A reply address alone is no proof where our mail system is to vouch for everybody.
        why = why or NOT_PROVED
    is_direct = bool(serial) and await _are_parties(tx, serial, others)
    proof = _proof(arrival, why, host)
    return StaffMail(
        writer=writer,
        message=read,
        # Letters that nothing but a From line caused are counted.
        occasion=arrival.occasion if proof else f"{UNPROVED}{arrival.occasion}",
        text=text,
        wants=wants(
            text,
            answers,
            passed_on,
            goes_to_the_customer=is_direct,
            has_a_case=serial is not None,
        ),
        proof=proof,
        why_not=why,
        may_be_asked=not asks_the_host,
        host_verdict="" if not asks_the_host else host,
        answers=answers,
        serial=serial,
        is_ambiguous=serial is None and found.named.is_ambiguous,
        is_replay=answers is not None and await _is_replay(tx, arrival, answers, text, quoted),
        is_titled_as_a_forward=is_passed_on(read.subject),
        answers_need_no_address=not office.plus_addressing,
        outsiders=others,
        passed_on=passed_on,
        unproved_lately=await _unproved_lately(tx, writer.email, now) if why else 0,
        receipts_lately=await _receipts_lately(tx, writer.email, now),
    )


def before_it_was_spent(staff: StaffMail) -> StaffMail:
    """
    As it was known before the mail itself spent the reply address that it came to.
    """
    if staff.answers is None or staff.proof is not Proof.FROM_LINE or not staff.may_be_asked:
        return staff
    answers = replace(staff.answers, is_spent=False)
    why = why_not(answers, staff.writer, staff.message.received_at)
    proof = Proof.FROM_LINE if why else Proof.REPLY_ADDRESS
    return replace(staff, answers=answers, why_not=why, proof=proof)


def _proof(arrival: Arrival, why: str, host: HostVerdict) -> Proof:
    if arrival.released:
        return Proof.CONFIRMED
    if host.proves_the_sender:
        return Proof.MAIL_SYSTEM
    return Proof.FROM_LINE if why else Proof.REPLY_ADDRESS


# --- the staff mail that it answers --------------------------------------------


async def staff_token(tx: Tx, signals: Signals) -> StaffToken | None:
    """
    The staff mail whose reply address is the first among the addresses, as it was issued.
    """
    for nonce in signals.tokens:
        if row := await _letter(tx, nonce):
            return _issued(row, by_address=True)
    return None


async def _by_id(tx: Tx, signals: Signals) -> StaffToken | None:
    """
    The staff mail that its thread names: whose it is, and no proof of anything.
    """
    for _, signed in signals.signed:
        row = await _letter(tx, signed.nonce) if signed.thread.is_staff else None
        if row:
            return _issued(row, by_address=False)
    return None


async def _letter(tx: Tx, nonce: str) -> OutboxRow | None:
    return await OutboxRow.filter(nonce=nonce, to_staff=True).using_db(tx).first()


def _issued(row: OutboxRow, *, by_address: bool) -> StaffToken:
    held_id = row.occasion.removeprefix(HELD_OCCASION) if row.template == "held" else ""
    return StaffToken(
        nonce=row.nonce,
        serial=row.case_id,
        handler_email=row.recipient_key,
        purpose=row.template,
        issued_at=row.created_at,
        is_spent=row.spent_at is not None,
        by_address=by_address,
        held_id=int(held_id) if held_id.isdecimal() else None,
    )


async def _is_replay(tx: Tx, arrival: Arrival, answers: StaffToken, text: str, quoted: str) -> bool:
    """
    Whether the same words came before to the same reply address, in another message.
    """
    before = MessageRow.filter(answers=answers.nonce, kind=Kind.STAFF).using_db(tx)
    if known_as := canonical(arrival.message.message_id or "")[:LONGEST_KEY]:
        before = before.exclude(message_id_key=known_as)
    rows = await before.exclude(id=arrival.again or 0).order_by("-id").limit(_MOST_ANSWERS)
    return any(new_text(each.text, quoted).split() == text.split() for each in rows)


# --- the case ------------------------------------------------------------------


async def _case_of_customers(tx: Tx, emails: Iterable[str]) -> int | None:
    """
    The one case in work of the customers among the recipients.
    """
    rows = PartyRow.filter(
        email_key__in=list(emails),
        role="complainant",
        case__state__in=(State.OPEN, State.AWAITING_CONFIRMATION),
        case__merged_into=None,
    )
    found = cast("list[tuple[int]]", await rows.using_db(tx).values_list("case_id"))
    return found[0][0] if len(found) == 1 else None


async def _are_parties(tx: Tx, serial: int | None, emails: Iterable[str]) -> bool:
    parties = PartyRow.filter(case_id=serial, role="complainant", email_key__in=list(emails))
    return await parties.using_db(tx).exists()


# --- what it passes on ---------------------------------------------------------


async def _passed_on(read: InboundMessage, office: Office) -> tuple[Forwarded, ...]:
    zone = office.firm.calendar.zone
    # An attached message was never read yet, and anybody can write in a handler's name.
    found = await asyncio.to_thread(forwarded, read, zone=zone, read=_read)
    is_attached = any(each.content or each.attachments for each in found if each.how == "attached")
    return found if is_attached or is_passed_on(read.subject) else ()


def _read(content: bytes, *, received_at: datetime) -> InboundMessage:
    reads = read_confined if is_heavy(content) else parse
    return reads(content, received_at=received_at)


async def _unproved_lately(tx: Tx, email: str, now: datetime) -> int:
    theirs = OutboxRow.filter(recipient_key=email.lower(), created_at__gt=now - _HOUR).using_db(tx)
    caused = Q(template="held") | Q(occasion__startswith=UNPROVED)
    return await theirs.filter(caused).count()


async def _receipts_lately(tx: Tx, email: str, now: datetime) -> int:
    receipts = OutboxRow.filter(
        recipient_key=email.lower(), template="receipt", created_at__gt=now - _DAY
    )
    return await receipts.using_db(tx).count()
