"""
Commands that name another case, or a held message.
"""

from mailbot.cases.commands.orders import Command, FileIn, Merge, Misspoken
from mailbot.cases.commands.reading.spoken_moment import Reckoning

#: Of the number of a held message: what has more fits into no database.
_MOST_DIGITS = 18


def merge(rest: str, body: str, reckoning: Reckoning) -> Command:
    if len(rest.split()) != 1:
        raise Misspoken('#merge: write the reference of the other case: "#merge ISS-000001-95"')
    return Merge(rest.strip().upper())


def held_number(rest: str, command: str) -> int | None:
    """
    The number of a held message; None where a case is meant.
    """
    if not rest:
        return None
    if not rest.isdecimal() or len(rest) > _MOST_DIGITS:
        raise Misspoken(f"#{command}: write the number that mailbot held list shows, or nothing")
    return int(rest)


def file_in(rest: str, body: str, reckoning: Reckoning) -> Command:
    reference, _, held_id = rest.strip().partition(" ")
    if not reference:
        raise Misspoken('#case: write the reference of the case: "#case ISS-000001-95"')
    return FileIn(reference.upper(), held_number(held_id.strip(), "case"))
