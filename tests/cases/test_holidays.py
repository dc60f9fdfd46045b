"""
What another holiday does to the promises, on whatever day it falls: a deadline is
never earlier for it, and the six weeks stand still.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailbot.cases.rulebook.lengths import Within
from mailbot.cases.rulebook.promise import Promise
from mailbot.cases.rulebook.working_days import Calendar
from tests.cases.builders import a_firm

FIRM = a_firm()
#: Promises that count days or hours; the months of a credit are a calendar's own.
COUNTED = tuple(sorted(set(type(FIRM.rulebook.promises).model_fields) - {"credit"}))

received = st.datetimes(datetime(2026, 9, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
holidays = st.frozensets(st.dates(date(2026, 9, 1), date(2028, 3, 1)), max_size=40)
promises = st.sampled_from([FIRM.rulebook.promise(name) for name in COUNTED])


def with_more(days: frozenset[date]) -> Calendar:
    return replace(FIRM.calendar, extra_holidays=FIRM.calendar.extra_holidays | days)


@given(promise=promises, at=received, more=holidays, soon=st.integers(0, 9))
def test_another_holiday_never_makes_a_deadline_earlier(
    promise: Promise, at: datetime, more: frozenset[date], soon: int
) -> None:
    # One of them surely lies in the way of the shorter promises.
    more |= {at.date() + timedelta(days=soon)}
    before = promise.book(at, FIRM.calendar)
    after = promise.book(at, with_more(more))

    assert after.due_at >= before.due_at
    assert after.acts_at >= before.acts_at


@given(at=received, more=holidays)
def test_another_holiday_never_makes_an_agreed_contact_due_earlier(
    at: datetime, more: frozenset[date]
) -> None:
    promise = FIRM.rulebook.promise("keep_contact")
    before = promise.book_agreed(at, FIRM.calendar, 1)
    after = promise.book_agreed(at, with_more(more), 1)

    assert after.acts_at == before.acts_at == at
    assert at <= before.due_at <= after.due_at


@given(at=received, more=holidays)
def test_no_holiday_moves_the_six_weeks_the_forty_eight_hours_or_the_law(
    at: datetime, more: frozenset[date]
) -> None:
    for name in ("adr_rights", "introduce", "data_protection"):
        promise = FIRM.rulebook.promise(name)

        assert promise.book(at, with_more(more)) == promise.book(at, FIRM.calendar)


@given(promise=promises, at=received)
def test_mailbot_acts_before_a_promise_is_due_and_never_before_the_receipt(
    promise: Promise, at: datetime
) -> None:
    obligation = promise.book(at, FIRM.calendar)

    assert at <= obligation.acts_at <= obligation.due_at
    assert [each.at for each in obligation.steps] == sorted(each.at for each in obligation.steps)


@given(at=received, later=st.timedeltas(timedelta(0), timedelta(days=9)), promise=promises)
def test_who_complains_later_is_never_answered_earlier(
    at: datetime, later: timedelta, promise: Promise
) -> None:
    first = promise.book(at, FIRM.calendar)
    second = promise.book(at + later, FIRM.calendar)

    assert first.due_at <= second.due_at


@given(at=received, days=st.integers(1, 60))
def test_more_time_is_never_an_earlier_deadline(at: datetime, days: int) -> None:
    promise = FIRM.rulebook.promise("agree_contact")
    longer = replace(promise, within=Within(days + 1, promise.within.unit))
    promise = replace(promise, within=Within(days, promise.within.unit))

    assert promise.book(at, FIRM.calendar).due_at < longer.book(at, FIRM.calendar).due_at
