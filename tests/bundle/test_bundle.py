"""
A bundle written, and checked by people who do and do not have mailbot.
"""

import errno
import hmac
import json
import os
import shutil
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mailbot.bundle import manifest
from mailbot.bundle.manifest import Measured
from mailbot.bundle.names import harmless, is_safe, plain
from mailbot.bundle.reading import Archive, NotRead
from mailbot.bundle.readme import readme
from mailbot.bundle.signing import SigningKey, read_public
from mailbot.bundle.verifying import verified
from mailbot.bundle.writing import written
from tests.conftest import missing

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
THEN = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
OURS, OLD, THEIRS = (SigningKey(each * 52) for each in (b"a", b"b", b"c"))
STRANGER = Path(__file__).with_name("stranger.py")

FILES = {
    "index.html": b"<p>the index</p>" * 40,
    "messages/001.eml": b"From: jane@example.com\r\n\r\nIt is dead.\r\n",
    "attachments/001-1-bill.pdf": bytes(range(256)) * 8,
    "attachments/ein brief.txt": "Grüße".encode(),
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return made(tmp_path / "case.zip")


def made(path: Path, key: SigningKey = OURS, files: Mapping[str, bytes] = FILES) -> Path:
    with written(path) as archive:
        for name, octets in files.items():
            archive.add(name, octets, THEN)
        archive.seal(key, about="ISS-000001-95", program="mailbot 1", at=NOW)
    return path


class FailingDisk(BytesIO):
    """
    Of which nothing can be read any more.
    """

    def read(self, _: int | None = -1) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def rewritten(
    path: Path,
    change: Callable[[dict[str, bytes]], object] = len,
    *,
    also: tuple[tuple[str, bytes], ...] = (),
) -> Path:
    """
    The same archive as a zip program writes it after somebody's change.
    """
    with ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    with warnings.catch_warnings(), ZipFile(path, "w", ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # a name that stands twice
        for name, octets in (*content.items(), *also):
            archive.writestr(name, octets)
    return path


def wrong(path: Path, keys: tuple[SigningKey, ...] = (OURS,)) -> str:
    found = verified(path, keys)
    assert found.is_intact is not bool(found.wrong)
    return "\n".join(found.wrong)


# --- whole ---------------------------------------------------------------------


def test_what_was_written_is_intact_and_says_what_was_checked(bundle: Path) -> None:
    found = verified(bundle, (OURS,))

    assert found.is_intact
    assert found.unchecked == ()
    assert found.manifest
    assert found.manifest.about == "ISS-000001-95"
    assert found.checked[-1] == "the SHA-256 of each of 5 files, and of the whole"
    assert any("token.key" in each for each in found.checked)


def test_without_the_firms_key_the_hashes_and_the_signature_are_checked(bundle: Path) -> None:
    found = verified(bundle)

    assert found.is_intact
    assert len(found.checked) == 2
    assert "compare its fingerprint" in found.unchecked[0]
    assert "manifest.hmac" in found.unchecked[1]


def test_the_fingerprint_that_the_firm_told_is_compared(bundle: Path) -> None:
    fingerprint = OURS.public.fingerprint

    assert verified(bundle, told=fingerprint.upper()).is_intact
    assert not verified(bundle, told=THEIRS.public.fingerprint).is_intact


def test_a_key_that_was_rotated_away_is_still_the_firms(bundle: Path) -> None:
    made(bundle, OLD)

    assert verified(bundle, (OURS, OLD)).is_intact


def test_a_zip_program_of_the_recipients_harms_nothing(bundle: Path) -> None:
    rewritten(bundle, also=(("messages/", b""),))

    assert wrong(bundle) == ""


def test_the_same_files_make_the_same_octets(tmp_path: Path) -> None:
    first, again = made(tmp_path / "a.zip"), made(tmp_path / "b.zip")

    assert first.read_bytes() == again.read_bytes()


def test_the_list_of_the_archive_is_sorted_and_has_dates_of_the_data(bundle: Path) -> None:
    with ZipFile(bundle) as archive:
        names = archive.namelist()
        dates = {each.filename: each.date_time for each in archive.infolist()}

    assert names == sorted(names)
    assert dates["index.html"] == (2026, 11, 20, 16, 45, 0)


def test_an_archive_is_there_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    def fails() -> None:
        with written(tmp_path / "case.zip") as archive:
            archive.add("a", b"1", THEN)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_on_the_machine_may_read_it(bundle: Path) -> None:
    assert bundle.stat().st_mode & 0o077 == 0


def test_no_file_is_written_twice_or_outside(tmp_path: Path) -> None:
    with written(tmp_path / "case.zip") as archive:
        archive.add("a", b"1", THEN)
        for name in ("a", "../a", "/a", "b\\c"):
            with pytest.raises(ValueError, match="no name"):
                archive.add(name, b"2", THEN)


# --- a stranger ------------------------------------------------------------------


def run_stranger(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(STRANGER), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_stranger_without_mailbot_can_check_it(bundle: Path) -> None:
    ran = run_stranger(bundle)

    assert ran.returncode == 0, ran.stderr
    fingerprint = OURS.public.fingerprint.replace(" ", "")
    assert json.loads(ran.stdout) == {
        "about": "ISS-000001-95",
        "fingerprint": fingerprint,
        "files": len(FILES) + 5,
    }


def test_and_sees_that_it_was_altered(bundle: Path) -> None:
    rewritten(bundle, lambda content: content.update({"index.html": b"<p>nothing</p>"}))

    assert "index.html was altered" in run_stranger(bundle).stderr


def test_the_readme_names_commands_that_do_it(bundle: Path, tmp_path: Path) -> None:
    if not (shutil.which("openssl") and shutil.which("sha256sum")):
        missing("openssl")
    text = readme("A file", "the firm", "0330 9000 009")
    commands = [
        each.strip()
        for each in text.splitlines()
        if each.strip().startswith(("sha256", "openssl", "echo"))
    ]
    folder = tmp_path / "unpacked"
    with ZipFile(bundle) as archive:
        archive.extractall(folder)

    said = [
        subprocess.run(each, shell=True, cwd=folder, capture_output=True, text=True, check=True)
        for each in commands
    ]

    assert len(said) == 5
    listed = json.loads((folder / "manifest.json").read_text())
    assert said[0].stdout.count(": OK") == len(listed["files"])
    assert said[1].stdout == "4\n"
    assert listed["sha256_of_whole"] in said[2].stdout
    assert "Verified Successfully" in said[3].stdout
    assert listed["key_fingerprint"].replace(" ", "") in said[4].stdout


# --- altered ----------------------------------------------------------------------


def test_an_altered_file_is_named(bundle: Path) -> None:
    rewritten(bundle, lambda content: content.update({"messages/001.eml": b"From: nobody"}))

    assert wrong(bundle) == "messages/001.eml: altered: its SHA-256 is not the one of the list"


def test_a_missing_and_an_added_file_are_named(bundle: Path) -> None:
    def change(content: dict[str, bytes]) -> None:
        del content["attachments/ein brief.txt"]
        content["messages/002.eml"] = b"made up"

    rewritten(bundle, change)

    assert wrong(bundle).splitlines() == [
        "attachments/ein brief.txt: missing",
        "messages/002.eml: added",
    ]


def test_a_renamed_file_is_told_from_a_missing_one(bundle: Path) -> None:
    rewritten(bundle, lambda c: c.update({"messages/999.eml": c.pop("messages/001.eml")}))

    assert wrong(bundle) == "messages/001.eml: missing: it is called messages/999.eml now"


def test_a_list_that_was_altered_is_not_the_signed_one(bundle: Path) -> None:
    def change(content: dict[str, bytes]) -> None:
        content["manifest.json"] = content["manifest.json"].replace(b"ISS-000001-95", b"ISS-2")

    rewritten(bundle, change)

    assert "manifest.sig: not the signature" in wrong(bundle)
    assert "manifest.hmac: not made with a key" in wrong(bundle)


def test_a_list_of_hashes_that_says_something_else_is_told(bundle: Path) -> None:
    rewritten(bundle, lambda content: content.update({"SHA256SUMS": b"0  x\n"}))

    assert wrong(bundle) == "SHA256SUMS: altered: it does not say what manifest.json says"


def test_an_archive_signed_again_by_another_is_told_with_whose_key(bundle: Path) -> None:
    made(bundle, THEIRS, {**FILES, "index.html": b"<p>another story</p>"})

    assert "another key than this firm's" in wrong(bundle)
    assert OURS.public.fingerprint in wrong(bundle)
    assert verified(bundle).fingerprint == THEIRS.public.fingerprint
    # Without the firm's key nobody can know; whose it is has to be asked.
    assert verified(bundle).is_intact


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "public-key.pem", "SHA256SUMS"])
def test_no_part_of_the_seal_may_be_missing(bundle: Path, name: str) -> None:
    rewritten(bundle, lambda content: content.pop(name))

    assert f"{name}: missing" in wrong(bundle)


@pytest.mark.parametrize(
    "name", ["manifest.json", "manifest.sig", "public-key.pem", "manifest.hmac"]
)
@pytest.mark.parametrize("octets", [b"", b"\xff" * 5000, b"[" * 100_000, b"{}"])
def test_nonsense_in_the_seal_is_wrong_and_no_failure(
    bundle: Path, name: str, octets: bytes
) -> None:
    rewritten(bundle, lambda content: content.update({name: octets}))

    assert name.partition(".")[0] in wrong(bundle)


# --- hostile ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a\\..\\b", "x/./y", "x//y", "con\x07"]
)
def test_a_name_that_leads_out_of_the_folder_is_told(bundle: Path, name: str) -> None:
    rewritten(bundle, also=((name, b"x"),))

    assert "leads out of the folder" in wrong(bundle)


