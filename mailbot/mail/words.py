"""
Words for a reader: dates, moments, names, and text with nothing hidden in it.

No locale is asked: the same arguments give the same words on every machine.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, tzinfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

#: Unicode's other ends of a line: vertical tab, form feed, C0 separators, NEL, LS, PS.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
#: C0, C1 and DEL but tab and line feed, lone surrogates, and the few characters of the
#: private use area by which a template marks its lines (letters/markup.py).
_ILLEGAL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\ue00f]")
_DOUBTFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ue000-\ue00f]")
#: Marks that reorder the text around them (UAX #9): they can make one name look like another.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")

#: Joiners that Indic and Persian names are spelt with, though they are invisible.
_JOINERS = "\u200c\u200d"
_IN_A_NAME = frozenset(" '\u2019-.\u00b7") | frozenset(_JOINERS)
_BESIDE_A_NAME = frozenset(",()&")
#: A full stop inside a word makes a mail client draw a link: "evil.com", but not "J.R. Doe".
_LOOKS_LIKE_A_HOST = re.compile(r"\w\.\w\w")
_LONGEST_NAME = 40


def date_words(day: date) -> str:
    """
    "Wednesday 25 November 2026".
    """
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_words(day: date) -> str:
    """
    "December 2026".
    """
    return f"{_MONTHS[day.month - 1]} {day.year}"


def moment_words(instant: datetime, zone: tzinfo) -> str:
    """
    "Wednesday 25 November 2026, 5pm", in the local time of *zone*; seconds are not said.
    """
    if instant.tzinfo is None:
        raise ValueError(f"a naive datetime has no words: {instant.isoformat()}")
    local = instant.astimezone(zone)
    return f"{date_words(local.date())}, {_clock_words(local)}"


def in_utc(instant: datetime) -> str:
    """
    For a script: "2026-11-25T17:00:00Z" (ISO 8601).
    """
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def end_of_day_words(day: date) -> str:
    """
    "the end of Friday 1 January 2027": 24:00 there, which "midnight" leaves open.
    """
    return f"the end of {date_words(day)}"


def salutation(name: str) -> str:
    """
    "Dear Jane Doe", or "Hello" for a name that is none: a stranger chose it,
    and what it says would stand at the head of our own letter.
    """
    # "Doe, Jane" and "Jane (Accounts)" are names, but nobody is addressed so.
    is_addressable = bool(presentable(name)) and not _BESIDE_A_NAME & set(name)
    return f"Dear {presentable(name)}" if is_addressable else "Hello"


def presentable(name: str) -> str:
    """
    The name in one line if it is short and of letters, without anything that a
    mail client takes for a link; else "".
    """
    said = " ".join(name.split(" "))
    allowed = _IN_A_NAME | _BESIDE_A_NAME
    is_a_name = (
        len(said) <= _LONGEST_NAME
        and any(each.isalpha() for each in said)
        and all(each in allowed or unicodedata.category(each)[0] in "LM" for each in said)
        and not _LOOKS_LIKE_A_HOST.search(said)
    )
    return " ".join(said.split()) if is_a_name else ""


def one_line(text: str) -> str:
    """
    The text as one line of visible characters; each illegal one becomes U+FFFD.
    """
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_REORDERING.sub("", legal(text)).split())


def legal(text: str) -> str:
    """
    The text with line feeds for line ends and U+FFFD for what no mail may carry.
    """
    # Most text is of letters and line feeds alone; one look is enough to know it.
    if not _DOUBTFUL.search(text):
        return text
    return _ILLEGAL.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def _clock_words(local: datetime) -> str:
    if (local.hour, local.minute) == (12, 0):
        return "noon"
    half = "am" if local.hour < 12 else "pm"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{half}"
