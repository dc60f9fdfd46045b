"""
The time of day in a spoken moment: "14:00", "2pm", "half past two", "noon".

It stands at the end or at the beginning, and what is left names the day.
"""

import re
from datetime import datetime, time, timedelta

from mailbot.cases.commands.reading.reckoning import EXAMPLES, Doubtful, Reckoning, number_of
from mailbot.cases.rulebook.working_days import Calendar

_HALF = r"(?P<half>am|pm|a\.m\.?|p\.m\.?|in the morning|in the afternoon|in the evening)"
_DIGITS = rf"(?P<hour>\d{{1,2}})(?:[:.](?P<minute>\d\d))?(?:\s*{_HALF})?"
_HOUR = r"(?P<hour>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_PAST = (
    r"(?:(?P<past>half|(?:a )?quarter|five|ten|twenty|twenty[- ]five)(?: minutes)?"
    r" (?P<way>past|to) |(?P<bare_half>half )?)"
)
_SAID = rf"{_PAST}{_HOUR}(?P<oclock> o['\u2019]?clock)?(?: ?{_HALF})?"
_NAMED = r"(?P<named>(?:12 |twelve )?(?:noon|midday)|midnight)"
#: In the order in which they are tried: "quarter to 5pm" must not be read as "5pm".
_FORMS = (_SAID, _DIGITS, _NAMED)
_AT_END = [re.compile(rf"(?:^|\s)(?:at |@ ?)?{form}$") for form in _FORMS]
_AT_START = [re.compile(rf"^(?:at )?{form},?(?: on)?(?:\s|$)") for form in _FORMS]
#: "1400", "1400hrs", "14h", "14h30": of the 24-hour clock.
_MILITARY = re.compile(
    r"(?:^|\s)(?:at |@ ?)?(?:(?P<hours>[01]\d|2[0-3])(?P<minutes>[0-5]\d)(?: ?(?:hours|hrs?|h))?"
    r"|(?P<hour>\d\d?) ?h(?P<minute>[0-5]\d)?)$"
)
#: "1 Dec 2026": behind a day it is a year, unless "hrs" says otherwise.
_MAYBE_A_YEAR = re.compile(r"\d.* (?:19|20)\d\d$")
_SPAN = re.compile(
    r"\d ?(?:am|pm)? ?(?:-|\u2013| to | until | or ) ?\d\d?(?:[:.]?\d\d)? ?(?:am|pm)?$"
)
_TWO_DAYS = re.compile(r"\d\d?[-.]\d\d?[-.]\d{4}$|\d{4}-\d\d?-\d\d?$")
_SAYS_AT = re.compile(r"(?:^|\s)(?:at |@)")
_AWAY = re.compile(
    r"^(?P<ahead>in )?(?P<count>half an|\w+) (?P<unit>hour|minute|min)s?(?P<half> and a half)?"
    r"(?P<time>['\u2019]? time| from now)?(?P<ago> ago)?$"
)
_MINUTES = {"half": 30, "quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty five": 25}


def instant_away(words: str, reckoning: Reckoning) -> datetime | None:
    """
    The UTC instant of "in two hours" or "20 minutes ago", to the minute; None for other words.
    """
    found = _AWAY.match(words)
    if found is None or bool(found["ago"]) == bool(found["ahead"] or found["time"]):
        return None
    count = 0.5 if found["count"] == "half an" else number_of(found["count"])
    if count is None:
        return None
    unit = timedelta(hours=1) if found["unit"] == "hour" else timedelta(minutes=1)
    distance = unit * (count + (0.5 if found["half"] else 0))
    moved = reckoning.now - distance if found["ago"] else reckoning.now + distance
    return moved.replace(second=0, microsecond=0)


