"""
A message whose words nobody here can read, and why.
"""

import re
from collections.abc import Iterator

from mailbot.mail.files.kinds import OUTLOOKS_OWN, PGP_ENCRYPTED, WRAPPED_BY_SMIME, kind_of
from mailbot.mail.message import Attachment, Sealed
from mailbot.mail.reading.parts import Part

#: RFC 9580 §6.2, in the text itself.
_ARMOUR = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)


def sealed(tree: Part, text: str, files: tuple[Attachment, ...]) -> Sealed:
    """
    Why the words, or some of them, could not be read. An encrypted file beside words is
    a file.
    """
    if _ARMOUR.search(text) or _holds_encrypted(tree):
        return Sealed.PGP
    # Of what could be opened the words come first.
    if next(tree.leaves, tree).content_type in WRAPPED_BY_SMIME:
        return Sealed.SMIME
    return next(_all_there_is(files), Sealed.NOT) if not text.strip() else Sealed.NOT


def _holds_encrypted(part: Part) -> bool:
    """
    RFC 3156 §4.
    """
    return part.content_type == "multipart/encrypted" or any(map(_holds_encrypted, part.children))


def _all_there_is(files: tuple[Attachment, ...]) -> Iterator[Sealed]:
    for each in files:
        kind = kind_of(each)
        if kind in WRAPPED_BY_SMIME:
            yield Sealed.SMIME
        elif kind == PGP_ENCRYPTED:
            yield Sealed.PGP
        elif kind in OUTLOOKS_OWN:
            yield Sealed.OUTLOOK
