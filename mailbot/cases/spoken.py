"""
Times as staff write them in a command: "tue 14:00", "25/11 2pm", "25 Nov 2026 at 9am".

British order, London time. What is doubtful is refused with what to write
instead; a program that guesses a date makes a promise for somebody else.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mailbot.cases.workdays import Calendar

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
#: A day without a year that lies further off than this has probably been mistyped.
_PLAIN_WITHOUT_YEAR = timedelta(days=183)
_TIME = re.compile(
    r"(?:\s+at)?\s+(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>am|pm)?$", re.IGNORECASE
)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)")
_NUMBERS = re.compile(r"(?P<day>\d\d?)/(?P<month>\d\d?)(?:/(?P<year>\d{4}|\d\d))?")
_WORDS = re.compile(
    r"(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?P<name>[a-z]{3,9})\.?(?:\s+(?P<year>\d{4}))?"
)

EXAMPLES = 'write a day and a time, such as "tue 14:00" or "25/11/2026 2pm"'


class Doubtful(ValueError):  # noqa: N818 - it is a doubt, not a failure
    """
    Words that may mean several things, or nothing; str() says what to write.
    """


@dataclass(frozen=True)
class Reckoning:
    """
    From where a day without a year is counted, and which way.
    """

    now: datetime
    calendar: Calendar
    #: True for what is to come, False for what has been.
    is_ahead: bool = True

    @property
    def today(self) -> date:
        return self.calendar.local_day(self.now)


def moment(text: str, reckoning: Reckoning) -> datetime:
    """
    The UTC instant that *text* names; Doubtful if it names none.
    """
    words = " ".join(text.split()).lower()
    found = _TIME.search(" " + words)
    if found is None:
        raise Doubtful(f'"{text.strip()}": no time of day; {EXAMPLES}')
    day = _day((" " + words)[: found.start()].strip(), reckoning)
    return reckoning.calendar.at(day, _clock(found, text))


def day(text: str, reckoning: Reckoning) -> date:
    return _day(" ".join(text.split()).lower(), reckoning)


def _clock(found: re.Match[str], text: str) -> time:
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half is None and found["minute"] is None:
        raise Doubtful(f'"{text.strip()}": morning or afternoon? {EXAMPLES}')
    if half and not 1 <= hour <= 12:
        raise Doubtful(f'"{text.strip()}": {hour}{half} is no time of day; {EXAMPLES}')
    if half:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    if hour > 23 or minute > 59:
        raise Doubtful(f'"{text.strip()}": there is no such time of day; {EXAMPLES}')
    return time(hour, minute)


def _day(words: str, reckoning: Reckoning) -> date:
    words = words.removeprefix("on ").strip(" ,")
    if words in {"today", "tomorrow", "yesterday"}:
        return reckoning.today + timedelta(days=("yesterday", "today", "tomorrow").index(words) - 1)
    if (number := _weekday(words)) is not None:
        return _nearest(number, reckoning)
    # "Wed 25 Nov": the weekday must agree with the date.
    first, _, rest = words.partition(" ")
    stated = _weekday(first.rstrip(","))
    found = _written_day(rest if stated is not None else words, reckoning)
    if stated is not None and found.weekday() != stated:
        raise Doubtful(f'"{words}": that day is a {found:%A}; {EXAMPLES}')
    return found


def _weekday(word: str) -> int | None:
    return _index("wed" if word == "weds" else word, _DAYS)


def _index(word: str, names: tuple[str, ...]) -> int | None:
    """
    Which of *names* is meant by the word or by its first three letters or more.
    """
    found = [number for number, name in enumerate(names) if name.startswith(word)]
    return found[0] if len(word) >= 3 and found else None


def _nearest(number: int, reckoning: Reckoning) -> date:
    distance = (number - reckoning.today.weekday()) % 7
    if reckoning.is_ahead:
        return reckoning.today + timedelta(days=distance or 7)
    return reckoning.today - timedelta(days=-distance % 7 or 7)


def _written_day(words: str, reckoning: Reckoning) -> date:
    if found := _ISO.fullmatch(words):
        return _date(int(found["year"]), int(found["month"]), int(found["day"]), words)
    if found := _NUMBERS.fullmatch(words):
        return _with_year(found["year"], int(found["month"]), int(found["day"]), words, reckoning)
    found = _WORDS.fullmatch(words)
    month = _index(found["name"], _MONTHS) if found else None
    if found is None or month is None:
        raise Doubtful(f'"{words}": no day that we can read; {EXAMPLES}')
    return _with_year(found["year"], month + 1, int(found["day"]), words, reckoning)


def _with_year(
    year: str | None, month: int, day_of_month: int, words: str, reckoning: Reckoning
) -> date:
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day_of_month, words)
    this_year = reckoning.today.year
    found = _date(this_year, month, day_of_month, words)
    if reckoning.is_ahead and found < reckoning.today:
        found = _date(this_year + 1, month, day_of_month, words)
    elif not reckoning.is_ahead and found > reckoning.today:
        found = _date(this_year - 1, month, day_of_month, words)
    if abs(found - reckoning.today) > _PLAIN_WITHOUT_YEAR:
        raise Doubtful(f'"{words}": of which year? {EXAMPLES}')
    return found


def _date(year: int, month: int, day_of_month: int, words: str) -> date:
    try:
        return date(year, month, day_of_month)
    except ValueError:
        raise Doubtful(f'"{words}": there is no such day; {EXAMPLES}') from None
