"""
A kill between any two steps loses nothing.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from mailbot.store.tables import CaseRow, Content, LedgerRow, MessageRow, ObligationRow, OutboxRow
from mailbot.transport.oauth2.refresh_token import keep, stored
from tests.conftest import missing
from tests.flow.house import JANE, LONGEST_ROUND, RHIAN, Clock, House, Mail, id_of, template_of
from tests.flow.tokens import by_a_person
from tests.servers import dovecot as dovecot_server
from tests.servers.dovecot import Dovecot
from tests.servers.migrated import lay
from tests.servers.smtp import SmtpSink
from tests.servers.token_endpoint import TokenEndpoint

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long

LETTERS = {("acknowledgement", JANE), ("introduction", JANE), ("assignment", RHIAN)}
#: Longer than the lease of a claim.
LATER = 20


@pytest.fixture
async def workers() -> AsyncIterator[asyncio.subprocess.Process]:
    """
    The process whose children are the workers.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.flow.killed",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    yield process
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), LONGEST_ROUND)
    except TimeoutError:
        process.kill()


async def a_worker(
    workers: asyncio.subprocess.Process,
    house: House,
    step: int,
    *,
    first_start: bool = False,
    of_tokens: bool = False,
) -> str:
    """
    How a worker in that firm ended, killed at that step if it got so far. Steps
    count from the open database; at the *first_start*, from before there is one;
    *of_tokens*, those alone that are taken for access tokens.
    """
    assert workers.stdin
    assert workers.stdout
    order = {
        "step": step,
        "folder": str(house.folder),
        "more": house.servers,
        "first_start": first_start,
        "of_tokens": of_tokens,
    }
    workers.stdin.write(json.dumps(order).encode() + b"\n")
    async with asyncio.timeout(LONGEST_ROUND):
        return (await workers.stdout.readline()).decode().strip()


#: The steps are shared out among the processes that run the tests.
@pytest.mark.parametrize("share", [0, 1])
async def test_a_kill_between_any_two_steps_loses_nothing_and_repeats_no_decision(
    tmp_path: Path,
    mail_server: Dovecot,
    sink: SmtpSink,
    workers: asyncio.subprocess.Process,
    share: int,
) -> None:
    for step in count(share + 1, 2):
        folder = tmp_path / f"step{step}"
        folder.mkdir()
        mailbox = mail_server.mailbox(f"killed{tmp_path.name}{step}")
        lay(folder)
        house = House(folder, mailbox, sink, Clock())
        content = bytes(Mail())
        house.deliver(content)
        before = len(sink.received)

        ended = await a_worker(workers, house, step)
        house.clock.move(minutes=LATER)
        assert await house.round(), step

        received = sink.received[before:]
        for template, recipient in LETTERS:
            copies = [
                each
                for each in received
                if (template_of(each), each.rcpt_to[0]) == (template, recipient)
            ]
            assert 1 <= len(copies) <= 2, (step, template)
            assert len({each.content for each in copies}) == 1, (step, template)
            assert len({id_of(each) for each in copies}) == 1, (step, template)
        rows = await house.rows(OutboxRow)
        assert {(each.template, each.recipient) for each in rows} == LETTERS, step
        assert [each.status for each in rows] == ["sent"] * len(LETTERS), step
        assert [each.state for each in await house.rows(LedgerRow)] == ["recorded"], step
        assert [each.octets for each in await house.rows(Content)] == [content], step
        assert len(await house.rows(MessageRow)) == len(await house.rows(CaseRow)) == 1, step
        kept = await house.rows(ObligationRow, promise__in=["acknowledge", "introduce"])
        assert [each.state for each in kept] == ["met", "met"], step
        assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 1), step
        if ended == "completed":
            break
        assert ended == "killed", step

    assert step > 20


async def test_a_kill_during_the_very_first_start_leaves_a_database_that_opens(
    house: House, workers: asyncio.subprocess.Process
) -> None:
    # Each commit of each migration is a step: one in four, others at each run.
    for step in count(random.randint(1, 4), 4):
        folder = house.folder / f"start{step}"
        folder.mkdir()
        fresh = House(folder, house.mailbox, house.sink)

        ended = await a_worker(workers, fresh, step, first_start=True)
        assert await fresh.round(), step

        if ended == "completed":
            break


@pytest.mark.parametrize("forgives", [True, False])
async def test_a_kill_around_a_refresh_token_that_is_spent_loses_no_letter(
    tmp_path: Path, sink: SmtpSink, workers: asyncio.subprocess.Process, forgives: bool
) -> None:
    if not dovecot_server.PROGRAM.exists():
        missing("Dovecot")
    # Each login asks for a token, so that a kill comes between mail and letters, too.
    with (
        TokenEndpoint(rotates=True, forgives=forgives, expires_in=0) as endpoint,
        Dovecot(tmp_path / "d", tokens_from=endpoint.base) as server,
    ):
        sink.takes_token = endpoint.live.__contains__
        broken = 0
        for step in count(1):
            folder = tmp_path / f"step{step}"
            folder.mkdir()
            lay(folder)
            house = House(folder, server.mailbox(f"u{step}"), sink, Clock())
            # A second connection would log in while a letter is on its way over the first.
            one_line = {"MAILBOT_SMTP__CONNECTIONS": "1"}
            house.more = by_a_person(folder, endpoint, house.mailbox.username, **one_line)
            let_in = f"of-a-person-{step}"
            endpoint.refresh_tokens.add(let_in)
            keep(folder / "refresh.token", let_in)
            endpoint.user = house.mailbox.username
            house.deliver(Mail())
            before = len(sink.received)

            ended = await a_worker(workers, house, step, of_tokens=True)
            house.clock.move(minutes=LATER)
            if not await house.round():
                # The endpoint's answer died with the worker, and nobody else can know it.
                for line in house.logged("part_failed"):
                    assert "`mailbot login`" in str(line["reason"]), step
                broken += 1
                endpoint.refresh_tokens.add("by-another-login")
                keep(folder / "refresh.token", "by-another-login")
                assert await house.round(), step

            received = sink.received[before:]
            assert {(template_of(each), each.rcpt_to[0]) for each in received} == LETTERS, step
            assert len(received) == len(LETTERS), step
            assert stored(folder / "refresh.token") in endpoint.refresh_tokens, step
            if ended == "completed":
                break
            assert ended == "killed", step

    assert step >= 9
    assert (broken > 0) is not forgives
