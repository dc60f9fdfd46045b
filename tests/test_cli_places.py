"""
Commands where the machine is not as they would have it: folders that may not be entered, names
that no file can have, other character sets, no terminal, and nobody who is logged in.
"""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from mailbot.cli import retention
from mailbot.cli.check.trying import check
from mailbot.cli.commands import app
from mailbot.cli.opening import operator
from mailbot.cli.retention import Carried
from mailbot.settings.token_key import key_lines
from mailbot.store.database import DatabaseFault, database, is_new
from mailbot.store.retention import PastCase
from mailbot.store.soundness import free_space, look_through
from tests.flow.house import CONFIG, environ, process_environ
from tests.servers.migrated import lay

#: To ask for a file of this name is a fault, as it is in a folder that we may not enter.
NO_NAME = "x" * 300


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A firm with an empty database.
    """
    lay(tmp_path)
    for name, value in process_environ(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def mailbot(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def as_a_process(
    *words: str | bytes, closed: bool = False, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    """
    A command as the shell starts it; with *closed* without a stdin.
    """
    return subprocess.run(
        [sys.executable, "-m", "mailbot", *words],
        env={**os.environ, **environ},
        stdin=None if closed else subprocess.DEVNULL,
        preexec_fn=(lambda: os.close(0)) if closed else None,
        capture_output=True,
        check=False,
        timeout=120,
    )


# --- the database ------------------------------------------------------------


@pytest.mark.parametrize("command", ["cases", "report", "pause"])
def test_a_database_that_may_not_be_looked_at_is_told_and_what_to_do(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("MAILBOT_DATABASE__URL", f"sqlite://{here}/{NO_NAME}/mailbot.sqlite3")

    answer = mailbot(command)

    assert answer.exit_code == 1
    assert "let mailbot read and write the file and its folder" in answer.stderr


def test_health_of_a_database_that_may_not_be_looked_at_is_a_document(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILBOT_DATABASE__URL", f"sqlite://{here}/{NO_NAME}/mailbot.sqlite3")

    answer = mailbot("health", "--json")

    assert answer.exit_code == 1
    assert '"reason": "database_unreachable"' in answer.stdout


def test_before_it_is_opened_nobody_stumbles_over_what_may_not_be_looked_at(
    tmp_path: Path,
) -> None:
    url = f"sqlite://{tmp_path}/{NO_NAME}/mailbot.sqlite3"

    assert not is_new(url)
    look_through(url, within=1.0)
    assert free_space(url)


async def test_a_folder_that_cannot_be_made_is_not_taken_for_a_server(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseFault, match=r"file: .*; let mailbot read and write the file and"):
        async with database(f"sqlite://{tmp_path}/file/mailbot.sqlite3"):
            pass


# --- the key -----------------------------------------------------------------


def test_a_key_that_cannot_be_made_is_told_and_is_no_defect_of_ours(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "file").touch()
    monkeypatch.setenv("MAILBOT_SERVICE__TOKEN_KEY_FILE", f"{here}/file/token.key")

    answer = mailbot("recalc", "--all")

    assert answer.exit_code == 1
    assert "token.key: cannot be made" in answer.stderr
    assert "[service] token_key_file" in answer.stderr


def test_check_says_before_the_first_run_that_no_key_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    key = {"MAILBOT_SERVICE__TOKEN_KEY_FILE": f"{tmp_path}/file/token.key"}

    found = asyncio.run(check(CONFIG, environ(tmp_path, **key)))

    assert any("service.token_key_file: no file can be made" in each for each in found.problems)
    assert not any("the first run makes it" in each for each in found.facts if "key" in each)


def test_a_key_that_is_no_text_is_told_and_is_no_defect_of_ours(here: Path) -> None:
    (here / "token.key").write_bytes(b"\xff\xfe\x00")

    for words in (("recalc", "--all"), ("backup", str(here / "kept"))):
        answer = mailbot(*words)
        assert answer.exit_code == 1
        assert "token.key: cannot be read (it is no text)" in answer.stderr


def test_a_key_is_the_same_behind_the_mark_of_an_editor(tmp_path: Path) -> None:
    (tmp_path / "token.key").write_bytes(b"\xef\xbb\xbfabcdefgh\r\n")

    assert key_lines(tmp_path / "token.key") == [b"abcdefgh"]


# --- names -------------------------------------------------------------------


def test_a_message_id_may_be_longer_than_any_name_of_a_file(here: Path) -> None:
    answer = mailbot("explain", f"<{NO_NAME}@example.com>")

    assert answer.exit_code == 1
    assert "no message of that Message-ID is recorded" in answer.stderr


# --- character sets ------------------------------------------------------------


def test_what_the_terminal_has_no_letter_for_is_shown_all_the_same(here: Path) -> None:
    answer = as_a_process("code", PYTHONIOENCODING="ascii")

    assert (answer.returncode, answer.stderr) == (0, b"")
    assert b"\\u201cWe take all complaints seriously" in answer.stdout


def test_a_document_is_one_in_any_character_set(here: Path) -> None:
    answer = as_a_process("code", "--json", PYTHONIOENCODING="latin-1")

    assert (answer.returncode, answer.stderr) == (0, b"")
    said = [each["words"] for each in json.loads(answer.stdout.decode("ascii"))["sentences"]]
    assert any("\N{LEFT DOUBLE QUOTATION MARK}" in each for each in said)


def test_words_in_another_character_set_are_refused_before_they_are_kept(here: Path) -> None:
    answer = as_a_process("pause", "--reason", "Zo\xeb".encode("latin-1"))

    assert (answer.returncode, answer.stdout) == (1, b"")
    assert b"not UTF-8" in answer.stderr
    assert b"Traceback" not in answer.stderr


# --- no terminal, and nobody -------------------------------------------------------


def test_a_command_needs_no_stdin(here: Path) -> None:
    answer = as_a_process("do", "#help", closed=True)

    assert (answer.returncode, answer.stderr) == (0, b"")
    assert answer.stdout.startswith(b"The commands are: #assign")


def test_who_has_no_name_here_is_recorded_by_their_number(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_001)

    assert operator() == "user 2000000001"
    assert mailbot("pause", "--reason", "the relay is moved").exit_code == 0


# --- what is said ------------------------------------------------------------------


def test_a_place_that_takes_no_backup_is_named_with_the_reason_alone(here: Path) -> None:
    (here / "token.key").write_text("abcdefgh\n")
    (here / "file").touch()

    answer = mailbot("backup", str(here / "file"))

    assert answer.exit_code == 1
    assert answer.stderr == f"mailbot: {here}/file: File exists\n"


def test_of_a_letter_that_nobody_has_tried_yet_nothing_untrue_is_said(here: Path) -> None:
    answer = mailbot("outbox", "resolve", "1", "sent")

    assert answer.exit_code == 1
    assert "there is none, nobody has tried to send it yet" in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("case", "ISS-000001-95"),
        ("case", "ISS-000001-95", "do", "#status"),
        ("do", "#away Rhian Price: back"),
        ("held", "show", "1"),
        ("held", "reject", "1"),
        ("outbox", "retry", "1"),
        ("outbox", "resolve", "1", "sent"),
        ("recalc", "ISS-000001-95"),
    ],
)
def test_in_a_place_without_a_database_that_is_said_and_nothing_else(
    here: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailbot.cli.orders._waiting_on_stdin", lambda _: "")
    (here / "mailbot.sqlite3").unlink()

    answer = mailbot(*words)

    assert answer.exit_code == 1
    assert answer.stderr == (
        f"mailbot: there is no database at sqlite://{here}/mailbot.sqlite3; mailbot run makes it\n"
    )


def test_what_a_command_did_can_be_read_by_a_script() -> None:
    answer = as_a_process("do", "#help", "--json", MAILBOT_IMAP__PASSWORD="x")

    assert (answer.returncode, answer.stderr) == (0, b"")
    assert json.loads(answer.stdout)["answer"].startswith("The commands are: #assign")


def test_where_there_is_no_case_at_all_it_is_not_told_that_none_is_open(here: Path) -> None:
    assert mailbot("cases", "--all").stdout == "no case\n"
    assert mailbot("cases").stdout == "no open case\n"


def test_a_case_that_retention_leaves_alone_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    ended = datetime(2020, 1, 1, tzinfo=UTC)
    case = PastCase(
        serial=1,
        reference="ISS-000001-95",
        state="closed",
        ended_at=ended,
        past_since=ended,
        revision=1,
    )

    for is_dry, said in ((True, False), (False, True)):
        carried = Carried(months=72, found=[case], is_dry=is_dry)
        retention.show(Console(width=160), carried, ZoneInfo("Europe/London"))
        assert ("something happened in it just now" in capsys.readouterr().out) is said
