"""
The page for case handlers: one page, every command, and the promises as the rulebook has them.
"""

import io
import tomllib
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from mailbot.cases.commands.reading.grammar import KNOWN
from mailbot.cases.rulebook.rulebook import Rulebook
from mailbot.letters.sheet import sheet
from mailbot.settings import load

CONFIG = Path(__file__).parents[2] / "config"
FIRM = load(CONFIG, {"MAILBOT_IMAP__PASSWORD": "x"}).firm

#: Each undoes one that is there, and the receipt to that one names it.
UNDOING = {"#complaint", "#eligible", "#email"}


def words_on(pdf: bytes) -> str:
    [page] = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


@pytest.fixture(scope="module")
def words() -> str:
    return words_on(sheet(FIRM).pdf)


def test_it_is_one_page_with_every_command(words: str) -> None:
    assert {each for each in KNOWN.split(", ") if each not in words} <= UNDOING


def test_the_promises_are_those_of_the_rulebook() -> None:
    tables = tomllib.loads((CONFIG / "code.toml").read_text())
    tables["promises"]["agree_contact"]["within"] = "4 working days"
    told = words_on(sheet(replace(FIRM, rulebook=Rulebook(**tables))).pdf)
    assert "4 working days a time to talk" in told


def test_it_names_the_address_that_handlers_write_to(words: str) -> None:
    assert FIRM.service_address in words.replace(" ", "")
