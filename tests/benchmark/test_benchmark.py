"""
The pure parts of the benchmark: what it says is what it measured.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from stdnum.iso7064 import mod_97_10

from tests.benchmark import counter, figures, letters, rows
from tests.benchmark.flat import short
from tests.benchmark.letters import Acknowledged


@pytest.fixture
def counted() -> Iterator[sqlite3.Connection]:
    counter.COUNTS.clear()
    with closing(sqlite3.connect(":memory:", factory=counter.CountedConnection)) as connection:
        connection.isolation_level = None
        connection.execute("CREATE TABLE letter (id INTEGER)")
        counter.COUNTS.clear()
        yield connection
    counter.COUNTS.clear()


def test_a_statement_with_many_rows_is_one(counted: sqlite3.Connection) -> None:
    counted.execute("BEGIN")
    counted.executemany("INSERT INTO letter VALUES (?)", [(1,), (2,), (3,)])
    counted.cursor().executemany("INSERT INTO letter VALUES (?)", [(4,), (5,)])
    counted.execute("SELECT count(*) FROM letter")
    counted.execute("COMMIT")
    assert counter.COUNTS == {"statements": 3, "commits": 1}


def test_a_write_outside_of_a_transaction_is_a_commit(counted: sqlite3.Connection) -> None:
    counted.execute("INSERT INTO letter VALUES (1)")
    counted.execute("SELECT * FROM letter")
    assert counter.COUNTS == {"statements": 2, "commits": 1}


@pytest.mark.parametrize(("percent", "is_"), [(50, 5), (99, 10), (100, 10), (1, 1)])
def test_a_percentile_is_one_of_the_values(percent: float, is_: float) -> None:
    assert figures.percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == is_


def test_a_table_lines_up() -> None:
    assert figures.table([["", "ms"], ["before", "29.1"]]) == "          ms\nbefore  29.1"


@pytest.mark.parametrize(("cases", "said"), [(1000, "1k"), (2_000_000, "2M"), (1500, "1500")])
def test_numbers_of_cases_are_short(cases: int, said: str) -> None:
    assert short(cases) == said


@pytest.mark.parametrize("serial", [1, 42, 97, 4217, 123_456, 999_999])
def test_references_are_written_as_mailbot_writes_them(serial: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        [written] = connection.execute(f"SELECT {rows.reference(str(serial))}").fetchone()
    digits = f"{serial:06}"
    assert written == f"ISS-{digits}-{mod_97_10.calc_check_digits(digits)}"


def test_the_keys_of_rows_follow_those_that_are_there() -> None:
    statement = rows.Rows("letter", {"id": rows.numbered(10, 3)}, [(0,), (1,), (2,)]).statement(
        1, 2
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE letter (id INTEGER PRIMARY KEY)")
        connection.execute(statement)
        found = connection.execute("SELECT id FROM letter").fetchall()
    assert [each for (each,) in found] == [11, 12, 13, 14, 15, 16]


def test_a_reply_quotes_what_it_answers() -> None:
    known = Acknowledged(
        email="c1@example.com",
        reply_to="service+token@example.com",
        message_id="<c.1@example.com>",
        subject="Your complaint ISS-000001-95",
        text="Dear Jane,\nwe have it.\n",
    )
    written = letters.reply(known, 1)
    assert b"To: service+token@example.com\r\n" in written
    assert b"In-Reply-To: <c.1@example.com>\r\n" in written
    assert b"> we have it.\r\n" in written
    assert known.reference == "ISS-000001-95"


def test_every_line_of_what_is_written_ends_as_mail_does() -> None:
    for written in (letters.complaint(0), letters.complaint(1), letters.with_attachment(10_000)):
        assert written.count(b"\n") == written.count(b"\r\n")
