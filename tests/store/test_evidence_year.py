"""
The ombudsman's file by the command line, on a year of forty cases: against what stands in the
database, counted without mailbot, and against what nobody else may read.
"""

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from mailbot.cli.commands import app
from tests.bundle.test_bundle import run_stranger
from tests.flow.house import CONFIG, environ
from tests.store.forty import LIVES, lay_the_year, reference_of

#: One that was closed in peace, one by post after a bounce, one in deadlock, two that became
#: one, and one that was spam.
WHOSE = ("Karen Doyle", "Liam Burke", "Victor Stone", "Sheila Grant", "James Whittle")


@pytest.fixture
def year(tmp_path: Path) -> Path:
    lay_the_year(tmp_path)
    return tmp_path


def mailbot(year: Path, *words: str, config: Path = CONFIG) -> Result:
    # What a command leaves behind is of the process that it would have had for itself.
    env = {**environ(year), "MAILBOT_CONFIG": str(config)}
    return CliRunner().invoke(app, ["--config", str(config), *words], env=env)


def files_of(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def rows(year: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(year / "mailbot.sqlite3")) as database:
        return database.execute(sql, values).fetchall()


def test_the_file_of_a_case_has_what_the_database_has_and_nothing_of_anybody_else(
    year: Path,
) -> None:
    for who in WHOSE:
        path = year / f"{who}.zip"
        ran = mailbot(year, "evidence", reference_of(who), str(path))
        assert ran.exit_code == 0, ran.output
        files = files_of(path)

        _has_every_mail(year, who, files)
        _counts_every_promise(year, who, files)
        _names_nobody_else(who, files)
        assert run_stranger(path).returncode == 0


def serials(year: Path, who: str) -> tuple[int, ...]:
    """
    That case, the one that it became part of, and those that became part of that.
    """
    [(serial, into)] = rows(
        year, 'SELECT serial, merged_into FROM "case" WHERE reference = ?', reference_of(who)
    )
    whole = into or serial
    parts = rows(year, 'SELECT serial FROM "case" WHERE merged_into = ?', whole)
    return (whole, *(each for (each,) in parts))


def _has_every_mail(year: Path, who: str, files: Mapping[str, bytes]) -> None:
    whole = serials(year, who)[0]
    came = rows(
        year,
        "SELECT sha256 FROM message JOIN content ON content.id = content_id"
        " WHERE case_id = ? AND kind <> 'staff'",
        whole,
    )
    went = rows(year, "SELECT message_id FROM outbox WHERE case_id = ? AND NOT to_staff", whole)
    received = [o for name, o in files.items() if re.fullmatch(r"messages/.*\.eml", name)]
    written = [o for name, o in files.items() if re.fullmatch(r"letters/.*\.eml", name)]
    assert Counter(hashlib.sha256(each).hexdigest() for each in received) == Counter(
        sha256 for (sha256,) in came
    ), who
    assert sorted(f"<{message_id}>" for (message_id,) in went) == sorted(
        message_from_bytes(each)["Message-ID"].strip() for each in written
    ), who


def _counts_every_promise(year: Path, who: str, files: Mapping[str, bytes]) -> None:
    marks = ",".join("?" * len(serials(year, who)))
    ends = dict(
        rows(
            year,
            f"SELECT state, count(*) FROM obligation WHERE case_id IN ({marks}) GROUP BY state",
            *serials(year, who),
        )
    )
    names = {"met": "kept", "met_late": "kept late", "breached": "broken"}
    names |= {"withdrawn": "withdrawn", "open": "still open"}
    said = re.search(r"Of the (\d+) promises made to the customer: ([^.]*)\.", _index(files))
    assert said, who
    counted = {name: int(count) for count, name in re.findall(r"(\d+) ([a-z ]+)", said[2])}
    assert counted == {names[state]: count for state, count in ends.items()}, who
    assert int(said[1]) == sum(ends.values())


def _names_nobody_else(who: str, files: Mapping[str, bytes]) -> None:
    mine = who.removesuffix(" 2")
    others = {each.who for each in LIVES if each.who.removesuffix(" 2") != mine} - {"Jane Doe"}
    everything = b"\n".join(files.values()).decode("utf-8", "replace")
    assert not [each for each in others if each in everything], who
    addresses = {each.email for each in LIVES if each.who in others}
    assert not [each for each in addresses if each in everything], who


def _index(files: Mapping[str, bytes]) -> str:
    return re.sub(r"<[^>]+>", " ", files["index.html"].decode())


def test_verify_says_what_it_checked_and_ends_with_0_or_1(year: Path, tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    made = mailbot(year, "evidence", reference_of("Karen Doyle"), str(path), "--json")
    fingerprint = json.loads(made.stdout)["key_fingerprint"]

    here = mailbot(year, "evidence", "verify", str(path))
    assert (here.exit_code, here.stdout.splitlines()[-1]) == (0, "intact")
    assert "its key: it is one of this firm's (token.key)" in here.stdout

    away = mailbot(year, "evidence", "verify", str(path), "--json", config=tmp_path / "nowhere")
    assert away.exit_code == 0
    assert json.loads(away.stdout)["key_fingerprint"] == fingerprint
    assert len(json.loads(away.stdout)["unchecked"]) == 2

    told = ("verify", str(path), "--fingerprint", fingerprint.upper())
    assert mailbot(year, "evidence", *told, config=tmp_path / "nowhere").exit_code == 0

    # A variable of the shell that is not set compares nothing, and is not said to be intact.
    assert mailbot(year, "evidence", "verify", str(path), "--fingerprint", "").exit_code == 2
    assert mailbot(year, "evidence", "verify", str(path), "--internal").exit_code == 2

    with ZipFile(path, "a") as archive:
        archive.writestr("messages/999.eml", b"made up")
    altered = mailbot(year, "evidence", "verify", str(path))
    assert (altered.exit_code, altered.stdout.splitlines()[-1]) == (1, "NOT INTACT")
    assert "WRONG: messages/999.eml: added" in altered.stdout


def test_the_key_of_another_firm_is_not_this_ones(year: Path, tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    assert mailbot(year, "evidence", reference_of("Karen Doyle"), str(path)).exit_code == 0
    (year / "token.key").write_text("another" * 8 + "\n")

    ran = mailbot(year, "evidence", "verify", str(path))

    assert ran.exit_code == 1
    assert "signed by another key than this firm's" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ISS-999999-99", "x.zip"), "there is no case ISS-999999-99"),
        (("ISS-000001-95", "no/such/folder/x.zip"), "No such file or directory"),
        (("verify", "x.zip"), "x.zip cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said(
    year: Path, tmp_path: Path, words: tuple[str, str], said: str
) -> None:
    ran = mailbot(year, "evidence", words[0], str(tmp_path / words[1]))

    assert ran.exit_code == 1
    assert said in ran.output


def test_a_key_that_is_gone_is_said(year: Path, tmp_path: Path) -> None:
    (year / "token.key").unlink()

    ran = mailbot(year, "evidence", reference_of("Karen Doyle"), str(tmp_path / "x.zip"))

    assert ran.exit_code == 1
    assert "no key to sign with can be read from it" in ran.stderr


@pytest.mark.parametrize("command", ["evidence", "subject"])
def test_nothing_is_signed_by_a_key_that_has_signed_none_of_our_mail(
    year: Path, tmp_path: Path, command: str
) -> None:
    reference = reference_of("Karen Doyle")
    (year / "token.key").write_text("another.than.ours\n")

    ran = mailbot(year, command, reference, str(tmp_path / "x.zip"))

    assert (ran.exit_code, list(tmp_path.glob("*.zip"))) == (1, [])
    assert "lacks a key that signed mail of stored cases" in ran.stderr


def test_where_the_file_cannot_be_written_its_own_name_is_said(year: Path) -> None:
    file = year / "no such folder" / "it.zip"

    ran = mailbot(year, "evidence", reference_of("Karen Doyle"), str(file))

    assert ran.exit_code == 1
    assert f"{file} cannot be written: No such file or directory" in ran.stderr
