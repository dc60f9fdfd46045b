"""
token.key: read, made for a new database, and refused where a key is lacking that signed its mail.
"""

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from mailbot.mail.signed_ids import Keyring, base32
from mailbot.settings import Settings
from mailbot.settings.token_key import key_lines
from mailbot.store import control, outbox
from mailbot.store.litter import clear_away, draft_of


class KeyFileProblem(Exception):  # noqa: N818 - it is the file's
    """
    token.key is missing or lacks a key that is needed; str() says what to do.
    """


async def keyring(settings: Settings) -> Keyring:
    """
    The keys that sign our ids and tokens. Made for a database that has signed
    nothing; a key that signed stored mail and is lacking is a KeyFileProblem.
    """
    path = settings.service.token_key_file
    if needed := await outbox.signing_keys():
        return read_keys(path, settings, needed)
    clear_away(path)
    is_new = not may_be_there(path)
    if is_new:
        _make_key(path)
    ring = read_keys(path, settings, needed)
    # Two workers that begin with a key each would not know each other's letters.
    if ring.missing([await control.first_key(ring.signing_id, datetime.now(UTC))]):
        if is_new:
            path.unlink()
        raise KeyFileProblem(
            f"{path}: {'there is none' if is_new else 'it is another one'}, and this database has"
            " workers with a key already: copy the file from where one of them runs"
        )
    return ring


def may_be_there(path: Path) -> bool:
    """
    Whether there is such a file, or may be one in a folder that we may not enter: whoever
    reads it is told.
    """
    try:
        return path.exists()
    except OSError:
        return True


def _make_key(path: Path) -> None:
    """
    A new key, in a file that is complete from its first instant; of two who make one the
    first has made it. KeyFileProblem where none can be made.
    """
    draft = draft_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(base32(secrets.token_bytes(32)) + "\n")
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    except OSError as fault:
        raise KeyFileProblem(
            f"{path}: cannot be made ({fault.strerror}): let mailbot write there, or name another"
            " place in [service] token_key_file"
        ) from fault


def read_keys(path: Path, settings: Settings, needed: list[str]) -> Keyring:
    """
    The keyring of the file; KeyFileProblem if a key with an id in *needed* is not there.
    """
    keys = _lines(path)
    if not keys:
        raise KeyFileProblem(f"{path}: there is no key in it; restore the file from your backup")
    ring = Keyring(keys, settings.service.address.rpartition("@")[2])
    if missing := ring.missing(needed):
        raise KeyFileProblem(
            f"{path}: lacks a key that signed mail of stored cases (key id "
            f"{', '.join(missing)}), so answers to it would no longer be recognised; put the"
            " old key back below the new one"
        )
    return ring


def _lines(path: Path) -> list[bytes]:
    try:
        return key_lines(path)
    except OSError as fault:
        raise KeyFileProblem(
            f"{path}: cannot be read ({fault.strerror}); the mail of stored cases was signed"
            " with it, so restore it from your backup, or copy it from the host of another worker"
        ) from fault
