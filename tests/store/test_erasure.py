"""
One person made nobody: what goes, what stays, and that everybody else keeps every word.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mailbot.cases.letter_status import Status
from mailbot.cases.states import State
from mailbot.letters.office import Office
from mailbot.store import erasure, person
from mailbot.store.erasure import Plan, Stays
from mailbot.store.tables import (
    CaseRow,
    Content,
    EventRow,
    HeldRow,
    MessageRow,
    OutboxRow,
    PartyRow,
)
from mailbot.workers import erasing
from tests.flow.house import JANE, Mail
from tests.store.desk import Desk
from tests.store.test_retention import (
    CLOSED_AT,
    MUCH_LATER,
    YEAR_LATER,
    a_case,
    a_full_case,
    a_letter,
    a_message,
    readable,
)

BOB = "bob@example.net"


async def planned(named: str = "jane@example.com", now: datetime = MUCH_LATER) -> Plan:
    return await erasure.plan(await person.find(named), now)


async def erased(named: str = "jane@example.com", now: datetime = MUCH_LATER) -> erasing.Erased:
    return await erasing.erase(await planned(named, now), "sian", now)


async def a_party(serial: int = 1, email: str = "jane@example.com", **given: Any) -> PartyRow:
    number = await PartyRow.all().count()
    return await PartyRow.create(
        **{
            "case_id": serial,
            "role": "complainant",
            "name": "Jane Doe",
            "email": email,
            "email_key": email,
            "token_nonce": f"p{number}",
            **given,
        }
    )


async def from_(sender: str, serial: int | None = 1, **given: Any) -> MessageRow:
    row = await a_message(serial or 1)
    row.update_from_dict({"sender": sender, "case_id": serial, "kind": "person", **given})
    await row.save()
    return row


async def octets(message: MessageRow) -> bytes:
    return (await Content.get(id=message.content_id)).octets


async def history() -> list[tuple[int | None, str, str, str]]:
    rows = await EventRow.filter(reason="erasure").order_by("id")
    return [(each.case_id, each.event, each.cause, each.about) for each in rows]


# --- their own complaints ----------------------------------------------------------


async def test_a_complaint_that_is_past_the_floor_goes_whole_with_the_name_of_who_asked(
    office: Office,
) -> None:
    await a_full_case()
    await PartyRow.all().update(role="complainant")

    assert (await erased()).cases == ["ISS-000001-00"]

    assert ("message", "text") not in await readable()
    assert await history() == [(1, "case_anonymised", "command by sian", "")]
    assert not (await person.find("jane@example.com")).own


@pytest.mark.parametrize(
    ("given", "now", "stays", "until"),
    [
        ({"state": State.OPEN}, MUCH_LATER, Stays.OPEN, None),
        ({}, YEAR_LATER - timedelta(days=1), Stays.FLOOR, YEAR_LATER),
    ],
)
async def test_what_has_to_be_kept_stays_and_says_why(
    office: Office, given: dict[str, Any], now: datetime, stays: Stays, until: datetime | None
) -> None:
    await a_case(**given)
    await a_party()
    message = await from_("Jane@example.com")

    [part] = (await planned(now=now)).cases
    assert (part.stays, part.until, part.past) == (stays, until, None)
    assert not (await erased(now=now)).cases
    assert await octets(message)


async def test_who_is_owed_a_letter_is_not_forgotten_before_it_went(office: Office) -> None:
    await a_case()
    await a_party()
    await a_letter(status=Status.DEFERRED)

    [part] = (await planned()).cases

    assert part.stays is Stays.OWES


async def test_the_floor_counts_whatever_the_rulebook_keeps_beyond_it(office: Office) -> None:
    assert office.firm.rulebook.retention.months == 72
    await a_case()
    await a_party()

    assert (await erased(now=YEAR_LATER)).cases == ["ISS-000001-00"]


async def test_a_case_in_which_something_happens_meanwhile_is_left_as_it_is(
    office: Office,
) -> None:
    await a_case()
    await a_party()
    plan = await planned()
    await CaseRow.filter(serial=1).update(revision=7)

    assert not (await erasing.erase(plan, "sian", MUCH_LATER)).cases
    assert (await PartyRow.get(case_id=1)).name == "Jane Doe"


async def test_one_person_with_two_addresses_is_one(office: Office) -> None:
    await a_case(1)
    await a_case(2)
    await CaseRow.filter(serial=2).update(merged_into=1)
    await a_party(1, "jane@example.com")
    await a_party(2, "jane@work.example")

    found = await person.find("JANE@work.example ")

    assert found.addresses == {"jane@example.com", "jane@work.example"}
    assert found.own == {1, 2}


async def test_an_address_that_was_corrected_counts_in_that_complaint_where_it_came_from_there(
    office: Office,
) -> None:
    await a_case()
    await a_party()
    first = await from_("jane@old.example")
    second = await from_("jane@old.example", ledger_id=2)
    old = await a_letter(template="correction", occasion="o.old", recipient_key="jane@old.example")

    found = await person.find("jane@example.com")

    assert set(found.messages) == {first.id, second.id}
    assert set(found.letters) == {old.id}


async def test_a_second_address_counts_in_the_complaint_for_which_it_was_said(
    office: Office,
) -> None:
    await a_case(1)
    await a_case(2)
    await a_party(1)
    await a_party(1, BOB, role="second address")
    await a_party(2, BOB)
    await from_("jane@example.com")
    here = await from_(BOB, 1, ledger_id=2)
    there = await from_(BOB, 2, ledger_id=3)

    found = await person.find("jane@example.com")

    assert set(found.within) == {BOB}
    assert here.id in found.messages
    assert there.id not in found.messages
    assert set(found.own) == {1}


async def test_whose_address_was_misspelt_into_a_strangers_gets_nothing_of_the_stranger(
    office: Office,
) -> None:
    """
    And the stranger gets nothing of theirs but what went to the stranger's address.
    """
    await a_case(1)
    await a_case(2)
    await a_party(1)
    await a_party(2, BOB, name="Bob Roe")
    hers = await from_("jane@example.com")
    await from_(BOB, 1, ledger_id=2)
    bobs = await from_(BOB, 2, ledger_id=3)
    sent = await a_letter(1, template="correction", occasion="o.old", recipient_key=BOB)

    jane, bob = await person.find("jane@example.com"), await person.find(BOB)

    assert (set(jane.own), set(jane.messages), set(jane.letters)) == ({1}, {hers.id}, {sent.id})
    assert (set(bob.own), set(bob.others)) == ({2}, {1})
    assert bobs.id in bob.messages
    assert hers.id not in bob.messages


async def test_who_has_no_address_is_found_by_the_reference(office: Office) -> None:
    await a_case(1)
    await a_case(2)
    await a_party(1, "")
    await a_party(2, "")

    found = await person.find("iss-000001-00")

    assert (set(found.own), set(found.addresses)) == ({1}, set[str]())
    assert (await erased("ISS-000001-00")).cases == ["ISS-000001-00"]
    assert not (await person.find("ISS-000001-00")).is_known


# --- their part in others' ------------------------------------------------------------


async def bobs_case(**given: Any) -> None:
    """
    Bob's complaint, in which Jane gets copies and has written.
    """
    await a_case(**given)
    await a_party(1, BOB, name="Bob Roe")
    await a_party(1, role="representative", gets_copies=True)
    await from_("jane@example.com")
    await from_(BOB)
    await a_letter(1, recipient=BOB, recipient_key=BOB)
    await a_letter(1, template="copy", occasion="copy.1")
    await a_letter(
        1, template="customer-reply", to_staff=True, occasion="message.1.x", recipient_key="r@x"
    )
    at: dict[str, Any] = {"case_id": 1, "at": CLOSED_AT, "cause": "message"}
    await EventRow.create(event="party_added", about="jane@example.com, representative", **at)
    await EventRow.create(event="note_filed", about="Bob rang.", **at)


async def test_in_somebody_elses_case_their_part_goes_and_the_rest_stays(office: Office) -> None:
    await bobs_case()
    await MessageRow.filter(sender=BOB).update(ledger_id=2)

    assert (await erased()).cases == ["ISS-000001-00"]

    parties = {each.name: each.email for each in await PartyRow.filter(case_id=1)}
    assert parties["Bob Roe"] == BOB
    assert parties["anonymised"].endswith("@anonymised.invalid")
    messages = {each.sender: await octets(each) for each in await MessageRow.all()}
    assert messages == {BOB: b"From: Jane", "anonymised": b""}
    letters = {each.template: each.content for each in await OutboxRow.all()}
    assert letters == {"acknowledgement": b"Dear Jane", "copy": b"", "customer-reply": b""}
    about = {
        each.event: each.about
        for each in await EventRow.filter(event__in=["party_added", "note_filed"])
    }
    assert about == {"party_added": "anonymised", "note_filed": "Bob rang."}
    assert await history() == [(1, "party_anonymised", "command by sian", "")]


async def test_their_part_in_an_open_case_stays(office: Office) -> None:
    await bobs_case(state=State.OPEN)

    [part] = (await planned()).cases

    assert (part.is_own, part.stays) == (False, Stays.OPEN)
    assert not (await erased()).cases


# --- mail of no case --------------------------------------------------------------------


async def test_mail_of_no_case_goes_but_for_what_waits_for_a_person(office: Office) -> None:
    await a_case()
    filed = await from_("jane@example.com", None)
    waits = await from_("Jane@Example.com", None, ledger_id=2)
    others = await from_(BOB, None, ledger_id=3)
    await HeldRow.create(message_id=waits.id, at=CLOSED_AT, reason="automatic")

    plan = await planned()
    assert (plan.messages, plan.waiting) == ((filed.id,), 1)
    assert (await erased()).mails == 1

    assert [await octets(each) for each in (filed, waits, others)] == [
        b"",
        b"From: Jane",
        b"From: Jane",
    ]
    assert await history() == [(None, "mail_anonymised", "command by sian", "")]
    assert (await erased()).mails == 0
    assert len(await history()) == 1


async def test_of_nobody_nothing_is_held_and_nothing_recorded(office: Office) -> None:
    await a_case()
    await a_party()

    assert (await planned("nobody@example.org")).is_empty
    await erased("nobody@example.org")
    assert await history() == []


# --- afterwards ---------------------------------------------------------------------------


async def test_a_mail_of_theirs_that_comes_later_opens_a_case_as_ever(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#close phone Jane Doe, today 9:00")
    desk.now += timedelta(days=400)
    assert (await erased(JANE, desk.now)).cases == ["ISS-000001-95"]

    recorded = await desk.arrives(Mail(message_id="later@example.com", text="It is broken again."))

    assert recorded.case == "ISS-000002-92"
    assert (await person.find(JANE)).own == {2}
