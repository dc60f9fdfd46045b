"""
Compiled templates, kept in a file for the next start.

Compiling takes longer than all else that reading templates does. What is kept counts for
the very same templates, program and Python only. Where it cannot be read or written, or
anybody else could have written it, everything is compiled anew, and nothing else changes.
"""

import hashlib
import marshal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType

_NAME = "templates.compiled"
_SEAL = hashlib.sha256().digest_size
#: Whoever may write the file decides what we run.
_OTHERS_MAY_WRITE = 0o022

#: By whether it is for the HTML part, and by name.
Codes = Mapping[tuple[bool, str], CodeType]


def seal_of(parts: Iterable[bytes]) -> bytes:
    """
    What changes with any of the parts, and with the Python that runs.
    """
    seal = hashlib.sha256(MAGIC_NUMBER)
    for each in parts:
        seal.update(hashlib.sha256(each).digest())
    return seal.digest()


def kept(folder: Path, seal: bytes) -> Codes | None:
    """
    What was kept under that seal; None if there is nothing to trust.
    """
    file = folder / _NAME
    try:
        if file.stat().st_mode & _OTHERS_MAY_WRITE:
            return None
        content = file.read_bytes()
    except OSError:
        return None
    if content[:_SEAL] != seal_of([seal, content[_SEAL:]]):
        return None
    # Sealed octets are whole, and the folder is the one that holds our signing key.
    codes: Codes = marshal.loads(memoryview(content)[_SEAL:])  # noqa: S302
    return codes


def keep(folder: Path, seal: bytes, codes: Codes) -> None:
    """
    Put it in the place of what was kept before, in one step: others may be reading.
    """
    payload = marshal.dumps(dict(codes))
    # A read-only or full disk costs the next start a tenth of a second, and no more.
    with (
        suppress(OSError),
        NamedTemporaryFile(dir=folder, prefix=_NAME, delete=False) as written,
    ):
        fresh = Path(written.name)
        try:
            written.write(seal_of([seal, payload]) + payload)
            written.flush()
            fresh.replace(folder / _NAME)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
