"""
What is known of a mail that one of our people is said to have written.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from mailbot.cases.firm import Firm
from mailbot.cases.identity.match import Match, Signals
from mailbot.cases.identity.set_aside import HELD_OCCASION
from mailbot.cases.identity.staff_mail import (
    NOT_PROVED,
    Proof,
    StaffMail,
    StaffToken,
    doubt,
    wants,
    why_not,
)
from mailbot.cases.known.arrivals import Arrival
from mailbot.cases.known.known import LONGEST_KEY, Known
from mailbot.cases.known.rows import KnownLetter
from mailbot.cases.people.handlers import Handler
from mailbot.desk.arriving.message_alone import InItself
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.message import InboundMessage, Kind
from mailbot.mail.origin.classify import is_own_address
from mailbot.mail.origin.host_proof import HostVerdict, host_verdict
from mailbot.mail.quoting.forwarded import is_passed_on
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.parse import text_of
from mailbot.mail.signed_ids import canonical

#: The occasion of a letter that an unproved mail caused begins so, where it is a receipt.
UNPROVED = "unproved."

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

#: Earlier mails that answered the same letter, of which a replay may be one.
MOST_ANSWERS = 50


def writer_of(read: InboundMessage, firm: Firm) -> Handler | None:
    """
    Whoever of ours is its one sender, by the From line alone.
    """
    writer = firm.people.by_address(read.sender.email) if read.sender else None
    return writer if read.has_one_sender else None


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


def staff_mail(turn: Turn, arrival: Arrival, seen: InItself, named: Match) -> StaffMail | None:
    """
    All that is known of it; None where nobody of ours is its one sender.
    """
    known, office, read, found = turn.known, turn.office, arrival.message, seen.signals
    writer = writer_of(read, turn.firm)
    if writer is None:
        return None
    answers = staff_token(known, found) or _by_id(known, found)
    letter = known.letter_with(answers.nonce) if answers else None
    quoted = text_of(known.octets_of(letter)) if letter else ""
    text = new_text(read.text, quoted)
    others = outsiders(read, office)
    vouched = arrival.released.serial if arrival.released else None
    serial = (
        vouched
        or (answers.serial if answers else None)
        or named.serial
        or _case_of_customers(known, others)
    )
    is_a_reply = answers is not None and answers.by_address and not is_passed_on(read.subject)
    passed_on = () if is_a_reply else seen.passed_on
    host = host_verdict(read, office.host_proof)
    asks_the_host = host is not HostVerdict.HOST_NOT_ASKED
    why = "" if host.proves_the_sender else why_not(answers, writer, read.received_at)
    if asks_the_host and not host.proves_the_sender:
        # A reply address alone is no proof where our mail system is to vouch for everybody.
        why = why or NOT_PROVED
    is_direct = serial is not None and _are_parties(known, serial, others)
    proof = _proof(arrival, why, host)
    return StaffMail(
        writer=writer,
        message=read,
        # Letters that nothing but a From line caused are counted.
        occasion=arrival.occasion if proof else f"{UNPROVED}{arrival.occasion}",
        text=text,
        in_doubt=doubt(read, text, new_text(read.other_text, quoted)),
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
        is_ambiguous=serial is None and named.is_ambiguous,
        is_replay=answers is not None and _is_replay(known, arrival, answers, text, quoted),
        is_titled_as_a_forward=is_passed_on(read.subject),
        answers_need_no_address=not office.plus_addressing,
        outsiders=others,
        passed_on=passed_on,
        unproved_lately=_unproved_lately(turn, writer.email) if why else 0,
        receipts_lately=_receipts_lately(turn, writer.email),
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


def staff_token(known: Known, found: Signals) -> StaffToken | None:
    """
    The staff mail whose reply address is the first among the addresses, as it was issued.
    """
    for nonce in found.tokens:
        if letter := _staff_letter(known, nonce):
            return _issued(letter, by_address=True)
    return None


def _by_id(known: Known, found: Signals) -> StaffToken | None:
    """
    The staff mail that its thread names: whose it is, and no proof of anything.
    """
    for _, signed in found.signed:
        letter = _staff_letter(known, signed.nonce) if signed.thread.is_staff else None
        if letter:
            return _issued(letter, by_address=False)
    return None


def _staff_letter(known: Known, nonce: str) -> KnownLetter | None:
    letter = known.letter_with(nonce)
    return letter if letter and letter.to_staff else None


def _issued(letter: KnownLetter, *, by_address: bool) -> StaffToken:
    held_id = letter.occasion.removeprefix(HELD_OCCASION) if letter.template == "held" else ""
    return StaffToken(
        nonce=letter.nonce,
        serial=letter.case_id,
        handler_email=letter.recipient_key,
        purpose=letter.template,
        issued_at=letter.created_at,
        is_spent=letter.spent_at is not None,
        by_address=by_address,
        held_id=int(held_id) if held_id.isdecimal() else None,
    )


def _is_replay(known: Known, arrival: Arrival, answers: StaffToken, text: str, quoted: str) -> bool:
    """
    Whether the same words came before to the same reply address, in another message.
    """
    known_as = canonical(arrival.message.message_id or "")[:LONGEST_KEY]
    before = [
        each
        for each in known.answers_to(answers.nonce)
        if each.kind == Kind.STAFF
        and not (known_as and each.message_id_key == known_as)
        and each.id != arrival.again
    ]
    return any(
        new_text(each.text, quoted).split() == text.split() for each in before[:MOST_ANSWERS]
    )


# --- the case ------------------------------------------------------------------


def _case_of_customers(known: Known, emails: Iterable[str]) -> int | None:
    """
    The one case in work of the customers among the recipients.
    """
    found = [serial for email in emails for serial, _ in known.in_work_of(email)]
    return found[0] if len(found) == 1 else None


def _are_parties(known: Known, serial: int, emails: Iterable[str]) -> bool:
    if known.serial_at(serial) is None:
        return False
    wanted = frozenset(emails)
    return any(
        each.role == "complainant" and each.email_key in wanted for each in known.parties_of(serial)
    )


# --- how much of it there was lately -----------------------------------------------


def _unproved_lately(turn: Turn, email: str) -> int:
    return sum(
        each.template == "held" or each.occasion.startswith(UNPROVED)
        for each in turn.known.mailed(email.lower())
        if each.at > turn.now - _HOUR
    )


def _receipts_lately(turn: Turn, email: str) -> int:
    return sum(
        each.template == "receipt"
        for each in turn.known.mailed(email.lower())
        if each.at > turn.now - _DAY
    )
