"""
What staff copy from a letter or a telephone call: addresses, and a whole complaint.
"""

import re
from datetime import datetime

from mailbot.cases.commands import Misspoken, Open, Way
from mailbot.cases.spoken import Doubtful, Reckoning, day, moment

#: RFC 5321 §4.1.2 without quoted local parts and address literals, which nobody dictates.
_MAIL_ADDRESS = re.compile(
    r"[^\s@<>,;:\"()\[\]]{1,64}@[^\s@<>,;:\"()\[\].]+(\.[^\s@<>,;:\"()\[\].]+)+"
)

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
    The lines of an address that is written with commas, or a line each.
    """
    parts = text.replace(",", "\n").splitlines()
    return tuple(line for each in parts if (line := " ".join(each.split())))


def mail_address(text: str, command: str) -> str:
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
        lines.pop(0)
    return entered, "\n".join(lines).strip()


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
    try:
        at = moment(text, back)
    except Doubtful as doubt:
        try:
            named = day(text, back)
        except Doubtful:
            raise Misspoken(f"received: {doubt}") from None
        at = back.calendar.at(named, back.calendar.opens)
        at = min(at, reckoning.now) if named == back.today else at
    if at > reckoning.now:
        raise Misspoken(f'received: "{text}" is still to come; name when it reached us')
    return at
