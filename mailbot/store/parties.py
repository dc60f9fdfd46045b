"""
Who has a role in a case, and the thread that we keep with each of them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tortoise.queryset import QuerySet

from mailbot.cases.case import Case, Party
from mailbot.cases.letter import COPY
from mailbot.mail.message import Address
from mailbot.mail.signed_ids import Keyring, Thread
from mailbot.store import outbox
from mailbot.store.database import Tx
from mailbot.store.tables import PartyRow


async def add(tx: Tx, serial: int, who: Party, keyring: Keyring, nonce: str) -> Party:
    """
    The party with a thread of their own, written.
    """
    party = replace(
        who,
        anchor=keyring.message_id(Thread.CUSTOMER_ANCHOR, serial, nonce),
        token=keyring.token(nonce, for_staff=False),
    )
    await PartyRow.create(
        using_db=tx,
        case_id=serial,
        anchor=party.anchor,
        token=party.token,
        token_nonce=nonce,
        **_role(party),
        **_reached_at(party),
    )
    return party


async def present(tx: Tx, serial: int) -> list[Party]:
    """
    Everybody who has a role now, in the order in which they came in.
    """
    rows = PartyRow.filter(case_id=serial, removed_at=None).using_db(tx).order_by("id")
    return [_party(each) for each in await rows]


async def write(
    tx: Tx, case: Case, after: Case, now: datetime, *, keyring: Keyring, chance: Callable[[], str]
) -> Case:
    """
    The people of the case as a decision leaves them; returns *after* with the threads of
    those who are new.
    """
    if after.complainant != case.complainant:
        await _correct(tx, case, after.complainant)
    if after.parties == case.parties:
        return after
    kept = {each.address.key for each in after.parties}
    for gone in (each for each in case.parties if each.address.key not in kept):
        await _of(case, gone).using_db(tx).update(removed_at=now, gets_copies=False)
        # What waits for them must not leave any more.
        await outbox.withdraw_from(tx, case.serial, COPY, gone.address.key, "party_removed")
    for party in after.parties:
        # The row of somebody who had a role before is theirs again, with its thread.
        if not await _of(case, party).using_db(tx).update(removed_at=None, **_role(party)):
            await add(tx, case.serial, party, keyring, chance())
    everyone = await present(tx, case.serial)
    others = (each for each in everyone if each.role != "complainant")
    return replace(after, parties=tuple(others))


async def _correct(tx: Tx, case: Case, new: Party) -> None:
    old = case.complainant
    if new.address.key != old.address.key:
        # It may be the address of somebody whose role has ended.
        await _of(case, new).using_db(tx).exclude(removed_at=None).delete()
    await _of(case, old).using_db(tx).update(**_reached_at(new))
    if new.address != old.address:
        await outbox.redirect(tx, case.serial, old.address, new.address)


def _of(case: Case, party: Party) -> QuerySet[PartyRow]:
    return PartyRow.filter(case_id=case.serial, email_key=party.address.key)


def _role(party: Party) -> dict[str, object]:
    return {"role": party.role, "gets_copies": party.gets_copies}


def _reached_at(party: Party) -> dict[str, object]:
    """
    The columns that a correction can change.
    """
    return {
        "name": party.address.name[:200],
        "email": party.address.email[:320],
        "email_key": party.address.key[:320],
        "phone": party.phone[:64],
        "postal_address": "\n".join(party.postal_address),
    }


def _party(row: PartyRow) -> Party:
    return Party(
        address=Address(name=row.name, email=row.email),
        role=row.role,
        phone=row.phone,
        postal_address=tuple(row.postal_address.splitlines()),
        anchor=row.anchor,
        token=row.token,
        gets_copies=row.gets_copies,
    )
