"""
What S/MIME programs make of a mail, without their keys: the way to the content is as
they build it, and where certificates and signatures stand there is nothing.
"""

import zlib
from base64 import encodebytes

SIGNED = "2a864886f70d010702"
ENVELOPED = "2a864886f70d010703"
COMPRESSED = "2a864886f70d0109100109"
_DATA = bytes.fromhex("06092a864886f70d010701")


def element(tag: int, contents: bytes, *, is_indefinite: bool = False) -> bytes:
    """
    X.690 §8.1: with its length before the contents, or with their end behind them.
    """
    if is_indefinite:
        return bytes([tag, 0x80]) + contents + b"\x00\x00"
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + contents


def wrapped(oid: str, content: bytes, *, pieces: int = 1, is_indefinite: bool = False) -> bytes:
    """
    The octets of a smime.p7m that holds *content*.
    """

    def one(tag: int, contents: bytes) -> bytes:
        return element(tag, contents, is_indefinite=is_indefinite)

    size = -(-len(content) // pieces)
    cut = [element(0x04, content[at : at + size]) for at in range(0, len(content), size)]
    string = cut[0] if pieces == 1 else one(0x24, b"".join(cut))
    inside = one(0x30, _DATA + one(0xA0, string))
    how = 0x30 if oid == COMPRESSED else 0x31
    digests = one(how, one(0x30, bytes.fromhex("0609608648016503040201")))
    signed = one(0x30, b"\x02\x01\x01" + digests + inside + one(0x31, b""))
    return one(0x30, bytes([0x06, len(oid) // 2]) + bytes.fromhex(oid) + one(0xA0, signed))


def signed(content: bytes) -> bytes:
    return wrapped(SIGNED, content)


def compressed(content: bytes) -> bytes:
    return wrapped(COMPRESSED, zlib.compress(content))


def as_body(octets: bytes) -> str:
    return encodebytes(octets).decode()
