"""
What `check` says of a PostgreSQL.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot import service
from mailbot.cli.check.server import about_clocks, told
from mailbot.cli.check.trying import Report, check
from mailbot.health.told import Told
from mailbot.store import presence
from mailbot.store.database import database
from mailbot.store.server_facts import ServerFacts
from tests.flow.house import CONFIG, environ, settings
from tests.servers.ports import free_port

NOW = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)


def facts(**other: object) -> ServerFacts:
    given: Mapping[str, object] = {
        "version": "16.1",
        "major": 16,
        "encoding": "UTF8",
        "may_make_tables": True,
        "is_encrypted": True,
        "is_durable": True,
        **other,
    }
    return ServerFacts(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("server", "warnings", "problems"),
    [
        (facts(), [], []),
        (facts(version="13.4", major=13), ["does not notice a worker that froze"], []),
        # That complaints may go in the open is told by the url.
        (facts(is_encrypted=False), [], []),
        (facts(is_durable=False), ["may be lost"], []),
        (facts(encoding="SQL_ASCII"), [], ["its encoding is SQL_ASCII"]),
        (facts(may_make_tables=False), [], ["GRANT CREATE ON SCHEMA"]),
    ],
)
def test_a_server_is_told_with_what_is_wrong(
    server: ServerFacts, warnings: list[str], problems: list[str]
) -> None:
    _, warned, wrong = told(server)

    for found, expected in ((warned, warnings), (wrong, problems)):
        assert len(found) == len(expected)
        assert all(part in said for part, said in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(4, []), (-60, ["clock: the database's is 60 s behind"]), (7 * 86400, [])],
)
def test_a_clock_that_goes_wrong_by_more_than_seconds_is_warned_of(
    seconds: int, said: list[str]
) -> None:
    warned = about_clocks(NOW, database=NOW + timedelta(seconds=seconds))

    assert [each[: len(expected)] for each, expected in zip(warned, said, strict=True)] == said


def test_whatever_the_token_endpoint_says_is_warned_of() -> None:
    for seconds, count in ((4, 0), (-60, 1), (7 * 86400, 1)):
        warned = about_clocks(NOW, endpoint=NOW + timedelta(seconds=seconds))
        assert len(warned) == count


async def checked(folder: Path, url: str) -> Report:
    nobody = {f"MAILBOT_{each}__PORT": str(free_port()) for each in ("IMAP", "SMTP")}
    return await check(CONFIG, environ(folder, MAILBOT_DATABASE__URL=url, **nobody))


async def test_an_empty_server_is_ready_for_the_first_run(
    tmp_path: Path, postgres_url: str
) -> None:
    found = await checked(tmp_path, postgres_url)

    assert "database: reached, and empty; the first run makes its tables" in found.facts
    assert not [each for each in found.problems if "database" in each]


async def test_who_is_at_work_on_a_server_is_named(
    tmp_path: Path, migrated_postgres_url: str
) -> None:
    async with database(migrated_postgres_url):
        now = datetime.now(UTC)
        await presence.seen(await presence.enter("one", 11, now), now, holds_mailbox=True)
        await presence.enter("two", 22, now)

        shadow = settings(tmp_path, MAILBOT_SERVICE__SEND="none")
        says = Told(works_by=service.works_by(shadow))
        await presence.seen(await presence.enter("three", 33, now), now, says, holds_mailbox=False)

    found = await checked(tmp_path, migrated_postgres_url)

    [differs] = [each for each in found.warnings if each.startswith("worker: ")]
    assert differs.startswith(
        "worker: three, process 33, works by another [service] send than is configured here"
    )
    assert "worker: one, process 11, holds the mailbox" in found.facts
    assert "worker: two, process 22, stands by for the mailbox" in found.facts
    assert any("PostgreSQL 1" in each and "without TLS" in each for each in found.facts)
