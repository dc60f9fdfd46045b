"""
From a file to a server: every row, whoever is ended in between, and nobody at work on either.
"""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise import connections

from mailbot import service
from mailbot.cases.known.home import Moved
from mailbot.store import presence
from mailbot.store.control import standing
from mailbot.store.database import DatabaseFault, database
from mailbot.store.tables import Content, ControlRow, OutboxRow
from mailbot.store.whole.filling import NotFree
from mailbot.store.whole.moving import move
from tests.flow.house import FRIDAY, Mail, settings
from tests.servers.migrated import lay
from tests.store.a_whole import MAILBOX, lived, numbers_after, rows_of
from tests.store.desk import Desk

#: Rows of a database that takes several pages.
MANY = 1200


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """
    The file of a firm that has been at work for a while.
    """
    path = lay(tmp_path)
    async with database(f"sqlite://{path}"):
        office = await service.office(settings(tmp_path))
        await lived(office, host=socket.gethostname())
    return path


async def test_every_row_is_there_and_numbers_go_on(file: Path, postgres_url: str) -> None:
    before, numbers = await rows_of(f"sqlite://{file}"), await numbers_after(f"sqlite://{file}")

    moved = await move(file, postgres_url, MAILBOX, FRIDAY)

    assert await rows_of(postgres_url) == before
    assert await rows_of(f"sqlite://{file}") == before
    assert {name: each.rows for name, each in moved.same.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    assert await numbers_after(postgres_url) == numbers


async def test_the_server_is_its_home_and_the_file_sends_nothing_any_more(
    file: Path, postgres_url: str, tmp_path: Path
) -> None:
    moved = await move(file, postgres_url, MAILBOX, FRIDAY)

    async with database(postgres_url):
        here = await service.at_home(settings(tmp_path, MAILBOT_DATABASE__URL=postgres_url))
        assert await standing(here) == ("", Moved.NOTHING)
        await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=postgres_url))
    async with database(f"sqlite://{file}"):
        assert (await standing(None))[0] == "all"
        with pytest.raises(DatabaseFault, match=moved.where):
            await service.office(settings(tmp_path))


async def test_work_goes_on_there_where_it_was_left(
    file: Path, postgres_url: str, tmp_path: Path
) -> None:
    await move(file, postgres_url, MAILBOX, FRIDAY)

    async with database(postgres_url):
        office = await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=postgres_url))
        desk = Desk(office, now=FRIDAY + timedelta(days=6))
        desk._uids = iter(range(100, 200))  # type: ignore[assignment] # others are known
        answer = await desk.answer_to("acknowledgement", "Any news?")
        recorded = await desk.arrives(answer)
        assert recorded.case


async def test_two_that_have_rows_are_not_made_one(
    file: Path, migrated_postgres_url: str, tmp_path: Path
) -> None:
    async with database(migrated_postgres_url):
        office = await service.office(
            settings(tmp_path, MAILBOT_DATABASE__URL=migrated_postgres_url)
        )
        await Desk(office).arrives(Mail())

    with pytest.raises(NotFree, match="not empty"):
        await move(file, migrated_postgres_url, MAILBOX, FRIDAY)

    async with database(f"sqlite://{file}"):
        await service.office(settings(tmp_path))


async def test_nothing_is_moved_under_a_worker(file: Path, migrated_postgres_url: str) -> None:
    now = datetime.now(UTC)
    for url in (f"sqlite://{file}", migrated_postgres_url):
        async with database(url):
            worker = await presence.enter(socket.gethostname(), os.getpid(), now)

        with pytest.raises(NotFree, match="worker is at work"):
            await move(file, migrated_postgres_url, MAILBOX, now)

        async with database(url):
            # Whoever is at work is not stopped by that.
            assert (await standing(None))[0] == ""
            await presence.leave(worker)
    await move(file, migrated_postgres_url, MAILBOX, now)


async def test_a_worker_that_was_killed_is_not_waited_for(file: Path, postgres_url: str) -> None:
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    now = datetime.now(UTC)
    async with database(f"sqlite://{file}"):
        await presence.enter(socket.gethostname(), ended.pid, now)

    await move(file, postgres_url, MAILBOX, now)


