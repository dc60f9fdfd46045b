"""
The promises' clocks: the worked examples, each edge, and what the little language takes.
"""

import tomllib
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.cases.illegal import Illegal
from mailbot.cases.obligation import Does, Obligation
from mailbot.cases.rulebook.clock_language import (
    parse_acts,
    parse_clock,
    parse_moment,
    parse_within,
)
from mailbot.cases.rulebook.lengths import AtOnce, Moment, Unit, Within
from mailbot.cases.rulebook.promise import PlannedStep, Promise
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.cases.rulebook.working_days import END_OF_DAY

LONDON = ZoneInfo("Europe/London")
EXAMPLE = Path(__file__).parents[2] / "config" / "code.toml"
RULEBOOK = Rulebook.model_validate(tomllib.loads(EXAMPLE.read_text()))
CALENDAR = RULEBOOK.calendar(LONDON)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def booked(promise: str, received: str) -> Obligation:
    return RULEBOOK.promise(promise).book(london(received), CALENDAR)


def steps(obligation: Obligation) -> list[tuple[Does, datetime]]:
    return [(step.does, step.at) for step in obligation.steps]


def a_promise(
    within: str = "42 days",
    acts: str = "09:00",
    due: str | None = "17:00",
    *planned: tuple[str, Does],
) -> Promise:
    return Promise(
        name="example",
        clause="an example",
        within=parse_within(within),
        acts=parse_acts(acts),
        due=None if due is None else parse_clock(due),
        steps=tuple(PlannedStep(at=parse_moment(at), does=does) for at, does in planned),
    )


#: mission.md: received, 24 working hours, stricter alarm, 48 hours, 3rd working day, six weeks.
WORKED = [
    (
        "2026-11-20T16:45",
        "2026-11-25T16:45",
        "2026-11-23T17:00",
        "2026-11-22T16:45",
        "2026-11-25",
        "2027-01-01",
    ),
    (
        "2026-11-21T11:00",
        "2026-11-25T17:00",
        "2026-11-23T17:00",
        "2026-11-23T11:00",
        "2026-11-25",
        "2027-01-02",
    ),
    (
        "2026-12-24T16:30",
        "2026-12-31T16:30",
        "2026-12-29T17:00",
        "2026-12-26T16:30",
        "2026-12-31",
        "2027-02-04",
    ),
    (
        "2027-03-25T12:00",
        "2027-04-01T12:00",
        "2027-03-30T17:00",
        "2027-03-27T12:00",
        "2027-04-01",
        "2027-05-06",
    ),
]


@pytest.mark.parametrize(("received", "hours", "alarm", "elapsed", "third", "weeks"), WORKED)
def test_the_worked_examples_hold(  # noqa: PLR0917 - the columns of the table
    received: str, hours: str, alarm: str, elapsed: str, third: str, weeks: str
) -> None:
    acknowledge = booked("acknowledge", received)
    introduce = booked("introduce", received)
    agree_contact = booked("agree_contact", received)
    adr_rights = booked("adr_rights", received)

    assert acknowledge.acts_at == introduce.acts_at == london(received)
    assert acknowledge.due_at == london(hours)
    assert (Does.ALARM, london(alarm)) in steps(acknowledge)
    assert introduce.due_at == london(elapsed)
    assert agree_contact.acts_at == london(f"{third}T09:00")
    assert agree_contact.due_at == london(f"{third}T17:00")
    assert adr_rights.acts_at == london(f"{weeks}T09:00")
    assert adr_rights.due_at == CALENDAR.at(london(f"{weeks}T12:00").date(), END_OF_DAY)


def test_the_rights_letter_is_warned_of_three_times_and_alarmed_at_noon() -> None:
    obligation = booked("adr_rights", "2026-11-20T16:45")

    assert steps(obligation) == [
        (Does.WARN, london("2026-12-18T09:00")),  # day 28
        (Does.WARN, london("2026-12-25T09:00")),  # day 35, Christmas or not
        (Does.WARN, london("2026-12-29T09:00")),  # day 39
        (Does.ACT, london("2027-01-01T09:00")),  # day 42
        (Does.ALARM, london("2027-01-01T12:00")),
        (Does.DUE, london("2027-01-02T00:00")),
    ]


def test_six_weeks_across_the_clock_change_keep_the_wall_clock() -> None:
    obligation = booked("adr_rights", "2027-03-25T12:00")

    assert obligation.acts_at.isoformat() == "2027-05-06T08:00:00+00:00"
    assert obligation.due_at.isoformat() == "2027-05-06T23:00:00+00:00"


def test_forty_eight_hours_across_the_clock_change_are_hours_and_not_days() -> None:
    assert booked("introduce", "2027-03-27T12:00").due_at == london("2027-03-29T13:00")


