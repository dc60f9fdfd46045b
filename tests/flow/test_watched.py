"""
/health and /metrics of a real worker, and `mailbot health` beside it.
"""

import asyncio
import json
import socket
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tortoise import connections
from tortoise.transactions import in_transaction

from mailbot import rounds
from mailbot.monitoring.server import Answer
from mailbot.monitoring.watched import Watch
from tests.flow.house import JANE, Clock, House, Mail
from tests.servers.dovecot import Mailbox
from tests.servers.migrated import lay
from tests.servers.ports import free_port
from tests.servers.smtp import SmtpSink
from tests.test_cli import line_of, mailbot, started


def metrics(answer: Answer) -> dict[tuple[str, ...], float]:
    """
    By name and labels what each series says.
    """
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (each.name, *each.labels.values()): each.value
        for family in families
        for each in family.samples
    }


async def asked(watch: Watch) -> tuple[HTTPStatus, Any]:
    answer = await watch.answer("/health", "")
    assert answer.type == "application/json"
    return answer.status, json.loads(answer.content)


async def test_health_is_over_with_the_last_rounds_and_back_with_the_next(house: House) -> None:
    assert await house.round()
    async with house.open() as running:
        watch = Watch(running, good_for=0.0)
        assert (await asked(watch))[0] == 200

        house.clock.move(minutes=11)
        status, said = await asked(watch)
        assert (status, said["status"]) == (503, "failing")
        [reason] = said["reasons"]
        assert reason["reason"] == "nobody_at_work"
        assert reason["says"] == "no worker was heard of for 11 minutes"
        assert reason["remedy"].startswith("start mailbot run")

    assert await house.round()
    async with house.open() as running:
        status, said = await asked(Watch(running))
    assert (status, said["status"], said["reasons"]) == (200, "ok", [])


async def test_what_was_done_and_what_there_is_to_do_is_measured(house: House) -> None:
    house.deliver(Mail())
    async with house.open() as running:
        watch = Watch(running, good_for=0.0)
        assert await rounds.run_once(running)
        measured = metrics(await watch.answer("/metrics", ""))
        newer = await watch.answer("/metrics", "application/openmetrics-text; version=1.0.0")

    assert measured["mailbot_messages_recorded_total", "person"] == 1
    assert measured["mailbot_letters_sent_total", "acknowledgement"] == 1
    assert measured["mailbot_letters_sent_total", "assignment"] == 1
    assert measured["mailbot_deliveries_total", "sent"] == 3
    assert measured["mailbot_cases", "open"] == 1
    assert measured["mailbot_promises", "acknowledge", "met"] == 1
    assert measured["mailbot_promises", "adr_rights", "open"] == 1
    assert measured["mailbot_healthy",] == 1
    assert measured["mailbot_last_round_timestamp_seconds", "smtp"] == house.clock().timestamp()
    assert measured["process_resident_memory_bytes",] > 0
    assert newer.type.startswith("application/openmetrics-text")
    assert newer.content.endswith(b"# EOF\n")


async def test_a_database_that_was_taken_away_is_told_and_had_again(house: House) -> None:
    assert await house.round()
    file = Path(house.url.removeprefix("sqlite://"))
    async with house.open() as running:
        watch = Watch(running, good_for=0.0)
        await running.holding.leave()
        # As a server that is stopped: the connection is gone, and no other is to be had.
        await connections.close_all(discard=False)
        away = file.rename(file.with_name("away"))
        file.mkdir()
        status, said = await asked(watch)
        measured = metrics(await watch.answer("/metrics", ""))
        file.rmdir()
        away.rename(file)
        back, _ = await asked(watch)

    assert (status, back) == (503, 200)
    assert [each["reason"] for each in said["reasons"]] == ["database_unreachable"]
    assert said["held"] is said["last_round_at"] is None
    assert said["workers"] == []
    assert measured["mailbot_database_up",] == measured["mailbot_healthy",] == 0
    assert ("mailbot_held",) not in measured


