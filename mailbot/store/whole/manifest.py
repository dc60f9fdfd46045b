"""
What lies in a backup: which tables with how many rows, made when and where, and the digest of
each file.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = "manifest.json"
DATABASE = "mailbot.sqlite3"
KEYS = "token.key"

_FORMAT = 1
_PIECE = 1024 * 1024


class NoBackup(Exception):  # noqa: N818 - it is what the folder is not
    """
    The folder is no backup, or not as it was made; str() says what is wrong.
    """


@dataclass(frozen=True, kw_only=True)
class Manifest:
    #: UTC, ISO 8601.
    made_at: str
    program: str
    engine: str
    #: The version of the tables: which migrations had been made.
    migrations: tuple[str, ...]
    #: Whose mailbox the database served, and where it was; empty if it never ran.
    home: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int]
    #: By name the SHA-256 and the octets of each file.
    files: Mapping[str, Mapping[str, Any]]

    def written(self) -> str:
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=2) + "\n"


def sealed(folder: Path, **said: Any) -> Manifest:
    """
    The manifest of the files that lie in the folder.
    """
    files = {each: _measured(folder / each) for each in (DATABASE, KEYS)}
    return Manifest(files=files, **said)


def read(folder: Path) -> Manifest:
    """
    The manifest of a backup whose files are as they were made; NoBackup otherwise.
    """
    try:
        said = json.loads((folder / NAME).read_text())
        number = said.pop("format")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise NoBackup(f"{folder}: there is no {NAME} in it that can be read") from None
    if number != _FORMAT:
        raise NoBackup(f"{folder}: made by a newer mailbot, in another format")
    try:
        manifest = Manifest(**{**said, "migrations": tuple(said["migrations"])})
        expected = {each: dict(manifest.files[each]) for each in (DATABASE, KEYS)}
    except (TypeError, KeyError, ValueError):
        raise NoBackup(f"{folder}: {NAME} is not as mailbot writes it") from None
    for name, was in expected.items():
        try:
            found = _measured(folder / name)
        except OSError as fault:
            raise NoBackup(f"{folder / name}: cannot be read ({fault.strerror})") from None
        if found != was:
            raise NoBackup(f"{folder / name}: not as it was made, by its SHA-256")
    return manifest


def _measured(path: Path) -> dict[str, Any]:
    digest, octets = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            octets += len(piece)
    return {"sha256": digest.hexdigest(), "octets": octets}