def test_the_handler_is_asked_on_the_working_day_before_the_third() -> None:
    obligation = booked("agree_contact", "2026-12-24T16:30")

    assert steps(obligation) == [
        (Does.WARN, london("2026-12-30T09:00")),
        (Does.ACT, london("2026-12-31T09:00")),
        (Does.DUE, london("2026-12-31T17:00")),
    ]


def test_an_obligation_carries_its_rule() -> None:
    obligation = booked("introduce", "2026-11-20T16:45")

    assert obligation.promise == "introduce"
    assert "within 48 hours of your complaint being raised" in obligation.clause
    assert {step.promise for step in obligation.steps} == {"introduce"}


def test_the_day_of_receipt_is_the_firms_own_day() -> None:
    # One minute apart, on either side of a British summer midnight.
    before = a_promise().book(datetime(2026, 7, 6, 22, 59, tzinfo=UTC), CALENDAR)
    after = a_promise().book(datetime(2026, 7, 6, 23, 0, tzinfo=UTC), CALENDAR)

    assert before.due_at == london("2026-08-17T17:00")
    assert after.due_at == london("2026-08-18T17:00")


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        ("09:00", "2027-01-01T09:00"),
        ("24:00", "2027-01-02T00:00"),
        ("09:00, 1 day before", "2026-12-31T09:00"),
        ("09:00, 7 days before", "2026-12-25T09:00"),
        ("09:00, 5 working days before", "2026-12-23T09:00"),
        ("17:00, 1 working day after receipt", "2026-11-23T17:00"),
        ("17:00, 2 days after receipt", "2026-11-22T17:00"),
    ],
)
def test_a_moment_counts_from_the_last_day_or_from_the_receipt(moment: str, instant: str) -> None:
    promise = a_promise("6 weeks", "09:00", "24:00", (moment, Does.WARN))

    obligation = promise.book(london("2026-11-20T16:45"), CALENDAR)

    assert (Does.WARN, london(instant)) in steps(obligation)


def test_a_step_before_a_late_receipt_is_booked_all_the_same() -> None:
    promise = a_promise(
        "1 working day", "09:00", "17:00", ("09:00, 1 working day before", Does.WARN)
    )

    obligation = promise.book(london("2026-11-21T11:00"), CALENDAR)

    assert (Does.WARN, london("2026-11-20T09:00")) in steps(obligation)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("24 working hours", Within(24, Unit.WORKING_HOUR)),
        ("1 working hour", Within(1, Unit.WORKING_HOUR)),
        ("48 hours", Within(48, Unit.HOUR)),
        ("3 working days", Within(3, Unit.WORKING_DAY)),
        ("42 days", Within(42, Unit.DAY)),
        ("6 weeks", Within(6, Unit.WEEK)),
    ],
)
def test_a_length_is_read_and_written_alike(text: str, within: Within) -> None:
    assert parse_within(text) == within
    assert str(within) == text


@pytest.mark.parametrize(
    "text",
    ["", "3", "3 workingdays", "0 days", "-1 days", "3.5 days", "1000 days", "3 months", "3 days "],
)
def test_a_length_that_is_none_is_answered_with_what_may_be_written(text: str) -> None:
    with pytest.raises(
        ValueError, match='expected a length such as "24 working hours", "48 hours"'
    ):
        parse_within(text)


@pytest.mark.parametrize(
    ("text", "clock"),
    [("00:00", time(0)), ("09:05", time(9, 5)), ("23:59", time(23, 59)), ("24:00", END_OF_DAY)],
)
def test_a_time_is_read(text: str, clock: time) -> None:
    assert parse_clock(text) == clock


@pytest.mark.parametrize("text", ["9:00", "24:01", "25:00", "12:60", "noon", "", "09:00:00"])
def test_a_time_that_is_none_is_answered_with_what_may_be_written(text: str) -> None:
    with pytest.raises(ValueError, match='expected a time such as "09:00" or "24:00"'):
        parse_clock(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "09:00,1 day before",
        "09:00, 0 days before",
        "09:00, 1 day after",
        "09:00, 1 week before",
        "9am, 1 day before",
        "09:00, before",
        "at once",
    ],
)
def test_a_moment_that_is_none_is_answered_with_what_may_be_written(text: str) -> None:
    with pytest.raises(ValueError, match='expected a moment such as "09:00", "09:00, 1 working'):
        parse_moment(text)


def test_acts_takes_at_once_and_moments() -> None:
    assert parse_acts("at once") == AtOnce()
    assert parse_acts("09:00") == Moment(time(9))
    with pytest.raises(ValueError, match='expected "at once" or a moment such as'):
        parse_acts("soon")


def test_a_promise_of_days_without_a_time_cannot_be_made() -> None:
    with pytest.raises(Illegal):
        a_promise("3 working days", "09:00", None)
    with pytest.raises(Illegal):
        a_promise("48 hours", "at once", "17:00")
