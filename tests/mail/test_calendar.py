"""
Appointments as a reader's calendar program sees them.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from mailbot.letters.appointment import entry_words
from mailbot.letters.calendar import agreed_contact
from tests.cases.builders import RHIAN, a_case, a_firm

LONDON = ZoneInfo("Europe/London")
FACTS: dict[str, Any] = {
    "uid": "contact.1@firm.example",
    "at": datetime(2026, 12, 1, 14, 0, tzinfo=LONDON),
    "minutes": 30,
    "summary": "Call about your complaint [ISS-000001-95]",
    "organizer": "service@firm.example",
    "stamp": datetime(2026, 11, 22, 11, 0, 5, tzinfo=UTC),
}


def an_appointment(**changes: Any) -> bytes:
    return agreed_contact(**{**FACTS, **changes})


def event_in(content: bytes) -> Any:
    calendar: Any = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not event.errors
    return event


def test_an_appointment_is_published_and_reads_back() -> None:
    content = an_appointment()
    event = event_in(content)
    calendar: Any = Calendar.from_ical(content)

    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["VERSION"] == "2.0"
    assert event["UID"] == "contact.1@firm.example"
    assert event["SUMMARY"] == "Call about your complaint [ISS-000001-95]"
    assert event["ORGANIZER"] == "mailto:service@firm.example"
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        ("2026-12-01T14:00", b"DTSTART:20261201T140000Z"),
        ("2027-03-31T14:00", b"DTSTART:20270331T130000Z"),
    ],
)
def test_the_time_is_written_in_utc_in_winter_and_in_summer(at: str, written: bytes) -> None:
    content = an_appointment(at=datetime.fromisoformat(at).replace(tzinfo=LONDON))

    assert written in content.split(b"\r\n")
    assert b"TZID" not in content


def test_nobody_is_asked_to_accept() -> None:
    assert b"ATTENDEE" not in an_appointment()


def test_no_fact_can_write_a_line_of_its_own() -> None:
    evil = "x\r\nATTENDEE:mailto:e@evil.test"
    content = an_appointment(summary=evil, uid=evil, organizer=evil)

    assert not [line for line in content.split(b"\r\n") if line.startswith(b"ATTENDEE")]
    assert event_in(content)["SUMMARY"] == "x ATTENDEE:mailto:e@evil.test"


def test_every_line_is_short_and_ends_as_it_should() -> None:
    content = an_appointment(summary="Siân, 渡辺; and \\ 🌸 " * 20)

    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert event_in(content)["SUMMARY"] == ("Siân, 渡辺; and \\ 🌸 " * 20).strip()


def test_a_time_that_is_agreed_anew_takes_the_place_of_the_old_one() -> None:
    old = event_in(an_appointment())
    new = event_in(an_appointment(stamp=FACTS["stamp"] + timedelta(hours=1)))

    assert new["UID"] == old["UID"]
    assert new["SEQUENCE"] > old["SEQUENCE"]


def test_the_same_arguments_give_the_same_octets() -> None:
    assert an_appointment() == an_appointment()


@pytest.mark.parametrize("name", ["at", "stamp"])
def test_a_naive_time_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="naive"):
        an_appointment(**{name: datetime(2026, 12, 1)})  # noqa: DTZ001 - that is the point


def test_an_appointment_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a minute or more"):
        an_appointment(minutes=0)


def test_where_and_what_are_said_if_they_are_known() -> None:
    event = event_in(
        an_appointment(location="By telephone; 01495 000 001", description="One,\r\ntwo\u2028three")
    )

    assert event["LOCATION"] == "By telephone; 01495 000 001"
    assert event["DESCRIPTION"] == "One,\ntwo\nthree"
    assert "LOCATION" not in event_in(an_appointment())
    assert "DESCRIPTION" not in event_in(an_appointment())


def test_on_the_day_the_entry_says_who_rings_and_how_they_are_reached() -> None:
    case = a_case(handler=RHIAN)
    said = entry_words(case, a_firm())

    assert said.location == "By telephone: Rhian Price rings you. Our number: 01495 000 001"
    for each in (case.reference, "Rhian Price, direct line 01495 000 001", "0330 9000 009"):
        assert each in said.description


def test_without_a_handler_it_is_the_firm_and_its_number() -> None:
    case = a_case(handler=None)
    case = replace(case, complainant=replace(case.complainant, phone="01632 960 111"))
    said = entry_words(case, a_firm())

    assert said.location == "By telephone: we ring you on 01632 960 111. Our number: 0330 9000 009"
    assert "direct line" not in said.description
    assert "case handler" not in said.description


def test_a_time_that_is_taken_back_is_cancelled_under_the_same_uid() -> None:
    event = event_in(an_appointment(is_cancelled=True, revision=3))
    calendar: Any = Calendar.from_ical(an_appointment(is_cancelled=True))

    assert calendar["METHOD"] == "CANCEL"
    assert (event["STATUS"], event["UID"]) == ("CANCELLED", "contact.1@firm.example")


def test_an_entry_that_is_taken_back_promises_no_call() -> None:
    case = a_case(handler=RHIAN)
    said = entry_words(case, a_firm(), is_cancelled=True)

    assert said.location == ""
    assert "does not take place" in said.description
    for each in (case.reference, "0330 9000 009"):
        assert each in said.description
    assert "rings you" not in said.description


def test_two_of_one_minute_are_told_apart_by_their_revision() -> None:
    before, after = (event_in(an_appointment(revision=each)) for each in (2, 4))

    assert after["SEQUENCE"] > before["SEQUENCE"]
