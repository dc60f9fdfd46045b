"""
What is past its time, and that nothing of the customer is left when it has gone.
"""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.models import Model

from mailbot.cases.letter_status import Status
from mailbot.cases.months import months_after
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.cli import retention as command
from mailbot.letters.office import Office
from mailbot.store import octets, query, retention
from mailbot.store.database import database
from mailbot.store.packing import Kept, packed
from mailbot.store.tables import (
    CaseRow,
    Content,
    EventRow,
    HeldRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
    StepRow,
)
from mailbot.workers import orders
from tests.flow.house import Mail
from tests.store.desk import Desk

CLOSED_AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
YEAR_LATER = datetime(2027, 11, 30, 15, 0, tzinfo=UTC)
MUCH_LATER = datetime(2040, 1, 1, tzinfo=UTC)
EVIDENCE = "acknowledgement accepted, c.1.abcdefgh@infinitysystemsolutions.co.uk"

#: What may still be read of a column that somebody's words can reach, and why it stays.
KEPT = {
    # Of the firm, and of its people.
    ("case", "handler_email"),
    ("case", "rulebook_version"),
    ("message", "answers"),
    ("case", "not_eligible"),  # a reason from a fixed list
    ("case", "interval"),
    ("case", "credit"),  # an amount and a month
    ("case", "verdict"),
    ("case", "rights_letters"),
    ("case", "to_post"),  # names of templates
    ("event", "event"),
    ("event", "cause"),
    ("event", "reason"),
    ("obligation", "clause"),
    ("obligation", "promise"),
    # Of our signatures and their evidence.
    ("party", "role"),
    ("party", "anchor"),
    ("party", "token"),
    ("party", "token_nonce"),
    ("outbox", "template"),
    ("outbox", "template_hash"),
    ("outbox", "message_id"),
    ("outbox", "alias"),
    ("outbox", "key_id"),
    ("outbox", "nonce"),
    ("outbox", "occasion"),
    ("outbox", "key"),
    ("outbox", "spent_why"),
    ("outbox", "reply"),
    # What we made of a message, and the hash by which it is known again.
    ("message", "identity"),
    ("message", "kind"),
    ("message", "rule"),
    ("message", "evidence"),
    ("message", "decision"),
    ("message", "silence"),
    ("held", "reason"),
    ("held", "resolution"),
    ("step", "promise"),
    ("step", "does"),
}


def filled(table: type[Model], **given: object) -> Mapping[str, Any]:
    """
    A row with a telling word in every column that can hold one.
    """
    named = {
        name: f"~{name}~"[: getattr(column, "max_length", None) or 99]
        for name, column in table._meta.fields_map.items()
        if isinstance(column, fields.CharField | fields.TextField)
    }
    return {**named, **given}


async def a_case(serial: int = 1, *, closed_at: datetime = CLOSED_AT, **given: Any) -> CaseRow:
    """
    A closed case without anything in it but its end.
    """
    row = await CaseRow.create(
        serial=serial,
        reference=f"ISS-{serial:06}-00",
        **{
            "state": State.CLOSED,
            "received_at": closed_at - timedelta(days=10),
            "opened_at": closed_at - timedelta(days=10),
            "rulebook_version": "2026-1",
            **given,
        },
    )
    await EventRow.create(case_id=serial, at=closed_at, event="case_closed", cause="message")
    return row


async def a_message(serial: int = 1, *, at: datetime = CLOSED_AT) -> MessageRow:
    content = await Content.create(octets=b"From: Jane", sha256="f" * 64, size=10)
    return await MessageRow.create(
        **filled(
            MessageRow,
            case_id=serial,
            content_id=content.id,
            ledger_id=1,
            received_at=at,
            recorded_at=at,
            attachments=["~bill of Jane~.pdf"],
        )
    )


async def a_letter(serial: int = 1, **given: Any) -> OutboxRow:
    number = await OutboxRow.all().count()
    return await OutboxRow.create(
        **filled(
            OutboxRow,
            **{
                "case_id": serial,
                "key": f"{serial}|acknowledgement|jane@example.com|{number}",
                "template": "acknowledgement",
                "to_staff": False,
                "recipient": "Jane@example.com",
                "recipient_key": "jane@example.com",
                "message_id": f"c.{serial}.{number}@example.net",
                "nonce": f"n{number}",
                "content": b"Dear Jane",
                "status": Status.SENT,
                "reply": "250 OK <jane@example.com> queued as 4711",
                "created_at": CLOSED_AT - timedelta(days=10),
                "accepted_at": CLOSED_AT - timedelta(days=10),
                **given,
            },
        )
    )


