"""
The reference of a case, as we write it and as people give it back.

`ISS-004217-57`: prefix, serial of at least six digits, and two check digits
(ISO 7064 MOD 97-10 over the serial), so that a slip of the finger is not
another customer's case.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

#: More references than a letter names are somebody's list.
_MOST = 50

_GAP = r"[\s\-_.:#\u2010-\u2015\u2212]*"
#: What people put between the digits as well, and what they take for a nought.
_SLIP = r"[\s\-_.:#/\\\u2010-\u2015\u2212]{0,3}"
_NEARLY = r"(?:\d|(?<![a-np-z])o(?![a-np-z]))"
_FEWEST_DIGITS = 6


@dataclass(frozen=True)
class Found:
    """
    What a text says of references: serials that check, in order, and near
    misses as they were written.
    """

    serials: tuple[int, ...] = ()
    near: tuple[str, ...] = ()


def reference(prefix: str, serial: int) -> str:
    digits = f"{serial:06d}"
    return f"{prefix}-{digits}-{_mod_97_10().calc_check_digits(digits)}"


@cache
def _mod_97_10() -> Any:
    # It brings the whole of pydoc along, which a start need not wait for.
    from stdnum.iso7064 import mod_97_10  # noqa: PLC0415

    return mod_97_10


def find(text: str, prefix: str) -> Found:
    """
    Every reference in *text*, however mangled: full-width digits, folded,
    lower-case, dashes lost or made typographic.
    """
    # NFKC makes full-width digits plain and a no-break space a space.
    text = unicodedata.normalize("NFKC", text)
    # Characters that nobody sees: soft hyphens, zero-width spaces, marks of direction.
    if not text.isascii():
        hidden = [ord(each) for each in set(text) if unicodedata.category(each) == "Cf"]
        text = text.translate(dict.fromkeys(hidden)) if hidden else text
    if not _may_have(text, prefix):
        return Found()
    pattern = re.compile(
        rf"(?<![a-z]){re.escape(prefix)}{_GAP}(?P<serial>\d{{6,12}}){_GAP}(?P<check>\d\d)(?!\d)",
        re.IGNORECASE,
    )
    serials: list[int] = []
    near: list[str] = []
    places: set[int] = set()
    for found in islice(pattern.finditer(text), _MOST):
        places.add(found.start())
        serial, check = found["serial"], found["check"]
        if _mod_97_10().is_valid(serial + check):
            serials.append(int(serial))
        else:
            near.append(f"{prefix.upper()}-{serial}-{check}")
    near += _slips(text, prefix, places)
    return Found(tuple(dict.fromkeys(serials)), tuple(dict.fromkeys(near)))


def _may_have(text: str, prefix: str) -> bool:
    """
    Whether *prefix* stands there in some writing: most mails name no case, and a pattern
    that looks at each letter of them is slow.
    """
    # The one dotted capital and the one dotless small letter that a pattern takes for an i.
    folded = text.replace("\u0130", "i").replace("\u0131", "i").casefold()
    return prefix.casefold() in folded


def _slips(text: str, prefix: str, read: set[int]) -> list[str]:
    """
    What may be meant as a reference, as one would be written: the digits torn apart, or
    letters among them. Never a reference; but for those that stand at the places *read*.
    """
    pattern = re.compile(
        rf"(?<![a-z]){re.escape(prefix)}{_GAP}/?(?P<digits>{_NEARLY}(?:{_SLIP}{_NEARLY}){{7,13}})(?!\w)",
        re.IGNORECASE,
    )
    meant = []
    for found in islice(pattern.finditer(text), _MOST):
        written = found["digits"]
        digits = "".join("0" if each in "oO" else each for each in written if each.isalnum())
        if found.start() not in read and sum(map(str.isdigit, written)) >= _FEWEST_DIGITS:
            meant.append(f"{prefix.upper()}-{digits[:-2]}-{digits[-2:]}")
    return meant
