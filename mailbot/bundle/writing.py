"""
A bundle, written file after file: whatever is in it, one file is in memory at a time.

The same files make the same octets: every date is one of the data, the list is sorted by
name, and nothing of the machine stands in it.
"""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from mailbot.bundle import manifest
from mailbot.bundle.manifest import MAC, MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, Measured
from mailbot.bundle.names import is_safe
from mailbot.bundle.signing import SigningKey

#: A DOS date begins in 1980 (APPNOTE.TXT of PKWARE §4.4.6).
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
#: -rw-r--r--, said as Unix says it.
_UNIX, _MODE = 3, 0o100644 << 16
#: Octets that are tried, and what has to be left of them: words pack to less than half, a
#: picture to itself, and its base64 to three quarters, for which nobody should wait.
_TRIED, _WORTH_IT = 64 * 1024, 0.7
_LEVEL = 1


class Bundle:
    """
    A new archive; files are only ever added.
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._files: dict[str, Measured] = {}

    @property
    def files(self) -> dict[str, Measured]:
        """
        What is in it so far.
        """
        return dict(self._files)

    def add(self, name: str, octets: bytes, at: datetime) -> Measured:
        """
        One more file. *at* is an instant of the data: when it came, or went.
        """
        if name in self._files or not is_safe(name):
            raise ValueError(f"no name for a file of a bundle, or one that is there: {name}")
        self._files[name] = Measured(len(octets), hashlib.sha256(octets).hexdigest())
        self._write(name, octets, at)
        return self._files[name]

    def seal(self, key: SigningKey, *, about: str, program: str, at: datetime) -> None:
        """
        The last files: what is in the bundle, and who made it. *at* is now.
        """
        public = key.public
        self.add(PUBLIC_KEY, public.pem, at)
        listed = manifest.of(
            self._files, about=about, made_at=at, program=program, fingerprint=public.fingerprint
        )
        octets = listed.written()
        self._write(SUMS, listed.sums, at)
        self._write(MANIFEST, octets, at)
        self._write(SIGNATURE, key.signature(octets), at)
        self._write(MAC, f"{key.mac(octets)}\n".encode(), at)

    def _write(self, name: str, octets: bytes, at: datetime) -> None:
        said = at.astimezone(UTC).timetuple()[:6]
        entry = ZipInfo(name, date_time=max(said, _FIRST_DATE))
        entry.create_system, entry.external_attr = _UNIX, _MODE
        entry.compress_type = ZIP_DEFLATED if _packs(octets) else ZIP_STORED
        self._archive.writestr(entry, octets, compresslevel=_LEVEL)


@contextmanager
def written(path: Path) -> Iterator[Bundle]:
    """
    A bundle at *path*, which is there when it is whole, and not before. OSError where it
    cannot be written, or where something else than a file would make room for it.
    """
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file: name one")
    try:
        file = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise OSError(f"{path} cannot be written: {why}") from fault
    with file as draft:
        place = Path(draft.name)
        try:
            with ZipFile(draft, "w") as archive:
                yield Bundle(archive)
                archive.filelist.sort(key=lambda each: each.filename)
            draft.flush()
            # A complaint is nobody's but the firm's until it is handed out: mode 0600 stays.
            place.replace(path)
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def _packs(octets: bytes) -> bool:
    piece = octets[:_TRIED]
    return len(zlib.compress(piece, _LEVEL)) < len(piece) * _WORTH_IT