async def test_a_database_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, dovecot: Mailbox, sink: SmtpSink, migrated_postgres_url: str
) -> None:
    house = House(tmp_path, dovecot, sink, more={"MAILBOT_DATABASE__URL": migrated_postgres_url})
    assert await house.round()
    async with house.open() as running:
        watch = Watch(running, good_for=0.0, answered_within=0.2)
        outside = copy_context()
        async with in_transaction("default") as tx:
            await tx.execute_query('LOCK TABLE "control" IN ACCESS EXCLUSIVE MODE')
            stuck, said = await asyncio.create_task(asked(watch), context=outside)
        back, _ = await asked(Watch(running, good_for=0.0, answered_within=60.0))

    assert (stuck, back) == (503, 200)
    assert said["reasons"][0]["says"] == "the database has given no answer for 0.2 seconds"


async def test_many_who_ask_at_once_ask_the_database_once(house: House) -> None:
    assert await house.round()
    async with house.open() as running:
        watch = Watch(running, good_for=60.0)
        answers = await asyncio.gather(*(asked(watch) for _ in range(20)))

    assert len({said["asked_at"] for _, said in answers}) == 1


@pytest.fixture
def real_house(tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> House:
    # A process of its own reads the real clock.
    lay(tmp_path)
    return House(tmp_path, dovecot, sink, clock=Clock(datetime.now(UTC)))


async def fetched(port: int, path: str) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head, _, content = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return Answer(status=HTTPStatus(int(head.split()[1])), content=content)


async def until_broken(port: int, part: str) -> dict[tuple[str, ...], float]:
    async with asyncio.timeout(120):
        while (found := metrics(await fetched(port, "/metrics")))["mailbot_part_up", part]:
            await asyncio.sleep(0.2)
    return found


def all_of(ours: socket.socket) -> list[str]:
    """
    All that was said on it, to the end.
    """
    ours.setblocking(False)
    heard = []
    with ours, suppress(BlockingIOError):
        while True:
            heard.append(ours.recv(4096).decode())
    return heard


async def test_a_worker_is_watched_from_outside_and_a_command_says_the_same(
    real_house: House,
) -> None:
    house, port = real_house, free_port()
    systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    systemd.bind(str(house.folder / "notify"))
    process = await started(
        house,
        "run",
        MAILBOT_MONITORING__LISTEN=f"127.0.0.1:{port}",
        NOTIFY_SOCKET=str(house.folder / "notify"),
        WATCHDOG_USEC="3600000000",
    )
    try:
        house.deliver(Mail())
        await line_of(process, "letter_sent")
        beside = await mailbot(house, "health", "--json")
        told = await mailbot(house, "health")
        answer = await fetched(port, "/health")
        measured = await fetched(port, "/metrics")
        # A fault is known to others within seconds, and is no reason yet.
        await house.sink.stop()
        house.deliver(Mail(message_id="second@example.com", sender="Ann <ann@example.org>"))
        await until_broken(port, "smtp")
        still = await mailbot(house, "health", "--json")
    finally:
        process.terminate()
        await process.communicate()

    heard = await asyncio.to_thread(all_of, systemd)
    assert heard[0] == "READY=1"
    assert heard[-1] == "STOPPING=1"
    assert {"WATCHDOG=1", "STATUS=at work, takes mail in"} <= set(heard)
    assert any(each.startswith("STATUS=smtp: SMTP 127.0.0.1") for each in heard)
    assert beside.status == told.status == still.status == 0
    assert told.out.startswith("healthy\n")
    assert "takes mail in" in told.out
    ours, theirs = beside.document, json.loads(answer.content)
    assert answer.status == 200
    assert ours.keys() == theirs.keys()
    assert ours["workers"][0]["pid"] == theirs["workers"][0]["pid"]
    assert ours["workers"][0]["holds_mailbox"]
    assert still.document["parts"]["smtp"]["fault"].endswith("check [smtp] host and port")
    for person in ("jane", "rhian", JANE, "infinitysystemsolutions"):
        assert person not in (answer.content + measured.content).decode().lower()
    assert process.returncode == 0
