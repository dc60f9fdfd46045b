"""
What S/MIME wraps (RFC 8551), as far as nobody needs a key: the octets in RFC 5652's
signed-data and in RFC 3274's compressed-data.

Signatures are not checked: what is taken out proves nothing about who wrote it, and
whoever shows it says so. Only the way to the content is walked, DER or BER, once over
its octets and within bounds; all else in there is passed over unread.
"""

import zlib
from binascii import Error as NotBase64
from binascii import a2b_base64
from enum import StrEnum

#: Levels of elements in elements; the content stands at the sixth.
_DEEPEST = 24
#: Unpacked, compressed-data may have so many octets: more would be felt.
MOST_UNPACKED = 256 * 1024

_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_CONSTRUCTED, _EXPLICIT, _OCTETS_IN_PIECES = 0x20, 0xA0, 0x24
_END_OF_CONTENTS = b"\x00\x00"
_INDEFINITE = -1


class Wrapped(StrEnum):
    """
    What kind of wrapping it is; "" = none of RFC 5652's that is known here.
    """

    NOTHING = ""
    SIGNED = "signed"
    COMPRESSED = "compressed"
    ENCRYPTED = "encrypted"


_KINDS = {
    # 1.2.840.113549.1.7.2, .1.7.3; 1.2.840.113549.1.9.16.1.9, .1.23
    bytes.fromhex("2a864886f70d010702"): Wrapped.SIGNED,
    bytes.fromhex("2a864886f70d010703"): Wrapped.ENCRYPTED,
    bytes.fromhex("2a864886f70d0109100109"): Wrapped.COMPRESSED,
    bytes.fromhex("2a864886f70d0109100117"): Wrapped.ENCRYPTED,
}


class _NoSuchThingError(ValueError):
    """
    The octets are not what they would have to be.
    """


def kind_of(octets: bytes) -> Wrapped:
    """
    What the octets of an application/pkcs7-mime part are.
    """
    try:
        return _Walk(_binary(octets)).kind()
    except _NoSuchThingError:
        return Wrapped.NOTHING


def content_in(octets: bytes) -> bytes | None:
    """
    The MIME entity that was signed or compressed; None where there is none to be had.
    """
    try:
        walk = _Walk(_binary(octets))
        kind = walk.kind()
        if kind not in {Wrapped.SIGNED, Wrapped.COMPRESSED}:
            return None
        walk.enter(_EXPLICIT)
        walk.enter(_SEQUENCE)
        walk.skip(_INTEGER)
        walk.skip()  # the digests of a signature; how it is compressed
        walk.enter(_SEQUENCE)
        walk.skip(_OID)
        walk.enter(_EXPLICIT)
        content = walk.octet_string()
    except _NoSuchThingError:
        return None
    return _unpacked(content) if kind is Wrapped.COMPRESSED else content


def _binary(octets: bytes) -> bytes:
    """
    Some programs forget to say that it is base64.
    """
    begins = octets[:64].lstrip()
    if begins[:1] == bytes([_SEQUENCE]) and not begins[:2].isalnum():
        return octets
    lines = [line for line in octets.splitlines() if not line.startswith(b"-----")]
    try:
        return a2b_base64(b"".join(lines))
    except (NotBase64, ValueError):
        return octets


def _unpacked(packed: bytes) -> bytes | None:
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, MOST_UNPACKED)
    except zlib.error:
        return None
    return None if unpacking.unconsumed_tail else content


class _Walk:
    """
    A place in the octets, and how to go on from there (X.690 §8.1).
    """

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def kind(self) -> Wrapped:
        self.enter(_SEQUENCE)
        tag, length = self._head()
        if tag != _OID or length > 64:
            raise _NoSuchThingError
        return _KINDS.get(self._take(length), Wrapped.NOTHING)

    def enter(self, tag: int) -> None:
        """
        To the first element within the one that begins here.
        """
        if self._head()[0] != tag:
            raise _NoSuchThingError

    def skip(self, tag: int | None = None) -> None:
        found, length = self._head()
        if tag not in {None, found}:
            raise _NoSuchThingError
        self._pass_over(length, 0)

    def octet_string(self) -> bytes:
        pieces: list[bytes] = []
        self._collect(pieces, 0)
        return b"".join(pieces)

    def _collect(self, pieces: list[bytes], depth: int) -> None:
        tag, length = self._head()
        if tag == _OCTETS and length != _INDEFINITE:
            pieces.append(self._take(length))
            return
        # X.690 §8.7.3: in pieces, each an octet string again.
        if tag != _OCTETS_IN_PIECES or depth > _DEEPEST:
            raise _NoSuchThingError
        end = None if length == _INDEFINITE else self._at + length
        while not self._is_over(end):
            self._collect(pieces, depth + 1)

    def _is_over(self, end: int | None) -> bool:
        if end is not None:
            return self._at >= end
        if self._octets[self._at : self._at + 2] != _END_OF_CONTENTS:
            return False
        self._at += 2
        return True

    def _pass_over(self, length: int, depth: int) -> None:
        if length != _INDEFINITE:
            self._take(length)
            return
        if depth > _DEEPEST:
            raise _NoSuchThingError
        while not self._is_over(None):
            self._pass_over(self._head()[1], depth + 1)

    def _head(self) -> tuple[int, int]:
        """
        Tag and length of the element that begins here; then its contents do.
        """
        tag, first = self._take(2)
        if first < 0x80:
            return tag, first
        if first == 0x80:
            if not tag & _CONSTRUCTED:
                raise _NoSuchThingError
            return tag, _INDEFINITE
        if first > 0x84:
            raise _NoSuchThingError
        return tag, int.from_bytes(self._take(first & 0x7F))

    def _take(self, length: int) -> bytes:
        taken = self._octets[self._at : self._at + length]
        if len(taken) < length:
            raise _NoSuchThingError
        self._at += length
        return taken
