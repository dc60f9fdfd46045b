"""
The date that a client shows above a mail that it quotes or forwards, in its own words.

No locale is asked. Where the words leave two days open, or none, there is no
answer: a case's clock may start there.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

#: By their first letters, without accents, as the clients of `client_words` write them.
_MONTHS = (
    ("jan", "ion", "gen", "ene", "sty", "ian", "янв", "oca", "tam"),
    ("feb", "chwe", "fev", "lut", "фев", "sub", "hel"),
    ("mar", "maw", "mrt", "mrz", "мар", "maa"),
    ("apr", "ebr", "avr", "abr", "kwi", "апр", "nis", "huh"),
    ("may", "mai", "mag", "mei", "maj", "мая", "маи", "tou"),
    ("jun", "meh", "juin", "giu", "cze", "июн", "haz", "kes", "iun"),
    ("jul", "gor", "juil", "lug", "lip", "июл", "tem", "hei", "iul"),
    ("aug", "aws", "aou", "ago", "sie", "авг", "elo"),
    ("sep", "medi", "set", "wrz", "сен", "eyl", "syy"),
    ("oct", "hyd", "okt", "ott", "out", "paz", "окт", "eki", "lok"),
    ("nov", "tach", "lis", "ноя", "kas", "marras"),
    ("dec", "rhag", "dez", "dic", "gru", "дек", "ara", "jou"),
)
#: "20 November 2026", "20. Nov. 2026", "20 de noviembre de 2026"; "November 20, 2026".
_NAMED = (
    re.compile(
        r"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th|er|ain|fed|eg)?[.,]?\s*-?(?:de |o |of )?"
        r"(?P<month>[^\W\d_]{3,})[.,]*\s*-?(?:de |del )?(?P<year>(?:19|20)\d\d)(?!\d)"
    ),
    re.compile(
        r"(?P<month>[^\W\d_]{3,})\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+"
        r"(?P<year>(?:19|20)\d\d)(?!\d)"
    ),
)
_NUMBERS = re.compile(
    r"(?<!\d)(?:(?P<iso>\d{4})-(?P<iso_month>\d\d?)-(?P<iso_day>\d\d?)"
    r"|(?P<one>\d\d?)[/.-](?P<two>\d\d?)[/.-](?P<year>\d{4}|\d\d))(?!\d)"
)
_CJK = re.compile(r"(?P<year>\d{4})[年년] ?(?P<month>\d\d?)[月월] ?(?P<day>\d\d?)[日일]")
#: Which half of the day: English; Spanish and Catalan, Greek, Arabic, Welsh; and before the
#: time Chinese, Japanese, Korean.
_BEFORE_NOON = r"a\.?m\b|a\. m\b|π\.μ\b|ص(?!\w)|yb\b"
_AFTER_NOON = r"p\.?m\b|p\. m\b|μ\.μ\b|م(?!\w)|yh\b"
_TIME = re.compile(
    r"(?:(?:(?P<early>上午|早上|凌晨|清晨|午前|오전)|(?P<late>下午|晚上|傍晚|午後|오후))\s*)?"
    r"(?<!\d)(?P<hour>\d\d?)[:.h](?P<minute>\d\d)(?::(?P<second>\d\d))?(?!\d)"
    rf"\s*(?:(?P<am>(?:{_BEFORE_NOON})\.?)|(?P<pm>(?:{_AFTER_NOON})\.?))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?P<sign>[+\u2212-])(?P<hours>\d\d):?(?P<minutes>\d\d)(?!\d)")
#: Those that have one before them and one after in every zone.
_YEARS = range(2, 9999)
_ZONES = {"gmt": 0, "utc": 0, "ut": 0, "wet": 0, "bst": 60, "ist": None, "cet": 60, "cest": 120}
_ZONE = re.compile(rf"\b({'|'.join(_ZONES)}|Z)\b(?![+-]\d)", re.IGNORECASE)


class DateDoubt(StrEnum):
    """
    Why a shown date is not known, or not quite.
    """

    MISSING = "date_missing"
    UNREADABLE = "date_unreadable"
    #: "05/06/2026": of the fifth or of the sixth month.
    ORDER = "date_order_unknown"
    #: The date is given, by the zone of the one who reads.
    ZONE_ASSUMED = "date_zone_assumed"
    AHEAD = "date_after_the_forward"


@dataclass(frozen=True)
class ShownDate:
    """
    The instant, aware, or None; and what is in doubt about it.
    """

    at: datetime | None
    doubt: DateDoubt | None = None


def read_shown_date(said: str, *, zone: tzinfo, before: datetime) -> ShownDate:
    """
    The instant that *said* shows. *zone* is the reader's, for clients that name none;
    what is shown was sent *before* that instant, which settles some orders of numbers.
    """
    words = unicodedata.normalize("NFKC", said).strip()
    if not words:
        return ShownDate(None, DateDoubt.MISSING)
    clock, rest = _clock(words)
    if clock is None:
        return ShownDate(None, DateDoubt.UNREADABLE)
    hour, minute, second = clock
    offset = _zone_of(rest)
    times = (
        datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=offset or zone)
        for day in _days(rest)
    )
    found = {at.astimezone(UTC) for at in times if at.year in _YEARS}
    if not found:
        return ShownDate(None, DateDoubt.UNREADABLE)
    # Clocks differ a little, and a zone that is assumed by some hours.
    past = {each for each in found if each <= before + timedelta(hours=1 if offset else 14)}
    if not past:
        return ShownDate(None, DateDoubt.AHEAD)
    if len(past) > 1:
        return ShownDate(None, DateDoubt.ORDER)
    return ShownDate(past.pop(), None if offset else DateDoubt.ZONE_ASSUMED)


def _clock(words: str) -> tuple[tuple[int, int, int] | None, str]:
    """
    Hour, minute and second, and the words without them; None if there is no time of day.
    """
    # "20.11.2026 16.45": what is of a date is no clock.
    masked = _NUMBERS.sub(lambda found: " " * len(found[0]), words)
    found = next((each for each in _TIME.finditer(masked)), None)
    if found is None:
        return None, words
    hour, minute = int(found["hour"]), int(found["minute"])
    second = int(found["second"] or 0)
    is_late = bool(found["late"] or found["pm"])
    if is_late or found["early"] or found["am"]:
        if not 1 <= hour <= 12:
            return None, words
        hour = hour % 12 + (12 if is_late else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None, words
    return (hour, minute, second), words[: found.start()] + " " + words[found.end() :]


def _zone_of(words: str) -> tzinfo | None:
    if found := _OFFSET.search(_NUMBERS.sub(" ", words)):
        minutes = int(found["hours"]) * 60 + int(found["minutes"])
        if minutes >= 24 * 60:
            return None
        return timezone(timedelta(minutes=minutes if found["sign"] == "+" else -minutes))
    named = _ZONE.search(words)
    shift = _ZONES.get(named[1].lower(), 0) if named else None
    return None if shift is None else timezone(timedelta(minutes=shift))


def _days(words: str) -> Iterator[date]:
    """
    Every day that the words may name; none, one, or two if the order is open.
    """
    if found := _CJK.search(words):
        yield from _day(int(found["year"]), int(found["month"]), int(found["day"]))
    elif found := _NUMBERS.search(words):
        if found["iso"]:
            yield from _day(int(found["iso"]), int(found["iso_month"]), int(found["iso_day"]))
            return
        one, two = int(found["one"]), int(found["two"])
        year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
        yield from _day(year, two, one)
        yield from _day(year, one, two)
    else:
        yield from _named_day(words)


def _named_day(words: str) -> Iterator[date]:
    for form in _NAMED:
        for found in form.finditer(words):
            if month := _month(found["month"]):
                yield from _day(int(found["year"]), month, int(found["day"]))
                return


def _month(word: str) -> int | None:
    """
    The number of the month that the word begins like; the longest beginning wins.
    """
    plain = unicodedata.normalize("NFD", word.lower())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    hits = [
        (len(start), number)
        for number, starts in enumerate(_MONTHS, start=1)
        for start in starts
        if plain.startswith(start)
    ]
    return max(hits)[1] if hits else None


def _day(year: int, month: int, day_of_month: int) -> Iterator[date]:
    try:
        yield date(year, month, day_of_month)
    except ValueError:
        return