def test_of_a_file_that_stands_twice_two_programs_would_read_two(bundle: Path) -> None:
    rewritten(bundle, also=(("index.html", b"another"),))

    assert "index.html: its name stands twice" in wrong(bundle)


def test_a_bomb_is_not_unpacked(bundle: Path) -> None:
    rewritten(bundle, lambda content: content.update({"index.html": bytes(50_000_000)}))

    assert wrong(bundle) == "index.html: altered: its SHA-256 is not the one of the list"


def test_a_file_whose_header_lies_is_told(bundle: Path) -> None:
    octets = bytearray(bundle.read_bytes())
    at = octets.index(b"PK\x03\x04")
    octets[at + 30] ^= 1  # the first letter of the name in front of the file
    bundle.write_bytes(octets)

    assert "cannot be unpacked" in wrong(bundle)


def test_packed_by_an_unknown_way_or_encrypted_is_told(bundle: Path) -> None:
    octets = bundle.read_bytes()
    central = octets.rindex(b"PK\x01\x02")
    for at, value in ((8, 1), (10, 99)):
        broken = bytearray(octets)
        struct.pack_into("<H", broken, central + at, value)
        bundle.write_bytes(broken)
        assert not verified(bundle).is_intact


@pytest.mark.parametrize("cut", [0, 10, 200, 1000])
def test_what_was_cut_off_is_no_archive(bundle: Path, cut: int) -> None:
    bundle.write_bytes(bundle.read_bytes()[:cut])

    assert "is no zip file" in wrong(bundle)


