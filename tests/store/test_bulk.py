"""
Many rows at once, on both engines as a model of Tortoise would have written each.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from mailbot.cases.known.arrivals import LedgerState
from mailbot.store import bulk
from mailbot.store.database import database, transact
from mailbot.store.tables import AbsenceRow, CaseRow, Content, ControlRow, EventRow, MessageRow

NOW = datetime(2026, 11, 20, 16, 45, 0, 1, tzinfo=UTC)
MANY = 7_000

MESSAGE: dict[str, Any] = {
    "ledger_id": 1,
    "received_at": NOW,
    "recorded_at": NOW,
    "identity": "i",
    "rule": "r",
}


@pytest.fixture(autouse=True)
async def _opened(url: str) -> AsyncIterator[None]:
    async with database(url):
        yield


async def test_rows_are_as_a_model_would_have_them() -> None:
    content = {"octets": b"\0\xff;'", "sha256": "s", "size": 2**40}
    told = MESSAGE | {"kind": LedgerState.RECORDED, "attachments": ["a'b", "ü"], "text": "ü"}
    zone = timezone(timedelta(hours=2))
    await transact(lambda tx: bulk.insert(tx, Content, [content | {"id": 7}]))
    await transact(
        lambda tx: bulk.insert(
            tx,
            MessageRow,
            [
                told | {"content_id": 7},
                told | {"content_id": 7, "received_at": NOW.astimezone(zone)},
            ],
        )
    )
    await MessageRow.create(**told, content_id=7)

    kept = await Content.get(id=7)
    assert (bytes(kept.octets), kept.size) == (b"\0\xff;'", 2**40)
    first, *others = [each | {"id": 0} for each in await MessageRow.all().order_by("id").values()]
    assert others == [first, first]
    assert (first["received_at"], first["case_id"], first["attachments"]) == (
        NOW,
        None,
        ["a'b", "ü"],
    )
    assert await MessageRow.filter(received_at=NOW).count() == 3


async def test_more_rows_than_a_statement_has_variables_for() -> None:
    rows = [{"at": NOW, "event": str(number), "cause": "test"} for number in range(MANY)]
    await transact(lambda tx: bulk.insert(tx, EventRow, rows))
    assert [row.event for row in await EventRow.all().order_by("id")] == [
        str(number) for number in range(MANY)
    ]

    said = {row.id: {"reason": row.event} for row in await EventRow.all()}
    said |= {0: {"reason": "nobody's"}}
    assert await transact(lambda tx: bulk.change(tx, EventRow, said)) == MANY
    assert all(row.reason == row.event for row in await EventRow.all())


async def test_each_row_is_changed_in_what_it_names() -> None:
    case = {
        "reference": "A",
        "state": "open",
        "received_at": NOW,
        "opened_at": NOW,
        "rulebook_version": "1",
    }
    rows = [case | {"serial": serial, "reference": str(serial)} for serial in (1, 2, 3)]
    await transact(lambda tx: bulk.insert(tx, CaseRow, rows))
    changed = await transact(
        lambda tx: bulk.change(
            tx,
            CaseRow,
            {
                1: {"state": "closed", "level": 2, "outcome_at": NOW, "by_post": True},
                2: {"state": "closed", "level": 3, "outcome_at": None, "by_post": False},
                3: {"merged_into": 1},
            },
        )
    )

    assert changed == 3
    seen = [
        (row.state, row.level, row.outcome_at, row.by_post, row.merged_into, row.reference)
        for row in await CaseRow.all().order_by("serial")
    ]
    assert seen == [
        ("closed", 2, NOW, True, None, "1"),
        ("closed", 3, None, False, None, "2"),
        ("open", 0, None, False, 1, "3"),
    ]


async def test_dates_and_octets_and_lists_and_keys_of_text_are_changed_too() -> None:
    await transact(lambda tx: bulk.insert(tx, Content, [{"octets": b"a", "sha256": "", "size": 1}]))
    [content] = await Content.all()
    told = MESSAGE | {"kind": "k", "content_id": content.id}
    await transact(lambda tx: bulk.insert(tx, MessageRow, [told]))
    [message] = await MessageRow.all()
    day = date(2026, 11, 20)
    absence = {"email_key": "a@b", "first_on": day, "last_on": day, "said_by": "c", "said_at": NOW}
    await transact(lambda tx: bulk.insert(tx, AbsenceRow, [absence]))
    [away] = await AbsenceRow.all()
    await transact(lambda tx: bulk.insert(tx, ControlRow, [{"name": "n", "value": "1", "at": NOW}]))

    later = date(2026, 11, 21)
    await transact(lambda tx: bulk.change(tx, Content, {content.id: {"octets": b"\0"}}))
    await transact(lambda tx: bulk.change(tx, MessageRow, {message.id: {"attachments": ["x"]}}))
    await transact(lambda tx: bulk.change(tx, AbsenceRow, {away.id: {"last_on": later}}))
    await transact(lambda tx: bulk.change(tx, ControlRow, {"n": {"value": "2"}}))

    assert bytes((await Content.get(id=content.id)).octets) == b"\0"
    assert (await MessageRow.get(id=message.id)).attachments == ["x"]
    assert (await AbsenceRow.get(id=away.id)).last_on == later
    assert (await ControlRow.get(name="n")).value == "2"


async def test_what_does_not_fit_is_refused() -> None:
    fine = {"at": NOW, "event": "e", "cause": "test"}
    with pytest.raises(ValueError, match=r"no field caus$"):
        await transact(lambda tx: bulk.insert(tx, EventRow, [fine | {"caus": "x"}]))
    with pytest.raises(ValueError, match=r"EventRow\.at is never null"):
        await transact(lambda tx: bulk.insert(tx, EventRow, [{"event": "e", "cause": "test"}]))
    with pytest.raises(ValueError, match="without id"):
        await transact(lambda tx: bulk.insert(tx, EventRow, [fine | {"id": 1}, fine]))
    with pytest.raises(BaseORMException):
        await transact(lambda tx: bulk.insert(tx, EventRow, [fine | {"event": "e" * 49}]))
    assert await EventRow.all().count() == 0


async def test_nothing_is_no_statement() -> None:
    await transact(lambda tx: bulk.insert(tx, EventRow, []))
    assert await transact(lambda tx: bulk.change(tx, EventRow, {})) == 0
    assert await transact(lambda tx: bulk.change(tx, EventRow, {1: {}})) == 0
