"""
The door: one transaction at a time, and who reads beside it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import connections
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from mailbot.store.database import Tx, database, look, transact
from mailbot.store.tables import ControlRow, EventRow

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)


@pytest.fixture
async def opened(url: str) -> AsyncIterator[None]:
    async with database(url):
        yield


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "mailbot.sqlite3"
    async with database(f"sqlite://{path}"):
        yield path


async def noted(tx: Tx | None, event: str) -> None:
    await EventRow.create(using_db=tx, at=NOW, event=event, cause="test")


async def events() -> list[str]:
    return [row.event for row in await EventRow.all().order_by("id")]


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """
    The file as another process has it that is about to write.
    """
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def test_who_is_in_no_transaction_sees_nothing_of_one(opened: None) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Tx) -> int:
        await noted(tx, "inside")
        inside.set()
        await go_on.wait()
        return await EventRow.all().using_db(tx).count()

    writing = asyncio.create_task(transact(work))
    await inside.wait()
    assert await events() == []
    go_on.set()

    assert await writing == 1
    assert await events() == ["inside"]


async def test_what_a_transaction_asks_without_saying_so_is_asked_in_it(opened: None) -> None:
    async def work(tx: Tx) -> list[str]:
        await noted(None, "inside")
        return await events()

    assert await transact(work) == ["inside"]


async def test_a_transaction_within_one_fails_alone(opened: None) -> None:
    async def failing() -> None:
        async with in_transaction("default") as within:
            await noted(within, "second")
            raise ZeroDivisionError

    async def work(tx: Tx) -> None:
        await noted(tx, "first")
        with pytest.raises(ZeroDivisionError):
            await failing()
        async with in_transaction("default") as within:
            await noted(within, "third")

    await transact(work)
    assert await events() == ["first", "third"]


async def test_what_a_constraint_refuses_leaves_nothing(opened: None) -> None:
    async def work(tx: Tx) -> None:
        await noted(tx, "first")
        await ControlRow.create(using_db=tx, name="twice", value="1", at=NOW)
        await ControlRow.create(using_db=tx, name="twice", value="2", at=NOW)

    with pytest.raises(IntegrityError):
        await transact(work)
    assert (await events(), await ControlRow.all().count()) == ([], 0)


async def test_who_looks_sees_one_instant_and_writes_nothing(opened: None) -> None:
    outside = copy_context()

    async def work(tx: Tx) -> tuple[int, int]:
        first = await EventRow.all().using_db(tx).count()
        await asyncio.create_task(meanwhile(), context=outside)
        second = await EventRow.all().using_db(tx).count()
        with pytest.raises(Exception, match=r"(?i)read.?only"):
            await noted(tx, "looked")
        return first, second

    async def meanwhile() -> None:
        await transact(lambda tx: noted(tx, "meanwhile"))

    assert await look(work) == (0, 0)
    assert await events() == ["meanwhile"]


async def test_a_script_and_many_rows_at_once(opened: None) -> None:
    connection = connections.get("default")
    await connection.execute_script(
        "CREATE TABLE one (it TEXT); CREATE TABLE two (it TEXT); INSERT INTO one VALUES ('a;b');"
    )
    mark = "?" if connection.capabilities.dialect == "sqlite" else "$1"
    await connection.execute_many(f"INSERT INTO two VALUES ({mark})", [["a"], ["b"]])

    both = "SELECT it FROM one UNION ALL SELECT it FROM two"
    assert await connection.execute_query_dict(both) == [{"it": "a;b"}, {"it": "a"}, {"it": "b"}]


# --- SQLite ----------------------------------------------------------------


async def test_what_is_read_first_is_true_until_the_end(file: Path) -> None:
    await ControlRow.create(name="count", value="0", at=NOW)

    async def work(tx: Tx) -> None:
        row = await ControlRow.get(name="count", using_db=tx)
        with pytest.raises(sqlite3.OperationalError, match="locked"), locked(file):
            pass
        await ControlRow.filter(name="count").using_db(tx).update(value=str(int(row.value) + 1))

    await asyncio.gather(*(transact(work) for _ in range(10)))
    assert (await ControlRow.get(name="count")).value == "10"


async def test_a_transaction_waits_for_another_process_and_holds_up_no_reader(file: Path) -> None:
    with locked(file) as other:
        writing = asyncio.create_task(transact(lambda tx: noted(tx, "after")))
        await asyncio.wait([writing], timeout=0.05)
        assert (writing.done(), await events()) == (False, [])
        other.execute("COMMIT")
        await writing
    assert await events() == ["after"]


async def test_who_is_cancelled_while_waiting_keeps_no_lock(file: Path) -> None:
    async def plainly(event: str) -> None:
        async with in_transaction("default") as tx:
            await noted(tx, event)

    with locked(file) as other:
        tasks = [asyncio.create_task(plainly(event)) for event in ("first", "second")]
        await asyncio.wait(tasks, timeout=0.05)
        for each in tasks:
            each.cancel()
        await asyncio.wait(tasks, timeout=0.05)
        other.execute("COMMIT")
        await asyncio.wait(tasks)
    assert [each.cancelled() for each in tasks] == [True, True]

    await plainly("third")
    assert await events() == ["third"]


async def test_a_transaction_that_is_on_comes_to_its_end_before_the_file_is_closed(
    tmp_path: Path,
) -> None:
    url = f"sqlite://{tmp_path}/mailbot.sqlite3"
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Tx) -> None:
        await noted(tx, "first")
        inside.set()
        await go_on.wait()
        await noted(tx, "second")

    async with database(url):
        writing = asyncio.create_task(transact(work))
        await inside.wait()
        asyncio.get_running_loop().call_soon(go_on.set)
    await writing
    async with database(url):
        assert await events() == ["first", "second"]


class Counting(ThreadPoolExecutor):
    """
    Threads that know how often something was handed over to them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def submit(self, work: Callable[..., Any], /, *values: Any, **named: Any) -> Future[Any]:
        self.count += 1
        return super().submit(work, *values, **named)


async def test_a_transaction_is_handed_over_to_a_thread_twice_and_a_read_never(file: Path) -> None:
    threads = Counting()
    asyncio.get_running_loop().set_default_executor(threads)

    async def work(tx: Tx) -> None:
        for number in range(20):
            await noted(tx, str(number))

    await transact(work)
    assert (len(await events()), threads.count) == (20, 2)


async def test_of_two_that_wait_for_each_other_both_come_to_their_end(
    migrated_postgres_url: str,
) -> None:
    async with database(migrated_postgres_url):
        for name in "ab":
            await ControlRow.create(name=name, value="", at=NOW)
        tries: list[str] = []
        met = asyncio.Barrier(2)

        async def crossing(first: str, second: str) -> None:
            async def work(tx: Tx) -> None:
                tries.append(first)
                await ControlRow.filter(name=first).using_db(tx).update(value=first)
                if len(tries) <= 2:
                    await met.wait()
                await ControlRow.filter(name=second).using_db(tx).update(value=first)

            await transact(work)

        await asyncio.gather(crossing("a", "b"), crossing("b", "a"))

        assert len(tries) == 3
        assert len({row.value for row in await ControlRow.all()}) == 1
