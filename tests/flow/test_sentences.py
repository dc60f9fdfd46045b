"""
The eleven sentences that must stay true, each with the test that fails when it is not.
"""

import ast
import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot import rounds
from mailbot.cases.case import Case
from mailbot.cases.decide import decide
from mailbot.cases.decision import Decision
from mailbot.cases.states import TRANSITIONS, IllegalMove, Move, State, after
from mailbot.cases.triggers import Trigger
from mailbot.letters.stationery import Rendered, Stationery
from mailbot.mail.outcome import Outcome
from mailbot.store.tables import CaseRow, EventRow, LedgerRow, OutboxRow, StepRow
from mailbot.transport.mailbox import Fetched, Filed, Mailbox, Settled, Waiting
from mailbot.workers.channels import Channel
from mailbot.workers.delivery import Delivery
from mailbot.workers.intake import Intake, Source
from mailbot.workers.scheduler import Scheduler
from tests.flow.house import FRIDAY, JANE, LONGEST_ROUND, House, Mail, an_answer, id_of, templates
from tests.servers.smtp import Received

PACKAGE = Path(__file__).parents[2] / "mailbot"
NINE_ON_DAY_42 = FRIDAY.replace(year=2027, month=1, day=1, hour=9, minute=0)


def stored(house: House, question: str) -> list[tuple[object, ...]]:
    """
    What somebody else reads in the database now: commits only.
    """
    with closing(sqlite3.connect(house.folder / "mailbot.sqlite3")) as reader:
        return list(reader.execute(question))


