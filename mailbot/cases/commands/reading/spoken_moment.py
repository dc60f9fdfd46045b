"""
Times as staff write them in a command: "tue 14:00", "25/11 2pm", "in three working
days at 10am"; and spans of days: "21 Dec to 2 Jan".

British order, London time. What is doubtful is refused with what to write
instead; a program that guesses a date makes a promise for somebody else.
"""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from mailbot.cases.commands.reading.reckoning import EXAMPLES, Doubtful, Reckoning
from mailbot.cases.commands.reading.spoken_day import names_todays_weekday, read_day
from mailbot.cases.commands.reading.spoken_time import instant_away, split_time

__all__ = ["Doubtful", "Reckoning", "day", "moment", "span"]

_SPAN_EXAMPLES = 'write the first and the last day, such as "21 Dec to 2 Jan"'
_TO = re.compile(r" (?:to|until|till|til|through|and|[-\u2013\u2014]) | ?[\u2013\u2014] ?")
#: "21/12-2/1"; an ISO date has hyphens of its own.
_HYPHEN = re.compile(r"(?<!-\d)(?<!-\d\d)(?<!\b\d{4})-(?!\d{1,2}-\d)")
_UNTIL = re.compile(r"^(?:until|till|til|to|up to) ")
_FROM = re.compile(r"^(?:from|between|starting|as of|since) ")
_DAY_ALONE = re.compile(r"\d\d?(?:st|nd|rd|th)?")
_LONGEST_SPAN = timedelta(days=366)


def moment(text: str, reckoning: Reckoning) -> datetime:
    """
    The UTC instant that *text* names; Doubtful if it names none.
    """
    words = _words(text)
    if away := instant_away(words, reckoning):
        return away
    day_words, clock = split_time(words, reckoning.calendar)
    if not day_words:
        raise Doubtful(f'"{words}": a time and no day that we can read; {EXAMPLES}')
    found = reckoning.calendar.at(read_day(day_words, reckoning), clock)
    if names_todays_weekday(day_words, reckoning):
        today = reckoning.calendar.at(reckoning.today, clock)
        if (today > reckoning.now) == reckoning.is_ahead:
            raise _today_or(found, clock, reckoning)
    return found


def _today_or(other: datetime, clock: time, reckoning: Reckoning) -> Doubtful:
    """
    The doubt about a weekday that is today's: people mean either.
    """
    day = reckoning.calendar.local_day(other)
    return Doubtful(
        f"today or {day:%A} {day.day} {day:%B}? Today is a {day:%A}, too. Write"
        f' "today {clock:%H:%M}" or "{day.day}/{day.month} {clock:%H:%M}". Otherwise {EXAMPLES}'
    )


def day(text: str, reckoning: Reckoning) -> date:
    """
    The local date that *text* names; Doubtful if it names none.
    """
    return read_day(_words(text), reckoning)


def span(text: str, reckoning: Reckoning) -> tuple[date, date]:
    """
    The first and the last day that *text* names, both included: "21 Dec to 2 Jan",
    "21-24 December", "until Friday" (from today on), "tomorrow". Doubtful if it names none.
    """
    try:
        return _span(_words(text), reckoning)
    except Doubtful as doubt:
        # Nobody is away from a time of day on.
        raise Doubtful(str(doubt).replace(EXAMPLES, _SPAN_EXAMPLES)) from None


def _span(words: str, reckoning: Reckoning) -> tuple[date, date]:
    if found := _UNTIL.match(words):
        first, last_words = reckoning.today, words[found.end() :]
        _no_doubt_about_today(last_words, words, reckoning)
    else:
        first_words, last_words = _ends(_FROM.sub("", words))
        if not last_words and _FROM.match(words):
            raise Doubtful(f'"{words}": until when? {_SPAN_EXAMPLES}')
        _no_doubt_about_today(first_words, words, reckoning)
        if last_words and _DAY_ALONE.fullmatch(first_words):
            first_words = f"{first_words} {_month_of(last_words)}"
        first = read_day(first_words, reckoning)
    # The last day is looked for from the first one on: 2 January follows 21 December.
    last = _last(last_words, first, reckoning) if last_words else first
    if last < first:
        raise Doubtful(f'"{words}": the last day is before the first; {_SPAN_EXAMPLES}')
    if last - first > _LONGEST_SPAN:
        raise Doubtful(f'"{words}": that is more than a year; {_SPAN_EXAMPLES}')
    return first, last


def _no_doubt_about_today(day_words: str, words: str, reckoning: Reckoning) -> None:
    if names_todays_weekday(day_words, reckoning):
        raise Doubtful(f'"{words}": today, or in a week? {_SPAN_EXAMPLES}, or "today"')


def _words(text: str) -> str:
    return " ".join(text.split()).lower().rstrip(".,;! ")


def _ends(words: str) -> tuple[str, str]:
    """
    The words of the first and of the last day; the second is empty if only one is named.
    """
    for sign in (_TO, _HYPHEN):
        ends = sign.split(words)
        if len(ends) == 2:
            return ends[0].strip(), ends[1].strip()
        if len(ends) > 2:
            raise Doubtful(f'"{words}": more than two days; {_SPAN_EXAMPLES}')
    return words, ""


def _month_of(words: str) -> str:
    """
    The month and year of a written day, for a first day that shares them: "21 to 24 December".
    """
    found = re.fullmatch(r"(?:[a-z]+,? )?\d\d?(?:st|nd|rd|th)?(?: of)? (?P<rest>[a-z].*)", words)
    if found is None:
        raise Doubtful(f'"{words}": of which month? {_SPAN_EXAMPLES}')
    return found["rest"]


def _last(words: str, first: date, reckoning: Reckoning) -> date:
    calendar = reckoning.calendar
    # A day from which the first itself is still ahead: "until 25 Nov" may be today.
    from_first = replace(reckoning, now=calendar.at(first, time(12)), is_ahead=True)
    return first if words == "today" and first == reckoning.today else read_day(words, from_first)
