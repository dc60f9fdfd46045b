"""
Copies of the letters to the complainant, for those who a person said may have them.

Each is a letter of its own to one reader. It keeps no promise and asks for nothing:
what is owed is owed to the complainant, and only they confirm an outcome.
"""

import hashlib
from dataclasses import replace

from mailbot.cases.case import Case, Party
from mailbot.cases.decision import Decision
from mailbot.cases.letter import COPY, ONCE_PER_RECIPIENT, Letter
from mailbot.mail.words import salutation

#: How the complainant is reached, and who else reads with them, is between them and us.
_NOT_COPIED = frozenset({"correction", "party"})

#: Letters that ask whether an outcome resolves the complaint.
_ASKING = frozenset({"outcome", "confirm-reminder"})

#: Hexadecimal digits that tell the readers of a case apart.
_DIGITS = 12


def with_copies(decision: Decision, after: Case) -> Decision:
    """
    *decision* with a copy of each letter to the complainant that leaves, one for every
    party that gets copies in the case as it is *after* it.
    """
    readers = [each for each in after.parties if each.gets_copies]
    if not readers or after.verdict:
        return decision
    copied = [
        _copy(letter, reader, after)
        for letter in decision.letters
        if _is_to_the_complainant(letter, after)
        and not letter.withheld
        and letter.template not in _NOT_COPIED
        for reader in readers
    ]
    return replace(decision, letters=(*decision.letters, *copied))


def _is_to_the_complainant(letter: Letter, case: Case) -> bool:
    return not letter.to_staff and letter.to.key == case.complainant.address.key


def _copy(letter: Letter, reader: Party, case: Case) -> Letter:
    return Letter(
        template=COPY,
        to=reader.address,
        occasion=_occasion(letter, reader, case),
        facts={
            "salutation": salutation(reader.address.name),
            "role": reader.role,
            "asks": letter.template in _ASKING,
        },
        attachments=letter.attachments,
        copy_of=letter,
    )


def _occasion(letter: Letter, reader: Party, case: Case) -> str:
    """
    The letter, the reader, and the occasion where it can be said more than once. Of the
    address only a digest: an occasion is shorter than some addresses.
    """
    who = hashlib.sha256(f"{case.reference} {reader.address.key}".encode()).hexdigest()[:_DIGITS]
    once = letter.template in ONCE_PER_RECIPIENT
    return f"{letter.template}.{who}" + ("" if once else f".{letter.occasion}")
