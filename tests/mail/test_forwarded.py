"""
What people pass on, as the common clients write it, and what of it is in doubt.

Each `.eml` is a forward; the `.toml` beside it says what is read. Nothing is "".
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.message import Attachment, InboundMessage
from mailbot.mail.quoting.forwarded import Doubt, Forwarded, forwarded, inline, is_passed_on
from mailbot.mail.quoting.shown_date import DateDoubt, ShownDate, read_shown_date
from mailbot.mail.reading.parse import parse

FORWARDS = sorted((Path(__file__).parents[1] / "forwards").glob("*.eml"))
RECEIVED_AT = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def read(eml: Path) -> tuple[Forwarded, ...]:
    return forwarded(parse(eml.read_bytes(), received_at=RECEIVED_AT), zone=LONDON)


def plain(one: Forwarded) -> dict[str, Any]:
    return {
        "how": one.how.value,
        "sender": one.sender.email if one.sender else "",
        "sender_name": one.sender_name,
        "sent_at": one.sent_at.astimezone(UTC).isoformat() if one.sent_at else "",
        "subject": one.subject,
        "doubts": [each.value for each in one.doubts],
        "text": one.text,
        "comment": one.comment,
    }


@pytest.mark.parametrize("eml", FORWARDS, ids=lambda path: path.stem)
def test_a_forward_is_read_as_the_client_wrote_it(eml: Path) -> None:
    expected = tomllib.loads(eml.with_suffix(".toml").read_text(encoding="utf-8"))
    earlier = expected.pop("earlier", "")

    found = read(eml)

    assert plain(found[0]) == expected
    assert [each.sender.email for each in found[1:] if each.sender] == [earlier] * bool(earlier)


@pytest.mark.parametrize("eml", FORWARDS, ids=lambda path: path.stem)
def test_the_subject_or_the_text_says_that_it_is_passed_on(eml: Path) -> None:
    message = parse(eml.read_bytes(), received_at=RECEIVED_AT)

    assert is_passed_on(message.subject)


def test_every_forward_says_what_is_expected_of_it() -> None:
    folder = FORWARDS[0].parent

    assert {path.stem for path in FORWARDS} == {path.stem for path in folder.glob("*.toml")}
    assert len(FORWARDS) >= 40


@pytest.mark.parametrize("subject", ["My line is dead", "Re: Fwd: x", "Forward my bill", ""])
def test_an_ordinary_subject_passes_nothing_on(subject: str) -> None:
    assert not is_passed_on(subject)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Please ring her.",
        "From: the shop\nTo: do",
        "---- Our message to you ----\nHello.",
        "> From: Jane Doe <jane@example.org>\n> Subject: x\n> Date: y\n> \n> z",
    ],
)
def test_what_is_no_forward_is_not_read_as_one(text: str) -> None:
    assert inline(text, zone=LONDON, before=RECEIVED_AT) == ()


def test_a_part_that_cannot_be_parsed_is_handed_on_with_its_doubt() -> None:
    hostile = Attachment(
        name="a.eml",
        content_type="message/rfc822",
        content=b"Subject: " + b"=?utf-8?q?a?= " * 60000,
    )

    found = forwarded(InboundMessage(received_at=RECEIVED_AT, attachments=(hostile,)), zone=LONDON)

    assert [each.doubts for each in found] == [(Doubt.UNREADABLE,)]
    assert found[0].attachments == (hostile,)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Thu, 19 Nov 2026 16:45:00 +0000", "2026-11-19T16:45:00+00:00"),
        ("Thu, 19 Nov 2026 16:45:00 -0500", "2026-11-19T21:45:00+00:00"),
        ("2026-11-19T16:45:00Z", "2026-11-19T16:45:00+00:00"),
        ("2026-11-19 16:45", "2026-11-19T16:45:00+00:00"),
        ("19 July 2026 16:45", "2026-07-19T15:45:00+00:00"),
        ("19/11/2026, 16:45", "2026-11-19T16:45:00+00:00"),
        ("11/19/2026 4:45 PM", "2026-11-19T16:45:00+00:00"),
        ("19.11.2026 16.45", "2026-11-19T16:45:00+00:00"),
        ("mardi 17 mars 2026 16:45", "2026-03-17T16:45:00+00:00"),
        ("Dydd Mawrth, 17 Mawrth 2026 16:45", "2026-03-17T16:45:00+00:00"),
        ("torstai 19. marraskuuta 2026 16.45", "2026-11-19T16:45:00+00:00"),
        ("2026年11月19日 16:45", "2026-11-19T16:45:00+00:00"),
        ("2014-10-17 11:28 GMT+03:00", "2014-10-17T08:28:00+00:00"),
        ("November 1, 2026 12:05 AM", "2026-11-01T00:05:00+00:00"),
        ("jue, 19 nov 2026 a las 4:45 p. m.", "2026-11-19T16:45:00+00:00"),
        ("jue, 19 nov 2026 a las 9:45 a. m.", "2026-11-19T09:45:00+00:00"),
        ("2026年11月19日 下午4:45", "2026-11-19T16:45:00+00:00"),
        ("2026年11月19日(木) 午前9:45", "2026-11-19T09:45:00+00:00"),
        ("2026년 11월 19일 (목) 오후 4:45", "2026-11-19T16:45:00+00:00"),
        ("Πέμ 19 Νοε 2026 στις 19/11/2026 4:45 μ.μ.", "2026-11-19T16:45:00+00:00"),
    ],
)
def test_a_shown_date_is_read_in_its_own_zone_or_the_readers(said: str, expected: str) -> None:
    found = read_shown_date(said, zone=LONDON, before=RECEIVED_AT)

    assert found.at == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("", DateDoubt.MISSING),
        ("yesterday", DateDoubt.UNREADABLE),
        ("19 November 2026", DateDoubt.UNREADABLE),
        ("16:45", DateDoubt.UNREADABLE),
        ("31 November 2026 16:45", DateDoubt.UNREADABLE),
        ("19 November 2026 25:45", DateDoubt.UNREADABLE),
        ("19 Marvel 2026 16:45 PM", DateDoubt.UNREADABLE),
        ("0001-01-01 00:00 +0100", DateDoubt.UNREADABLE),
        ("9999-12-31 23:00 -0500", DateDoubt.UNREADABLE),
        ("19 November 2026 午後13:45", DateDoubt.UNREADABLE),
        ("05/06/2026 16:45", DateDoubt.ORDER),
        ("19 November 2030 16:45", DateDoubt.AHEAD),
    ],
)
def test_a_date_that_is_not_certain_is_none_with_its_reason(said: str, doubt: DateDoubt) -> None:
    assert read_shown_date(said, zone=LONDON, before=RECEIVED_AT) == ShownDate(None, doubt)


@given(st.text(max_size=400))
def test_any_text_is_read_without_a_defect(text: str) -> None:
    read_shown_date(text[:60], zone=LONDON, before=RECEIVED_AT)

    for one in inline(f"From: {text}", zone=LONDON, before=RECEIVED_AT):
        assert one.sent_at is None or one.sent_at.tzinfo is not None


@given(
    st.lists(
        st.sampled_from(
            [
                "From: a@b.example",
                "Date: 1 May 2026 9:00",
                "Subject: x",
                "",
                "> From: c@d.example",
                "text",
                "Begin forwarded message:",
                "----- End forwarded message -----",
                "To: x,",
                "________",
            ]
        ),
        max_size=25,
    ).map("\n".join)
)
def test_any_mixture_of_a_clients_lines_is_read_without_a_defect(text: str) -> None:
    for one in inline(text, zone=LONDON, before=RECEIVED_AT):
        assert set(one.text.split()) <= set(text.split()) | {"From:"}
