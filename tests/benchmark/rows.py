"""
Fills a database as years would: closed cases with all that belongs to them.

The tree itself has made the tables; here rows are written straight into them, so many
at a time that a million cases take minutes. The same statements are said to both
databases, but for dates and octets. Contents are tiny: what grows is the number of rows.
"""

import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from tests.benchmark.ground import Database, Kind

#: What the mailbox calls itself; its UIDs were given in the order of the rows.
UID_VALIDITY = 1_700_000_001
HELD, DEFERRED = 20, 20

_YEARS = 3 * 365 * 86_400
_AGO = 30 * 86_400
_CHUNK = 50_000

_EVENTS = (
    ("case_opened", "message", "nothing_automatic"),
    ("assigned", "message", "fewest_open_cases"),
    ("obligation_met", "delivery", "acknowledge"),
    ("obligation_met", "delivery", "introduce"),
    ("contact_recorded", "message", "handler_wrote"),
    ("obligation_met", "message", "agree_contact"),
    ("message_joined", "message", "reply_token"),
    ("outcome_sent", "message", "handler_said_so"),
    ("confirmed", "message", "customer_said_yes"),
    ("closed", "message", "customer_said_yes"),
)
_PROMISES = (
    ("acknowledge", 1),
    ("introduce", 1),
    ("agree_contact", 1),
    ("keep_contact", 1),
    ("confirm_closure", 1),
    ("adr_rights", 1),
)
_STEPS = (
    ("acknowledge", "alarm"),
    ("acknowledge", "due"),
    ("introduce", "due"),
    ("agree_contact", "warn"),
    ("agree_contact", "act"),
    ("keep_contact", "warn"),
    ("confirm_closure", "act"),
    ("adr_rights", "warn"),
)
_LETTERS = (
    ("acknowledgement", False),
    ("introduction", False),
    ("assignment", True),
    ("outcome", False),
    ("closure", False),
)


@dataclass(frozen=True)
class Rows:
    """
    Rows of one table: so *many* for each number, every column an expression of it.
    """

    table: str
    columns: Mapping[str, str]
    many: Sequence[Sequence[object]] = ((0,),)

    def statement(self, first: int, last: int) -> str:
        names = ", ".join(f'"{each}"' for each in self.columns)
        values = ", ".join(
            "(" + ", ".join(_written(each) for each in row) + ")" for row in self.many
        )
        # A cross join keeps the order in SQLite: what has one number stands together.
        return (
            f'INSERT INTO "{self.table}" ({names})'
            f" WITH RECURSIVE n(x) AS (SELECT {first} UNION ALL SELECT x + 1 FROM n"
            f" WHERE x < {last})"
            f" SELECT {', '.join(self.columns.values())}"
            f" FROM n CROSS JOIN (VALUES {values}) AS v"
        )


def fill(database: Database, count: int) -> None:
    """
    Write so many closed cases, and a few messages that are held and letters that wait.
    """
    first = _first_free(database)
    tables = [*_cases(database.kind, first, count)]
    extra = [*_waiting(database.kind, first, count)]
    _refuse_unknown(database, [*tables, *extra])
    statements = [
        each.statement(start, min(start + _CHUNK - 1, count))
        for start in range(1, count + 1, _CHUNK)
        for each in tables
    ]
    statements += [each.statement(1, max(HELD, DEFERRED)) for each in extra]
    # A copy would not be believed to be at home.
    statements.append("DELETE FROM control WHERE name = 'home'")
    if database.kind == "sqlite":
        _fill_sqlite(database, statements)
    else:
        database.talk(lambda connection: _fill_postgres(connection, statements))


