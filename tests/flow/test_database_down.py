"""
Without its database mailbot moves no mail, says so, and ends.
"""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tortoise import connections

from mailbot import rounds
from mailbot.store.database import DatabaseFault
from tests.flow.house import House, Mail

ROOT = Path(__file__).parents[2]
#: A worker that waits a blink for its turn to write, and not twenty seconds.
IMPATIENT = """
import mailbot.store.database as database
database._BUSY = 100
from mailbot.cli import main
main()
"""


async def run_once(house: House) -> int:
    """
    The exit status of `mailbot run --once`; a worker that hangs is -1.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        IMPATIENT,
        "run",
        "--once",
        cwd=ROOT,
        env=house.process_environ,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        return await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()
        return -1


@pytest.mark.parametrize("what", ["a folder", "no database"])
async def test_a_database_that_cannot_be_opened_moves_no_mail_and_ends_with_one(
    house: House, what: str
) -> None:
    house.deliver(Mail())
    path = house.folder / "mailbot.sqlite3"
    if what == "a folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(b"no database" * 1000)

    assert await run_once(house) == 1

    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (1, 0)


async def test_a_database_that_is_locked_moves_no_mail_and_ends_with_one(house: House) -> None:
    assert await house.round()
    house.deliver(Mail())

    with closing(sqlite3.connect(house.folder / "mailbot.sqlite3", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        assert await run_once(house) == 1
        assert (house.mailbox.count(), house.mailbox.count("Processed")) == (1, 0)

    assert await run_once(house) == 0
    assert (house.mailbox.count(), house.mailbox.count("Processed")) == (0, 1)
    assert len(house.sent("acknowledgement")) == 1


async def test_a_database_that_goes_away_while_we_work_moves_no_mail(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailbot.store.database._BUSY", 100)
    house.deliver(Mail())
    async with house.open() as running:
        path = house.folder / "mailbot.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            assert not await rounds.run_once(running)
            assert (house.mailbox.count(), house.mailbox.count("Processed")) == (1, 0)
        assert await rounds.run_once(running)

    assert len(house.sent("acknowledgement")) == 1


async def test_a_database_without_its_keys_is_not_worked_on(house: House) -> None:
    assert await house.take_in(Mail())
    house.deliver(Mail(message_id="second@example.com"))
    (house.folder / "token.key").unlink()

    assert await run_once(house) == 1
    assert house.mailbox.count() == 1


async def test_a_folder_that_is_gone_is_a_fault_of_the_database(house: House) -> None:
    house.more["MAILBOT_DATABASE__URL"] = "sqlite:///proc/nowhere/mailbot.sqlite3"

    with pytest.raises(DatabaseFault):
        await house.round()


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_database_that_is_taken_away_under_a_worker_takes_nothing_in(
    house: House, is_replaced: bool
) -> None:
    assert await house.round()
    path = house.folder / "mailbot.sqlite3"
    async with house.open() as running:
        house.deliver(Mail())
        path.rename(path.with_name("aside"))
        if is_replaced:
            path.write_bytes(path.with_name("aside").read_bytes())

        assert not await rounds.run_once(running)
        assert house.mailbox.count() == 1
        assert "removed or replaced" in str(house.logged("part_failed")[0]["reason"])

        path.with_name("aside").rename(path)
        assert await rounds.run_once(running)
        assert house.mailbox.count("Processed") == 1


async def test_a_database_that_is_emptied_under_a_worker_gives_no_reference_twice(
    house: House,
) -> None:
    house.deliver(Mail(sender="first@example.com", message_id="first@example.com"))
    async with house.open() as running:
        assert await rounds.run_once(running)
        with closing(sqlite3.connect(house.folder / "mailbot.sqlite3", timeout=5)) as file, file:
            file.execute("PRAGMA foreign_keys = OFF")
            for (name,) in file.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            ).fetchall():
                file.execute(f'DELETE FROM "{name}"')
        house.deliver(Mail(sender="second@example.com", message_id="second@example.com"))
        assert not await rounds.run_once(running)

    assert house.mailbox.count() == 1
    assert not house.sink.to("second@example.com")
    reasons = {str(line["reason"]) for line in house.logged("part_failed")}
    assert all("restore your backup" in each for each in reasons)


async def test_whoever_is_at_work_when_a_later_program_changes_the_database_ends_and_says_why(
    house: House,
) -> None:
    async with house.open() as running, asyncio.timeout(60):
        work = asyncio.create_task(rounds.run(running))
        while not house.logged("started"):
            await asyncio.sleep(0.01)
        await connections.get("default").execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('mailbot', '9999_later', '2030-01-01 00:00+00:00')"
        )
        running.news.set()

        with pytest.raises(DatabaseFault, match="the database is newer than this program"):
            await work
