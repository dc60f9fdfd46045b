"""
What is listed, and the questions whose answer is a small part of all that is remembered.
"""

import random
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.cases.known.arrivals import LedgerState
from mailbot.cases.letter_status import Status
from mailbot.cases.states import State
from mailbot.store import bulk, held, ledger, outbox, query, retention
from mailbot.store.database import database, transact
from mailbot.store.tables import (
    CaseRow,
    Content,
    EventRow,
    HeldRow,
    LedgerRow,
    MessageRow,
    OutboxRow,
    PartyRow,
)

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
#: More than two pages.
MANY = 1_100


@pytest.fixture(autouse=True)
async def _opened(url: str) -> AsyncIterator[None]:
    async with database(url):
        yield


async def insert(table: bulk.Table, rows: Sequence[dict[str, object]]) -> None:
    await transact(lambda tx: bulk.insert(tx, table, rows))


def a_case(serial: int, **fields: object) -> dict[str, object]:
    return {
        "serial": serial,
        "reference": f"ISS-{serial}",
        "state": State.OPEN,
        "received_at": NOW,
        "opened_at": NOW,
        "rulebook_version": "1",
    } | fields


def a_letter(number: int, **fields: object) -> dict[str, object]:
    return {
        "key": str(number),
        "template": "acknowledgement",
        "template_hash": "",
        "to_staff": False,
        "recipient": "jane@example.com",
        "recipient_key": "jane@example.com",
        "occasion": "",
        "message_id": f"{number}@example.com",
        "key_id": "k",
        "nonce": str(number),
        "content": b"octets",
        "status": Status.SENT,
        "created_at": NOW + timedelta(seconds=number),
    } | fields


async def test_cases_are_listed_by_serial_however_many_there_are() -> None:
    states = (State.CLOSED, State.OPEN, State.AWAITING_CONFIRMATION)
    await insert(
        CaseRow,
        [
            a_case(serial, state=states[serial % 3], merged_into=7 if serial % 5 == 0 else None)
            for serial in range(1, MANY + 1)
        ],
    )
    await insert(
        PartyRow,
        [
            {"case_id": serial, "role": "complainant", "email": "a@b", "email_key": "a@b"}
            | {"token_nonce": str(serial)}
            for serial in range(1, MANY + 1)
        ],
    )

    every = [row async for row in query.cases(closed_too=True)]
    assert [row.serial for row in every] == [each for each in range(1, MANY + 1) if each % 5]
    assert {len(row.parties) for row in every} == {1}  # type: ignore[attr-defined]
    in_work = [row.serial async for row in query.cases(closed_too=False)]
    assert in_work == [each for each in range(1, MANY + 1) if each % 5 and each % 3]


async def test_letters_that_have_not_gone_are_listed_oldest_first() -> None:
    await insert(CaseRow, [a_case(1)])
    statuses = list(Status)
    await insert(
        OutboxRow,
        [
            a_letter(number, recipient=str(number), case_id=number % 2 or None)
            | {"status": statuses[number % len(statuses)]}
            for number in range(MANY, 0, -1)
        ],
    )

    rows = [row async for row in outbox.waiting()]
    assert [int(row.recipient) for row in rows] == [
        number
        for number in range(1, MANY + 1)
        if statuses[number % len(statuses)] not in {Status.SENT, Status.WITHDRAWN}
    ]
    assert {row.case.reference if row.case else None for row in rows} == {"ISS-1", None}


async def test_held_mail_is_listed_until_it_is_resolved() -> None:
    await insert(Content, [{"id": 1, "octets": b"", "sha256": "", "size": 0}])
    message = {"content_id": 1, "ledger_id": 1, "received_at": NOW, "recorded_at": NOW}
    message |= {"identity": "", "kind": "", "rule": "", "sender": "jane@example.com"}
    await insert(MessageRow, [message | {"id": each, "subject": str(each)} for each in (1, 2, 3)])
    held_mail = {"reason": "automatic", "resolved_at": None}
    await insert(
        HeldRow,
        [
            held_mail | {"message_id": 1, "at": NOW},
            held_mail | {"message_id": 2, "at": NOW, "resolved_at": NOW},
            held_mail | {"message_id": 3, "at": NOW - timedelta(seconds=1)},
        ],
    )

    assert [(row.message.subject, row.message.sender) for row in await held.waiting()] == [
        ("3", "jane@example.com"),
        ("1", "jane@example.com"),
    ]


