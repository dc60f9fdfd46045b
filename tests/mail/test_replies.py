"""
Answers as the common clients write them: what the customer sees and must not see.

Each `.eml` answers `notification.txt`; the `.toml` beside it says what leaves. Written from
knowledge of the clients' shapes, none of them by a person.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.mail.quoting.new_text import Whose, marked, new_text, parts
from mailbot.mail.quoting.repeated import squeezed
from mailbot.mail.reading.parse import parse

TESTS = Path(__file__).parents[1]
REPLIES = sorted((TESTS / "replies").glob("*.eml"))
RECEIVED_AT = datetime(2026, 11, 20, 17, 10, tzinfo=UTC)
OURS = (REPLIES[0].parent / "notification.txt").read_text(encoding="utf-8")


def text_of(eml: Path) -> str:
    return parse(eml.read_bytes(), received_at=RECEIVED_AT).text


def said_of(eml: Path) -> dict[str, Any]:
    return tomllib.loads(eml.with_suffix(".toml").read_text(encoding="utf-8"))


def leaked(relayed: str, sees: str) -> list[str]:
    """
    The lines of our notification that the customer would read, short ones too.
    """
    own = {squeezed(line) for line in sees.splitlines()}
    ours = {squeezed(line) for line in OURS.splitlines()} - {""} - own
    return [line for line in relayed.splitlines() if squeezed(line) in ours]


@pytest.mark.parametrize("eml", REPLIES, ids=lambda path: path.stem)
def test_the_customer_sees_the_answer_and_nothing_of_our_notification(eml: Path) -> None:
    said = said_of(eml)

    relayed = new_text(text_of(eml), OURS)

    assert relayed == said["sees"]
    assert [each for each in said["must_not_see"] if each in relayed] == []
    assert leaked(relayed, said["sees"]) == []


@pytest.mark.parametrize(
    "eml", [each for each in REPLIES if "no-sign" not in each.stem], ids=lambda path: path.stem
)
def test_clients_that_set_a_sign_are_understood_without_our_text(eml: Path) -> None:
    said = said_of(eml)

    assert new_text(text_of(eml)) == said["sees"]


@pytest.mark.parametrize("eml", REPLIES, ids=lambda path: path.stem)
def test_nothing_is_lost_for_the_file(eml: Path) -> None:
    text = text_of(eml)

    assert "".join(part.text for part in parts(text, OURS)) == text
    assert [line.removeprefix("> ") for line in marked(text, OURS).splitlines()] == [
        line.removeprefix("> ") for line in text.splitlines()
    ]


@pytest.mark.parametrize("eml", REPLIES, ids=lambda path: path.stem)
def test_what_is_left_out_in_doubt_is_known(eml: Path) -> None:
    doubtful = [
        line
        for part in parts(text_of(eml), OURS)
        if part.whose is Whose.DOUBTFUL
        for line in part.text.splitlines()
        if line.strip()
    ]

    assert doubtful == said_of(eml).get("doubtful", [])


def test_every_reply_says_what_is_expected_of_it() -> None:
    assert {path.stem for path in REPLIES} == {
        path.stem for path in (TESTS / "replies").glob("*.toml")
    }
    assert len(REPLIES) >= 40
