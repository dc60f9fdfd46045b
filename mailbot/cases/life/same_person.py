"""
Whether two cases are one person's, as far as the cases show.

Who would be written to in the other one's name never hears again, the rights letter included:
in doubt it is not the same person, and a handler who knows better puts it on record.
"""

from mailbot.cases.case import Case, Party
from mailbot.cases.correspondence.frame import bare

#: The role by which a handler records that an address is the complainant's own.
SAME_PERSON = "same person"

_SHORTEST_FULL_NAME = 2  # words
_DIGITS_OF_A_NUMBER = 9  # without the trunk 0 or the country's +44


def is_the_same_person(one: Case, other: Case) -> bool:
    """
    The complainant of both has one address; or a handler has said so; or they have one full
    name, and neither a telephone number nor a postal address that tells them apart.
    """
    mine, theirs = one.complainant, other.complainant
    if mine.address.key == theirs.address.key and mine.address.key:
        return True
    if _is_recorded(one, theirs) or _is_recorded(other, mine):
        return True
    name = bare(mine.address.name)
    if name != bare(theirs.address.name) or len(name.split()) < _SHORTEST_FULL_NAME:
        return False
    numbers = _number(mine.phone), _number(theirs.phone)
    places = bare(" ".join(mine.postal_address)), bare(" ".join(theirs.postal_address))
    return not (_differ(*numbers) or _differ(*places))


def _is_recorded(case: Case, who: Party) -> bool:
    return any(
        each.address.key == who.address.key and bare(each.role) == SAME_PERSON
        for each in case.parties
    )


def _number(phone: str) -> str:
    return "".join(each for each in phone if each.isdecimal())[-_DIGITS_OF_A_NUMBER:]


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)
