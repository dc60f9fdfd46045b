"""
What words may stand in a file: its octets, and those of what is packed in it.
"""

import lzma
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

#: More than this is not unpacked: a file of a few octets can hold gigabytes.
MOST_OCTETS = 32 * 1024 * 1024
_MOST_MEMBERS = 2_000
#: ISO 32000-1 §7.3.8.1: between these words stands the data of a stream.
_BEGIN, _END = b"stream", b"endstream"
#: APPNOTE.TXT of PKWARE §4.4.4, bit 0.
_ENCRYPTED = 1
_ZIP, _PDF = b"PK\x03\x04", b"%PDF-"
#: RAR, 7-Zip, gzip, bzip2, xz, Zstandard
_PACKED = (
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
#: ISO 32000-1 §7.6.1: the trailer of an encrypted document. [MS-OFFCRYPTO] §2.3.4.4: its stream.
_LOCKED_PDF, _LOCKED_OFFICE = b"/Encrypt", "EncryptedPackage".encode("utf-16-le")


class Closed(Exception):  # noqa: N818 - it names the reason
    """
    Nobody here can look into it.
    """


class TooMuch(Exception):  # noqa: N818 - it names the reason
    """
    There is more in it than anybody should unpack.
    """


def octets_in(content: bytes) -> Iterator[bytes]:
    """
    The octets as they are; then, unpacked, each member of an archive (documents of
    office programs are archives) and each packed stream of a PDF.

    Raises TooMuch where that would be more than MOST_OCTETS, and Closed for what is
    encrypted, broken or packed in a way that is not read here: a program of the
    recipient may well read it.
    """
    is_locked = content.startswith(_PDF) and _LOCKED_PDF in content
    if content.startswith(_PACKED) or is_locked or _LOCKED_OFFICE in content:
        raise Closed("it is packed or encrypted")
    yield content
    left = MOST_OCTETS
    unpacked = _members if content.startswith(_ZIP) else _streams
    if content.startswith((_ZIP, _PDF)):
        for octets in unpacked(content):
            left -= len(octets)
            if left < 0:
                raise TooMuch("unpacked, it is too large to be looked through")
            yield octets


def _members(content: bytes) -> Iterator[bytes]:
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS:
                raise TooMuch("there are too many files in it")
            for member in members:
                yield member.filename.encode("utf-8", "replace")
                # The library unpacks no more than a member says that it has.
                if member.file_size > MOST_OCTETS:
                    raise TooMuch("unpacked, a file in it is too large to be looked through")
                if member.flag_bits & _ENCRYPTED:
                    raise Closed("a file in it is encrypted")
                yield archive.read(member)
    # What a broken or strange archive makes of the library.
    except (
        *(BadZipFile, zlib.error, lzma.LZMAError),
        # OverflowError: a part of it is said to begin where no file is so long.
        *(EOFError, OSError, NotImplementedError, ValueError, OverflowError),
    ) as defect:
        raise Closed("it is broken") from defect


def _streams(content: bytes) -> Iterator[bytes]:
    # One split: to look for the end of every beginning could take hours.
    for piece in content.split(_END)[:-1]:
        _, begins, packed = piece.partition(_BEGIN)
        if not begins:
            continue
        try:
            yield zlib.decompressobj().decompress(packed.lstrip(b"\r\n"), MOST_OCTETS + 1)
        except zlib.error:  # packed in another way, or not at all
            continue
