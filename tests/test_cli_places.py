"""
Commands where the machine is not as they would have it: folders that may not be entered, names
that no file can have.
"""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailbot.cli.check.trying import check
from mailbot.cli.commands import app
from mailbot.store.database import DatabaseFault, database, is_new
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

    with pytest.raises(DatabaseFault, match="file: .*; let mailbot read and write the file and"):
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


# --- names -------------------------------------------------------------------


def test_a_message_id_may_be_longer_than_any_name_of_a_file(here: Path) -> None:
    answer = mailbot("explain", f"<{NO_NAME}@example.com>")

    assert answer.exit_code == 1
    assert "no message of that Message-ID is recorded" in answer.stderr
