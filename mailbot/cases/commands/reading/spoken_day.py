"""
The day in a spoken moment: "tue", "25/11", "in three working days", "the 25th".

British order. Our own forms are strict; what they do not know dateparser may read,
if it is a day and a month by name. It is the only user of dateparser.
"""

import re
from datetime import date, datetime, timedelta

from mailbot.cases.commands.reading.reckoning import EXAMPLES, Doubtful, Reckoning, number_of

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
#: A day without a year that lies further off than this has probably been mistyped.
_PLAIN_WITHOUT_YEAR = timedelta(days=183)
_FURTHEST = 366  # days or working days that are counted
_LONGEST = 60  # characters of a date in words
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)")
_NUMBERS = re.compile(
    r"(?P<day>\d\d?)(?:/(?P<month>\d\d?)(?:/(?P<year>\d{4}|\d\d))?"
    r"|(?P<sign>[.-])(?P<month_>\d\d?)(?P=sign)(?P<year_>\d{4})"
    r"|\.(?P<month__>\d\d?)\.?)"
)
_WORDS = re.compile(
    r"(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?P<name>[a-z]{3,9})\.?(?:,?\s+(?P<year>\d{4}))?"
)
_ORDINAL = re.compile(r"(?:the )?(?P<day>\d\d?)(?:st|nd|rd|th)")
_YEAR = re.compile(r"\b\d{4}\b")
_NEAR = {
    "today": 0,
    "tomorrow": 1,
    "day after tomorrow": 2,
    "yesterday": -1,
    "day before yesterday": -2,
}
_COUNTED = re.compile(
    r"(?P<ahead>in )?(?P<count>\w+) (?P<unit>working day|business day|day|week|fortnight)s?"
    r"(?P<time>['\u2019]? time| from now| from today)?(?P<ago> ago)?"
)
_WEEK_ON = re.compile(
    r"(?:a week (?:on )?(?P<first>[a-z]+)|(?P<second>[a-z]+) week"
    r"|(?P<third>[a-z]+) next week|next week (?:on )?(?P<fourth>[a-z]+))"
)
_TOWARDS = re.compile(r"(?P<which>this|next|last|coming) (?P<day>[a-z]+)")


def read_day(words: str, reckoning: Reckoning) -> date:
    """
    The local date that the words name, in lower case and single spaces; Doubtful if none.
    """
    words = words.removeprefix("on ").strip(" ,")
    if (near := _NEAR.get(words.removeprefix("the "))) is not None:
        return reckoning.today + timedelta(days=near)
    if (number := _weekday(words)) is not None:
        return _nearest(number, reckoning)
    relative = _counted(words, reckoning) or _week_on(words, reckoning)
    relative = relative or _towards(words, reckoning) or _ordinal(words, reckoning)
    return relative or _with_weekday(words, reckoning)


def names_todays_weekday(words: str, reckoning: Reckoning) -> bool:
    """
    Whether the words are a weekday alone, and today is one.
    """
    return _weekday(words.removeprefix("on ").strip(" ,")) == reckoning.today.weekday()


def _weekday(word: str) -> int | None:
    word = word.removesuffix(".")
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


def _counted(words: str, reckoning: Reckoning) -> date | None:
    """
    "In three working days", "in a fortnight", "two days ago"; working days by the calendar.
    """
    found = _COUNTED.fullmatch(words)
    count = number_of(found["count"]) if found else None
    if found is None or count is None:
        return None
    if bool(found["ago"]) == bool(found["ahead"] or found["time"]):
        raise _unreadable(words)
    if count > _FURTHEST:
        raise Doubtful(f'"{words}": that is more than a year; {EXAMPLES}')
    way = -count if found["ago"] else count
    if found["unit"].startswith(("working", "business")):
        return reckoning.calendar.plus_working_days(reckoning.today, way)
    length = {"day": 1, "week": 7, "fortnight": 14}[found["unit"]]
    return reckoning.today + timedelta(days=way * length)


def _week_on(words: str, reckoning: Reckoning) -> date | None:
    """
    "Tuesday week" and "a week on Tuesday": seven days after the next one. "Tuesday
    next week" is of the week that begins with the next Monday.
    """
    found = _WEEK_ON.fullmatch(words)
    if found is None or not reckoning.is_ahead:
        return None
    if named := found["first"] or found["second"]:
        if named in {"today", "tomorrow"}:
            return reckoning.today + timedelta(days=7 + _NEAR[named])
        number = _weekday(named)
        return None if number is None else _nearest(number, reckoning) + timedelta(days=7)
    number = _weekday(found["third"] or found["fourth"])
    monday = reckoning.today - timedelta(days=reckoning.today.weekday())
    return None if number is None else monday + timedelta(days=7 + number)


