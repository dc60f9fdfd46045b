"""
The reference of a case, as we write it and as people give it back.

`ISS-004217-57`: prefix, serial of at least six digits, and two check digits
(ISO 7064 MOD 97-10 over the serial), so that a slip of the finger is not
another customer's case.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from stdnum.iso7064 import mod_97_10

#: More references than a letter names are somebody's list.
_MOST = 50

_GAP = r"[\s\-_.:#\u2010-\u2015\u2212]*"


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
    return f"{prefix}-{digits}-{mod_97_10.calc_check_digits(digits)}"


def find(text: str, prefix: str) -> Found:
    """
    Every reference in *text*, however mangled: full-width digits, folded,
    lower-case, dashes lost or made typographic.
    """
    # NFKC makes full-width digits plain and a no-break space a space.
    text = unicodedata.normalize("NFKC", text)
    # Characters that nobody sees: soft hyphens, zero-width spaces, marks of direction.
    if not text.isascii():
        text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    pattern = re.compile(
        rf"(?<![a-z]){re.escape(prefix)}{_GAP}(?P<serial>\d{{6,12}}){_GAP}(?P<check>\d\d)(?!\d)",
        re.IGNORECASE,
    )
    serials: list[int] = []
    near: list[str] = []
    for found in islice(pattern.finditer(text), _MOST):
        serial, check = found["serial"], found["check"]
        if mod_97_10.is_valid(serial + check):
            serials.append(int(serial))
        else:
            near.append(f"{prefix.upper()}-{serial}-{check}")
    return Found(tuple(dict.fromkeys(serials)), tuple(dict.fromkeys(near)))
