"""
Two workers at the same thing on one PostgreSQL, step by step: the first has decided and not yet
kept when the second comes. Whatever the order, the end is one that they could have had one after
the other.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from mailbot import service
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.known.arrivals import Arrival, Attempt, Sight
from mailbot.cases.known.questions import Asks, Question
from mailbot.desk.letter_outcomes import Delivered
from mailbot.letters.office import Office
from mailbot.mail.outcome import Sent
from mailbot.mail.reading.parse import parse
from mailbot.store import keep_decided, ledger, outbox
from mailbot.store.database import Tx, database, transact
from mailbot.store.holding import NOBODY, AdvisoryLock, MailboxTaken
from mailbot.store.own_session import OwnSession
from mailbot.store.tables import (
    CaseRow,
    HeldRow,
    LedgerRow,
    MessageRow,
    OutboxRow,
    StepRow,
)
from mailbot.workers import orders, record, transaction
from mailbot.workers.reading import Reader
from tests.flow.house import FRIDAY, Mail, settings
from tests.flow.test_automatic import bounce
from tests.store.desk import LEASE, REFERENCE, Desk, settled

Work = Callable[[], Awaitable[object]]

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
LATER = FRIDAY + timedelta(days=43)


@pytest.fixture
async def office(migrated_postgres_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with database(migrated_postgres_url):
        yield await service.office(settings(tmp_path, MAILBOT_DATABASE__URL=migrated_postgres_url))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
async def interleaved(
    migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[Work, Work], Awaitable[list[object]]]]:
    """
    Does the first work until it has decided, the second until it waits for the first or has
    ended, and then both to their ends; returns what they returned or raised.
    """
    beside = await asyncpg.connect(migrated_postgres_url)
    keep = keep_decided.keep

    async def both(first: Work, second: Work) -> list[object]:
        decided, go_on = asyncio.Event(), asyncio.Event()

        async def gated(tx: Tx, *given: Any) -> None:
            if not decided.is_set():
                decided.set()
                await go_on.wait()
            await keep(tx, *given)

        monkeypatch.setattr(transaction, "keep", gated)
        async with asyncio.timeout(30):
            one = asyncio.ensure_future(first())
            await decided.wait()
            other = asyncio.ensure_future(second())
            while not other.done() and not await beside.fetchval(_WAITING):
                await asyncio.sleep(0.01)
            go_on.set()
            return list(await asyncio.gather(one, other, return_exceptions=True))

    yield both
    await beside.close()


def either_first(one: Work, other: Work, is_swapped: bool) -> tuple[Work, Work]:
    return (other, one) if is_swapped else (one, other)


async def begun(uid: int, mail: Mail | bytes, *, holder: int | None = None) -> Arrival:
    seen = Sight("INBOX", 7, uid, FRIDAY)
    [attempt] = (await ledger.begin_first([seen], holder=holder)).values()
    return arrived(attempt, bytes(mail))


def arrived(attempt: Attempt, content: bytes) -> Arrival:
    return Arrival(attempt=attempt, content=content, message=parse(content, received_at=FRIDAY))


def taking(arrival: Arrival, office: Office, *, holder: int | None = None) -> Work:
    return lambda: record.message(arrival, office, FRIDAY, holder=holder)


def ordering(text: str, office: Office, at: Any = LATER) -> Work:
    ordered = parse_commands(text, Reckoning(at, office.firm.calendar))
    return lambda: orders.commands(REFERENCE, ordered, "Olwen", office, at)


async def unique_and_sound() -> None:
    """
    Whatever happened: nothing is there twice, and no promise of a closed case is open.
    """
    occasions = Counter(
        (row.case_id, row.template, row.recipient, row.occasion) for row in await OutboxRow.all()
    )
    assert max(occasions.values(), default=1) == 1


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_two_messages_of_one_case_at_two_workers(
    desk: Desk, interleaved: Any, is_swapped: bool
) -> None:
    await desk.arrives(Mail())
    answers = [await desk.answer_to("acknowledgement", text) for text in ("One.", "Two.")]
    works = [
        taking(await begun(100 + number, each), desk.office) for number, each in enumerate(answers)
    ]

    done = await interleaved(*either_first(works[0], works[1], is_swapped))

    assert {getattr(each, "case", each) for each in done} == {REFERENCE}
    assert await CaseRow.all().count() == 1
    assert await MessageRow.filter(case_id=1).count() == 3
    assert (await desk.case()).revision >= 2
    # Each of them is told to the handler.
    assert await OutboxRow.filter(template="customer-reply").count() == 2
    await unique_and_sound()


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_a_command_that_closes_beside_a_deadline_that_is_due(
    desk: Desk, interleaved: Any, is_swapped: bool
) -> None:
    await desk.arrives(Mail())
    desk.now = LATER
    striking: Work = lambda: record.clock(1, desk.office, LATER)  # noqa: E731
    closing = ordering("#close phone Jane Doe, today 9:00", desk.office)

    await interleaved(*either_first(striking, closing, is_swapped))
    await desk.strike()

    rights = await OutboxRow.filter(template="adr-rights").count()
    assert rights == (0 if is_swapped else 1), await desk.letters(to_staff=False)
    assert not await StepRow.filter(case_id=1, done_at=None, at__lte=LATER).count()
    assert "open" not in await desk.states("adr-rights")
    await unique_and_sound()


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_a_bounce_beside_the_settling_of_what_came_back(
    office: Office, interleaved: Any, is_swapped: bool
) -> None:
    first = await begun(1, Mail())
    await record.message(first, office, FRIDAY)
    claimed = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    letter = next(each for each in claimed if each.template == "acknowledgement")
    delivered = Delivered(letter=letter, result=Sent("250 ok"), at=FRIDAY, next_at=None)
    came_back = taking(await begun(2, bounce(letter.message_id)), office)

    done = await interleaved(
        *either_first(lambda: settled(delivered, office), came_back, is_swapped)
    )

    assert not [each for each in done if isinstance(each, Exception)]
    row = await OutboxRow.get(id=letter.id)
    assert (row.status, row.claimed_until) == ("bounced", None)
    # Who sees to it is told.
    assert await OutboxRow.filter(template="task").count() == 1
    await unique_and_sound()


async def test_two_schedulers_at_the_same_fifty_cases(desk: Desk, interleaved: Any) -> None:
    for number in range(50):
        await record.message(
            await begun(
                number + 1,
                Mail(sender=f"c{number}@example.com", message_id=f"c{number}@example.com"),
            ),
            desk.office,
            FRIDAY,
        )
    serials = list(range(1, 51))

    def at_all() -> Awaitable[object]:
        return record.deadlines(serials, desk.office, LATER)

    first, second = await interleaved(at_all, at_all)

    assert {each.reason for each in second} == {record.IN_ANOTHERS_HAND.reason}
    assert record.IN_ANOTHERS_HAND not in first
    assert await OutboxRow.filter(template="adr-rights").count() == 50
    assert not await StepRow.filter(done_at=None, at__lte=LATER).count()
    await unique_and_sound()


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_two_at_one_held_message(desk: Desk, interleaved: Any, is_swapped: bool) -> None:
    await desk.arrives(Mail(headers=(("List-Id", "<users.example.org>"),)))
    [held] = await HeldRow.all()
    reader = Reader(desk.office, lambda: FRIDAY)

    def release() -> Awaitable[object]:
        return reader.retry(held.id, Vouched(by="Olwen"))

    def reject() -> Awaitable[object]:
        return orders.reject(held.id, "Rhian", desk.office, FRIDAY)

    await interleaved(*either_first(release, reject, is_swapped))

    await held.refresh_from_db()
    assert held.resolved_at is not None
    assert await CaseRow.all().count() == (0 if is_swapped else 1)
    await unique_and_sound()


async def test_a_letter_that_is_being_sent_is_in_one_hand_though_an_operator_wants_it_sent(
    desk: Desk,
) -> None:
    await record.message(await begun(1, Mail()), desk.office, FRIDAY)
    claimed = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    letter = claimed[0]

    assert await outbox.retry_now(letter.id, FRIDAY)

    assert letter.id not in {each.id for each in await outbox.claim(FRIDAY, limit=10, lease=LEASE)}
    delivered = Delivered(letter=letter, result=Sent("250 ok"), at=FRIDAY, next_at=None)
    assert await settled(delivered, desk.office) == "sent"


@pytest.mark.parametrize("knows_it", [False, True])
async def test_a_holder_that_wakes_up_in_the_middle_of_a_batch_writes_nothing(
    desk: Desk, knows_it: bool
) -> None:
    first, second = AdvisoryLock(OwnSession()), AdvisoryLock(OwnSession())
    before = await first.take(FRIDAY)
    arrival = await begun(1, Mail(), holder=before)
    # It sleeps so long that its session is ended, and another comes.
    await first.give_up()
    after = await second.take(FRIDAY)

    mine = NOBODY if knows_it else before
    with pytest.raises(MailboxTaken):
        await record.message(arrival, desk.office, FRIDAY, holder=mine)
    with pytest.raises(MailboxTaken):
        await ledger.failed(arrival.attempt, holder=mine)
    with pytest.raises(MailboxTaken):
        await ledger.begin_first([replace(arrival.attempt.sight, uid=2)], holder=mine)
    assert (await CaseRow.all().count(), await OutboxRow.all().count()) == (0, 0)

    again = await ledger.begin_again(arrival.attempt.sight, holder=after)
    assert again
    assert again.number == 1
    await record.message(arrived(again, bytes(Mail())), desk.office, FRIDAY, holder=after)
    [row] = await LedgerRow.all()
    assert (row.state, row.attempts) == ("recorded", 1)
    assert await CaseRow.all().count() == 1
    await second.give_up()


async def test_two_that_wait_for_each_others_cases_are_both_done_and_neither_is_a_defect(
    desk: Desk,
) -> None:
    await desk.arrives(Mail())
    await desk.arrives(Mail(sender="bob@example.com", message_id="bobs@example.com"))
    have = {1: asyncio.Event(), 2: asyncio.Event()}

    def asks(one: int, other: int) -> Awaitable[object]:
        async def work(tx: Tx) -> object:
            await tx.execute_query("SET LOCAL deadlock_timeout = '50ms'")
            sitting = await transaction.sit(tx, desk.office, FRIDAY, [Question(Asks.CASE, one)])
            have[one].set()
            await have[other].wait()
            return await sitting.try_to(lambda turn: turn.known.need(Asks.CASE, other), FRIDAY)

        return transact(work)

    async with asyncio.timeout(30):
        assert [*await asyncio.gather(asks(1, 2), asks(2, 1))] == [None, None]


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_a_question_that_is_made_pointless_while_it_leaves_has_left(
    desk: Desk, interleaved: Any, is_swapped: bool
) -> None:
    await desk.arrives(Mail())
    desk.now = FRIDAY.replace(day=25, hour=9, minute=0)
    await record.clock(1, desk.office, desk.now)
    [letter] = [
        each
        for each in await outbox.claim(desk.now, limit=10, lease=LEASE)
        if each.template == "follow-up"
    ]
    sent = Delivered(letter=letter, result=Sent("250 ok"), at=desk.now, next_at=None)

    agrees = ordering("#contact 26/11 14:00", desk.office, desk.now)
    await interleaved(*either_first(agrees, lambda: settled(sent, desk.office), is_swapped))

    row = await OutboxRow.get(id=letter.id)
    assert (row.status, row.claimed_until) == ("sent", None)
    assert row.accepted_at == desk.now


@pytest.mark.parametrize("is_swapped", [False, True])
async def test_a_letter_that_leaves_while_its_address_is_corrected_went_to_the_old_one(
    desk: Desk, interleaved: Any, is_swapped: bool
) -> None:
    await desk.arrives(Mail())
    await OutboxRow.filter(template="acknowledgement").update(
        template="correction", status="queued", next_attempt_at=FRIDAY
    )
    [letter] = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    sent = Delivered(letter=letter, result=Sent("250 ok"), at=FRIDAY, next_at=None)

    corrects = ordering("#correct email jane@elsewhere.example", desk.office, FRIDAY)
    await interleaved(*either_first(corrects, lambda: settled(sent, desk.office), is_swapped))

    row = await OutboxRow.get(id=letter.id)
    assert (row.status, row.recipient) == ("sent", "jane@example.com")