async def test_nothing_is_moved_while_letters_are_in_hand(file: Path, postgres_url: str) -> None:
    async with database(f"sqlite://{file}"):
        await OutboxRow.filter(id=1).update(claimed_until=FRIDAY + timedelta(minutes=3))

    with pytest.raises(NotFree, match="in somebody's hand"):
        await move(file, postgres_url, MAILBOX, FRIDAY)


async def test_a_copy_is_not_made_a_home_by_moving_it(file: Path, postgres_url: str) -> None:
    with pytest.raises(NotFree, match="copy"):
        await move(file, postgres_url, "other@127.0.0.1", FRIDAY)


async def test_a_file_goes_to_one_server_only(
    file: Path, postgres_url: str, migrated_postgres_url: str
) -> None:
    await move(file, postgres_url, MAILBOX, FRIDAY)

    with pytest.raises(NotFree, match="moved to"):
        await move(file, migrated_postgres_url, MAILBOX, FRIDAY)


async def test_whoever_says_it_once_more_afterwards_is_not_told_to_drop_what_is_there(
    file: Path, postgres_url: str
) -> None:
    await move(file, postgres_url, MAILBOX, FRIDAY)

    with pytest.raises(NotFree, match="already, and all of it is there: name the server"):
        await move(file, postgres_url, MAILBOX, FRIDAY)


async def test_what_has_changed_in_the_file_since_it_was_begun_is_copied_anew(
    file: Path, postgres_url: str
) -> None:
    async with database(postgres_url):
        said = {"from": str(file), "command": "mailbot move"}
        await ControlRow.create(name="moving", value=json.dumps(said), at=FRIDAY)
        await Content.create(octets=b"as it was then", sha256="", size=14)

    await move(file, postgres_url, MAILBOX, FRIDAY)

    assert await rows_of(postgres_url) == await rows_of(f"sqlite://{file}")


_MOVING = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from mailbot.store.whole.moving import move
asyncio.run(move(Path(sys.argv[1]), sys.argv[2], sys.argv[3], datetime.fromisoformat(sys.argv[4])))
"""


@pytest.mark.parametrize("after", ["content", "outbox", "moved"])
async def test_whoever_is_killed_in_between_goes_on(
    file: Path, migrated_postgres_url: str, tmp_path: Path, after: str
) -> None:
    with closing(sqlite3.connect(file)) as many:
        many.executemany(
            "INSERT INTO event (at, event, cause, reason, about) VALUES (?, ?, '', '', ?)",
            [("2026-11-20 16:45:00+00:00", "noted", str(each)) for each in range(MANY)],
        )
        many.commit()
    moving = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _MOVING, str(file), migrated_postgres_url, MAILBOX),
        FRIDAY.isoformat(),
    )
    await _until(after, file, migrated_postgres_url)
    moving.send_signal(signal.SIGKILL)
    await moving.wait()

    if moving.returncode == -signal.SIGKILL and await _is_marked(migrated_postgres_url):
        async with database(migrated_postgres_url):
            with pytest.raises(DatabaseFault, match="mailbot move"):
                await service.office(
                    settings(tmp_path, MAILBOT_DATABASE__URL=migrated_postgres_url)
                )
        await move(file, migrated_postgres_url, MAILBOX, FRIDAY)

    assert await rows_of(migrated_postgres_url) == await rows_of(f"sqlite://{file}")
    async with database(migrated_postgres_url):
        assert (await standing(None))[0] == ""


async def _until(what: str, file: Path, url: str) -> None:
    """
    That table has a row, or the file says that it was moved.
    """
    async with database(url), asyncio.timeout(60):
        while True:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as read:
                moved = read.execute("SELECT 1 FROM control WHERE name = 'moved_to'").fetchall()
            if moved:
                return
            if what != "moved" and await _has_row(what):
                return


async def _has_row(table: str) -> bool:
    rows = await connections.get("default").execute_query_dict(
        f'SELECT 1 AS one FROM "{table}" LIMIT 1'
    )
    return bool(rows)


async def _is_marked(url: str) -> bool:
    async with database(url):
        return await ControlRow.filter(name="moving").exists()