async def an_obligation(serial: int = 1, **given: Any) -> ObligationRow:
    return await ObligationRow.create(
        case_id=serial,
        **{
            "promise": "acknowledge",
            "number": 1,
            "clause": "within 24 working hours",
            "acts_at": CLOSED_AT,
            "due_at": CLOSED_AT,
            "state": ObligationState.MET,
            "evidence": EVIDENCE,
            **given,
        },
    )


async def references(now: datetime = MUCH_LATER, months: int = 12) -> list[str]:
    return [each.reference for each in await retention.past(now, months)]


async def anonymised(now: datetime = MUCH_LATER, by: str = "sian") -> list[bool]:
    return [await orders.anonymise(each, by, now) for each in await retention.past(now, 12)]


# --- the months ------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-11-30", 12, "2027-11-30"),
        ("2026-11-30", 15, "2028-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-12-31", 14, "2028-02-29"),
        ("2026-01-31", 72, "2032-01-31"),
    ],
)
def test_months_are_those_of_the_calendar(day: str, months: int, expected: str) -> None:
    instant = datetime.fromisoformat(f"{day}T15:00+00:00")

    assert months_after(instant, months).date().isoformat() == expected


async def test_a_case_is_past_its_time_at_that_instant_and_not_before(office: Office) -> None:
    await a_case()

    assert await references(YEAR_LATER - timedelta(seconds=1)) == []
    (found,) = await retention.past(YEAR_LATER, 12)
    assert found.reference == "ISS-000001-00"
    assert (found.ended_at, found.past_since) == (CLOSED_AT, YEAR_LATER)


async def test_less_than_twelve_months_are_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="12 months at least"):
        await retention.past(MUCH_LATER, 11)


@pytest.mark.parametrize("state", [State.OPEN, State.AWAITING_CONFIRMATION])
async def test_a_case_that_has_not_ended_is_never_past_its_time(
    office: Office, state: State
) -> None:
    await a_case(state=state)

    assert await references() == []


async def test_a_case_that_is_no_complaint_ends_with_that_judgement(office: Office) -> None:
    await a_case(state=State.NOT_A_COMPLAINT)
    await EventRow.filter(case_id=1).update(event="judged_not_a_complaint")

    assert await references(YEAR_LATER) == ["ISS-000001-00"]


async def test_a_case_of_which_nothing_says_when_it_ended_stays(office: Office) -> None:
    await a_case()
    await EventRow.filter(case_id=1).delete()

    assert await references() == []


async def test_the_last_of_several_ends_counts(office: Office) -> None:
    await a_case()
    again = CLOSED_AT + timedelta(days=90)
    await EventRow.create(case_id=1, at=again, event="case_closed", cause="message")

    assert await references(YEAR_LATER + timedelta(days=89)) == []
    assert await references(YEAR_LATER + timedelta(days=91)) == ["ISS-000001-00"]


@pytest.mark.parametrize("template", ["adr-rights", "deadlock"])
async def test_a_rights_letter_after_the_end_counts(office: Office, template: str) -> None:
    await a_case()
    await a_letter(template=template, accepted_at=CLOSED_AT + timedelta(days=30))

    assert await references(YEAR_LATER + timedelta(days=29)) == []
    assert await references(YEAR_LATER + timedelta(days=31)) == ["ISS-000001-00"]


async def test_a_rights_letter_by_post_counts_too(office: Office) -> None:
    await a_case()
    await an_obligation(promise="adr_rights", settled_at=CLOSED_AT + timedelta(days=30))

    assert await references(YEAR_LATER + timedelta(days=29)) == []


async def test_a_message_on_a_closed_case_is_not_lost_before_anybody_read_it(
    office: Office,
) -> None:
    await a_case()
    await a_message(at=YEAR_LATER - timedelta(days=1))

    assert await references(YEAR_LATER) == []


async def test_a_case_that_still_owes_something_stays(office: Office) -> None:
    await a_case(1)
    await an_obligation(1, promise="credit", state=ObligationState.OPEN)
    await a_case(2)
    await a_letter(2, status=Status.DEFERRED)

    assert await references() == []


