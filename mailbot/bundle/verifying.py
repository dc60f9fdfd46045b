"""
Whether a bundle is as it was signed: what is missing, added, altered or renamed, and whose
signature it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailbot.bundle import manifest
from mailbot.bundle.manifest import MAC, MANIFEST, PUBLIC_KEY, SEAL, SIGNATURE, SUMS, Manifest
from mailbot.bundle.reading import Archive, NoArchive, Unreadable
from mailbot.bundle.signing import PublicKey, SigningKey, read_public

#: Octets: a manifest of a hundred thousand files has twenty million.
_LONGEST_LIST = 32 * 1024 * 1024
_SIGNATURE_OCTETS, _MOST_OF_A_KEY = 64, 4096
#: What a bundle may say that it holds, unpacked: nobody's case is as large.
_MOST_OCTETS = 64 * 1024**3


@dataclass(frozen=True, kw_only=True)
class Findings:
    """
    What was checked, and what is wrong: a bundle is intact where nothing is.
    """

    checked: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    #: What nobody could check here, and how it can be.
    unchecked: tuple[str, ...] = ()
    manifest: Manifest | None = None
    fingerprint: str = ""

    @property
    def is_intact(self) -> bool:
        return not self.wrong


@dataclass
class _Look:
    archive: Archive
    keys: Sequence[SigningKey]
    #: The fingerprint that the firm has told, without spaces.
    told: str = ""
    checked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    fingerprint: str = ""

    def findings(self) -> Findings:
        listed = self._manifest()
        if listed is not None:
            self._files(listed)
        return Findings(
            checked=tuple(self.checked),
            wrong=tuple(self.wrong),
            unchecked=tuple(self.unchecked),
            manifest=listed,
            fingerprint=self.fingerprint,
        )

    def _manifest(self) -> Manifest | None:
        self.wrong += [
            f"{_shown(each)}: its name stands twice, or leads out of the folder"
            for each in self.archive.doubtful
        ]
        octets = self._read(MANIFEST, _LONGEST_LIST)
        if octets is None:
            return None
        try:
            listed = manifest.read(octets)
        except manifest.NoManifest as fault:
            self.wrong.append(str(fault))
            return None
        self._signed(octets, listed)
        self._made(octets)
        return listed

    def _read(self, name: str, most: int) -> bytes | None:
        if name not in self.archive.members:
            self.wrong.append(f"{name}: missing")
            return None
        try:
            octets = self.archive.read(name, most)
        except Unreadable:
            self.wrong.append(f"{name}: cannot be read")
            return None
        if len(octets) > most:
            self.wrong.append(f"{name}: altered: larger than it can be")
            return None
        return octets

    # --- whose it is ---------------------------------------------------------

    def _signed(self, octets: bytes, listed: Manifest) -> None:
        signature = self._read(SIGNATURE, _SIGNATURE_OCTETS)
        pem = self._read(PUBLIC_KEY, _MOST_OF_A_KEY)
        if signature is None or pem is None:
            return
        key = read_public(pem)
        if key is None:
            self.wrong.append(f"{PUBLIC_KEY}: altered: it is no Ed25519 key")
            return
        self.fingerprint = key.fingerprint
        if not key.has_signed(octets, signature):
            self.wrong.append(
                f"{SIGNATURE}: not the signature of {MANIFEST} by {PUBLIC_KEY}: one of the three"
                " was altered"
            )
            return
        if listed.fingerprint != key.fingerprint:
            self.wrong.append(f"{MANIFEST}: names another key than {PUBLIC_KEY}")
            return
        self.checked.append(f"the Ed25519 signature of the list of files, by {PUBLIC_KEY}")
        self._whose(key)

    def _whose(self, key: PublicKey) -> None:
        if self.told:
            if self.told != key.fingerprint.replace(" ", ""):
                self.wrong.append("signed by another key than the one whose fingerprint was given")
            else:
                self.checked.append("its key, by the fingerprint that was given")
            return
        if not self.keys:
            self.unchecked.append(
                "whether the key is the firm's: compare its fingerprint with what the firm tells"
                " you by a way that you know to be theirs"
            )
            return
        if any(each.public == key for each in self.keys):
            self.checked.append("its key: it is one of this firm's (token.key)")
            return
        ours = self.keys[0].public.fingerprint
        self.wrong.append(f"signed by another key than this firm's, whose fingerprint is {ours}")

    def _made(self, octets: bytes) -> None:
        mac = self._read(MAC, _SIGNATURE_OCTETS + 2)
        if mac is None:
            return
        if not self.keys:
            self.unchecked.append(f"{MAC}, which only the firm itself can check, by its token.key")
        elif any(each.has_made(octets, mac.decode("latin-1")) for each in self.keys):
            self.checked.append(f"{MAC}, by token.key")
        else:
            self.wrong.append(f"{MAC}: not made with a key of this firm's (token.key)")

    # --- what is in it -------------------------------------------------------

    def _files(self, listed: Manifest) -> None:
        before = len(self.wrong)
        sums = self._read(SUMS, _LONGEST_LIST)
        if sums is not None and sums != listed.sums:
            self.wrong.append(f"{SUMS}: altered: it does not say what {MANIFEST} says")
        if sum(each.octets for each in listed.files.values()) > _MOST_OCTETS:
            self.wrong.append(f"{MANIFEST}: more octets than any bundle has; nothing was unpacked")
            return
        there = set(self.archive.members)
        missing = sorted(set(listed.files) - there - set(self.archive.doubtful))
        added = sorted(there - set(listed.files) - SEAL)
        renamed = dict(self._renamed(listed, missing, added))
        for name in missing:
            now = renamed.get(name)
            self.wrong.append(
                f"{name}: missing" + (f": it is called {_shown(now)} now" if now else "")
            )
        self.wrong += [
            f"{_shown(each)}: added" for each in added if each not in set(renamed.values())
        ]
        for name in sorted(set(listed.files) & there):
            self._file(name, listed)
        if len(self.wrong) == before:
            self.checked.append(
                f"the SHA-256 of each of {len(listed.files)} files, and of the whole"
            )

    def _file(self, name: str, listed: Manifest) -> None:
        was = listed.files[name]
        try:
            now = self.archive.measured(name, was.octets)
        except Unreadable:
            self.wrong.append(f"{name}: altered: it cannot be unpacked")
            return
        if now != was:
            self.wrong.append(f"{name}: altered: its SHA-256 is not the one of the list")

    def _renamed(
        self, listed: Manifest, missing: Sequence[str], added: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        left = list(added)
        for name in missing:
            was = listed.files[name]
            same = (each for each in left if self.archive.members[each].file_size == was.octets)
            for each in list(same):
                try:
                    is_it = self.archive.measured(each, was.octets) == was
                except Unreadable:
                    continue
                if is_it:
                    left.remove(each)
                    yield name, each
                    break


def verified(path: Path, keys: Sequence[SigningKey] = (), *, told: str = "") -> Findings:
    """
    What is found in the file at *path*. *keys* are the firm's, where they are at hand;
    *told* the fingerprint that it has told. NotRead where the system does not hand it out.
    """
    try:
        archive = Archive(path)
    except NoArchive as fault:
        return Findings(wrong=(str(fault),))
    with archive:
        bare = "".join(told.lower().replace(":", "").split())
        return _Look(archive, keys, bare).findings()


def _shown(name: str) -> str:
    """
    A stranger's name for a file, in one line of visible characters.
    """
    said = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)
    return said if len(said) <= 120 else f"{said[:120]}…"
