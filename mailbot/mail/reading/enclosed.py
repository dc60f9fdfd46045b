"""
What is in a message/* part under a transfer encoding that RFC 2046 §5.2.1 does not allow it.
"""

import re
from binascii import Error as NotBase64
from binascii import a2b_base64, a2b_qp

from mailbot.mail.reading.parts import Part

_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
#: RFC 2045 §6.7: no sign of equality stands for itself; nor does one in an encoded word.
_NOT_QUOTED_PRINTABLE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n)")


def without_encoding(part: Part, octets: bytes) -> bytes:
    """
    *octets*, which the library left as they came, as they are meant: the same object
    where nothing is encoded, or only said to be, or it cannot be read.
    """
    said = part.first("content-transfer-encoding").partition(";")[0].partition("(")[0]
    match said.strip(" '\"").lower():
        case "base64" if _BASE64.fullmatch(octets):
            try:
                return a2b_base64(octets)
            except (NotBase64, ValueError):
                return octets
        case "quoted-printable" if not _NOT_QUOTED_PRINTABLE.search(octets):
            return a2b_qp(octets)
        case _:
            return octets
