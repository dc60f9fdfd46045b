"""
Who has a role in a case, and the thread that we keep with each of them.
"""

from dataclasses import replace

from mailbot.cases.case import Case, Party
from mailbot.cases.known.known import LONGEST_KEY
from mailbot.cases.known.rows import KnownLetter, KnownParty
from mailbot.cases.letter import COPY
from mailbot.cases.letter_status import STILL_HERE, Status
from mailbot.desk.drafts import within
from mailbot.desk.turn import Turn
from mailbot.letters.octets import addressed_to
from mailbot.mail.message import Address
from mailbot.mail.signed_ids import Thread


def add(turn: Turn, serial: int, who: Party) -> Party:
    """
    The party with a thread of their own, noted.
    """
    known, keyring = turn.known, turn.office.keyring
    nonce = known.nonce(f"party|{serial}|{who.address.key}|{known.new_id()}")
    party = replace(
        who,
        anchor=keyring.message_id(Thread.CUSTOMER_ANCHOR, serial, nonce),
        token=keyring.token(nonce, for_staff=False),
    )
    row = KnownParty(
        id=known.new_id(),
        case_id=serial,
        role=party.role,
        gets_copies=party.gets_copies,
        anchor=party.anchor,
        token=party.token,
        token_nonce=nonce,
        email="",
        email_key="",
    )
    known.parties[row.id] = _reached_at(row, party)
    return party


def changed(turn: Turn, case: Case, after: Case) -> Case:
    """
    The people of the case as a decision leaves them; returns *after* with the threads of
    those who are new.
    """
    if after.complainant != case.complainant:
        _correct(turn, case, after.complainant)
    if after.parties == case.parties:
        return after
    kept = {each.address.key for each in after.parties}
    for gone in (each for each in case.parties if each.address.key not in kept):
        if row := _row(turn, case, gone.address):
            left = replace(row, removed_at=turn.now, gets_copies=False)
            turn.known.parties[row.id] = left
        # What waits for them must not leave any more.
        _withdraw_copies(turn, case.serial, gone.address.key)
    for party in after.parties:
        # The row of somebody who had a role before is theirs again, with its thread.
        if row := _row(turn, case, party.address):
            again = replace(row, removed_at=None, role=party.role, gets_copies=party.gets_copies)
            turn.known.parties[row.id] = again
        else:
            add(turn, case.serial, party)
    return replace(after, parties=others(turn, case.serial))


def others(turn: Turn, serial: int) -> tuple[Party, ...]:
    """
    Everybody but the complainant who has a role now.
    """
    return tuple(
        each.party
        for each in turn.known.parties_of(serial)
        if each.removed_at is None and each.role != "complainant"
    )


def _correct(turn: Turn, case: Case, new: Party) -> None:
    old = case.complainant
    if new.address.key != old.address.key:
        # It may be the address of somebody whose role has ended.
        former = _row(turn, case, new.address)
        if former and former.removed_at is not None:
            del turn.known.parties[former.id]
    if row := _row(turn, case, old.address):
        turn.known.parties[row.id] = _reached_at(row, new)
    if new.address != old.address:
        _redirect(turn, case.serial, old.address, new.address)


def _row(turn: Turn, case: Case, address: Address) -> KnownParty | None:
    return next(
        (
            each
            for each in turn.known.parties_of(case.serial)
            if each.email_key == address.key[:320]
        ),
        None,
    )


def _redirect(turn: Turn, serial: int, old: Address, new: Address) -> None:
    """
    Letters to the customer that nobody has accepted yet go to the corrected address:
    the same letter under the same Message-ID, with another recipient. One that may
    have been accepted already stays as it is.
    """
    if old.key == new.key or not new.email:
        return
    for letter in _waiting(turn, serial, old.key):
        if letter.to_staff:
            continue
        content = letter.content
        if letter.id not in turn.known.drafts:
            content = addressed_to(turn.known.octets_of(letter), new.name, new.email)
        turn.known.letters[letter.id] = replace(
            letter,
            recipient=new.email,
            recipient_key=new.key,
            recipient_name=new.name,
            key=within(letter.key.replace(f"|{old.key}", f"|{new.key}"), LONGEST_KEY),
            content=content,
        )


def _withdraw_copies(turn: Turn, serial: int, reader: str) -> None:
    for letter in _waiting(turn, serial, reader):
        if letter.template == COPY:
            turn.known.letters[letter.id] = replace(
                letter, status=Status.WITHDRAWN, reason="party_removed", next_attempt_at=None
            )


def _waiting(turn: Turn, serial: int, reader: str) -> list[KnownLetter]:
    return [
        each
        for each in turn.known.letters_of(serial)
        if each.recipient_key == reader and each.status in STILL_HERE
    ]


def _reached_at(row: KnownParty, party: Party) -> KnownParty:
    """
    The row with what a correction can change.
    """
    return replace(
        row,
        name=party.address.name[:200],
        email=party.address.email[:320],
        email_key=party.address.key[:320],
        phone=party.phone[:64],
        postal_address="\n".join(party.postal_address),
    )