def test_of_what_the_system_does_not_hand_out_nothing_is_said(bundle: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop.zip"
    loop.symlink_to(loop)
    for path, why in (
        (tmp_path / "none.zip", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (loop, "Too many levels of symbolic links"),
    ):
        with pytest.raises(NotRead, match=f"cannot be read: {why}"):
            verified(path)

    # A disk that fails in the midst has altered nothing.
    with Archive(bundle) as archive:
        assert archive._zip.fp
        archive._zip.fp.close()
        archive._zip.fp = FailingDisk()
        with pytest.raises(NotRead, match="cannot be read: Input/output error"):
            archive.measured(next(iter(archive.members)), 1000)


def test_any_octet_changed_anywhere_is_noticed_or_of_no_account(bundle: Path) -> None:
    octets = bundle.read_bytes()
    with ZipFile(bundle) as archive:
        was = {each.filename: (each.CRC, each.file_size) for each in archive.infolist()}
    for at in range(0, len(octets), 31):
        broken = bytearray(octets)
        broken[at] ^= 0x55
        bundle.write_bytes(broken)
        if not verified(bundle, (OURS,)).is_intact:
            continue
        # Dates, systems, attributes: what is in the files is as it was.
        with ZipFile(bundle) as archive:
            assert {
                each.filename: zlib.crc32(archive.read(each)) for each in archive.infolist()
            } == {name: crc for name, (crc, _) in was.items()}


# --- the list -----------------------------------------------------------------------


def a_list(**changed: Any) -> bytes:
    said = json.loads(
        manifest.of(
            {"a": Measured(1, "0" * 64)}, about="x", made_at=NOW, program="p", fingerprint="f"
        ).written()
    )
    return json.dumps({**said, **changed}).encode()


@pytest.mark.parametrize(
    "octets",
    [
        a_list(format=2),
        a_list(sha256_of_whole="0" * 64),
        a_list(files={"a": {"octets": -1, "sha256": "0" * 64}}),
        a_list(files={"a": {"octets": True, "sha256": "0" * 64}}),
        a_list(files={"a": {"octets": 1, "sha256": "x" * 64}}),
        a_list(files={"../a": {"octets": 1, "sha256": "0" * 64}}),
        a_list(files={"manifest.json": {"octets": 1, "sha256": "0" * 64}}),
        a_list(files=[]),
        a_list(about=3),
        a_list().replace(b'"about"', b'"format": 1, "about"', 1),
    ],
)
def test_a_list_that_is_not_ours_is_refused(octets: bytes) -> None:
    assert manifest.read(a_list()).files == {"a": Measured(1, "0" * 64)}
    with pytest.raises(manifest.NoManifest):
        manifest.read(octets)


def test_two_purposes_have_two_keys_and_neither_is_the_line_of_the_file() -> None:
    public = OURS.public

    assert public.has_signed(b"x", OURS.signature(b"x"))
    assert not public.has_signed(b"y", OURS.signature(b"x"))
    assert OURS.has_made(b"x", OURS.mac(b"x") + "\n")
    assert not OLD.has_made(b"x", OURS.mac(b"x"))
    assert len(public.fingerprint.split()) == 16


def test_the_derivation_is_the_documented_one() -> None:
    extracted = hmac.digest(bytes(32), OURS.line, "sha256")  # RFC 5869 §2.2, §2.3
    seed = hmac.digest(extracted, b"mailbot bundle Ed25519\x01", "sha256")
    key = hmac.digest(extracted, b"mailbot bundle HMAC\x01", "sha256")

    private = Ed25519PrivateKey.from_private_bytes(seed)
    assert private.sign(b"x") == OURS.signature(b"x")
    assert hmac.digest(key, b"x", "sha256").hex() == OURS.mac(b"x")


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\n", b"\xff\x00"])
def test_what_is_no_public_key_is_none(pem: bytes) -> None:
    assert read_public(pem) is None
    assert read_public(OURS.public.pem) == OURS.public


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Bill March.pdf", "Bill-March.pdf"),
        ("Crème brûlée.txt", "Creme-brulee.txt"),
        ("../../x", "x"),
        ("заявление.pdf", "file.pdf"),
        ("", "file"),
        (".htaccess", "file.htaccess"),
        ("no.ending here at all", "no.ending-here-at-all"),
        ("a" * 300 + ".jpeg", "a" * 60 + ".jpeg"),
        ("CON", "CON"),
    ],
)
def test_a_name_is_made_plain(words: str, name: str) -> None:
    assert plain(words) == name
    assert is_safe(f"attachments/001-1-{plain(words)}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/plain"),
        ("a.SVG", "image/png"),
        ("a", "text/html"),
        ("a.jpg", "image/svg+xml"),
    ],
)
def test_a_page_that_a_browser_would_run_is_shown_as_text(name: str, kind: str) -> None:
    assert harmless(name, kind).endswith(".txt")
    assert harmless("photo.jpg", "image/jpeg") == "photo.jpg"