def _fill_sqlite(database: Database, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as file:
        for each in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -2000000"):
            file.execute(f"PRAGMA {each}")
        indexes = file.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            file.execute(f'DROP INDEX "{name}"')
        for each in statements:
            file.execute(each)
        for _, sql in indexes:
            file.execute(sql)


async def _fill_postgres(connection: Any, statements: Sequence[str]) -> None:
    say: Callable[[str], Awaitable[Any]] = connection.execute
    # No foreign key is looked up, and no commit waits for the disk.
    await say("SET session_replication_role = replica")
    await say("SET synchronous_commit = off")
    await say("SET maintenance_work_mem = '1GB'")
    indexes = await connection.fetch(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i"
        " LEFT JOIN pg_constraint c ON c.conname = i.indexname"
        " WHERE i.schemaname = 'public' AND c.oid IS NULL"
    )
    for each in indexes:
        await say(f'DROP INDEX "{each["indexname"]}"')
    for statement in statements:
        await say(statement)
    for each in indexes:
        await say(each["indexdef"])
    for table, key in _KEYS.items():
        await say(
            f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{key}'),"
            f' (SELECT coalesce(max("{key}"), 1) FROM "{table}"))'
        )
    await say("VACUUM ANALYZE")


_KEYS = {
    "case": "serial",
    **dict.fromkeys(
        ("content", "ledger", "message", "held", "party", "obligation", "step", "event", "outbox"),
        "id",
    ),
}


@dataclass(frozen=True)
class _First:
    """
    The largest number of each table so far, and what the rows must agree with.
    """

    of: Mapping[str, int]
    uid: int
    key_id: str
    now: int


def _first_free(database: Database) -> _First:
    largest = {
        table: int(database.ask(f'SELECT coalesce(max("{key}"), 0) FROM "{table}"')[0][0])
        for table, key in _KEYS.items()
    }
    uid = int(database.ask("SELECT coalesce(max(uid), 0) FROM ledger")[0][0])
    keys = database.ask("SELECT key_id FROM outbox LIMIT 1")
    return _First(largest, uid, str(keys[0][0]) if keys else "", int(time.time()))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f"'{value}'"


def padded(expression: str, digits: int) -> str:
    """
    A number with noughts before it, in words that both databases know.
    """
    return f"substr(cast({10**digits} + {expression} as text), 2)"


def _at(kind: Kind, seconds: str) -> str:
    if kind == "postgres":
        return f"to_timestamp({seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%S+00:00', {seconds}, 'unixepoch')"


def _octets(kind: Kind, text: str) -> str:
    return f"convert_to({text}, 'UTF8')" if kind == "postgres" else f"cast({text} as blob)"


def _json(kind: Kind, text: str) -> str:
    return f"cast('{text}' as jsonb)" if kind == "postgres" else f"'{text}'"


def numbered(largest: int, many: int) -> str:
    """
    The key of a row: the next one for the first number, and so many for each.
    """
    return f"({largest + 1 - many} + n.x * {many} + v.column1)"


def reference(serial: str) -> str:
    """
    As it is written on every mail: six digits, and two that check them (ISO 7064).
    """
    check = f"(98 - (100 * {serial}) % 97)"
    return f"'ISS-' || {padded(serial, 6)} || '-' || {padded(check, 2)}"


def _cases(kind: Kind, first: _First, count: int) -> Iterator[Rows]:
    serial = f"({first.of['case']} + n.x)"
    spacing = max(1, (_YEARS - _AGO) // count)
    begun = f"({first.now - _YEARS} + n.x * {spacing})"

    def at(days: float) -> str:
        return _at(kind, f"{begun} + {int(days * 86_400)}")

    email = f"'old' || {padded(serial, 9)} || '@example.com'"
    handler = (
        "(CASE n.x % 2 WHEN 0 THEN 'rhian.price' ELSE 'gareth.evans' END"
        " || '@infinitysystemsolutions.co.uk')"
    )
    yield Rows(
        "case",
        {
            "serial": serial,
            "reference": reference(serial),
            "state": "'closed'",
            "received_at": at(0),
            "opened_at": at(0),
            "handler_email": handler,
            "rulebook_version": "'2026-1'",
            "verdict": "''",
            "rights_letters": "''",
            "level": "0",
            "not_eligible": "''",
            "needs": "''",
            "interval": "''",
            "is_data_protection": "false" if kind == "postgres" else "0",
            "credit": "''",
            "outcome_at": at(7),
            "revision": "6",
        },
    )
    yield Rows(
        "party",
        {
            "id": f"({first.of['party']} + n.x)",
            "case_id": serial,
            "role": "'complainant'",
            "name": "'Jane Doe'",
            "email": email,
            "email_key": email,
            "phone": "''",
            "anchor": f"'a.' || {serial} || '.old@example.com'",
            "token": f"'t' || {padded(serial, 12)}",
            "token_nonce": f"'p' || {padded(serial, 12)}",
        },
    )
    yield from _messages(kind, first, at, serial, email, many=((0,), (1,)))
    yield Rows(
        "event",
        {
            "id": numbered(first.of["event"], len(_EVENTS)),
            "case_id": serial,
            "at": _at(kind, f"{begun} + v.column1 * 86400"),
            "event": "v.column2",
            "cause": "v.column3",
            "reason": "v.column4",
            "about": "''",
        },
        [(number, *each) for number, each in enumerate(_EVENTS)],
    )
    yield Rows(
        "obligation",
        {
            "id": numbered(first.of["obligation"], len(_PROMISES)),
            "case_id": serial,
            "promise": "v.column2",
            "number": "v.column3",
            "clause": "'What the published code says of it.'",
            "acts_at": at(1),
            "due_at": at(3),
            "since": at(0),
            "state": "'met'",
            "settled_at": at(1),
            "evidence": "'a letter was accepted'",
        },
        [(number, *each) for number, each in enumerate(_PROMISES)],
    )
    yield Rows(
        "step",
        {
            "id": numbered(first.of["step"], len(_STEPS)),
            "case_id": serial,
            "promise": "v.column2",
            "number": "1",
            "does": "v.column3",
            "at": at(2),
            "done_at": at(1),
        },
        [(number, *each) for number, each in enumerate(_STEPS)],
    )
    yield Rows(
        "outbox",
        {
            **_letter(kind, first.of["outbox"], len(_LETTERS), first.key_id),
            "case_id": serial,
            "key": f"{serial} || '|' || v.column2 || '|' || {email}",
            "template": "v.column2",
            "to_staff": "v.column3" if kind == "postgres" else "(v.column3 = true)",
            "recipient": f"CASE WHEN v.column3 THEN {handler} ELSE {email} END",
            "recipient_key": f"CASE WHEN v.column3 THEN {handler} ELSE {email} END",
            "status": "'sent'",
            "attempts": "1",
            "created_at": at(0),
            "accepted_at": at(0),
            "reply": "'250 2.0.0 Ok: queued'",
        },
        [(number, *each) for number, each in enumerate(_LETTERS)],
    )


def _letter(kind: Kind, largest: int, many: int, key_id: str) -> dict[str, str]:
    row = numbered(largest, many)
    return {
        "id": row,
        "template_hash": "'d2b47be30459'",
        "recipient_name": "'Jane Doe'",
        "occasion": "'opened'",
        "message_id": f"'c.' || {padded(row, 12)} || '@example.com'",
        "alias": "''",
        "key_id": f"'{key_id}'",
        "nonce": f"'o' || {padded(row, 12)}",
        "spent_why": "''",
        "content": _octets(kind, f"'Subject: your complaint ' || {row}"),
        "reason": "''",
        "copy_to": "''",
    }


def _messages(
    kind: Kind,
    first: _First,
    at: Callable[[float], str],
    serial: str,
    email: str,
    *,
    many: Sequence[Sequence[object]],
) -> Iterator[Rows]:
    """
    What customers wrote: the octets, the message, and under which UID it came.
    """
    content, ledger, message = (
        numbered(first.of[table], len(many)) for table in ("content", "ledger", "message")
    )
    yield Rows(
        "content",
        {
            "id": content,
            "octets": _octets(kind, f"'Subject: no internet ' || {content}"),
            "sha256": f"'s' || {padded(content, 15)}",
            "size": "30",
        },
        many,
    )
    yield Rows(
        "ledger",
        {
            "id": ledger,
            "mailbox": "'INBOX'",
            "uid_validity": str(UID_VALIDITY),
            "uid": numbered(first.uid, len(many)),
            "received_at": at(0),
            "attempts": "1",
            "state": "'recorded'",
            "filed_at": at(0),
        },
        many,
    )
    yield Rows(
        "message",
        {
            "id": message,
            "case_id": serial,
            "content_id": content,
            "ledger_id": ledger,
            "received_at": at(0),
            "recorded_at": at(0),
            "message_id": f"'m' || {padded(message, 12)} || '@example.com'",
            "message_id_key": f"'m' || {padded(message, 12)} || '@example.com'",
            "identity": f"'i' || {padded(message, 15)}",
            "text_digest": f"'d' || {padded(message, 15)}",
            "sender": email,
            "subject": "'No internet since Monday'",
            "text": "'The line has been dead since Monday.'",
            "attachments": _json(kind, "[]"),
            "kind": "'person'",
            "rule": "'nothing_automatic'",
            "evidence": "'none'",
            "decision": "'case_opened'",
            "silence": "''",
        },
        many,
    )


def _waiting(kind: Kind, first: _First, count: int) -> Iterator[Rows]:
    """
    Messages that are held and letters that are deferred, behind everything else.
    """
    of = {
        "content": first.of["content"] + 2 * count,
        "ledger": first.of["ledger"] + 2 * count,
        "message": first.of["message"] + 2 * count,
    }
    behind = _First({**first.of, **of}, first.uid + 2 * count, first.key_id, first.now)
    now = _at(kind, f"{first.now} + n.x")
    for each in _messages(kind, behind, lambda _: now, "NULL", "'held@example.com'", many=((0,),)):
        columns = dict(each.columns)
        if each.table == "ledger":
            columns["state"] = "'held'"
        if each.table == "message":
            columns |= {"case_id": "cast(NULL as bigint)", "decision": "'held'"}
        yield Rows(each.table, columns, each.many)
    yield Rows(
        "held",
        {
            "id": f"({first.of['held']} + n.x)",
            "message_id": numbered(of["message"], 1),
            "at": now,
            "reason": "'ambiguous_match'",
            "detail": "''",
            "attempts": "1",
            "resolution": "''",
        },
    )
    letters = first.of["outbox"] + len(_LETTERS) * count
    yield Rows(
        "outbox",
        {
            **_letter(kind, letters, 1, first.key_id),
            "case_id": f"({first.of['case']} + n.x)",
            "key": "(n.x || '|follow-up|deferred')",
            "template": "'follow-up'",
            "to_staff": "false" if kind == "postgres" else "0",
            "recipient": "'deferred@example.com'",
            "recipient_key": "'deferred@example.com'",
            "status": "'deferred'",
            "attempts": "1",
            "created_at": now,
            "next_attempt_at": _at(kind, f"{first.now} + {_AGO} + n.x"),
            "reply": "''",
        },
    )


def _refuse_unknown(database: Database, rows: Sequence[Rows]) -> None:
    """
    Raise if a table wants what is not known here: the rows would not be what it means.
    """
    for each in rows:
        if missing := _wanted(database, each.table) - set(each.columns):
            raise ValueError(
                f"the table {each.table} has columns that the generator does not know:"
                f" {', '.join(sorted(missing))}"
            )


def _wanted(database: Database, table: str) -> set[str]:
    if database.kind == "sqlite":
        return {
            str(name)
            for _, name, _, is_wanted, default, is_key in database.ask(
                f'PRAGMA table_info("{table}")'
            )
            if is_wanted and default is None and not is_key
        }
    return {
        str(name)
        for (name,) in database.ask(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
            f" AND table_name = '{table}' AND is_nullable = 'NO' AND column_default IS NULL"
            " AND is_identity = 'NO'"
        )
    }