async def test_the_longest_past_comes_first(office: Office) -> None:
    await a_case(1, closed_at=CLOSED_AT + timedelta(days=1))
    await a_case(2)

    assert await references() == ["ISS-000002-00", "ISS-000001-00"]


# --- anonymising -----------------------------------------------------------


async def a_full_case() -> None:
    """
    A case with a telling word wherever there is room for one.
    """
    row = await a_case()
    kept = {"reference": row.reference, "state": row.state}
    await CaseRow.filter(serial=1).update(**filled(CaseRow, **kept))
    await PartyRow.create(**filled(PartyRow, case_id=1, email_key="jane@example.com"))
    message = await a_message()
    await HeldRow.create(**filled(HeldRow, message_id=message.id, at=CLOSED_AT))
    await a_letter()
    await an_obligation(evidence="~Jane said so on the phone~")
    await StepRow.create(**filled(StepRow, case_id=1, number=1, at=CLOSED_AT))
    await EventRow.create(**filled(EventRow, case_id=1, at=CLOSED_AT))


async def readable() -> set[tuple[str, str]]:
    """
    The columns in which something is left of the words of `a_full_case`.
    """
    tables = (CaseRow, PartyRow, MessageRow, HeldRow, OutboxRow, ObligationRow, StepRow, EventRow)
    left = set()
    for table in (*tables, Content):
        for row in await table.all():
            for name in table._meta.db_fields:
                value = getattr(row, name)
                said = value.decode() if isinstance(value, bytes) else str(value)
                if "~" in said or "jane" in said.lower():
                    left.add((table._meta.db_table, name))
    return left


async def test_nothing_of_the_customer_can_be_read_afterwards(office: Office) -> None:
    """
    A new column fails here until somebody has said whether it is emptied or kept.
    """
    await a_full_case()
    before = await readable()

    assert await anonymised() == [True]

    left = await readable()
    assert left <= KEPT
    assert {("party", "name"), ("message", "text"), ("outbox", "content")} <= before - left


@pytest.mark.parametrize("address", ["jane@example.com", f"jane@{'.'.join(['n' * 60] * 4)}.test"])
async def test_no_letter_names_a_customer_who_was_written_to_on_paper(
    office: Office, address: str
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail(sender=address))
    for ordered in ("#post", "#deadlock\nWe cannot agree.", "#not-complaint It is a question."):
        assert (await desk.order(ordered)).is_done
    [told] = await OutboxRow.filter(occasion__contains="jane@")
    assert told.template == "task"

    assert await anonymised() == [True]

    letters = [name for name in OutboxRow._meta.db_fields if name != "content"]
    said = [str(getattr(row, name)) for row in await query.letters(1) for name in letters]
    assert [each for each in said if "jane" in each] == []
    [letter] = await OutboxRow.filter(template="acknowledgement")
    assert letter.key == f"1|acknowledgement|party-{(await PartyRow.get()).id}@anonymised.invalid"


async def test_a_letter_whose_octets_are_damaged_is_emptied_like_any_other(office: Office) -> None:
    await a_case()
    await a_letter()
    await OutboxRow.all().update(content=Kept(b"\0\1rot"))

    assert await anonymised() == [True]
    (letter,) = await query.letters(1)
    assert await octets.of_letter(letter.id) == b""


async def test_the_skeleton_stays_for_whoever_counts(office: Office) -> None:
    await a_full_case()
    await an_obligation(promise="introduce")
    await anonymised()

    row = await CaseRow.get(serial=1)
    assert (row.reference, row.state) == ("ISS-000001-00", State.CLOSED)
    assert row.received_at == CLOSED_AT - timedelta(days=10)
    (letter,) = await query.letters(1)
    assert (letter.status, letter.template) == (Status.SENT, "acknowledgement")
    assert letter.accepted_at == CLOSED_AT - timedelta(days=10)
    assert letter.reply == "250 OK <anonymised> queued as 4711"
    assert {each.evidence for each in await query.obligations(1)} == {"anonymised", EVIDENCE}
    assert len(await query.events(1)) == 3


async def test_it_is_recorded_with_the_name_of_who_asked(office: Office) -> None:
    await a_case()
    await anonymised(by="sian")

    event = (await query.events(1))[-1]
    assert (event.event, event.cause, event.at) == (
        "case_anonymised",
        "command by sian",
        MUCH_LATER,
    )


