"""
The log says what happened and never to whom: canaries go in everywhere, none comes out.
"""

import asyncio
import io
import json
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from mailbot import log
from mailbot.cases.known.arrivals import MOST_ATTEMPTS
from mailbot.cli import run
from mailbot.mail.message import InboundMessage
from mailbot.rounds import run_once
from mailbot.workers.reading import Reader
from tests.flow.house import House, Mail, an_answer
from tests.servers.dovecot import Mailbox
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.test_readme import dictionary

ROOT = Path(__file__).parents[1]

WRITER = "persephone@quillfeather.example"
GONE = "ambrose@tumbleweed.example"
POISON = "cornelius@blunderbuss.example"
LIST = "wilhelmina@gazette.example"

#: Parts of words, too: a log that cut an address in two would still have shown it.
CANARIES = (
    *("persephone", "quillfeather", "ambrose", "tumbleweed", "cornelius", "blunderbuss"),
    *("wilhelmina", "gazette", "07700", "900123", "zebrawood", "marzipan", "telegraph"),
    *("hippopotamus", "velocipede", "rhian", "price", "gareth", "evans", "sian", "morgan"),
)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")

COMPLAINT = Mail(
    sender=f"Persephone Quillfeather <{WRITER}>",
    subject="Zebrawood router",
    text="Ring me on 07700 900123. The marzipan telegraph is dead.",
    message_id="zebrawood.1@quillfeather.example",
)
BOUNCED = Mail(
    sender=f"Ambrose Tumbleweed <{GONE}>",
    subject="Velocipede",
    message_id="velocipede.2@tumbleweed.example",
)
FROM_A_LIST = Mail(
    sender=f"Wilhelmina Gazette <{LIST}>",
    subject="Zebrawood weekly",
    message_id="zebrawood.3@gazette.example",
    headers=(("List-Id", "<zebrawood.gazette.example>"),),
)
POISONOUS = Mail(
    sender=f"Cornelius Blunderbuss <{POISON}>",
    subject="Zebrawood",
    message_id="zebrawood.4@blunderbuss.example",
)
NO_HEADER = b"\xff Persephone Quillfeather, 07700 900123, marzipan"


class Fragile(Reader):
    """
    A reader with a defect whose text quotes the message, as Python's defects do.
    """

    async def _read(self, content: bytes, received_at: datetime) -> InboundMessage:
        if b"Blunderbuss" in content:
            raise ValueError(f"invalid literal: {content!r}")
        return await super()._read(content, received_at)


@pytest.fixture
def house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> House:
    sink.answer("RCPT", f"550 5.1.1 <{GONE}> Ambrose Tumbleweed is gone", recipient=GONE)
    lay(tmp_path)
    return House(tmp_path, dovecot, sink)


async def a_whole_flow(house: House) -> None:
    """
    A complaint, a bounce, a list, held mail, a defect, an answer, an outage, six weeks.
    """
    for each in (COMPLAINT, BOUNCED, FROM_A_LIST, POISONOUS, NO_HEADER):
        house.deliver(each)
    for _ in range(MOST_ATTEMPTS):
        async with house.open() as running:
            running.intake._reader = Fragile(running.office, house.clock)
            await run_once(running)
    assignment = next(
        each
        for each in house.sink.received
        if b"assignment" in each.content and b"marzipan" in each.content
    )
    await house.take_in(an_answer(assignment, "Dear Persephone, the hippopotamus is on its way."))
    await house.take_in(an_answer(house.sink.to(WRITER)[0], "Thank you, Rhian. Zebrawood!"))
    house.sink.answer("DATA", f"451 4.7.1 {WRITER} is greylisted")
    house.clock.move(days=43)
    await house.round()
    house.sink.behave()
    house.sink.cut("in-data")
    house.clock.move(hours=1)
    await house.round()
    await house.sink.stop()
    house.clock.move(hours=1)
    assert not await house.round()


def lines_of(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def assert_nobody_is_named(text: str) -> None:
    for line in text.splitlines():
        named = [canary for canary in CANARIES if canary in line.lower()]
        assert not named, line
        assert not ADDRESS.search(line), line


def events_of(lines: Iterable[dict[str, object]]) -> set[object]:
    return {line["event"] for line in lines}


async def test_nobody_is_named_in_the_log_of_a_whole_flow(house: House) -> None:
    await a_whole_flow(house)

    said = house.journal.getvalue()
    assert_nobody_is_named(said)
    happened = {"message_recorded", "message_failed", "letter_sent", "letter_refused",
                "letter_deferred", "letter_uncertain", "deadline_settled", "part_failed"}  # fmt: skip
    assert happened <= events_of(lines_of(said))


async def test_every_line_of_a_whole_flow_is_in_the_dictionary(house: House) -> None:
    await a_whole_flow(house)

    told = dictionary()
    for line in lines_of(house.journal.getvalue()):
        assert {"event", "level", "timestamp"} <= set(line)
        assert str(line["timestamp"]).endswith("Z")
        row = told[str(line["event"])]
        assert line["level"] == row[1].strip()
        keys = set(line) - {"event", "level", "timestamp"}
        assert "the same" in row[2] or keys <= set(re.findall(r"`(\w+)`", row[2])), line


async def test_a_defect_is_logged_by_its_type_and_place_alone(house: House) -> None:
    await a_whole_flow(house)

    failed = house.logged("message_failed")
    assert [line["attempt"] for line in failed] == [1, 2]
    assert {line["defect"] for line in failed} == {"ValueError"}
    assert all(str(line["place"]).startswith("test_log.py:") for line in failed)


async def test_a_process_names_nobody_and_leaves_stderr_empty(house: House) -> None:
    for each in (COMPLAINT, BOUNCED, FROM_A_LIST, NO_HEADER):
        house.deliver(each)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mailbot", "run", "--once"),
        stdout=PIPE,
        stderr=PIPE,
        env=house.process_environ,
        cwd=ROOT,
    )
    out, err = await process.communicate()

    assert (process.returncode, err) == (0, b"")
    assert_nobody_is_named(out.decode())
    assert {"message_recorded", "letter_refused"} <= events_of(lines_of(out.decode()))


def test_last_words_name_nobody() -> None:
    journal = io.StringIO()
    log.configure(journal, as_json=True)

    run._crashed(KeyError, KeyError(WRITER), None)

    (line,) = lines_of(journal.getvalue())
    assert (line["event"], line["level"], line["defect"]) == ("crashed", "critical", "KeyError")
    assert_nobody_is_named(journal.getvalue())


@pytest.mark.parametrize("key", ["subject", "sender", "recipient", "text", "password"])
def test_a_key_that_the_log_does_not_know_is_left_out(key: str) -> None:
    journal = io.StringIO()
    log.configure(journal, as_json=True)

    structlog.get_logger().info("started", **{key: WRITER})

    assert set(lines_of(journal.getvalue())[0]) == {"event", "level", "timestamp"}
