"""
What a handler reads of a customer's answer: the new words first, and nothing left out.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.mail.quoting.answer_first import answer_first
from mailbot.mail.quoting.new_text import marked
from mailbot.mail.reading.parse import parse

FOLDER = Path(__file__).parents[1]
MESSAGES = sorted([*(FOLDER / "replies").glob("*.eml"), *(FOLDER / "corpus").glob("*.eml")])
RECEIVED_AT = datetime(2026, 11, 30, 8, 24, tzinfo=UTC)
ATTRIBUTION = "On 30/11/2026 08:24, Infinity wrote:"
LONG = "".join(f"> Line {number} of our letter.\n" for number in range(12))


def test_an_answer_below_a_long_quote_is_read_first() -> None:
    text = f"{ATTRIBUTION}\n{LONG}>\nWednesday is fine.\n\nJane\n"

    assert answer_first(text) == f"Wednesday is fine.\n\nJane\n\n> {ATTRIBUTION}\n{LONG}>\n"


@pytest.mark.parametrize(
    "text",
    [
        f"Wednesday is fine.\n\n{ATTRIBUTION}\n{LONG}",
        f"{ATTRIBUTION}\n> When can you come?\n\nOn Monday.\n",
        f"{ATTRIBUTION}\n{LONG}\nYes.\n\n> And the bill?\n\nNot yet.\n",
        f"Hello,\n\n{ATTRIBUTION}\n{LONG}\nYes.\n",
        LONG,
        "The line is dead.",
        "",
    ],
    ids=["above", "below a short one", "between", "around", "only a quote", "no quote", "nothing"],
)
def test_all_other_words_stay_where_they_stand(text: str) -> None:
    assert answer_first(text) == marked(text)


def test_a_gateways_warning_does_not_part_the_answer_from_its_reader() -> None:
    warning = "CAUTION: This email originated from outside of the organisation.\n\n"
    text = f"{warning}{ATTRIBUTION}\n{LONG}\nWednesday is fine.\n"

    assert answer_first(text).startswith("Wednesday is fine.\n\n> On 30/11/2026")
    assert warning.strip() in answer_first(text)


@pytest.mark.parametrize("eml", MESSAGES, ids=lambda path: path.stem)
def test_every_line_of_every_message_is_still_there(eml: Path) -> None:
    text = parse(eml.read_bytes(), received_at=RECEIVED_AT).text

    there = [line.strip() for line in answer_first(text).splitlines() if line.strip()]

    assert sorted(there) == sorted(
        line.strip() for line in marked(text).splitlines() if line.strip()
    )
