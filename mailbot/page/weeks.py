"""
The weeks at a glance: a calendar on the wall, with the number of mails of each day.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.mail.words import date_words
from mailbot.page.story import Moment
from mailbot.page.words import day_of

_WEEK = timedelta(days=7)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weeks(moments: Sequence[Moment], calendar: Calendar) -> Iterator[str]:
    """
    The weeks from the first moment to the last, each day with the number of its mails.
    """
    days = [day_of(each, calendar) for each in moments]
    first, last = days[0], days[-1]
    counts = dict.fromkeys(days, 0)
    anchors: dict[date, str] = {}
    for number, (day, moment) in enumerate(zip(days, moments, strict=True), 1):
        counts[day] += len(moment.mails)
        if moment.mails:
            anchors.setdefault(day, f"moment-{number}")
    yield '<section aria-labelledby="calendar">'
    yield '<h2 id="calendar">The weeks at a glance</h2>'
    yield (
        "<p>A number in a ring is how many mails a day has, and leads to them."
        " Shaded days are not working days.</p>"
    )
    yield '<table class="weeks">'
    yield "<thead><tr>"
    yield from (
        f'<th scope="col"><abbr title="{each}">{each[:3]}</abbr></th>' for each in _WEEKDAYS
    )
    yield "</tr></thead>"
    yield "<tbody>"
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + timedelta(days=each) for each in range(7)]
        yield "<tr>"
        for day in week:
            if not first <= day <= last:
                yield '<td class="outside"></td>'
                continue
            is_shaded = "" if calendar.is_working_day(day) else ' class="off"'
            yield f"<td{is_shaded}>{_day(day, first)}{_ring(day, counts, anchors)}</td>"
        yield "</tr>"
        monday += _WEEK
    yield "</tbody>"
    yield "</table>"
    yield "</section>"


def _day(day: date, first: date) -> str:
    # The month where it begins, as wall calendars have it.
    month = f" {day:%b}" if day == first or day.day == 1 else ""
    return f'<time datetime="{day.isoformat()}">{day.day}{month}</time>'


def _ring(day: date, counts: dict[date, int], anchors: dict[date, str]) -> str:
    if day not in anchors:
        return ""
    mails = _counted(counts[day])
    return f'<a href="#{anchors[day]}" aria-label="{mails}, {date_words(day)}">{counts[day]}</a>'


def _counted(mails: int) -> str:
    return f"{mails} mail{'' if mails == 1 else 's'}"
