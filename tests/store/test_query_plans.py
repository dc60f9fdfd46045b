"""
No round and no list reads a table that grows with the years from end to end.

Recorded is what goes over the connection, whichever function says it; each statement
is explained by the database that it was said to.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mailbot.cli.commands import app
from mailbot.store import wellbeing
from mailbot.store.database import Tx, database, transact
from tests.flow.house import RHIAN, House, Mail, an_answer
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink
from tests.statements import Statements, recorded

REFERENCE = "ISS-000001-95"

#: Tables that do not grow, and what is no table: rows of a statement's own.
SMALL = {
    *("control", "absence", "worker"),
    *("tortoise_migrations", "sqlite_sequence", "sqlite_master", "v"),
}

#: Indexes over a small part of a table may be read from end to end.
PARTIAL = re.compile(
    r"idx_[a-z]+_(underway|overdue|unsent|uncopied|rewritten|waiting|begun|claimed)"
)

LOOKS = re.compile(
    r"(?P<kind>SCAN|SEARCH) (?P<table>\S+)(?: USING (?:COVERING )?INDEX (?P<index>\S+))?"
)

#: All of a kind since ever: an index finds them, and they are more with each year.
#: SQLite keeps no statistics and may think that this is little.
BROAD = re.compile(r"\((template|status|promise|does|mailbox)=\?( AND \w+<\?)?\)$")

#: What looks for rows; a plain INSERT does not.
ASKED = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH|INSERT .* SELECT)\b")

LISTS = (
    ("cases",),
    ("case", REFERENCE),
    ("held", "list"),
    ("held", "show", "1"),
    ("outbox", "list"),
    ("check",),
    ("health",),
    ("explain", REFERENCE),
)

#: Goes through all cases and says so, a page at a time.
WHOLE = (("cases", "--all"), ("retention",))


@pytest.fixture
def house(url: str, tmp_path: Path, dovecot: Mailbox, sink: SmtpSink) -> House:
    more = {"MAILBOT_DATABASE__URL": url, "MAILBOT_IMAP__SENT_FOLDER": "Sent"}
    return House(tmp_path, dovecot, sink, more=more)


async def asked(house: House, *words: str) -> None:
    """
    A command as an operator gives it; what it answers is others' business.
    """
    runner = CliRunner()
    result = await asyncio.to_thread(
        runner.invoke, app, [*words, "--json"], env=house.process_environ
    )
    assert result.exit_code in {0, 1}, (words, result.output, result.exception)


async def a_life(house: House) -> None:
    """
    A complaint, what is written about it from all sides, and its first deadlines.
    """
    [acknowledgement, *others] = await house.take_in(Mail())
    await house.take_in(an_answer(acknowledgement, "It still does not work."))
    house.deliver(Mail(message_id="second@example.com", subject=f"About {REFERENCE}", text="And?"))
    house.deliver(Mail(message_id="", subject="Nobody's", sender="<>", text=""))
    house.deliver(b"\xff no header at all")
    assert await house.round()
    to_staff = [each for each in others if RHIAN in each.rcpt_to]
    for each in to_staff[:1]:
        await house.take_in(an_answer(each, "We are sorry; it is mended.", sender=RHIAN))
    for _ in range(12):
        house.clock.move(days=5)
        assert await house.round()


# --- what the databases say of them ----------------------------------------


async def plans_of(url: str, statements: Statements) -> Mapping[str, Sequence[str]]:
    """
    By statement the scans in its plan.
    """
    said = {
        query: values
        for query, values in statements.said
        # What is asked of nobody is answered without a look.
        if ASKED.match(query) and not query.endswith("WHERE 1=0")
    }
    assert said

    async def work(tx: Tx) -> Mapping[str, Sequence[str]]:
        if tx.capabilities.dialect == "sqlite":
            return {query: await _of_sqlite(tx, query, said[query]) for query in said}
        # The tables are small here; what is asked is whether an index would do.
        await tx.execute_query("SET LOCAL enable_seqscan = off")
        return {query: await _of_postgres(tx, query, said[query]) for query in said}

    async with database(url):
        return await transact(work)


async def _of_sqlite(tx: Tx, query: str, values: Sequence[Any]) -> list[str]:
    rows = await tx.execute_query_dict(f"EXPLAIN QUERY PLAN {query}", list(values))
    return [
        row["detail"]
        for row in rows
        if (found := LOOKS.match(row["detail"]))
        and (found["kind"] == "SCAN" or BROAD.search(row["detail"]))
        and not row["detail"].endswith(("CONSTANT ROW", "CONSTANT ROWS"))
        and found["table"] not in SMALL
        and not PARTIAL.fullmatch(found["index"] or "")
    ]


async def _of_postgres(tx: Tx, query: str, values: Sequence[Any]) -> list[str]:
    [row] = await tx.execute_query_dict(f"EXPLAIN (FORMAT JSON) {query}", list(values))
    return _scans(json.loads(row["QUERY PLAN"])[0]["Plan"])


def _scans(plan: Mapping[str, Any]) -> list[str]:
    kind, table = plan["Node Type"], plan.get("Relation Name", "")
    index = plan.get("Index Name", "")
    is_whole = kind == "Seq Scan" or (
        kind.endswith(("Index Scan", "Index Only Scan"))
        and "Index Cond" not in plan
        and not PARTIAL.fullmatch(index)
    )
    here = [f"{kind} {table} {index}"] if is_whole and table not in SMALL else []
    return here + [each for part in plan.get("Plans", ()) for each in _scans(part)]


def _found(plans: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{', '.join(scans)}: {query}" for query, scans in plans.items() if scans]


async def test_a_round_reads_no_table_from_end_to_end(house: House, url: str) -> None:
    with recorded() as statements:
        await a_life(house)

    assert _found(await plans_of(url, statements)) == []


async def test_no_list_reads_a_table_from_end_to_end(house: House, url: str) -> None:
    await house.take_in(Mail())
    with recorded() as statements:
        for words in LISTS:
            await asked(house, *words)

    assert _found(await plans_of(url, statements)) == []


async def test_who_watches_reads_no_table_from_end_to_end(house: House, url: str) -> None:
    await house.take_in(Mail())
    with recorded() as statements:
        async with database(url):
            await wellbeing.memory(house.clock())
            await wellbeing.cases_in_work()
            await wellbeing.promises_in_work()
            await wellbeing.promises_overdue(house.clock())
            await wellbeing.letters_underway()

    assert _found(await plans_of(url, statements)) == []


async def test_who_goes_through_all_does_so_in_pages(house: House, url: str) -> None:
    await house.take_in(Mail())
    with recorded() as statements:
        for words in WHOLE:
            await asked(house, *words)

    assert _found(await plans_of(url, statements)) == []


async def test_a_scan_would_be_seen(house: House, url: str) -> None:
    await house.take_in(Mail())
    statements = Statements()
    statements.said = [("SELECT * FROM event WHERE about = 'x'", ())]

    assert len(_found(await plans_of(url, statements))) == 1