async def test_the_ledger_is_asked_for_what_the_mailbox_shows() -> None:
    seen = {"mailbox": "INBOX", "uid_validity": 7, "received_at": NOW}
    await insert(
        LedgerRow,
        [seen | {"uid": uid, "state": LedgerState.RECORDED} for uid in range(1, 100)]
        + [seen | {"uid": uid, "state": LedgerState.BEGUN} for uid in (100, 101)]
        + [seen | {"uid": 102, "state": LedgerState.BEGUN, "uid_validity": 8}],
    )

    shown = [5, *range(100, 25_000)]
    assert sorted(await ledger.known("INBOX", 7, shown)) == [5, 100, 101]
    assert await ledger.known("INBOX", 7, []) == {}
    assert sorted(await ledger.begun("INBOX", 7)) == [100, 101]
    assert await ledger.gone("INBOX", 7, [5, 100, 102]) == 1
    states = {row.uid: row.state for row in await LedgerRow.filter(uid__gte=100)}
    assert states == {100: LedgerState.GONE, 101: LedgerState.BEGUN, 102: LedgerState.BEGUN}


async def test_settled_is_what_is_ours_and_of_which_the_server_knows_it() -> None:
    seen = {"mailbox": "INBOX", "uid_validity": 7, "received_at": NOW}
    filed = seen | {"filed_at": NOW}
    await insert(
        LedgerRow,
        [filed | {"uid": uid, "state": LedgerState.RECORDED} for uid in range(1, 100)]
        + [filed | {"uid": 100, "state": LedgerState.HELD}]
        + [seen | {"uid": uid, "state": each} for uid, each in enumerate(LedgerState, 101)]
        + [filed | {"uid": 200, "state": LedgerState.LEFT}]
        + [filed | {"uid": 201, "state": LedgerState.RECORDED, "uid_validity": 8}],
    )

    shown = [5, *range(100, 25_000)]
    assert await ledger.settled("INBOX", 7, shown) == {5, 100}
    assert await ledger.settled("INBOX", 7, []) == set()


async def test_each_key_that_has_signed_a_letter_is_told_once() -> None:
    assert await outbox.signing_keys() == []
    await insert(OutboxRow, [a_letter(number, key_id="cab"[number % 3]) for number in range(9)])
    assert await outbox.signing_keys() == ["a", "b", "c"]


async def test_ids_are_rewritten_where_a_relay_named_another_one() -> None:
    await insert(OutboxRow, [a_letter(1), a_letter(2, alias="2@example.com")])
    assert not await outbox.are_ids_rewritten()
    await insert(OutboxRow, [a_letter(3, alias="other@example.net")])
    assert await outbox.are_ids_rewritten()


async def test_copies_are_of_what_was_sent_and_no_more_than_asked_for() -> None:
    await insert(OutboxRow, [a_letter(number, copy_to="Sent") for number in range(4)])
    await insert(OutboxRow, [a_letter(4), a_letter(5, copy_to="Sent", status=Status.QUEUED)])
    first = [row async for row in outbox.copies(3)]
    assert [row.message_id for row in first] == [f"{each}@example.com" for each in range(3)]
    for row in first:
        await outbox.copied(row.id)
    assert [row.message_id async for row in outbox.copies(3)] == ["3@example.com"]


async def test_of_the_letters_that_are_copied_one_is_in_memory_at_a_time() -> None:
    octets = 500_000
    letters = [
        a_letter(each, copy_to="Sent", content=random.Random(each).randbytes(octets))
        for each in range(10)
    ]
    await insert(OutboxRow, letters)
    del letters
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        held = [tracemalloc.get_traced_memory()[0] - before async for _ in outbox.copies(10)]
    finally:
        tracemalloc.stop()

    assert len(held) == 10
    assert max(held) < 5 * octets


async def test_only_promised_letters_that_are_due_alarm() -> None:
    due = {"status": Status.QUEUED, "next_attempt_at": NOW}
    await insert(
        OutboxRow,
        [
            a_letter(1, **due),
            a_letter(2, **due, template="digest"),
            a_letter(3, **due),
            a_letter(4),
        ],
    )
    assert await query.overdue_letters(NOW + timedelta(seconds=3)) == 1
    assert await query.overdue_letters(NOW + timedelta(seconds=4)) == 2


async def test_what_is_past_its_time_is_found_however_many_cases_there_are() -> None:
    await insert(
        CaseRow,
        [
            a_case(serial, state=State.CLOSED if serial % 2 else State.OPEN)
            for serial in range(1, MANY + 1)
        ],
    )
    await insert(
        EventRow,
        [
            {"case_id": serial, "at": NOW - timedelta(days=serial), "cause": "test"}
            | {"event": "case_closed"}
            for serial in range(1, MANY + 1, 2)
        ],
    )

    found = await retention.past(NOW, 12)
    assert [each.serial for each in found] == list(range(MANY - 1, 364, -2))
