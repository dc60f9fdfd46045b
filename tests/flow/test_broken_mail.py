"""
Mail that cannot be read: kept, shown to a person, and never in the way of the next.
"""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot import rounds
from mailbot.letters.stationery import Rendered, Stationery
from mailbot.mail.message import InboundMessage
from mailbot.mail.reading.scan import is_heavy
from mailbot.service import Service
from mailbot.store import held
from mailbot.store.tables import CaseRow, Content, HeldRow, LedgerRow, MessageRow
from mailbot.workers.intake import Intake
from mailbot.workers.reading import Reader
from tests.flow.house import JANE, MANAGER, House, Mail, an_answer, templates, text_of
from tests.servers.forked import program

ROOT = Path(__file__).parents[2]
TOO_MANY_WORDS = b" ".join([b"=?utf-8?q?x?="] * 2_100)
LARGE = Mail(text="x" * 3_000)


def command(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    """
    A short command of a process of its own.
    """
    return subprocess.run(
        [*program(), *words],
        env=house.process_environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def held_by(house: House) -> list[dict[str, Any]]:
    shown = command(house, "held", "list", "--json")
    assert shown.returncode == 0, shown.stderr
    document: dict[str, list[dict[str, Any]]] = json.loads(shown.stdout)
    return document["held"]


async def test_a_message_beyond_the_bounds_is_held_with_its_octets_and_the_next_is_taken(
    house: House,
) -> None:
    monster = b"Subject: " + TOO_MANY_WORDS + b"\r\n\r\nHelp\r\n"
    house.deliver(monster)
    house.deliver(Mail())

    assert await house.round()

    row = await house.row(HeldRow)
    assert row.reason == "unreadable"
    assert "encoded words" in row.detail
    content = await house.row(MessageRow, id=row.message_id)
    assert (await house.row(Content, id=content.content_id)).octets == monster
    assert [(each.rcpt_to[0]) for each in house.sent("task")] == [MANAGER]
    assert len(house.sent("acknowledgement", JANE)) == 1
    assert house.mailbox.count() == 0


async def test_a_header_beyond_the_bounds_whose_sender_can_be_read_gets_its_case(
    house: House,
) -> None:
    monster = bytes(Mail(headers=(("X-Words", TOO_MANY_WORDS.decode()),)))

    fresh = await house.take_in(monster)

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction", "task"]
    row = await house.row(HeldRow)
    assert (row.reason, "encoded words" in row.detail) == ("unreadable", True)
    message = await house.row(MessageRow)
    assert (message.sender, message.subject) == (JANE, "No internet")
    assert (await house.row(Content, id=message.content_id)).octets == monster


async def test_a_machines_header_beyond_the_bounds_is_a_machines_all_the_same(
    house: House,
) -> None:
    robot = Mail(headers=(("X-Words", TOO_MANY_WORDS.decode()), ("Auto-Submitted", "auto-replied")))

    assert await house.take_in(robot) == []
    assert await house.rows(CaseRow) == []


async def test_a_message_whose_body_cannot_be_read_gets_its_case_from_the_header(
    house: House,
) -> None:
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 600
    content = (
        bytes(Mail()).replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"')
        + parts
    )

    fresh = await house.take_in(content)

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction", "task"]
    assert (await house.row(HeldRow)).reason == "unreadable"
    assert len(await house.rows(CaseRow)) == 1


async def test_a_heavy_message_is_read_whole_in_a_process_of_its_own(house: House) -> None:
    mail = Mail(text="The line is dead, tŷ.\n" * 6_000)
    assert is_heavy(bytes(mail))

    fresh = await house.take_in(mail)

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction"]
    assert await house.rows(HeldRow) == []


# --- too large -------------------------------------------------------------


@pytest.fixture
def small_house(house: House) -> House:
    """
    A firm that takes no more than two thousand octets.
    """
    house.more["MAILBOT_IMAP__MAX_MESSAGE"] = "2KB"
    return house


async def test_a_message_that_is_too_large_gets_a_case_and_stays_on_the_server(
    small_house: House,
) -> None:
    house = small_house

    fresh = await house.take_in(LARGE)

    assert sorted(templates(fresh)) == ["acknowledgement", "assignment", "introduction", "task"]
    assert (await house.row(HeldRow)).reason == "too_large"
    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (1, 0)

    assert await house.round()
    assert house.mailbox.count() == 1
    assert len(house.sent("acknowledgement")) == 1


@pytest.mark.parametrize("message_id", ["first@example.com", ""])
async def test_once_the_limit_is_raised_a_retry_files_it_whole_in_its_case(
    small_house: House, message_id: str
) -> None:
    house = small_house
    large = Mail(text=LARGE.text, message_id=message_id)
    await house.take_in(large)
    [row] = held_by(house)

    house.more["MAILBOT_IMAP__MAX_MESSAGE"] = "1MB"
    retried = command(house, "held", "retry", str(row["id"]))
    assert retried.returncode == 0, retried.stderr
    assert await house.round()

    assert len(await house.rows(CaseRow)) == 1
    assert bytes(large) in [each.octets for each in await house.rows(Content)]
    assert len(house.sent("acknowledgement")) == 1
    assert held_by(house) == []
    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 1)


async def test_a_retry_under_the_same_limit_leaves_it_held_and_on_the_server(
    small_house: House,
) -> None:
    house = small_house
    await house.take_in(LARGE)
    [row] = held_by(house)

    command(house, "held", "retry", str(row["id"]))
    assert await house.round()
    assert await house.round()

    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (1, 0)
    assert [each["reason"] for each in held_by(house)] == ["too_large"]


async def test_what_is_too_large_stays_on_the_server_when_the_mailbox_is_rebuilt(
    own_house: House,
) -> None:
    house = own_house
    house.more["MAILBOT_IMAP__MAX_MESSAGE"] = "2KB"
    await house.take_in(LARGE)

    house.mailbox.reset_uid_validity()
    assert await house.round()
    assert await house.round()

    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (1, 0)
    assert len(house.sent("acknowledgement")) == 1


async def test_a_large_answer_in_a_case_is_shown_to_the_handler(small_house: House) -> None:
    house = small_house
    await house.take_in(Mail())
    answer = an_answer(house.one("acknowledgement"), "y" * 3_000)

    fresh = await house.take_in(answer)

    assert "customer-reply" in templates(fresh)
    [row] = held_by(house)
    assert row["reason"] == "too_large"
    house.more["MAILBOT_IMAP__MAX_MESSAGE"] = "1MB"
    assert command(house, "held", "retry", str(row["id"])).returncode == 0
    assert await house.round()
    assert "yyyy" in text_of(house.sent("customer-reply")[-1])


# --- what breaks us --------------------------------------------------------


class Tripping(Reader):
    """
    Reads everything but one poison.
    """

    def __init__(self, running: Service) -> None:
        super().__init__(running.office, running.intake._now)
        self.tried = 0

    async def _read(self, content: bytes, received_at: datetime) -> InboundMessage:
        if b"poison" in content:
            self.tried += 1
            raise ZeroDivisionError
        return await super()._read(content, received_at)


async def test_what_cannot_be_read_three_times_is_held_and_does_not_stop_the_next(
    house: House,
) -> None:
    house.deliver(Mail(sender="a@example.com", message_id="a@example.com"))
    house.deliver(Mail(sender="b@example.com", message_id="b@example.com", text="poison"))
    house.deliver(Mail(sender="c@example.com", message_id="c@example.com"))

    async with house.open() as running:
        reader = Tripping(running)
        running.intake._reader = reader
        assert await rounds.run_once(running)

    assert reader.tried == 3
    assert {each.rcpt_to[0] for each in house.sent("acknowledgement")} == {
        "a@example.com",
        "b@example.com",
        "c@example.com",
    }
    row = await house.row(HeldRow)
    assert (row.reason, row.attempts) == ("unreadable", 3)
    assert house.mailbox.count() == 0


async def test_a_held_message_is_read_again_into_its_own_case(house: House) -> None:
    house.deliver(Mail(text="poison"))
    async with house.open() as running:
        running.intake._reader = Tripping(running)
        assert await rounds.run_once(running)
    row = await house.row(HeldRow)

    async with house.open() as running:
        recorded = await Reader(running.office, house.clock).retry(row.id)
        assert recorded
        assert await held.waiting() == []
        assert await rounds.run_once(running)

    assert len(await house.rows(CaseRow)) == 1
    assert (await house.row(MessageRow)).text == "poison"
    assert templates(house.sink.received).count("acknowledgement") == 1
    assert templates(house.sink.received)[-1] == "customer-reply"


class SpilledInk(Stationery):
    """
    Stationery that has no page for one person.
    """

    def render(self, template: str, facts: Any) -> Rendered:
        if "poison" in str(facts.get("customer")):
            raise ZeroDivisionError
        return super().render(template, facts)


async def test_what_cannot_be_answered_three_times_is_held_and_does_not_stop_the_next(
    house: House,
) -> None:
    house.deliver(Mail(sender="poison@example.com", message_id="b@example.com"))
    house.deliver(Mail())

    async with house.open() as running:
        office = running.office
        ink = object.__new__(SpilledInk)
        ink.__dict__.update(office.stationery.__dict__)
        spilled = type(office)(**{**office.__dict__, "stationery": ink})
        running.intake = Intake(running.source, spilled, house.clock, max_message=30_000_000)
        await rounds.run_once(running)
        await rounds.run_once(running)

    assert [each.rcpt_to[0] for each in house.sent("acknowledgement")] == [JANE]
    assert [each.reason for each in await house.rows(HeldRow)] == ["unreadable"]
    assert {each.state for each in await house.rows(LedgerRow)} == {"recorded", "held"}
    assert house.mailbox.count() == 0
