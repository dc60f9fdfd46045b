"""
What staff copy from a letter or a telephone call: addresses, and a whole complaint.
"""

import re
from collections.abc import Container
from datetime import datetime, timedelta
from itertools import dropwhile, zip_longest

from mailbot.cases.commands.orders import Misspoken, Open, Way
from mailbot.cases.commands.reading.reckoning import ANYWAY
from mailbot.cases.commands.reading.spoken_moment import Doubtful, Reckoning, day, moment
from mailbot.mail.words import date_words

#: RFC 5321 §4.1.2 without quoted local parts and address literals, which nobody dictates.
_MAIL_ADDRESS = re.compile(
    r"[^\s@<>,;:\"()\[\]]{1,64}@[^\s@<>,;:\"()\[\].]+(\.[^\s@<>,;:\"()\[\].]+)+"
)

#: "12", "12a", "12-14", "No. 7".
_HOUSE_NUMBER = re.compile(
    r"(?:no\.? ?)?\d{1,5} ?[a-z]?(?: ?[-/&\u2013] ?\d{1,5} ?[a-z]?)?", re.IGNORECASE
)
_AROUND_A_LINK = re.compile(r"[<>\[\]\s]+")
_SCHEME = re.compile(r"mailto:", re.IGNORECASE)  # RFC 6068

#: Whoever names such a day has more often mistaken the year.
_LONG_AGO = timedelta(days=366)

_HOW_TO_OPEN = (
    "#open: write below it, one a line, channel: (telephone, fax, letter or account manager),"
    " received:, name:, and email:, address: or phone:; then an empty line and what was said"
)
_ENTRY = re.compile(r"(?P<key>[A-Za-z]+(?: [a-z]+)?)\s*:\s*(?P<value>.*)")
_KEYS = frozenset({"channel", "received", "name", "email", "address", "phone"})
_SAID_OTHERWISE = {
    "phone": Way.TELEPHONE,
    "call": Way.TELEPHONE,
    "post": Way.LETTER,
    "account-manager": Way.ACCOUNT_MANAGER,
}


def envelope_lines(text: str) -> tuple[str, ...]:
    """
    The lines of an address that is written with commas, or a line each. The number of a
    house stays with its street, as it was written: "12, High Street" is one line.
    """
    parts = re.split("(,|\n)", "\n".join(text.splitlines()))
    lines: list[str] = []
    number = ""
    for part, end in zip_longest(parts[::2], parts[1::2], fillvalue=""):
        line = " ".join(part.split())
        if _HOUSE_NUMBER.fullmatch(line):
            # Of two numbers the second is the street's; the first may be a flat's.
            lines += [number.strip(", ")] if number else []
            number = f"{line}{end.strip()} "
        elif line:
            lines.append(f"{number}{line}")
            number = ""
    return (*lines, number.strip(", ")) if number else tuple(lines)


def without_link(text: str) -> str:
    """
    The one address that a client has written with its link, as Outlook does in the plain
    text: `jane@example.com<mailto:jane@example.com>`. Where not everything in it is the
    same address, *text* as it is.
    """
    pieces = [_SCHEME.sub("", each) for each in _AROUND_A_LINK.split(text)]
    named = [each for each in pieces if each]
    return named[0] if len({each.lower() for each in named}) == 1 else text


def mail_address(written: str, command: str) -> str:
    """
    The mail address that is written there, with its link or without; Misspoken where it
    is none.
    """
    text = without_link(written)
    # RFC 5321 §4.5.3.1.3: a path is no longer than 256 octets, its brackets included.
    if len(text) > 254 or not _MAIL_ADDRESS.fullmatch(text):
        raise Misspoken(f'#{command}: "{text}" is no mail address, such as jane@example.com')
    return text


def opened(rest: str, body: str, reckoning: Reckoning) -> Open:
    """
    The complaint that the lines below #open enter; Misspoken says what is missing.
    """
    entered, text = _entries(f"{rest}\n{body}".strip())
    for key in ("channel", "name"):
        if not entered.get(key):
            raise Misspoken(f"{key}: is missing. {_HOW_TO_OPEN}")
    if not any(entered.get(key) for key in ("email", "address", "phone")):
        raise Misspoken(f"nothing says how to reach the customer. {_HOW_TO_OPEN}")
    if not text:
        raise Misspoken(f"the complaint itself is missing. {_HOW_TO_OPEN}")
    email = entered.get("email", "")
    return Open(
        way=_way(entered["channel"]),
        received_at=_received(entered.get("received", ""), reckoning),
        name=entered["name"],
        text=text,
        email=mail_address(email, "open") if email else "",
        phone=entered.get("phone", ""),
        address=envelope_lines(entered.get("address", "")),
    )


def _entries(text: str) -> tuple[dict[str, str], str]:
    """
    The `key: value` lines at the top, and the text below them. What looks like
    one before the first empty line and is none may be a slip of the finger.
    """
    entered: dict[str, str] = {}
    lines = text.splitlines()
    while lines and (found := _ENTRY.fullmatch(lines[0].strip())):
        key = found["key"].lower()
        if key not in _KEYS:
            raise Misspoken(
                f'"{found["key"]}:" is not one of {", ".join(sorted(_KEYS))};'
                " put an empty line before the text"
            )
        if key in entered:
            raise Misspoken(f"{key}: stands there twice")
        entered[key] = " ".join(found["value"].split())
        lines = _from_the_next_entry(lines[1:], entered)
    return entered, "\n".join(lines).strip()


def _from_the_next_entry(lines: list[str], entered: Container[str]) -> list[str]:
    """
    The lines without the empty ones on top, if an entry follows that is still missing:
    Outlook makes each line a paragraph, and its text has an empty line behind each.
    """
    below = list(dropwhile(lambda each: not each.strip(), lines))
    found = _ENTRY.fullmatch(below[0].strip()) if below else None
    key = found["key"].lower() if found else ""
    return below if key in _KEYS and key not in entered else lines


def _way(text: str) -> Way:
    word = text.lower()
    try:
        return _SAID_OTHERWISE.get(word) or Way(word)
    except ValueError:
        raise Misspoken(f'channel: "{text}" is not one of {", ".join(Way)}') from None


def _received(text: str, reckoning: Reckoning) -> datetime:
    """
    When the complaint first reached the firm: every clock starts then. Of a day
    without a time the opening counts, the strictest reading for working hours.
    """
    if not text:
        return reckoning.now
    back = Reckoning(reckoning.now, reckoning.calendar, is_ahead=False)
    said = ANYWAY.sub("", text)
    try:
        at = moment(said, back)
    except Doubtful as doubt:
        try:
            named = day(said, back)
        except Doubtful:
            raise Misspoken(f"received: {doubt}") from None
        at = back.calendar.at(named, back.calendar.opens)
        at = min(at, reckoning.now) if named == back.today else at
    if at > reckoning.now:
        raise Misspoken(f'received: "{text}" is still to come; name when it reached us')
    if said == text and reckoning.now - at > _LONG_AGO:
        # Every promise would be broken at once, and the letter about the rights would go out.
        raise Misspoken(
            f"received: {date_words(back.calendar.local_day(at))} is more than a year ago. If you mean it, write"
            f' "received: {said} anyway"'
        )
    return at
