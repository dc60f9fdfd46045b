"""
Mail as clients and servers really write it, each with what must be read in it.

One message a defect, named by who makes it or what is wrong; the `.toml` beside
it has the values. The corpus grows by bug report.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.mail.message import Address, Attachment, DeliveryStatus, InboundMessage
from mailbot.mail.origin.classify import Surroundings, classify
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.reading.parse import parse

CORPUS = Path(__file__).parents[1] / "corpus"
MESSAGES = sorted(CORPUS.glob("*.eml"))
RECEIVED_AT = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
AROUND = Surroundings(
    own_addresses=frozenset({"service@example.com"}),
    staff_addresses=frozenset({"rhian@example.com"}),
    is_our_id=lambda each: each == "c.4217.cameback@example.com",
    spam_signals=frozenset({("x-spam-flag", "yes")}),
)


def plain(value: Any) -> Any:
    """
    The value as a `.toml` file can hold it; nothing is "".
    """
    match value:
        case None:
            return ""
        case tuple():
            return [plain(each) for each in value]
        case Address():
            return f"{value.name} <{value.email}>" if value.name else value.email
        case Attachment():
            return value.name
        case DeliveryStatus():
            return {name: said for name, said in vars(value).items() if said}
        case _:
            return value


def read(message: InboundMessage, name: str) -> Any:
    if name in {"kind", "rule"}:
        return getattr(classify(message, AROUND), name)
    if name == "new_text":
        return new_text(message.text)
    return plain(getattr(message, name))


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("eml", MESSAGES, ids=lambda path: path.stem)
def test_the_corpus_is_read_as_it_says(eml: Path, line_end: bytes) -> None:
    expected = tomllib.loads(eml.with_suffix(".toml").read_text(encoding="utf-8"))
    content = eml.read_bytes().replace(b"\n", line_end)

    message = parse(content, received_at=RECEIVED_AT)

    assert {name: read(message, name) for name in expected} == expected


def test_every_message_in_the_corpus_says_what_is_expected_of_it() -> None:
    said = {path.stem for path in CORPUS.glob("*.toml")}

    assert {path.stem for path in MESSAGES} == said
    assert len(said) >= 200


@pytest.mark.parametrize("eml", MESSAGES, ids=lambda path: path.stem)
def test_the_corpus_names_nobody(eml: Path) -> None:
    content = eml.read_bytes().decode("utf-8", "replace").replace(",", " ")
    addresses = [word.strip("<>:;\"'()") for word in content.split() if "@" in word]

    assert [each for each in addresses if "example" not in each.rpartition("@")[2]] == []