def calls(name: str) -> Iterator[Path]:
    """
    The files of the package that call a function or method of that name.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                if getattr(called, "id", getattr(called, "attr", "")) == name:
                    yield path.relative_to(PACKAGE)


# --- 1 ---------------------------------------------------------------------


class Watched:
    """
    The mailbox, which notes what was committed whenever a message is moved.
    """

    def __init__(self, source: Source, house: House) -> None:
        self._source = source
        self._house = house
        self.moved: dict[int, str] = {}

    async def look(self, settled: Settled | None = None) -> Mailbox:
        return await self._source.look(settled)

    async def there(self, uids: Sequence[int]) -> frozenset[int]:
        return await self._source.there(uids)

    async def has_news(self) -> bool:
        return await self._source.has_news()

    async def fetch(self, waiting: Sequence[Waiting]) -> list[Fetched]:
        return await self._source.fetch(waiting)

    async def fetch_header(self, waiting: Waiting) -> Fetched | None:
        return await self._source.fetch_header(waiting)

    async def append(self, folder: str, content: bytes, at: datetime) -> None:
        await self._source.append(folder, content, at)

    async def reach(self) -> None:
        await self._source.reach()

    async def file(self, uids: Sequence[int]) -> Filed:
        committed = {
            uid: f"{state}, {octets} octets"
            for uid, state, octets in stored(
                self._house,
                "SELECT l.uid, l.state, c.size FROM ledger l JOIN message m ON m.ledger_id = l.id"
                " JOIN content c ON c.id = m.content_id",
            )
            if isinstance(uid, int)
        }
        # The first move counts.
        self.moved = {uid: committed.get(uid, "unknown") for uid in uids} | self.moved
        return await self._source.file(uids)


async def test_a_message_is_moved_on_the_server_only_after_record_committed(house: House) -> None:
    contents = [bytes(Mail(message_id=f"{number}@example.com")) for number in range(3)]
    # One that is held, too.
    contents.append(b"Subject: x\r\n\r\nno sender\r\n")
    for content in contents:
        house.deliver(content)

    async with house.open() as running:
        source = Watched(running.source, house)
        running.intake = Intake(source, running.office, house.clock, max_message=30_000_000)
        assert await rounds.run_once(running)

    sizes = [len(content) for content in contents]
    assert source.moved == {
        1: f"recorded, {sizes[0]} octets",
        2: f"recorded, {sizes[1]} octets",
        3: f"recorded, {sizes[2]} octets",
        4: f"held, {sizes[3]} octets",
    }


# --- 2 ---------------------------------------------------------------------


async def test_the_ledger_is_unique_on_mailbox_uid_validity_and_uid_and_a_second_sight_does_nothing(
    house: House,
) -> None:
    house.more["MAILBOT_IMAP__PROCESSED_FOLDER"] = ""
    for number in range(3):
        house.deliver(Mail(message_id=f"{number}@example.com"))
    assert await house.round()
    before = len(house.sink.received)
    tables = (CaseRow, EventRow, OutboxRow)
    counts = [len(await house.rows(each)) for each in tables]

    for _ in range(3):
        assert await house.round()

    assert len(house.sink.received) == before
    assert counts == [len(await house.rows(each)) for each in tables]
    keys = Counter((row.mailbox, row.uid_validity, row.uid) for row in await house.rows(LedgerRow))
    assert set(keys.values()) == {1}
    with pytest.raises(sqlite3.IntegrityError):
        stored(
            house,
            "INSERT INTO ledger (mailbox, uid_validity, uid, received_at, attempts, state)"
            " SELECT mailbox, uid_validity, uid, received_at, attempts, state FROM ledger",
        )


# --- 3 ---------------------------------------------------------------------


async def test_the_outbox_holds_final_bytes_with_their_final_message_id_and_a_retry_sends_the_same(
    house: House,
) -> None:
    house.sink.cut("after-dot", recipient=JANE, times=4)
    house.deliver(Mail())
    await house.round()
    written = {row.id: (row.message_id, bytes(row.content)) for row in await house.rows(OutboxRow)}
    for _ in range(4):
        house.clock.move(minutes=20)
        await house.round()

    kept = {row.id: (row.message_id, bytes(row.content)) for row in await house.rows(OutboxRow)}
    assert kept == written
    sent = Counter(each.content for each in house.sink.received)
    assert set(sent) == {content for _, content in written.values()}
    assert max(sent.values()) > 1
    for message_id, content in written.values():
        assert content.count(f"\r\nMessage-ID: <{message_id}>\r\n".encode()) == 1


# --- 4 ---------------------------------------------------------------------


async def test_an_outbox_row_has_a_unique_key_and_what_is_said_once_is_said_once(
    house: House,
) -> None:
    await house.take_in(Mail())
    answer = an_answer(house.one("acknowledgement"), "One more thing.")
    await house.take_in(answer)

    keys = {row.template: row.key for row in await house.rows(OutboxRow)}
    assert keys["acknowledgement"] == f"1|acknowledgement|{JANE}"
    [row] = await house.rows(OutboxRow, template="customer-reply")
    assert row.key == f"1|customer-reply|{row.occasion}"
    columns = (
        "case_id, template, template_hash, to_staff, recipient, recipient_key, occasion, status,"
        " reason, attempts, created_at, content, key_id"
    )
    # The referee is the database: whoever wrote the row another time would be refused.
    with pytest.raises(sqlite3.IntegrityError, match="key"):
        stored(
            house,
            f"INSERT INTO outbox (key, message_id, nonce, recipient_name, alias, spent_why, reply,"
            f" copy_to, {columns}) SELECT key, 'other', 'other', '', '', '', '', '', {columns}"
            " FROM outbox WHERE template = 'acknowledgement'",
        )


# --- 5 ---------------------------------------------------------------------


class Honest:
    """
    A line to the server that looks into the database before every letter.
    """

    def __init__(self, channel: Channel, house: House) -> None:
        self._channel = channel
        self._house = house
        self.seen: list[tuple[object, ...]] = []

    async def connect(self) -> None:
        await self._channel.connect()

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        self.seen += stored(
            self._house,
            "SELECT attempts, next_attempt_at, status FROM outbox"
            f" WHERE message_id = '{id_of(content)}'",
        )
        return await self._channel.deliver(content, recipient)

    def cut(self) -> None:
        self._channel.cut()

    async def close(self) -> None:
        await self._channel.close()


async def test_claim_commits_attempts_and_the_next_attempt_before_any_network_call(
    house: House,
) -> None:
    house.deliver(Mail())
    async with house.open() as running:
        channel = Honest(running.couriers[0], house)
        running.delivery = Delivery([channel], running.office, house.clock)
        async with asyncio.timeout(LONGEST_ROUND):
            assert await rounds.run_once(running)

    assert len(channel.seen) == 3
    for attempts, next_at, status in channel.seen:
        assert (attempts, status) == (1, "queued")
        after_the_lease = datetime.fromisoformat(str(next_at)) - FRIDAY
        assert after_the_lease >= timedelta(minutes=5)


# --- 6 ---------------------------------------------------------------------


class NoPaper(Stationery):
    def render(self, template: str, facts: object) -> Rendered:
        raise ZeroDivisionError


async def test_a_deadline_is_settled_in_the_transaction_of_its_decision(house: House) -> None:
    await house.take_in(Mail())
    house.clock.at = NINE_ON_DAY_42
    async with house.open() as running:
        paper = object.__new__(NoPaper)
        paper.__dict__.update(running.office.stationery.__dict__)
        office = type(running.office)(**{**vars(running.office), "stationery": paper})
        running.scheduler = Scheduler(office, house.clock)
        await rounds.run_once(running)
        assert await StepRow.filter(done_at=None, at__lte=NINE_ON_DAY_42).exists()

    assert await house.round()

    assert not [row for row in await house.rows(StepRow, done_at=None) if row.at <= NINE_ON_DAY_42]
    assert len(house.sent("adr-rights")) == 1


async def test_decide_looks_first_whether_a_deadline_still_makes_sense(house: House) -> None:
    await house.take_in(Mail())
    async with house.open():
        await CaseRow.all().update(state=State.CLOSED)
    house.clock.at = NINE_ON_DAY_42
    before = len(house.sink.received)

    assert await house.round()

    assert templates(house.sink.received[before:]) == []
    assert not [row for row in await house.rows(StepRow, done_at=None) if row.at <= NINE_ON_DAY_42]


# --- 7 ---------------------------------------------------------------------


def test_decide_serves_intake_scheduler_and_delivery_alike() -> None:
    assert set(calls("decide")) == {Path("desk/consequences.py")}
    kinds = {each.__name__ for each in Trigger.__args__}
    assert {"CaseOpened", "ClockStruck", "LetterAccepted", "LetterFailed"} <= kinds
    assert decide.__annotations__["return"] is Decision
    assert decide.__annotations__["case"] is Case


# --- 8 ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "move"),
    [(state, move) for state in State for move in Move if (state, move) not in TRANSITIONS],
)
def test_state_follows_events_by_one_table_and_a_pair_that_is_missing_raises(
    state: State, move: Move
) -> None:
    with pytest.raises(IllegalMove):
        after(state, move)


# --- 9 ---------------------------------------------------------------------


async def test_every_branch_of_a_decision_returns_a_named_reason(house: House) -> None:
    await house.take_in(Mail())
    await house.take_in(an_answer(house.one("acknowledgement"), "One more thing."))
    await house.take_in(Mail(message_id="l@example.com", headers=(("List-Id", "<l.example>"),)))
    house.clock.at = NINE_ON_DAY_42
    assert await house.round()

    events = await house.rows(EventRow)
    assert [row.event for row in events if not row.reason] == []
    lines = [*house.logged("message_recorded"), *house.logged("deadline_settled")]
    assert [line for line in lines if not line.get("reason")] == []


def test_no_decision_is_written_without_its_reason() -> None:
    for path in sorted((PACKAGE / "cases").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Decision":
                named = {word.arg: word.value for word in node.keywords}
                assert "reason" in named, f"{path.name}:{node.lineno}"
                reason = named["reason"]
                is_empty = isinstance(reason, ast.Constant) and not reason.value
                assert not is_empty, f"{path.name}:{node.lineno}"


# --- 10 --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.1.1 no such user", "refused"),
        ("550 5.1.0 unknown", "deferred"),
        ("550 go away", "deferred"),
        ("554 5.7.1 policy", "deferred"),
        ("521 5.3.2 no mail here", "deferred"),
        ("599 9.9.9 never heard of", "deferred"),
        ("451 4.3.0 later", "deferred"),
    ],
)
async def test_unknown_failure_keeps_the_mail_and_only_the_recipients_own_no_is_final(
    house: House, reply: str, status: str
) -> None:
    house.sink.answer("RCPT", reply, recipient=JANE)
    house.deliver(Mail())
    await house.round()

    tried = [row for row in await house.rows(OutboxRow, recipient=JANE) if row.attempts]
    assert {row.status for row in tried} == {status}
    assert {row.next_attempt_at is None for row in tried} == {status == "refused"}


# --- 11 --------------------------------------------------------------------


async def test_there_is_one_way_for_mail_to_leave_the_outbox(house: House) -> None:
    await house.take_in(Mail())
    house.clock.at = NINE_ON_DAY_42
    assert await house.round()

    def octets(received: Received) -> bytes:
        return received.content

    rows = await house.rows(OutboxRow, status="sent")
    assert Counter(map(octets, house.sink.received)) == Counter(bytes(row.content) for row in rows)
    sent_by = {str(path) for path in calls("deliver") if "demo" not in path.parts}
    assert sent_by == {"workers/delivery.py"}
