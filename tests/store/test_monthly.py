"""
The report of a month by mail: once, to those who answer for the code; and what is read for it.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tortoise import connections

from mailbot.cases.month.months import Month
from mailbot.letters.office import Office
from mailbot.store import month
from mailbot.store.tables import ControlRow, EventRow, OutboxRow
from mailbot.workers import orders
from tests.flow.house import MANAGER, Mail, read, text_of
from tests.store.desk import Desk

DECEMBER_BEGINS = datetime(2026, 12, 1, 9, tzinfo=UTC)
HEAD = "david.hughes@infinitysystemsolutions.co.uk"


async def a_november(office: Office) -> Desk:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.until(DECEMBER_BEGINS)
    return desk


async def test_the_managers_get_the_report_of_the_last_month_once(office: Office) -> None:
    desk = await a_november(office)

    assert await orders.monthly(office, desk.now) == ["report", "report"]
    later = desk.now + timedelta(days=8)
    assert await orders.monthly(office, later) == []

    rows = await OutboxRow.filter(template="report").order_by("id")
    assert {each.recipient for each in rows} == {MANAGER, HEAD}
    assert "In November 2026 we received 1 complaint" in text_of(rows[0].content)
    [attached] = read(rows[0].content).iter_attachments()
    assert attached.get_filename() == "complaints-2026-11.pdf"
    assert attached.get_payload(decode=True)[:5] == b"%PDF-"  # type: ignore[index]


async def test_a_rebuilt_database_knows_by_its_letters_what_was_reported(office: Office) -> None:
    desk = await a_november(office)
    await orders.monthly(office, desk.now)
    await ControlRow.filter(name="reported").delete()

    assert await orders.monthly(office, desk.now + timedelta(days=1)) == []


async def test_what_was_reported_by_a_clock_that_ran_ahead_keeps_no_month_back(
    office: Office,
) -> None:
    desk = await a_november(office)
    assert await orders.monthly(office, desk.now + timedelta(days=40)) == ["report", "report"]

    assert await orders.monthly(office, desk.now) == ["report", "report"]
    assert await orders.monthly(office, desk.now + timedelta(days=1)) == []
    months = {each.occasion[:7] for each in await OutboxRow.filter(template="report")}
    assert months == {"2026-11", "2026-12"}


async def test_of_workers_that_meet_one_reports(office: Office) -> None:
    desk = await a_november(office)

    written = await asyncio.gather(*(orders.monthly(office, desk.now) for _ in range(3)))

    assert sorted(written) == [[], [], ["report", "report"]]


async def test_a_firm_may_do_without(office: Office) -> None:
    desk = await a_november(office)
    rules = office.firm.rulebook
    quiet = rules.model_copy(update={"report": rules.report.model_copy(update={"send": False})})

    silent = replace(office, firm=replace(office.firm, rulebook=quiet))

    assert await orders.monthly(silent, desk.now) == []


async def test_a_firm_that_has_just_begun_gets_no_report_of_nothing(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())

    # October was before its first complaint.
    assert await orders.monthly(office, desk.now) == []
    assert await OutboxRow.filter(template="report").count() == 0


async def test_what_happened_since_is_found_by_halving(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await desk.order("#outcome\nMended.")
    await desk.arrives(await desk.answer_to("outcome", "Yes"))
    for number in range(2, 9):
        desk.now += timedelta(days=20)
        await desk.arrives(
            Mail(sender=f"No {number} <no{number}@example.com>", message_id=f"{number}@example.com")
        )
    events = await EventRow.all().order_by("id")

    for begins in (events[0].at, events[len(events) // 2].at, events[-1].at):
        found = await month.first_after(connections.get("default"), "event", "id", begins, "at")
        assert found == next(each.id for each in events if each.at >= begins)
    # The first one is closed, and nothing has happened in it for months.
    known = [each async for each in month.known(desk.now - timedelta(days=10))]
    cases = [case.reference for each in known for case in each.cases]
    assert "ISS-000001-95" not in cases
    assert len(cases) == 7
    assert known[0].began_at == min(each.at for each in events)
    assert Month(desk.now.date().replace(day=1)).begins(office.firm.calendar) <= desk.now
