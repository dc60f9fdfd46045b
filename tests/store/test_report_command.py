"""
`mailbot report` on the year of forty lives, as an operator types it.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.flow.house import CONFIG, process_environ
from tests.servers.forked import program
from tests.store import forty_ledger as ledger
from tests.store.forty import lay_the_year, reference_of

ROOT = Path(__file__).parents[2]
MINUTES = 5 * 60


def mailbot(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(), "report", *words],
        env={**process_environ(folder), "MAILBOT_CONFIG": str(CONFIG), "COLUMNS": "80"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MINUTES,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("year")
    lay_the_year(made)
    return made


@pytest.fixture(scope="module")
def made(folder: Path) -> Any:
    files = ("--html", str(folder / "month.html"), "--pdf", str(folder / "month.pdf"))
    answer = mailbot(folder, "--month", "2026-11", "--json", *files)
    assert (answer.returncode, answer.stderr) == (0, "")
    return json.loads(answer.stdout)


def test_the_month_is_one_object_with_the_twelve_before_it(made: Any) -> None:
    assert made["month"] == "2026-11"
    assert [each["month"] for each in made["before"]] == [
        "2025-11",
        "2025-12",
        *(f"2026-{number:02d}" for number in range(1, 11)),
    ]
    for month in (made, *made["before"][2:]):
        number = int(month["month"][-2:])
        assert month["received"] == len(ledger.received()[number])
        assert month["open_at_end"] == len(ledger.open_after(number))
        assert (month["credits"]["count"], month["credits"]["amount"]) == ledger.credits_of(number)
        assert {"median", "p90"} == set(month["days_to_close"])


def test_each_figure_names_the_cases_that_it_counts(made: Any) -> None:
    behind = made["cases"]

    for name, references in behind.items():
        if isinstance(references, list):
            counted = made["credits"]["count"] if name == "credits" else made[name]
            assert len(references) == counted
    for promise, endings in behind["promises"].items():
        for ending, references in endings.items():
            assert len(references) == made["promises"][promise][ending]
    jane = reference_of("Jane Doe")
    assert behind["promises"]["keep_contact"]["broken"] == [jane, jane]
    assert [each["handler"] for each in made["broken_promises"] if each["reference"] == jane] == [
        "Gareth Evans"
    ] * 4


def test_page_and_pdf_are_written_beside_it(made: Any, folder: Path) -> None:
    assert "Complaints in November 2026" in (folder / "month.html").read_text()
    assert (folder / "month.pdf").read_bytes().startswith(b"%PDF-")


def test_a_terminal_gets_words_and_tables(folder: Path) -> None:
    answer = mailbot(folder, "--month", "2026-03")

    assert answer.returncode == 0
    assert "Complaints in March 2026" in answer.stdout
    assert "Agreed contact with the customer" in answer.stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--month", "2026-13"), 2),
        (("--since", "2026-01-01"), 2),
        (("--shadow", "--pdf", "x.pdf"), 2),
        (("--month", "2026-03", "--html", "/nowhere/month.html"), 1),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, words: tuple[str, ...], status: int) -> None:
    assert mailbot(folder, *words).returncode == status


def test_of_a_month_that_is_still_to_come_there_is_no_report(folder: Path) -> None:
    answer = mailbot(folder, "--month", "2999-01", "--html", str(folder / "future.html"))

    assert answer.returncode == 2
    assert "January 2999 is still to come" in " ".join(answer.stderr.split())
    assert not (folder / "future.html").exists()


def test_a_page_and_a_pdf_do_not_take_the_same_place(folder: Path) -> None:
    file = folder / "both"

    answer = mailbot(folder, "--html", str(file), "--pdf", str(file))

    assert answer.returncode == 2
    assert not file.exists()
