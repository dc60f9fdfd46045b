"""
Working days and hours, on the firm's wall clock.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailbot.cases.illegal import Illegal
from mailbot.cases.rulebook.working_days import END_OF_DAY, Calendar

LONDON = ZoneInfo("Europe/London")
CALENDAR = Calendar(zone=LONDON)


def london(text: str) -> datetime:
    """
    The instant at which clocks in London show that.
    """
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20T16:45", 24, "2026-11-25T16:45"),
        ("2026-11-21T11:00", 24, "2026-11-25T17:00"),
        ("2026-12-24T16:30", 24, "2026-12-31T16:30"),
        ("2027-03-25T12:00", 24, "2027-04-01T12:00"),
        # Night counts from the opening, evening from the next one.
        ("2026-11-23T03:00", 1, "2026-11-23T10:00"),
        ("2026-11-23T22:00", 1, "2026-11-24T10:00"),
        # The very edges of a day.
        ("2026-11-23T09:00", 8, "2026-11-23T17:00"),
        ("2026-11-23T08:59", 8, "2026-11-23T17:00"),
        ("2026-11-23T09:01", 8, "2026-11-24T09:01"),
        ("2026-11-23T16:00", 1, "2026-11-23T17:00"),
        ("2026-11-23T17:00", 1, "2026-11-24T10:00"),
        ("2026-11-20T16:59", 1, "2026-11-23T09:59"),
    ],
)
def test_working_hours_count_only_while_the_firm_is_open(start: str, hours: int, end: str) -> None:
    assert CALENDAR.plus_working_hours(london(start), hours) == london(end)


def test_working_hours_are_given_in_utc_whatever_zone_the_start_was_in() -> None:
    start = london("2026-07-06T10:00").astimezone(ZoneInfo("Asia/Tokyo"))

    end = CALENDAR.plus_working_hours(start, 1)

    assert end.isoformat() == "2026-07-06T10:00:00+00:00"


def test_a_working_day_around_the_clock_loses_the_hour_that_spring_takes() -> None:
    sundays_too = Calendar(zone=LONDON, opens=time(0), closes=time(4), weekdays=frozenset(range(7)))

    end = sundays_too.plus_working_hours(london("2027-03-28T00:00"), 4)

    # Monday is Easter Monday.
    assert end == london("2027-03-30T01:00")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-12-25", False),
        ("2026-12-28", False),  # for Boxing Day, which is a Saturday
        ("2026-12-29", True),
        ("2027-01-01", False),
        ("2027-03-26", False),  # Good Friday
        ("2027-03-29", False),  # Easter Monday
        ("2026-11-30", True),  # St Andrew's Day is Scotland's
        ("2027-03-17", True),  # St Patrick's Day is Northern Ireland's
    ],
)
def test_bank_holidays_are_those_of_england_and_wales(day: str, works: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is works


def test_the_owner_can_add_a_holiday_and_take_one_away() -> None:
    calendar = Calendar(
        zone=LONDON,
        extra_holidays=frozenset({date(2026, 11, 23)}),
        removed_holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
    )

    assert not calendar.is_working_day(date(2026, 11, 23))
    assert calendar.is_working_day(date(2026, 12, 25))
    # A Saturday does not become a working day because it is no holiday.
    assert not calendar.is_working_day(date(2026, 12, 26))


def test_saturday_mail_falls_due_with_fridays() -> None:
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)

    assert CALENDAR.plus_working_days(friday, 3) == date(2026, 11, 25)
    assert CALENDAR.plus_working_days(saturday, 3) == date(2026, 11, 25)


def test_working_days_count_back_as_well() -> None:
    assert CALENDAR.plus_working_days(date(2026, 12, 29), -1) == date(2026, 12, 24)
    assert CALENDAR.plus_working_days(date(2026, 11, 22), -2) == date(2026, 11, 19)
    assert CALENDAR.plus_working_days(date(2026, 11, 22), 0) == date(2026, 11, 22)


def test_the_neighbours_of_a_day_leave_the_day_itself_out() -> None:
    monday = date(2026, 11, 23)

    assert CALENDAR.next_working_day(monday) == date(2026, 11, 24)
    assert CALENDAR.previous_working_day(monday) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("day", "clock", "instant"),
    [
        ("2026-11-23", time(9), "2026-11-23T09:00:00+00:00"),
        ("2026-07-06", time(9), "2026-07-06T08:00:00+00:00"),
        ("2026-11-23", END_OF_DAY, "2026-11-24T00:00:00+00:00"),
        ("2026-07-06", END_OF_DAY, "2026-07-06T23:00:00+00:00"),
        # The days on which the clocks change have 23 and 25 hours.
        ("2027-03-28", time(0), "2027-03-28T00:00:00+00:00"),
        ("2027-03-28", END_OF_DAY, "2027-03-28T23:00:00+00:00"),
        ("2026-10-25", time(0), "2026-10-24T23:00:00+00:00"),
        ("2026-10-25", END_OF_DAY, "2026-10-26T00:00:00+00:00"),
    ],
)
def test_a_local_time_is_one_instant(day: str, clock: time, instant: str) -> None:
    assert CALENDAR.at(date.fromisoformat(day), clock).isoformat() == instant


def test_the_local_day_changes_at_local_midnight() -> None:
    # Half past eleven in UTC is past midnight in a British summer.
    late = datetime(2026, 7, 6, 23, 30, tzinfo=UTC)

    assert CALENDAR.local_day(late) == date(2026, 7, 7)
    assert CALENDAR.local_day(late - timedelta(minutes=31)) == date(2026, 7, 6)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(Illegal):
        CALENDAR.local_day(datetime(2026, 7, 6))  # noqa: DTZ001
    with pytest.raises(Illegal):
        CALENDAR.plus_working_hours(datetime(2026, 7, 6), 1)  # noqa: DTZ001


def test_a_calendar_that_never_opens_cannot_be_made() -> None:
    with pytest.raises(Illegal):
        Calendar(zone=LONDON, weekdays=frozenset())
    with pytest.raises(Illegal):
        Calendar(zone=LONDON, opens=time(9), closes=time(9))