async def test_it_is_done_once(office: Office) -> None:
    await a_full_case()

    assert await anonymised() == [True]
    assert await references(MUCH_LATER + timedelta(days=9999)) == []


async def test_what_comes_after_it_has_a_time_of_its_own(office: Office) -> None:
    await a_case()
    await anonymised(YEAR_LATER)
    await a_message(at=YEAR_LATER + timedelta(days=100))

    assert await references(YEAR_LATER + timedelta(days=400)) == []
    assert await references(YEAR_LATER + timedelta(days=470)) == ["ISS-000001-00"]


async def test_a_case_in_which_something_happened_since_it_was_found_is_left_alone(
    office: Office,
) -> None:
    await a_full_case()
    (found,) = await retention.past(MUCH_LATER, 12)
    await CaseRow.filter(serial=1).update(revision=found.revision + 1)
    before = await readable()

    assert not await orders.anonymise(found, "sian", MUCH_LATER)
    assert await readable() == before


async def test_other_cases_keep_every_word(office: Office) -> None:
    await a_case(1)
    await a_case(2, closed_at=MUCH_LATER - timedelta(days=1))
    for serial in (1, 2):
        await a_message(serial)
        await a_letter(serial)
    assert await anonymised() == [True]

    (kept,) = await MessageRow.filter(case_id=2).prefetch_related("content")
    assert (kept.text, kept.content.octets) == ("~text~", b"From: Jane")
    (letter,) = await query.letters(2)
    assert await octets.of_letter(letter.id) == b"Dear Jane"


async def test_a_letter_to_the_same_person_is_still_the_same_letter(office: Office) -> None:
    await a_case()
    party = await PartyRow.create(
        **filled(PartyRow, case_id=1, email="Jane@example.com", email_key="jane@example.com")
    )
    await a_letter(key="1|adr-rights|jane@example.com")
    await anonymised()

    await party.refresh_from_db()
    (letter,) = await query.letters(1)
    assert letter.recipient_key == party.email_key
    assert letter.key == f"1|adr-rights|{party.email_key}"


async def test_a_letter_that_never_went_cannot_be_sent_empty(office: Office) -> None:
    await a_case()
    for status in (Status.REFUSED, Status.EXPIRED, Status.WITHHELD, Status.BOUNCED):
        await a_letter(status=status)
    await anonymised()

    left = [(each.status, each.reason) for each in await query.letters(1)]
    assert left == [
        (Status.WITHDRAWN, "anonymised; it was refused"),
        (Status.WITHDRAWN, "anonymised; it was expired"),
        (Status.WITHDRAWN, "anonymised; it was withheld"),
        (Status.BOUNCED, ""),
    ]


async def test_the_firm_s_own_people_stay_named(office: Office) -> None:
    await a_case(handler_email="rhian@example.net")
    await a_letter(to_staff=True, recipient="rhian@example.net", recipient_key="rhian@example.net")
    await anonymised()

    (letter,) = await query.letters(1)
    assert (letter.recipient, await octets.of_letter(letter.id)) == ("rhian@example.net", b"")


async def test_the_file_of_the_database_holds_no_word_of_it_either(tmp_path: Path) -> None:
    file = tmp_path / "mailbot.sqlite3"
    octets = b"Wherefore art thou " * 200 + random.Random(1).randbytes(90_000)
    somewhere = packed(octets)[200:264]
    async with database(f"sqlite://{file}"):
        await a_full_case()
        message = await MessageRow.get()
        await Content.filter(id=message.content_id).update(octets=octets)
    assert somewhere in file.read_bytes()

    async with database(f"sqlite://{file}"):
        assert await anonymised() == [True]
    assert somewhere not in file.read_bytes()


# --- the command -----------------------------------------------------------


async def test_looking_changes_nothing_and_carrying_out_says_what_was_done(
    office: Office,
) -> None:
    await a_full_case()
    before = await readable()

    found = await command.look(MUCH_LATER, 12)
    assert await readable() == before
    assert command.document(found)["cases"] == [
        {
            "reference": "ISS-000001-00",
            "state": "closed",
            "ended_at": "2026-11-30T15:00:00Z",
            "past_since": "2027-11-30T15:00:00Z",
            "anonymised": False,
        }
    ]

    done = await command.carry_out(found, "sian", MUCH_LATER)
    assert [each["anonymised"] for each in command.document(done)["cases"]] == [True]
