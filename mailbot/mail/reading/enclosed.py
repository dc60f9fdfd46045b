"""
What is in a message/* part under a transfer encoding that RFC 2046 §5.2.1 does not allow it.
"""

from binascii import Error as NotBase64
from binascii import a2b_base64, a2b_qp

from mailbot.mail.reading.parts import Part


def without_encoding(part: Part, octets: bytes) -> bytes:
    """
    *octets*, which the library left as they came, as they are meant: the same object
    where nothing is encoded, or it is and cannot be read.
    """
    said = part.first("content-transfer-encoding").partition(";")[0].partition("(")[0]
    match said.strip(" '\"").lower():
        case "base64":
            try:
                return a2b_base64(octets)
            except (NotBase64, ValueError):
                return octets
        case "quoted-printable":
            return a2b_qp(octets)
        case _:
            return octets
