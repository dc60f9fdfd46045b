"""
The files that commands leave: none is written over unawares, and by cron each may be.
"""

import os
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mailbot.cli.commands import app
from mailbot.cli.leaving import leave, must_be_free
from tests.flow.house import CONFIG, Mail, environ
from tests.store.forty import lay_the_year, reference_of

#: Every command that leaves a file, but `held export`, and which.
COMMANDS = {
    "report.html": ("report", "--month", "2026-11", "--html"),
    "report.pdf": ("report", "--month", "2026-11", "--pdf"),
    "evidence.zip": ("evidence", reference_of("Jane Doe")),
    "subject.zip": ("subject", "jane.doe@example.com"),
    "code.html": ("code", "--html"),
    "sheet.pdf": ("sheet",),
    "simulate.html": ("simulate", "mail.eml", "--html"),
}
each_command = pytest.mark.parametrize("file", COMMANDS)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year")
    lay_the_year(folder)
    (folder / "mail.eml").write_bytes(bytes(Mail()))
    return folder


@pytest.fixture
def mine(year: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    What somebody has at the place of the command's file.
    """
    monkeypatch.chdir(year)
    Path(file).write_bytes(b"mine")
    return Path(file)


def mailbot(year: Path, *words: str) -> Result:
    # What a command leaves behind is of the process that it would have had for itself.
    return CliRunner().invoke(app, ["--config", str(CONFIG), *words], env=environ(year))


@each_command
def test_somebodys_file_stays_and_is_named_with_what_to_do(
    year: Path, file: str, mine: Path
) -> None:
    ran = mailbot(year, *COMMANDS[file], file)

    assert ran.exit_code == 1
    assert (
        f"{file} is there already: name another file, or write over it with --force" in ran.stderr
    )
    assert ran.stdout == ""
    assert mine.read_bytes() == b"mine"


@each_command
def test_with_force_the_same_place_is_written_again(year: Path, file: str, mine: Path) -> None:
    ran = mailbot(year, *COMMANDS[file], file, "--force")

    assert ran.exit_code == 0, ran.output
    assert len(mine.read_bytes()) > 1000


@each_command
def test_a_folder_is_no_file(year: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(year)
    shutil.rmtree("folder", ignore_errors=True)
    Path("folder").mkdir()

    ran = mailbot(year, *COMMANDS[file], "folder", "--force")

    assert ran.exit_code == 1
    assert ran.stderr.startswith("mailbot: folder ")
    assert list(Path("folder").iterdir()) == []


@each_command
@pytest.mark.parametrize("forced", [(), ("--force",)])
def test_a_place_that_cannot_be_is_said(
    year: Path, file: str, forced: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(year)

    ran = mailbot(year, *COMMANDS[file], "x" * 300, *forced)

    assert ran.exit_code == 1
    assert ran.stderr.endswith("File name too long\n")


def test_what_loses_nothing_is_written_to() -> None:
    must_be_free(Path(os.devnull), None, is_forced=False)
    leave(Path(os.devnull), b"gone", is_forced=False)


def test_a_file_that_came_to_be_while_a_command_worked_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "held.eml"
    must_be_free(file, is_forced=False)
    file.write_bytes(b"mine")

    with pytest.raises(typer.Exit):
        leave(file, b"theirs", is_forced=False)

    assert file.read_bytes() == b"mine"
    assert "is there already" in capsys.readouterr().err


def test_a_bundle_takes_the_place_of_no_device(year: Path) -> None:
    ran = mailbot(year, "evidence", reference_of("Jane Doe"), os.devnull, "--force")

    assert ran.exit_code == 1
    assert "is no file" in ran.stderr
    assert Path(os.devnull).is_char_device()
