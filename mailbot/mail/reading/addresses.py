"""
The mailboxes in a header field, as RFC 5322 §3.4 writes them and as programs do.

Where a field breaks the grammar, and one address stands in it, nobody else can be meant:
its writer is answered. That one was found so is told, for it proves nothing.
"""

import re
from collections.abc import Iterable

from mailbot.mail.message import Address
from mailbot.mail.reading.charsets import clean
from mailbot.mail.reading.encoded_words import words
from mailbot.mail.reading.library import names_and_addresses

_BARE_ADDRESS = re.compile(r"(?<!\S)[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+(?!\S)")
_MARKED_UP = re.compile(r'[][<>"():]')
#: RFC 5322 §3.2.3, and letters of every script (RFC 6531 §3.3).
_AN_ADDRESS = re.compile(r"[\w.!#$%&*+/=?^`{|}~'-]+@\w[\w-]*(?:\.[\w-]+)+")
_SHORT = 1000
#: RFC 2047 §2, with what has no place in one: the library takes the comma for its own.
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*\?=", re.IGNORECASE)
_SPECIAL = re.compile(r'[()<>@,;:\\"\[\]]')
_BESIDE_A_NAME = " \t\"'<>()[],;:"
_BESIDE_AN_ADDRESS = "'[]<>();,"


def addresses(values: Iterable[str]) -> tuple[Address, ...]:
    """
    Every mailbox of every field, in order.
    """
    found: list[Address] = []
    for value in values:
        found += _written(value) or ([] if found else _meant(value))
    return tuple(found)


def is_guessed(values: Iterable[str]) -> bool:
    """
    Whether one of the fields names a mailbox in a way that another program could read
    otherwise, or not at all.
    """
    return any(map(_is_guessed, values))


def _is_guessed(value: str) -> bool:
    if "@" not in words(value):
        return False
    found = names_and_addresses(value)
    return (
        any("@" in word for word in _ENCODED_WORD.findall(value))
        or not any("@" in email for _, email in found)
        or any(email != _trimmed(email) for _, email in found)
    )


def _written(value: str) -> list[Address]:
    kept: dict[str, str] = {}
    if _spelt_wrongly(value):
        # RFC 2047 §5: an encoded word is a name, whatever it holds. The address is beside it.
        def aside(word: re.Match[str]) -> str:
            kept[f"x{len(kept)}x"] = word[0]
            return f" x{len(kept) - 1}x "

        value = _ENCODED_WORD.sub(aside, value)
    found = []
    for name, email in names_and_addresses(value):
        if "@" in email:
            # A name whose words split a character comes back as it stood: joined, it can be read.
            said = words(" ".join(kept.get(each, each) for each in name.split()) if kept else name)
            found.append(Address(name=clean(said).strip(), email=_trimmed(clean(email).strip())))
    return found


def _spelt_wrongly(value: str) -> list[str]:
    """
    The encoded words that hold what RFC 2047 §5 does not let them.
    """
    if "=?" not in value:
        return []
    return [each for each in _ENCODED_WORD.findall(value) if _SPECIAL.search(each)]


def _trimmed(email: str) -> str:
    """
    "'jane@example.com'": without what stands around an address and is none of it.
    """
    inside = email.strip(_BESIDE_AN_ADDRESS)
    return inside if _AN_ADDRESS.fullmatch(inside) else email


def _meant(value: str) -> list[Address]:
    """
    Who can be meant by a field of which the grammar makes nothing.
    """
    if len(value) >= _SHORT:
        return []
    said = clean(words(value))
    if said == value and not _MARKED_UP.search(said) and (bare := _BARE_ADDRESS.findall(said)):
        # "Jane Doe jane@example.com": brackets are missing, and what is meant is plain.
        return [Address(email=each) for each in bare]
    found = {_trimmed(each[0]).lower(): each for each in _AN_ADDRESS.finditer(said)}
    if len(found) != 1:
        return []
    (only,) = found.values()
    name = said[: only.start()].strip(_BESIDE_A_NAME).removesuffix("mailto").strip(_BESIDE_A_NAME)
    return [Address(name=name, email=_trimmed(only[0]))]
