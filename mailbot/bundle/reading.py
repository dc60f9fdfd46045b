"""
An archive from anywhere, looked into with care: nothing is unpacked to a disk, no more of
a file is read than it may have, and whatever is broken is said of that file alone.
"""

import errno
import hashlib
import lzma
import zlib
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self, TypeGuard
from zipfile import BadZipFile, ZipFile, ZipInfo

from mailbot.bundle.manifest import Measured
from mailbot.bundle.names import is_safe

#: More files than any bundle has; each takes memory before anything is read.
_MOST_MEMBERS = 200_000
_PIECE = 1024 * 1024

#: What a broken or strange archive makes of the library.
_BROKEN = (
    *(BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    # RuntimeError: encrypted, or, as NotImplementedError, packed in another way. ValueError: a
    # place before its beginning, or a name that is no UTF-8; OverflowError: one beyond all files.
    *(RuntimeError, ValueError, OverflowError),
)


class NotRead(Exception):  # noqa: N818 - it is what nobody did
    """
    The system does not hand the file out, and nobody knows how it is; str() says why.
    """


class NoArchive(Exception):  # noqa: N818 - it is what the file is not
    """
    The file cannot be opened as an archive; str() says why.
    """


class Unreadable(Exception):  # noqa: N818 - it is what the member is
    """
    A file in the archive cannot be read.
    """


class Archive:
    """
    The members of an archive by name. Names that stand twice, or lead out of the folder,
    are no members: they are *doubtful*.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = ZipFile(path)
        except _BROKEN as fault:
            if _is_the_systems(fault):
                raise self._not_read(fault) from None
            raise NoArchive(f"{path}: is no zip file, or one cut off or broken") from fault
        # Our own has none; that of a zip program of the recipient's is of no account.
        found = [each for each in self._zip.infolist() if not _is_empty_folder(each)]
        if len(found) > _MOST_MEMBERS:
            self._zip.close()
            raise NoArchive(f"{path}: has more files in it than any bundle")
        times = Counter(each.filename for each in found)
        self.doubtful = tuple(
            sorted(name for name, count in times.items() if count > 1 or not is_safe(name))
        )
        self.members = {each.filename: each for each in found if each.filename not in self.doubtful}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def read(self, name: str, most: int) -> bytes:
        """
        The octets of a small file, one more than *most* at most; Unreadable where that fails.
        """
        try:
            with self._zip.open(self.members[name]) as member:
                return member.read(most + 1)
        except (KeyError, *_BROKEN) as fault:
            raise self._unreadable(name, fault) from fault

    def measured(self, name: str, most: int) -> Measured:
        """
        Its octets and SHA-256, as far as *most* and one more octet; Unreadable where that fails.
        """
        digest, octets = hashlib.sha256(), 0
        try:
            with self._zip.open(self.members[name]) as member:
                while octets <= most:
                    piece = member.read(min(_PIECE, most + 1 - octets))
                    if not piece:
                        break
                    digest.update(piece)
                    octets += len(piece)
        except (KeyError, *_BROKEN) as fault:
            raise self._unreadable(name, fault) from fault
        return Measured(octets, digest.hexdigest())

    def _unreadable(self, name: str, fault: Exception) -> Unreadable | NotRead:
        return self._not_read(fault) if _is_the_systems(fault) else Unreadable(name)

    def _not_read(self, fault: OSError) -> NotRead:
        return NotRead(f"{self._path} cannot be read: {fault.strerror}")


def _is_the_systems(fault: Exception) -> TypeGuard[OSError]:
    """
    Whether it says nothing of the archive: the disk fails, or somebody may not read. EINVAL is
    of the library, which was led to a place before the beginning.
    """
    return isinstance(fault, OSError) and fault.errno not in {None, errno.EINVAL}


def _is_empty_folder(member: ZipInfo) -> bool:
    return member.is_dir() and not member.file_size and is_safe(member.filename.rstrip("/"))
