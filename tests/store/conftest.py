"""
An office with an empty database, once on each engine.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from mailbot import service
from mailbot.letters.office import Office
from mailbot.store.database import database
from tests.flow.house import Clock, settings


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    # Tortoise keeps its INSERTs by the connection's name, in the words of the
    # engine that came first; a program has one engine, these tests have two.
    EXECUTOR_CACHE.clear()
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/mailbot.sqlite3"
    else:
        yield request.getfixturevalue("postgres_url")
    EXECUTOR_CACHE.clear()


@pytest.fixture
async def office(url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """
    The office; its database is open as long as the test runs.
    """
    async with database(url):
        yield await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=url))


@pytest.fixture
def clock() -> Clock:
    return Clock()