def _towards(words: str, reckoning: Reckoning) -> date | None:
    """
    The day of "this Friday", if it is still of this week. To some "next Tuesday" is the one
    after next, so it is refused with both.
    """
    found = _TOWARDS.fullmatch(words)
    number = _weekday(found["day"]) if found else None
    if found is None or number is None:
        return None
    near = _nearest(number, reckoning)
    is_of_this_week = near.isocalendar()[:2] == reckoning.today.isocalendar()[:2]
    if found["which"] == "coming" or (found["which"] == "this" and is_of_this_week):
        return near
    far = near + timedelta(days=7 if reckoning.is_ahead else -7)
    raise Doubtful(
        f'"{words}": no day that we can read for certain: {near:%a} {near.day} {near:%B}'
        f" or {far:%a} {far.day} {far:%B}? {EXAMPLES}"
    )


def _ordinal(words: str, reckoning: Reckoning) -> date | None:
    """
    "The 25th": of this month, or of the one beside it.
    """
    found = _ORDINAL.fullmatch(words)
    if found is None:
        return None
    today, number = reckoning.today, int(found["day"])
    if number == today.day:
        raise Doubtful(f'"{words}": no day that we can read for certain: today? {EXAMPLES}')
    is_this_month = (number > today.day) == reckoning.is_ahead
    step = 0 if is_this_month else (1 if reckoning.is_ahead else -1)
    year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
    return _date(year, month + 1, number, words)


def _with_weekday(words: str, reckoning: Reckoning) -> date:
    """
    "Wed 25 Nov" or "25 Nov (Wed)": the weekday must agree with the date.
    """
    first, _, rest = words.partition(" ")
    stated = _weekday(first.rstrip(","))
    if stated is None:
        rest, _, last = words.rpartition(" ")
        stated = _weekday(last.strip("(),")) if rest else None
    day = rest.strip(" ,") if stated is not None else words
    found = _written_day(day.removeprefix("the "), reckoning)
    if stated is not None and found.weekday() != stated:
        raise Doubtful(f'"{words}": that day is a {found:%A}; {EXAMPLES}')
    return found


def _written_day(words: str, reckoning: Reckoning) -> date:
    if found := _ISO.fullmatch(words):
        return _date(int(found["year"]), int(found["month"]), int(found["day"]), words)
    if found := _NUMBERS.fullmatch(words):
        month = found["month"] or found["month_"] or found["month__"]
        year = found["year"] or found["year_"]
        return _with_year(year, int(month), int(found["day"]), words, reckoning)
    found = _WORDS.fullmatch(words)
    month_number = _index(found["name"], _MONTHS) if found else None
    if found and month_number is not None:
        return _with_year(found["year"], month_number + 1, int(found["day"]), words, reckoning)
    return _by_library(words, reckoning)


def _by_library(words: str, reckoning: Reckoning) -> date:
    """
    "December 1st", "1st of December 2026", "1 Rhagfyr": what dateparser knows beyond us.

    It reads more than people mean: numbers alone in either order, a clock, a zone.
    So there must be a name of a month in it, and no number but the day and the year.
    """
    numbers = re.findall(r"\d+", words)
    year = next(iter(_YEAR.findall(words)), None)
    if (
        len(words) > _LONGEST
        or len(numbers) != (2 if year else 1)
        or not re.search(r"[a-z]{3}", words)
    ):
        raise _unreadable(words)
    # Its import takes longer than the rest of the program's, and few write so.
    import dateparser  # noqa: PLC0415

    read = dateparser.parse(
        words,
        languages=["en", "cy"],
        settings={
            "DATE_ORDER": "DMY",
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month"],
            "PREFER_DATES_FROM": "current_period",
            # A leap year at midnight: the year is ours to find, and 29 February may be meant.
            "RELATIVE_BASE": datetime(2024, 1, 1),  # noqa: DTZ001 - dateparser counts in naive ones
        },
    )
    if read is None or read.tzinfo or (read.hour, read.minute, read.second) != (0, 0, 0):
        raise _unreadable(words)
    return _with_year(year, read.month, read.day, words, reckoning)


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


def _unreadable(words: str) -> Doubtful:
    return Doubtful(f'"{words}": no day that we can read; {EXAMPLES}')
