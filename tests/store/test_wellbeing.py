"""
How mailbot is, as another process reads it from the database: each thing that the database
tells begins to be a reason and is over again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import connections

from mailbot.cases.decision import Event
from mailbot.cases.known.arrivals import ASKED_FOR_AGAIN
from mailbot.cases.known.clock import Doubt, Doubted
from mailbot.cases.known.known import IN_WORK
from mailbot.cases.letter_status import Paused
from mailbot.health.facts import Facts, Worker, last_round_at, part
from mailbot.health.reasons import Reason
from mailbot.health.rules import troubles
from mailbot.health.told import PARTS, Part, Told
from mailbot.letters.office import Office
from mailbot.monitoring.asking import facts_from_elsewhere, facts_here
from mailbot.settings import Settings
from mailbot.store import control, presence, query, standstill, wellbeing
from mailbot.store.database import database, transact
from mailbot.store.tables import CaseRow, ControlRow, HeldRow, OutboxRow, StepRow, WorkerRow
from mailbot.workers.holding import Holding
from tests.flow.house import FRIDAY, Mail, settings
from tests.servers.migrated import lay
from tests.store.desk import Desk

#: A Monday at noon, after the Friday on which Jane wrote.
NOON = FRIDAY.replace(day=23, hour=12, minute=0)
SAID = Event(name="mail_paused", cause="operations", reason="")

Act = Callable[["Asked"], Awaitable[object]]


class Asked:
    """
    A worker that is well, and a desk beside it.
    """

    def __init__(self, office: Office, settings: Settings) -> None:
        self.desk = Desk(office)
        self.settings = settings
        self.number = 0
        self.holds = True
        self.told = Told()
        self.now = NOON

    async def is_seen(self) -> None:
        self.number = self.number or await presence.enter("one", 11, self.now)
        rounds = {name: Part(last_round_at=self.now) for name in PARTS}
        told = replace(self.told, parts={**rounds, **self.told.parts})
        await presence.seen(self.number, self.now, told, holds_mailbox=self.holds)

    async def reasons(self) -> list[Reason]:
        return [each.reason for each in troubles(await facts_here(self.settings, self.now))]


@pytest.fixture
async def asked(office: Office, url: str, tmp_path: Path) -> Asked:
    one = Asked(office, settings(tmp_path, MAILBOT_DATABASE__URL=url))
    await one.desk.arrives(Mail())
    # What is due by itself is no matter here.
    await StepRow.all().delete()
    await one.is_seen()
    return one


def broken(name: str, **time: float) -> Act:
    async def breaks(of: Asked) -> None:
        since = of.now - timedelta(**time)
        of.told = Told(parts={name: Part(broken_since=since, fault="the connection was lost")})

    return breaks


def lasting(name: str) -> Act:
    async def lasts(of: Asked) -> None:
        of.told = Told(lasting={name: of.now - timedelta(minutes=11)})

    return lasts


def says(**what: Any) -> Act:
    async def tells(of: Asked) -> None:
        of.told = Told(**what)

    return tells


async def mended(of: Asked) -> None:
    of.told = Told()


def marked(name: str) -> Act:
    before = NOON - timedelta(hours=2)
    return lambda _: transact(lambda tx: standstill.mark(tx, name, {"to": "x"}, before))


def unmarked(name: str) -> Act:
    return lambda _: standstill.unmark(name)


async def is_away(of: Asked) -> None:
    of.now += timedelta(minutes=11)


async def comes_back(of: Asked) -> None:
    await of.is_seen()


async def let_go(of: Asked) -> None:
    of.holds = False
    of.told = Told(parts={"imap": Part(last_round_at=of.now - timedelta(hours=1))})


async def taken(of: Asked) -> None:
    of.holds, of.told = True, Told()


async def left_waiting(of: Asked) -> None:
    of.told = Told(oldest_waiting_at=of.now - timedelta(hours=1))
    await WorkerRow.all().update(started_at=of.now - timedelta(hours=1))


async def unsent(_: Asked) -> None:
    letters = OutboxRow.filter(template="acknowledgement")
    await letters.update(status="deferred", next_attempt_at=NOON)


async def sent(_: Asked) -> None:
    await OutboxRow.all().update(status="sent", next_attempt_at=None)


async def paused(of: Asked) -> None:
    await control.pause(Paused.AUTOMATIC, SAID, of.now - timedelta(hours=25))


async def resumed(of: Asked) -> None:
    await control.pause(Paused.NOTHING, SAID, of.now)


async def due(of: Asked) -> None:
    await StepRow.create(
        case_id=1, promise="answer", number=1, does="due", at=of.now - timedelta(minutes=11)
    )


async def struck(of: Asked) -> None:
    await StepRow.all().update(done_at=of.now)


async def doubted(of: Asked) -> None:
    said = Doubted(doubt=Doubt.BEHIND, believed_at=of.now, doubted_at=of.now)
    await control.doubt(said)


async def believed(of: Asked) -> None:
    await control.believe(of.now)


def held(reason: str) -> Act:
    async def holds(of: Asked) -> None:
        await of.desk.arrives(Mail(message_id="form@forms.example.net"))
        await HeldRow.create(message_id=2, at=of.now - timedelta(days=9), reason=reason)

    return holds


async def decided(of: Asked) -> None:
    await HeldRow.all().update(resolved_at=of.now)
    await StepRow.all().delete()


async def left_behind(_: Asked) -> None:
    await CaseRow.all().update(handler_email="somebody.who.left@example.com")


async def given_to_somebody(of: Asked) -> None:
    [handler, *_] = of.settings.people.handlers
    await CaseRow.all().update(handler_email=handler.email.lower())


async def key_gone(of: Asked) -> None:
    of.settings.service.token_key_file.rename(of.settings.service.token_key_file.with_suffix(".x"))


async def key_back(of: Asked) -> None:
    of.settings.service.token_key_file.with_suffix(".x").rename(of.settings.service.token_key_file)


WAYS: dict[str, tuple[Reason, Act, Act]] = {
    "moved": (Reason.DATABASE_MOVED, marked(standstill.MOVED), unmarked(standstill.MOVED)),
    "restored": (Reason.NOT_CAUGHT_UP, marked(standstill.RESTORED), unmarked(standstill.RESTORED)),
    "being filled": (Reason.NOT_CAUGHT_UP, marked(standstill.MOVING), unmarked(standstill.MOVING)),
    "a copy": (Reason.COPY, lasting("another_host"), mended),
    "no key": (Reason.TOKEN_KEY_MISSING, key_gone, key_back),
    "nobody": (Reason.NOBODY_AT_WORK, is_away, comes_back),
    "no holder": (Reason.MAILBOX_NOT_HELD, let_go, taken),
    "imap": (Reason.IMAP_FAILING, broken("imap", minutes=11), mended),
    "smtp": (Reason.SMTP_FAILING, broken("smtp", minutes=11), mended),
    "clock": (Reason.CLOCK_FAILING, broken("clock", minutes=11), mended),
    "folder": (Reason.FOLDER_FAILING, broken("sent_folder", hours=2), mended),
    "waiting": (Reason.MAIL_WAITS, left_waiting, mended),
    "unsent": (Reason.PROMISED_MAIL_UNSENT, unsent, sent),
    "refused": (Reason.DELIVERY_REFUSED, lasting("delivery_refused"), mended),
    "paused": (Reason.PAUSED, paused, resumed),
    "due": (Reason.DEADLINE_NOT_STRUCK, due, struck),
    "doubted": (Reason.CLOCK_DOUBTED, doubted, believed),
    "full": (Reason.MAILBOX_FULL, says(space_share=0.0), mended),
    "clocks": (Reason.CLOCK_DIFFERS, says(clocks={"mail server": 3600}), mended),
    "digests": (Reason.DIGESTS_FAILED, lasting("digests_failed"), mended),
    "held": (Reason.HELD_TOO_LONG, held("unreadable"), decided),
    "set aside": (Reason.SET_ASIDE_TOO_LONG, held("not_handed_out"), decided),
    "token": (Reason.REFRESH_TOKEN_NOT_KEPT, lasting("refresh_token_not_kept"), mended),
    "people": (Reason.PEOPLE_NOT_READ, lasting("people_not_read"), mended),
    "left behind": (Reason.CASES_LEFT_BEHIND, left_behind, given_to_somebody),
}


#: What each engine has to answer in its own way is asked of both.
OF_BOTH = ("nobody", "unsent", "paused", "due", "held", "set aside", "left behind")


@pytest.mark.parametrize(
    ("url", "way"),
    [*(("sqlite", each) for each in WAYS), *(("postgres", each) for each in OF_BOTH)],
    indirect=["url"],
)
async def test_what_the_database_tells_begins_and_is_over_for_whoever_asks(
    asked: Asked, way: str
) -> None:
    reason, begins, ends = WAYS[way]
    assert await asked.reasons() == []

    await begins(asked)
    if way != "nobody":
        await asked.is_seen()
    # What a letter or a message that is recorded now sets in motion is no matter here.
    await StepRow.filter(promise__not="answer").delete()
    assert await asked.reasons() == [reason]

    await ends(asked)
    await asked.is_seen()
    assert await asked.reasons() == []


async def test_a_database_that_takes_no_writes_is_told(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    async with database(migrated_postgres_url):
        assert (await wellbeing.memory(NOON)).is_writable
        name = migrated_postgres_url.rpartition("/")[2].partition("?")[0]
        change = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
        await connections.get("default").execute_query(change)
    ours = settings(tmp_path, MAILBOT_DATABASE__URL=migrated_postgres_url)

    found = troubles(await facts_from_elsewhere(ours, NOON))

    assert Reason.DATABASE_READ_ONLY in {each.reason for each in found}


async def test_a_database_that_is_away_is_told_with_what_to_do(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    none = troubles(await facts_from_elsewhere(ours, NOON))
    (tmp_path / "mailbot.sqlite3").write_bytes(b"no database at all, and long enough to be one" * 9)
    broken_file = troubles(await facts_from_elsewhere(ours, NOON))
    (tmp_path / "mailbot.sqlite3").unlink()
    lay(tmp_path)
    there = troubles(await facts_from_elsewhere(ours, NOON))

    [first], [second] = none, broken_file
    assert first.reason is second.reason is Reason.DATABASE_UNREACHABLE
    assert "mailbot run makes it" in first.sentence
    assert "file is not a database" in second.sentence
    assert [each.reason for each in there] == [Reason.NOBODY_AT_WORK]


# --- workers come and go ------------------------------------------------------------


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
async def test_who_has_a_full_mailbox_of_their_own_is_no_matter_of_the_night(asked: Asked) -> None:
    await unsent(asked)
    for reason in (
        "RCPT answered 552 5.2.2 (mailbox full): the recipient's",
        "RCPT answered 452 4.2.2 (mailbox full): the recipient's",
    ):
        await OutboxRow.filter(status="deferred").update(reason=reason)
        memory = await wellbeing.memory(NOON)
        assert (memory.promised.count, memory.kept_out.count) == (0, 1)
        assert await asked.reasons() == []
        assert not await query.overdue_letters(asked.now - timedelta(hours=1))
    for reason in (
        "RCPT answered 550: the recipient's, as it seems",
        "",
        "DATA answered 451: for now",
    ):
        await OutboxRow.filter(status="deferred").update(reason=reason)
        assert await asked.reasons() == [Reason.PROMISED_MAIL_UNSENT]
        assert await query.overdue_letters(asked.now - timedelta(hours=1)) == 1


def only_worker(facts: Facts) -> Worker:
    assert facts.memory
    [one] = facts.memory.workers
    return one


async def test_who_leaves_leaves_when_the_last_rounds_were(asked: Asked) -> None:
    await asked.is_seen()
    worker = only_worker(await facts_here(asked.settings, asked.now))
    assert (worker.host, worker.pid, worker.holds_mailbox) == ("one", 11, True)

    await presence.leave(asked.number, worker.told)

    memory = await wellbeing.memory(NOON)
    assert memory.workers == []
    assert last_round_at(memory, asked.now) == NOON
    assert not await ControlRow.filter(name=presence.told_by(asked.number)).exists()


async def test_a_worker_that_never_did_a_part_takes_no_round_of_another_away(
    office: Office,
) -> None:
    earlier, later = NOON - timedelta(hours=1), NOON
    holder = Told(parts={"imap": Part(last_round_at=earlier), "smtp": Part(last_round_at=earlier)})
    other = Told(parts={"smtp": Part(last_round_at=later)})

    await presence.ended_rounds(holder)
    await presence.ended_rounds(other)

    memory = await wellbeing.memory(NOON)
    assert part(memory, "imap", NOON).last_round_at == earlier
    assert part(memory, "smtp", NOON).last_round_at == later


async def test_what_a_forgotten_worker_said_is_forgotten_with_it(office: Office) -> None:
    long_ago: datetime = NOON - timedelta(days=8)
    gone = await presence.enter("gone", 1, long_ago)
    await presence.seen(gone, long_ago, Told(oldest_waiting_at=long_ago), holds_mailbox=True)

    await presence.enter("one", 2, NOON)

    assert [each.host for each in (await wellbeing.memory(NOON)).workers] == ["one"]
    assert not await ControlRow.filter(name=presence.told_by(gone)).exists()


# --- what a life of weeks leaves --------------------------------------------------------


async def test_weeks_of_a_case_leave_nothing_that_somebody_has_to_do(asked: Asked) -> None:
    """
    What is done by itself, and what a handler leaves undone, is no matter for operations.
    """
    await asked.desk.arrives(Mail(message_id="second@example.com", sender="Ann <ann@example.org>"))
    for number in range(3, 60, 4):
        asked.now = asked.desk.day(number)
        await asked.desk.until(asked.now)
        await asked.is_seen()

        assert await asked.reasons() == [], asked.now


def test_what_is_set_aside_is_what_is_asked_for_again() -> None:
    assert {each.value for each in ASKED_FOR_AGAIN} == wellbeing.SET_ASIDE
    assert wellbeing.IN_WORK == IN_WORK


# --- how much there is --------------------------------------------------------------


async def test_what_is_in_work_is_counted(asked: Asked) -> None:
    assert await wellbeing.cases_in_work() == {"open": 1}
    promises = await wellbeing.promises_in_work()
    assert promises["acknowledge", "met"] == promises["adr_rights", "open"] == 1
    assert await wellbeing.promises_overdue(NOON) == {}
    assert await wellbeing.promises_overdue(NOON + timedelta(days=60)) == {
        name: 1 for name, state in promises if state == "open"
    }
    assert await wellbeing.letters_underway() == {}

    await unsent(asked)
    await CaseRow.all().update(state="closed")

    assert await wellbeing.letters_underway() == {"deferred": 1}
    assert await wellbeing.cases_in_work() == {}
    assert await wellbeing.promises_in_work() == {}


async def test_a_worker_that_was_forgotten_is_at_work_again(office: Office) -> None:
    now = NOON
    worker = Holding(lambda: now)
    await worker.beat()

    now += timedelta(days=8)
    another = await presence.enter("another", 12, now)
    assert [each.id for each in await presence.at_work(now)] == [another]
    for _ in range(2):
        await worker.beat()

    assert len(await presence.at_work(now)) == 2
    await worker.leave()
    assert [each.id for each in await presence.at_work(now)] == [another]
