"""
The figures of each month of the year of forty lives, against a ledger kept without mailbot.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailbot import service
from mailbot.cases.decision import Event
from mailbot.cases.month.broken import Broken, broken
from mailbot.cases.month.figures import Figures, figures
from mailbot.cases.month.known import Known
from mailbot.cases.month.life import Life
from mailbot.cases.month.months import Month
from mailbot.cases.month.report import Count, Report, count, first_needed, report
from mailbot.letters.office import Office
from mailbot.store import month as stored
from mailbot.store import retention
from mailbot.store.database import database
from mailbot.workers import counting
from tests.flow.house import settings
from tests.store import forty_ledger as ledger
from tests.store.forty import LIVES, lay_the_year, reference_of

DECEMBER = Month(date(2026, 12, 1))
MUCH_LATER = datetime(2040, 1, 1, tzinfo=UTC)

each_month = pytest.mark.parametrize("month", ledger.MONTHS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("year")
    lay_the_year(made)
    return made


@pytest.fixture
async def office(folder: Path) -> AsyncIterator[Office]:
    async with database(f"sqlite://{folder}/mailbot.sqlite3"):
        yield await service.office(settings(folder))


@pytest.fixture
async def year(office: Office) -> dict[int, Figures]:
    known = await read(office)
    months = (*DECEMBER.year_before(), DECEMBER)
    made = figures(known, months, office.firm.rulebook, office.firm.calendar)
    return {each.month.first.month: each for each in made if each.month.first.year == 2026}


async def read(office: Office, month: Month = DECEMBER) -> Known:
    """
    What the store says in portions, in one.
    """
    portions = [each async for each in stored.known(first_needed(month, office.firm))]
    return replace(portions[0], cases=tuple(case for each in portions for case in each.cases))


async def test_a_year_gone_through_in_portions_is_the_year(office: Office) -> None:
    known = await read(office)
    nobody = replace(known, cases=())
    for month in (each.month for each in count(known, DECEMBER, office.firm).figures):
        at_once = count(known, month, office.firm)
        by_portion = count(nobody, month, office.firm)
        for case in known.cases:
            by_portion = by_portion.plus(count(Known(cases=(case,)), month, office.firm))

        assert told(by_portion, office) == told(at_once, office)
        assert await counting.counted(month, office.firm) == at_once


def told(counted: Count, office: Office) -> Report:
    made_at = DECEMBER.ends(office.firm.calendar)
    return report(counted, office.firm, made_at=made_at, made_by="Olwen")


def of(references: tuple[str, ...]) -> list[str]:
    """
    The people behind these references.
    """
    people = {reference_of(each.who): each.who for each in LIVES}
    return sorted(people[each] for each in references)


async def test_what_came_in_and_how(year: dict[int, Figures]) -> None:
    for month in ledger.MONTHS:
        came = ledger.received()[month]
        assert of(year[month].received) == sorted(each.who for each in came)
        assert {name: len(each) for name, each in year[month].by_channel.items() if each} == {
            way.replace(" ", "_"): sum(each.way == way for each in came)
            for way in {each.way for each in came}
        }
    assert of(year[2].not_complaints) == [ledger.NO_COMPLAINT]
    assert of(year[3].rejected) == [ledger.REJECTED]
    assert of(year[6].merged) == [ledger.MERGED]


async def test_what_was_closed_reopened_and_handed_up(year: dict[int, Figures]) -> None:
    for told, name in (
        (ledger.closures, "closed"),
        (ledger.reopenings, "reopened"),
        (ledger.escalations, "escalated"),
    ):
        by_person = {each.who: told(each) for each in LIVES}
        for month in ledger.MONTHS:
            counted = of(getattr(year[month], name))
            assert counted == ledger.people_with(month, by_person), (name, month)


async def test_what_was_open_when_the_month_was_over(year: dict[int, Figures]) -> None:
    for month in ledger.MONTHS:
        assert of(year[month].open_at_end) == ledger.open_after(month), month
        aged = [each for group in year[month].open_by_age.values() for each in group]
        assert sorted(aged) == sorted(year[month].open_at_end)
    assert of(year[12].open_by_age["over_six_weeks"]) == [
        *("Jane Doe", "Owen Parry", "Victor Stone"),
    ]
    assert year[12].oldest
    assert of((year[12].oldest[0],)) == ["Owen Parry"]


async def test_the_letters_that_the_law_wants(year: dict[int, Figures]) -> None:
    deadlocks = {"Mair Rowlands": ["05-08 10:00"], "Victor Stone": ["07-24 10:00"]}
    rights = {who: [when] for who, when in ledger.RIGHTS_LETTERS.items()}
    for month in ledger.MONTHS:
        assert of(year[month].rights_letters) == ledger.people_with(month, rights)
        assert of(year[month].deadlock_letters) == ledger.people_with(month, deadlocks)


async def test_the_credits(year: dict[int, Figures]) -> None:
    for month in ledger.MONTHS:
        agreed = year[month].credits
        assert (len(agreed.references), float(agreed.amount)) == ledger.credits_of(month)


async def test_how_long_things_took(year: dict[int, Figures]) -> None:
    for month in ledger.MONTHS:
        for measured, counted in (
            (year[month].days_to_close, list(ledger.days_to_close(month))),
            (year[month].hours_to_acknowledge, list(ledger.hours_to_acknowledge(month))),
        ):
            assert measured.median == pytest.approx(ledger.middle(counted), abs=0.051)
            assert measured.p90 == pytest.approx(ledger.nine_of_ten(counted), abs=0.051)


async def test_a_month_that_is_reported_again_says_the_same_once_its_cases_are_anonymised(
    tmp_path: Path,
) -> None:
    lay_the_year(tmp_path)
    async with database(f"sqlite://{tmp_path}/mailbot.sqlite3"):
        office = await service.office(settings(tmp_path))
        before = await reported(office)
        gone = await retention.past(MUCH_LATER, retention.FLOOR)
        said = Event(name=retention.CASE_ANONYMISED, cause="clock", reason="retention")
        for each in gone:
            assert await retention.anonymise(each, said, MUCH_LATER)
        after = await reported(office)

    assert len(gone) > 30
    assert after == before


async def reported(office: Office) -> list[tuple[Figures, tuple[Broken, ...]]]:
    """
    What is said of each month of the year.
    """
    known = await read(office)
    months = (*DECEMBER.year_before(), DECEMBER)
    made = figures(known, months, office.firm.rulebook, office.firm.calendar)
    lives = [Life(each) for each in known.cases]
    return [(each, broken(lives, each.month, office.firm)) for each in made]


@each_month
async def test_how_each_promise_was_kept(year: dict[int, Figures], month: int) -> None:
    counted = {
        each.promise: (
            *(len(each.kept), len(each.kept_late), len(each.broken)),
            *(len(each.withdrawn), len(each.open)),
        )
        for each in year[month].promises
    }

    assert {name: each for name, each in counted.items() if any(each)} == ledger.PROMISES[month]
