"""
What is past its time goes by itself where the rulebook says so: each morning, a few a round.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from mailbot.cases.rulebook.choices import Retention
from mailbot.letters.office import Office
from mailbot.store.tables import EventRow
from mailbot.workers import keeping
from mailbot.workers.clock_watch import ClockWatch
from mailbot.workers.keeping import Keeping
from mailbot.workers.scheduler import Scheduler
from tests.store.test_retention import a_case

#: A Monday and a Tuesday, at ten.
MONDAY = datetime(2040, 1, 9, 10, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def keeps(office: Office, *, by_itself: bool = True) -> Office:
    rulebook = office.firm.rulebook.model_copy(
        update={"retention": Retention(months=12, by_itself=by_itself)}
    )
    return replace(office, firm=replace(office.firm, rulebook=rulebook))


async def anonymised() -> list[tuple[int | None, str, str]]:
    rows = await EventRow.filter(event="case_anonymised").order_by("id")
    return [(each.case_id, each.cause, each.reason) for each in rows]


async def test_nothing_goes_by_itself_unless_the_rulebook_says_so(office: Office) -> None:
    await a_case()

    await Scheduler(keeps(office, by_itself=False), lambda: MONDAY).step()

    assert await anonymised() == []


async def test_in_the_morning_the_clock_empties_what_is_past_its_time(office: Office) -> None:
    await a_case(1)
    await a_case(2, closed_at=MONDAY - timedelta(days=30))

    with capture_logs() as said:
        await Scheduler(keeps(office), lambda: MONDAY).step()

    assert await anonymised() == [(1, "clock", "retention")]
    told = [each for each in said if each["event"] == "retention_kept"]
    assert [each["count"] for each in told] == [1]


async def test_not_by_a_clock_that_another_one_contradicts(office: Office) -> None:
    await a_case()
    watch = ClockWatch(lambda: MONDAY)
    watch.others.said("token endpoint", MONDAY - timedelta(days=300))
    clock = Scheduler(keeps(office), lambda: MONDAY, is_contradicted=watch.is_contradicted)

    await clock.step()
    assert await anonymised() == []

    watch.others.said("token endpoint", MONDAY - timedelta(hours=1))
    await clock.step()
    assert await anonymised() == [(1, "clock", "retention")]


@pytest.mark.parametrize("now", [MONDAY - timedelta(hours=4), MONDAY - timedelta(days=1)])
async def test_not_at_night_and_not_on_a_sunday(office: Office, now: datetime) -> None:
    await a_case()

    await Scheduler(keeps(office), lambda: now).step()

    assert await anonymised() == []


async def test_a_round_empties_a_few_and_the_next_one_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_A_ROUND", 2)
    for serial in (1, 2, 3):
        await a_case(serial)
    worker = Keeping()

    with capture_logs() as said:
        steps = [await worker.step(keeps(office), MONDAY) for _ in range(3)]

    assert steps == [2, 1, 0]
    assert len(await anonymised()) == 3
    assert [(each["event"], each["count"]) for each in said] == [("retention_kept", 3)]


async def test_of_two_workers_one_looks_that_day_and_either_the_next(office: Office) -> None:
    one, other = Keeping(), Keeping()
    assert await one.step(keeps(office), MONDAY) == 0
    await a_case()

    assert await other.step(keeps(office), MONDAY) == 0
    assert await other.step(keeps(office), TUESDAY) == 1
    assert await one.step(keeps(office), TUESDAY) == 0
