"""
The text of a letter of ours is found without reading the letter, or not at all.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.letters.compose import Heading, compose
from mailbot.letters.octets import Enclosure, addressed_to
from mailbot.letters.stationery import Rendered
from mailbot.mail.reading.own_letter import plain_text
from mailbot.mail.reading.parse import parse, text_of

GOLDEN = Path(__file__).parents[1] / "golden"
NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
FILES = (
    Enclosure("bill.txt", "text/plain", b"These are no words of ours."),
    Enclosure("page.pdf", "application/pdf", b"\x00" * 3000),
)


def a_letter(text: str, *, files: tuple[Enclosure, ...] = (), calendar: bytes = b"") -> bytes:
    return compose(
        Rendered(subject="Your complaint", text=text, html="<p>Its HTML.</p>\n"),
        Heading(
            from_address="service@example.com",
            to_name="Zoë Müller",
            to_address="zoe@example.com",
            message_id="c.1.abcdefgh@example.com",
            references=tuple(f"c.{each}.abcdefgh@example.com" for each in range(9)),
            date=NOW,
            template="acknowledgement",
        ),
        attachments=files,
        calendar=calendar,
    )


@pytest.mark.parametrize("files", [(), FILES], ids=["words", "files"])
@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_the_text_is_what_the_parser_reads(golden: Path, files: tuple[Enclosure, ...]) -> None:
    content = a_letter(golden.read_text(encoding="utf-8"), files=files, calendar=CALENDAR)
    found = plain_text(content)

    assert found is not None
    assert text_of(content).strip() == parse(content, received_at=NOW).text
    assert found.replace("\r\n", "\n") == text_of(content)


def test_a_letter_with_another_address_on_it_is_one_of_ours() -> None:
    content = addressed_to(a_letter("Dear Jane Doe,\n"), "Jane Doe", "jane@example.com")

    assert plain_text(content) == "Dear Jane Doe,\r\n"


@pytest.mark.parametrize(
    ("spelt", "otherwise"),
    [
        (b"quoted-printable\r\n\r\nDear", b"8bit\r\n\r\nDear"),
        (b"MIME-Version: 1.0", b"Content-Language: en"),
        (b"charset=utf-8\r\nContent-Transfer", b"charset=utf-8; format=flowed\r\nContent-Transfer"),
        (b"Content-Disposition: attachment;", b"Content-Disposition: inline;"),
        (b"\r\n--=_", b"\n--=_"),
        (b"Dear Jane", b" "),
    ],
)
def test_what_is_spelt_in_another_way_is_left_to_the_parser(spelt: bytes, otherwise: bytes) -> None:
    content = a_letter("Dear Jane\n", files=FILES)

    assert spelt in content
    assert plain_text(content.replace(spelt, otherwise)) is None


def test_a_letter_that_is_cut_short_is_left_to_the_parser() -> None:
    content = a_letter("Dear Jane\n")

    assert plain_text(content[: content.index(b"Dear Jane")]) is None
    assert plain_text(content[: content.index(b"Dear Jane") + 11]) is None
