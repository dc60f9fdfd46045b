"""
An office with an empty database, once on each engine.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailbot import service
from mailbot.letters.office import Office
from mailbot.store.database import database
from tests.flow.house import Clock, settings
from tests.servers.migrated import lay


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """
    A database as the first start leaves it.
    """
    if request.param == "sqlite":
        return f"sqlite://{lay(tmp_path)}"
    return str(request.getfixturevalue("migrated_postgres_url"))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """
    One without a table.
    """
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/mailbot.sqlite3"
    return str(request.getfixturevalue("postgres_url"))


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
