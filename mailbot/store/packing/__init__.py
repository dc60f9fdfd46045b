"""
Octets and texts that are only kept, made small: the one door between them and their columns.

What is kept begins with a NUL, a number, and then a stream of zlib (RFC 1950). The number
names the dictionary that it was packed with: letters are the same sentences again and again,
and a customer's mail quotes them. Octets that do not begin with a NUL are what they are: rows
of an older program, and what would not become smaller. No message begins with one (a literal
of IMAP has none, RFC 9051 §4.3, and our letters begin with a field); octets that do all the
same are kept behind a mark of their own.
"""

import zlib
from base64 import b64decode, b64encode
from functools import cache
from importlib.resources import files

from mailbot.store.fault import DatabaseFault

#: The dictionary for what is packed from now on. Those before it are kept, and none is ever
#: changed: what was packed with it could not be read any more.
NEWEST = 1

#: Packed without a dictionary, and not packed at all.
_BY_ITSELF, _AS_IT_IS = 0, 255

#: Beyond it a message is files, in base64: of that only its spare bits can be saved, which a
#: code does (RFC 1951 §3.2.2) at a sixth of the time that looking for repetitions takes.
_LARGE = 256 * 1024
#: Looking longer gains a tenth of what is left, in more than twice the time.
_LEVEL = 3

#: Before a text that is packed, or that begins with it: a control character that nobody types.
_MARK = "\x02"


class Damaged(DatabaseFault):
    """
    What was kept cannot be unpacked.
    """

    def __init__(self) -> None:
        super().__init__(
            "the database cannot be used: octets in it are damaged; restore it from your backup,"
            " and look at the disk"
        )


class Kept(bytes):
    """
    Octets as a column has them, for whoever passes them on to the same column elsewhere.
    """


class KeptText(str):
    """
    The same of a text.
    """

    __slots__ = ()


def packed(octets: bytes) -> bytes:
    """
    The octets as a column keeps them: never longer than they are, but for one that begins
    with a NUL. Nothing stays nothing.
    """
    number = NEWEST if len(octets) <= _LARGE else _BY_ITSELF
    packing = _packing(number).copy()
    kept = bytes((0, number)) + packing.compress(octets) + packing.flush()
    if len(kept) < len(octets):
        return kept
    return bytes((0, _AS_IT_IS)) + octets if octets.startswith(b"\0") else octets


def unpacked(kept: bytes) -> bytes:
    """
    The very octets that were packed; Damaged if they cannot be had.
    """
    if not kept.startswith(b"\0"):
        return kept
    number, stream = kept[1:2], kept[2:]
    if number == bytes((_AS_IT_IS,)):
        return stream
    try:
        unpacking = _unpacking(number[0]).copy()
        octets = unpacking.decompress(stream)
    except (zlib.error, OSError, IndexError) as fault:
        raise Damaged from fault
    if not unpacking.eof:
        raise Damaged
    return octets


def unpacked_if_whole(kept: bytes) -> bytes:
    """
    The same for whoever reads many at once, of which one must not keep the others waiting:
    nothing where they are damaged.
    """
    try:
        return unpacked(kept)
    except Damaged:
        return b""


def packed_text(text: str) -> str:
    """
    The text as a column keeps it: what is packed stands behind a mark, in base64. Short text
    is what it is, so that it can be read by whoever looks into the table.
    """
    octets = text.encode("utf-8", "surrogatepass")
    kept = packed(octets)
    written = _MARK + b64encode(kept).decode() if kept.startswith(b"\0") else text
    if len(written) < len(octets):
        return written
    return _MARK + text if text.startswith(_MARK) else text


def unpacked_text(kept: str) -> str:
    """
    The very text that was packed; Damaged if it cannot be had.
    """
    if not kept.startswith(_MARK):
        return kept
    written = kept.removeprefix(_MARK)
    if not written.startswith("AA"):
        return written
    try:
        return unpacked(b64decode(written)).decode("utf-8", "surrogatepass")
    except ValueError as fault:
        raise Damaged from fault


def unpacked_text_if_whole(kept: str) -> str:
    """
    The same: nothing where it is damaged.
    """
    try:
        return unpacked_text(kept)
    except Damaged:
        return ""


@cache
def _packing(number: int) -> "zlib._Compress":
    """
    Fresh, with the dictionary learnt: copying that is quicker than learning it again.
    """
    if number == _BY_ITSELF:
        return zlib.compressobj(_LEVEL, strategy=zlib.Z_HUFFMAN_ONLY)
    return zlib.compressobj(_LEVEL, zdict=dictionary(number))


@cache
def _unpacking(number: int) -> "zlib._Decompress":
    if number == _BY_ITSELF:
        return zlib.decompressobj()
    return zlib.decompressobj(zdict=dictionary(number))


@cache
def dictionary(number: int) -> bytes:
    """
    What octets of that number have in common with many others.
    """
    return files(__name__).joinpath(f"{number}.dict").read_bytes()
