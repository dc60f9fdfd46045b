"""
The file of a refresh token holds the old one or the new one, whatever happens.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mailbot.transport.oauth2.client import TokenFault
from mailbot.transport.oauth2.refresh_token import alone, keep, stored, try_to_keep

#: Replaces the token as fast as it can; each is as long as a provider's, and all of one letter.
_KEEPS_ON = """
import itertools, pathlib, string, sys
from mailbot.transport.oauth2.refresh_token import keep
sys.stdout.write("ready\\n"); sys.stdout.flush()
for letter in itertools.cycle(string.ascii_letters):
    keep(pathlib.Path(sys.argv[1]), letter * 1500)
"""
_NOBODY = 65534


def test_a_token_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "refresh.token"

    keep(file, "refresh-1")

    assert stored(file) == "refresh-1"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["refresh.token"]


def test_a_file_that_others_could_read_is_theirs_no_more(tmp_path: Path) -> None:
    file = tmp_path / "refresh.token"
    file.write_text("refresh-1\n")
    file.chmod(0o644)

    keep(file, "refresh-2")

    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_goes_on_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    file, link = tmp_path / "vault" / "token", tmp_path / "refresh.token"
    keep(file, "refresh-1")
    link.symlink_to(file)

    keep(link, "refresh-2")

    assert link.is_symlink()
    assert stored(file) == stored(link) == "refresh-2"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_token_that_root_has_had_belongs_to_whom_it_belonged_to(tmp_path: Path) -> None:
    file, first = tmp_path / "refresh.token", tmp_path / "new" / "refresh.token"
    first.parent.mkdir()
    keep(file, "refresh-1")
    for each in (file, first.parent):
        os.chown(each, _NOBODY, _NOBODY)

    keep(file, "refresh-2")
    keep(first, "refresh-1")

    assert file.stat().st_uid == first.stat().st_uid == _NOBODY
    assert file.stat().st_gid == first.stat().st_gid == _NOBODY


def test_what_a_process_left_unfinished_is_in_nobodys_way(tmp_path: Path) -> None:
    file = tmp_path / "refresh.token"
    keep(file, "refresh-1")
    (tmp_path / "refresh.token.new").write_text("refr")

    keep(file, "refresh-2")

    assert stored(file) == "refresh-2"
    assert not (tmp_path / "refresh.token.new").exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_place_that_cannot_be_written_keeps_what_is_there(tmp_path: Path, is_there: bool) -> None:
    # A folder in the way: root may write everywhere.
    file = tmp_path / "refresh.token"
    if is_there:
        file.write_text("refresh-1\n")
    (tmp_path / "refresh.token.new").mkdir()

    with pytest.raises(OSError, match="directory"):
        keep(file, "refresh-2")

    assert file.exists() == is_there
    if is_there:
        assert stored(file) == "refresh-1"


def test_who_tries_whether_it_could_be_kept_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "var" / "refresh.token"
    try_to_keep(file)
    assert list(file.parent.iterdir()) == []
    keep(file, "refresh-1")

    try_to_keep(file)

    assert stored(file) == "refresh-1"


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "there is no refresh token"), (b"", "there is no refresh token"),
     (b"\n", "there is no refresh token"), (b"\xff\xfe", "it is no text")],
)  # fmt: skip
def test_a_file_without_a_token_says_what_to_do(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "refresh.token"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(TokenFault, match=told) as fault:
        stored(file)

    assert "`mailbot login`" in fault.value.remedy
    assert fault.value.needs_a_person


def test_one_at_a_time_has_the_token_whatever_name_they_know_it_by(tmp_path: Path) -> None:
    file, link = tmp_path / "refresh.token", tmp_path / "other" / "name"
    link.parent.mkdir()
    keep(file, "0")
    link.symlink_to(file)

    def count(name: Path) -> None:
        for _ in range(10):
            with alone(name):
                keep(name, str(int(stored(name)) + 1))

    threads = [threading.Thread(target=count, args=[each]) for each in (file, link, file)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert stored(file) == "30"


def test_who_is_alone_is_so_no_longer_when_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "refresh.token"
    with pytest.raises(RuntimeError), alone(file):
        raise RuntimeError

    with alone(file):
        assert [each.name for each in tmp_path.iterdir()] == []


def test_a_process_that_is_killed_at_any_instant_leaves_a_whole_token(tmp_path: Path) -> None:
    file = tmp_path / "refresh.token"
    chance = random.Random(12)
    seen = set()
    for _ in range(30):
        with subprocess.Popen(
            [sys.executable, "-c", _KEEPS_ON, file], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            # So long, and in no step with what it does.
            threading.Event().wait(chance.uniform(0.0, 0.02))
            process.send_signal(signal.SIGKILL)
        if file.exists():
            token = stored(file)
            assert len(token) == 1500
            assert len(set(token)) == 1
            seen.add(token[0])

    assert seen