def split_time(words: str, calendar: Calendar) -> tuple[str, time]:
    """
    The words that name the day, and the time of day; Doubtful if there is none or several.
    """
    if (found := _MILITARY.search(words)) and not _MAYBE_A_YEAR.search(words):
        hour, minute = found["hours"] or found["hour"], found["minutes"] or found["minute"] or "0"
        return _day_left(words[: found.start()]), _clock(int(hour), int(minute), words)
    if _SPAN.search(words) and not _TWO_DAYS.search(words):
        raise Doubtful(
            f'"{words}": no time of day, but two, and the customer is told one: the time from'
            f" which you mean to be in touch; {EXAMPLES}"
        )
    bare = None
    for pattern in (*_AT_END, *_AT_START):
        found = pattern.search(words)
        if found is None:
            continue
        if _is_bare(found) and not _SAYS_AT.match(found[0]):
            # "tue 2" and "25 nov 14": perhaps no time at all.
            bare = bare or (found if pattern in _AT_END else None)
            continue
        return _day_left(f"{words[: found.start()]} {words[found.end() :]}"), _time(
            found, words, calendar
        )
    if bare:
        raise Doubtful(f'"{words}": morning or afternoon? {EXAMPLES}')
    raise Doubtful(f'"{words}": no time of day; {EXAMPLES}')


def _day_left(words: str) -> str:
    return words.strip(" ,").removesuffix(" at").removesuffix(",")


def _clock(hour: int, minute: int, words: str) -> time:
    if hour > 23 or minute > 59:
        raise Doubtful(f'"{words}": there is no such time of day; {EXAMPLES}')
    return time(hour, minute)


def _is_bare(found: re.Match[str]) -> bool:
    """
    Whether there is a number and nothing that makes it a time.
    """
    parts = found.groupdict()
    telling = ("minute", "half", "named", "past", "bare_half", "oclock")
    return not any(parts.get(each) for each in telling)


def _time(found: re.Match[str], words: str, calendar: Calendar) -> time:
    parts = found.groupdict()
    if named := parts.get("named"):
        if named == "midnight":
            raise Doubtful(f'"{words}": the midnight before or after? {EXAMPLES}')
        return time(12)
    hour, minute = number_of(parts["hour"]) or 0, int(parts.get("minute") or 0)
    if parts.get("bare_half"):
        minute = 30
    half = _half_of_day(parts.get("half"))
    if half and not 1 <= hour <= 12:
        raise Doubtful(f'"{words}": {hour}{half} is no time of day; {EXAMPLES}')
    if past := parts.get("past"):
        minute = _MINUTES[past.removeprefix("a ").replace("-", " ")]
        if parts["way"] == "to":
            if hour == 12 and half == "am":
                raise Doubtful(f'"{words}": the midnight before or after? {EXAMPLES}')
            # What is to noon is of the morning.
            half = "am" if hour == 12 and half else half
            hour, minute = (hour - 1) or 12, 60 - minute
    _clock(hour, minute, words)
    if half:
        return time(hour % 12 + (12 if half == "pm" else 0), minute)
    return _by_opening_hours(time(hour, minute), words, calendar, is_said="minute" not in parts)


def _half_of_day(said: str | None) -> str:
    """
    "am", "pm" or "" where nothing is said.
    """
    if not said:
        return ""
    return "am" if said[0] == "a" or "morning" in said else "pm"


def _by_opening_hours(said: time, words: str, calendar: Calendar, *, is_said: bool) -> time:
    """
    The time that is meant where no half of the day is named.

    "14:00" and "02:30" are of the 24-hour clock. "Half past two" is one of two
    times, and only if one alone lies within the firm's hours is it that one.
    "2:30" may be of either clock: it counts if it lies within the hours as it stands.
    """
    if said.hour > 12 or said.hour == 0 or re.search(rf"\b0{said.hour}[:.]", words):
        return said
    later = said.replace(hour=said.hour % 12 + 12)
    earlier = said.replace(hour=said.hour % 12)
    fitting = [each for each in (earlier, later) if calendar.opens <= each <= calendar.closes]
    if is_said and len(fitting) == 1:
        return fitting[0]
    if is_said or said not in fitting:
        raise Doubtful(f'"{words}": morning or afternoon? {EXAMPLES}')
    return said
