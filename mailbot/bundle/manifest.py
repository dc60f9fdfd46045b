"""
What is in a bundle: of each file its octets and SHA-256, and the SHA-256 of the whole.

The list stands in it twice: as manifest.json, which is signed, and as SHA256SUMS in the
form of sha256sum(1), so that a stranger checks all files with one command. "The whole" is
the SHA-256 of SHA256SUMS.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.bundle.names import is_safe
from mailbot.mail.words import in_utc

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
MAC = "manifest.hmac"
SUMS = "SHA256SUMS"
PUBLIC_KEY = "public-key.pem"

#: What says what is in the bundle, and so cannot be in its own list.
SEAL = frozenset({MANIFEST, SIGNATURE, MAC, SUMS})

_FORMAT = 1
_MOST_FILES = 100_000


class NoManifest(Exception):  # noqa: N818 - it is what the octets are not
    """
    The octets are no manifest of ours; str() says why.
    """


@dataclass(frozen=True)
class Measured:
    octets: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    #: Of what it is: a reference, or an address.
    about: str
    #: UTC, ISO 8601.
    made_at: str
    program: str
    fingerprint: str
    files: Mapping[str, Measured]

    @property
    def sums(self) -> bytes:
        """
        As sha256sum(1) writes and checks it: sorted by name, two spaces, one a line.
        """
        lines = (f"{each.sha256}  {name}\n" for name, each in sorted(self.files.items()))
        return "".join(lines).encode()

    @property
    def whole(self) -> str:
        return hashlib.sha256(self.sums).hexdigest()

    def written(self) -> bytes:
        said = {
            "format": _FORMAT,
            "about": self.about,
            "made_at": self.made_at,
            "program": self.program,
            "key_fingerprint": self.fingerprint,
            "sha256_of_whole": self.whole,
            "files": {
                name: {"octets": each.octets, "sha256": each.sha256}
                for name, each in sorted(self.files.items())
            },
        }
        return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def of(
    files: Mapping[str, Measured], *, about: str, made_at: datetime, program: str, fingerprint: str
) -> Manifest:
    return Manifest(
        about=about,
        made_at=in_utc(made_at),
        program=program,
        fingerprint=fingerprint,
        files=files,
    )


def read(octets: bytes) -> Manifest:
    """
    The manifest in a file from anywhere; NoManifest where it is none.
    """
    try:
        said = json.loads(octets, object_pairs_hook=_each_once)
        files = {str(name): _measured(each) for name, each in said["files"].items()}
        manifest = Manifest(
            about=_words(said["about"]),
            made_at=_words(said["made_at"]),
            program=_words(said["program"]),
            fingerprint=_words(said["key_fingerprint"]),
            files=files,
        )
        is_known, whole = said["format"] == _FORMAT, said["sha256_of_whole"]
    # RecursionError: lists in lists, a hundred thousand deep.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoManifest(f"{MANIFEST} is not as mailbot writes it") from None
    if not is_known:
        raise NoManifest(f"{MANIFEST} is of another format, made by a newer mailbot")
    if len(files) > _MOST_FILES or not all(map(is_safe, files)) or SEAL & set(files):
        raise NoManifest(f"{MANIFEST} names files that no bundle has")
    if whole != manifest.whole:
        raise NoManifest(f"{MANIFEST} contradicts itself: its hash of the whole is another")
    return manifest


def _each_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """
    Of a name that stands twice, two programs would read two values.
    """
    listed = list(pairs)
    if len(dict(listed)) != len(listed):
        raise ValueError("a name stands twice")
    return dict(listed)


def _measured(said: Any) -> Measured:
    octets, sha256 = said["octets"], said["sha256"]
    is_one = type(octets) is int and octets >= 0 and isinstance(sha256, str)
    if not is_one or len(sha256) != 64 or sha256.strip("0123456789abcdef"):
        raise ValueError("no size and SHA-256")
    return Measured(octets, sha256)


def _words(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError("no words")
    return said
