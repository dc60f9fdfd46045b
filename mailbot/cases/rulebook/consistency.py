"""
Whether a promise agrees with itself, tried out on receipts that are hard for it.

Working days, calendar days and hours cannot be compared on paper. So the promise
is counted for every day around Christmas and Easter, at the edges of the hours.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from mailbot.cases.rulebook.lengths import AtOnce, Moment
from mailbot.cases.rulebook.promise import Promise
from mailbot.cases.rulebook.working_days import Calendar

_CHRISTMAS = [date(2026, 12, 14) + timedelta(days=each) for each in range(18)]
_EASTER = [date(2027, 3, 22) + timedelta(days=each) for each in range(8)]

Problem = tuple[tuple[str | int, ...], str]


def contradictions(promise: Promise, calendar: Calendar) -> Iterator[Problem]:
    """
    What can never come right, each with the key of the promise that says so.
    """
    if promise.name == "adr_rights" and isinstance(promise.acts, AtOnce):
        # Code, stage 6: the letter speaks of six weeks that have passed.
        yield ("acts",), '"at once" would send the rights letter on the day of receipt: say when'
    if isinstance(promise.acts, Moment):
        for sentence in _impossible(promise, promise.acts, calendar):
            yield ("acts",), sentence
    for index, step in enumerate(promise.steps):
        for sentence in _impossible(promise, step.at, calendar):
            yield ("steps", index, "at"), sentence


def _impossible(promise: Promise, moment: Moment, calendar: Calendar) -> Iterator[str]:
    always_early = True
    for received_at in _receipts(promise, calendar):
        last_day, due_at = promise.end(received_at, calendar)
        at = moment.instant(calendar.local_day(received_at), last_day, calendar)
        always_early = always_early and at < received_at
        if at > due_at:
            yield (
                f"lies after the last moment in time: received {_local(received_at, calendar)}, "
                f"it comes {_local(at, calendar)} and the promise ends "
                f"{_local(due_at, calendar)}. Choose an earlier moment"
            )
            return
    if always_early:
        yield f"always lies before the receipt: choose fewer days, within {promise.within}"


def _receipts(promise: Promise, calendar: Calendar) -> Iterator[datetime]:
    # What runs in days is owed alike for all of a day: nothing lies before its beginning
    # that does not lie before the rest of it.
    is_in_hours = promise.within.is_in_hours
    clocks = (time(0), calendar.opens, time(23, 59)) if is_in_hours else (time(0),)
    for day in (*_CHRISTMAS, *_EASTER):
        for clock in clocks:
            yield calendar.at(day, clock)


def _local(instant: datetime, calendar: Calendar) -> str:
    return f"{instant.astimezone(calendar.zone):%a %d %b %Y %H:%M}"
