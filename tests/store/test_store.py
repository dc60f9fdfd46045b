"""
The database is the referee, on SQLite and on PostgreSQL alike.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError

from mailbot.cases.known.arrivals import Arrival, Attempt, LedgerState, Sight
from mailbot.cases.known.claimed import Claimed
from mailbot.cases.letter_status import Paused, Status
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.recorded import Recorded
from mailbot.letters.office import Office
from mailbot.letters.stationery import Rendered, Stationery
from mailbot.mail.outcome import Deferred, Outcome, Sent
from mailbot.mail.reading.parse import parse
from mailbot.store import control, ledger, outbox, query
from mailbot.store.database import Tx, database, transact
from mailbot.store.tables import (
    CaseRow,
    Content,
    EventRow,
    LedgerRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    StepRow,
)
from mailbot.workers import orders, record
from tests.flow.house import FRIDAY, JANE, Clock, Mail
from tests.store import desk

LEASE = timedelta(minutes=10)


def sight(uid: int = 1, uid_validity: int = 7) -> Sight:
    return Sight("INBOX", uid_validity, uid, FRIDAY)


async def begin(seen: Sight) -> Attempt | None:
    """
    One more attempt, as intake counts it.
    """
    first = await ledger.begin_first([seen])
    return first.get(seen.uid) or await ledger.begin_again(seen)


async def begun(uid: int = 1) -> Attempt:
    attempt = await begin(sight(uid))
    assert attempt
    return attempt


async def settled(
    letter: Claimed, result: Outcome, office: Office, at: datetime, next_at: datetime | None = None
) -> str:
    """
    The status of a letter once that outcome is recorded.
    """
    delivered = Delivered(letter=letter, result=result, at=at, next_at=next_at)
    return await desk.settled(delivered, office)


def an_arrival(attempt: Attempt, mail: Mail | None = None) -> Arrival:
    content = bytes(mail or Mail())
    return Arrival(attempt=attempt, content=content, message=parse(content, received_at=FRIDAY))


async def recorded(office: Office, uid: int = 1, mail: Mail | None = None) -> Recorded:
    return await record.message(an_arrival(await begun(uid), mail), office, FRIDAY)


def from_number(number: int) -> Mail:
    return Mail(sender=f"jane{number}@example.com", message_id=f"m{number}@example.com")


# --- the ledger ------------------------------------------------------------


async def test_the_ledger_is_unique_on_mailbox_uid_validity_and_uid(office: Office) -> None:
    await begun()

    with pytest.raises(IntegrityError):
        await LedgerRow.create(
            mailbox="INBOX",
            uid_validity=7,
            uid=1,
            received_at=FRIDAY,
            state=LedgerState.BEGUN,
        )
    assert await begin(sight(uid_validity=8))


async def test_a_second_sight_does_nothing(office: Office) -> None:
    first = await begun()
    second = await begun()
    assert (first.number, second.number) == (1, 1)

    assert (await record.message(an_arrival(first), office, FRIDAY)).reason == "case_opened"
    before = [await table.all().count() for table in (CaseRow, MessageRow, OutboxRow, EventRow)]
    again = await record.message(an_arrival(second), office, FRIDAY)

    assert again.reason == "already_ours"
    assert await begin(sight()) is None
    assert before == [
        await table.all().count() for table in (CaseRow, MessageRow, OutboxRow, EventRow)
    ]


async def test_every_attempt_of_a_message_alone_is_counted_before_it_is_read(
    office: Office,
) -> None:
    # The first one was among others, any of which may have ended it.
    assert [(await begun()).number for _ in range(4)] == [1, 1, 2, 3]


async def test_an_attempt_that_failed_among_others_is_counted_afterwards(office: Office) -> None:
    await ledger.failed(await begun())

    assert (await begun()).number == 2


async def test_an_attempt_that_the_server_did_not_live_to_see_is_given_back(
    office: Office,
) -> None:
    await begun()
    await ledger.give_back(await begun())

    assert (await begun()).number == 1


async def test_two_workers_that_begin_the_same_message_at_once_both_get_an_attempt(
    office: Office,
) -> None:
    attempts = await asyncio.gather(*(begin(sight()) for _ in range(8)))

    assert sorted(each.number for each in attempts if each) == [1, *range(1, 8)]
    assert await LedgerRow.all().count() == 1


async def test_two_workers_that_record_the_same_message_at_once_record_it_once(
    office: Office,
) -> None:
    attempts = [await begun() for _ in range(6)]

    results = await asyncio.gather(
        *(record.message(an_arrival(each), office, FRIDAY) for each in attempts)
    )

    assert Counter(each.reason for each in results) == {"case_opened": 1, "already_ours": 5}
    assert await CaseRow.all().count() == 1
    assert await OutboxRow.all().count() == 3


async def test_more_can_be_put_away_at_once_than_a_statement_has_parameters(
    office: Office,
) -> None:
    await recorded(office)
    row = await LedgerRow.get()

    await ledger.filed([*range(row.id + 1, row.id + 40_000), row.id], FRIDAY)
    await row.refresh_from_db()
    assert row.filed_at == FRIDAY


async def test_a_message_that_vanished_before_it_was_ours_is_noticed_once(office: Office) -> None:
    await begun(1)
    await begun(2)
    await recorded(office, 3)

    assert await ledger.begun("INBOX", 7) == [1, 2]
    assert await ledger.gone("INBOX", 7, [1, 3]) == 1
    assert await ledger.gone("INBOX", 7, [1, 3]) == 0
    assert await ledger.begun("INBOX", 7) == [2]


async def test_a_message_that_had_vanished_and_is_there_again_is_begun_again(
    office: Office,
) -> None:
    await begun(1)
    await ledger.gone("INBOX", 7, [1])

    assert (await begun(1)).number == 1
    assert await ledger.begun("INBOX", 7) == [1]


# --- one transaction -------------------------------------------------------


async def test_octets_case_promises_events_and_letters_are_one_commit(office: Office) -> None:
    class OutOfPaper(Exception):  # noqa: N818
        pass

    class TwoSheets(Stationery):
        def __init__(self) -> None:
            self.left = 2

        def fingerprint(self, template: str) -> str:
            return office.stationery.fingerprint(template)

        def render(self, template: str, facts: Mapping[str, object]) -> Rendered:
            if not self.left:
                raise OutOfPaper
            self.left -= 1
            return office.stationery.render(template, facts)

    failing = replace(office, stationery=TwoSheets())
    attempt = await begun()

    with pytest.raises(OutOfPaper):
        await record.message(an_arrival(attempt), failing, FRIDAY)

    for table in (Content, MessageRow, CaseRow, ObligationRow, StepRow, EventRow, OutboxRow):
        assert await table.all().count() == 0
    assert (await LedgerRow.get()).state == LedgerState.BEGUN
    assert (await recorded(office)).reason == "case_opened"


async def test_a_message_that_the_database_refuses_goes_alone_and_stops_no_other(
    office: Office,
) -> None:
    arrivals = [an_arrival(await begun(uid), from_number(uid)) for uid in (1, 2, 3)]
    # Its row of the ledger is no row of the database's.
    nowhere = replace(arrivals[1].attempt, ledger_id=2**70)
    arrivals[1] = replace(arrivals[1], attempt=nowhere)

    batch = [record.incoming(each, office, FRIDAY) for each in arrivals]
    before, broken, after = await record.messages(batch, office)

    assert isinstance(broken, Exception)
    assert [each.reason for each in (before, after) if isinstance(each, Recorded)] == [
        "case_opened",
        "case_opened",
    ]
    assert await MessageRow.all().count() == await CaseRow.all().count() == 2


async def test_what_follows_from_a_complaint_is_stored_with_it(office: Office) -> None:
    await recorded(office)

    assert {each.promise for each in await ObligationRow.all()} == {
        "acknowledge",
        "introduce",
        "agree_contact",
        "adr_rights",
    }
    assert await query.due(FRIDAY) == []
    assert await query.due(FRIDAY + timedelta(days=60)) == [1]
    assert {each.template for each in await OutboxRow.all()} == {
        "acknowledgement",
        "introduction",
        "assignment",
    }
    assert {each.event for each in await EventRow.filter(case_id=1)} == {"case_opened", "assigned"}


async def test_a_deadline_is_settled_in_the_transaction_of_its_decision(office: Office) -> None:
    await recorded(office)
    later = FRIDAY + timedelta(days=43)

    results = await asyncio.gather(*(record.clock(1, office, later) for _ in range(4)))

    # On PostgreSQL a case that somebody has in hand is left to them.
    assert sum(each.reason in {"nothing_due", "in_anothers_hand"} for each in results) == 3
    assert await OutboxRow.filter(template="adr-rights").count() == 1
    assert await StepRow.filter(done_at=None, at__lte=later).count() == 0


async def test_cases_opened_at_once_get_serials_of_their_own(office: Office) -> None:
    attempts = [await begun(uid) for uid in range(1, 9)]

    async def one(attempt: Attempt) -> str:
        arrival = an_arrival(attempt, from_number(attempt.sight.uid))
        return (await record.message(arrival, office, FRIDAY)).case

    cases = await asyncio.gather(*(one(each) for each in attempts))

    assert len(set(cases)) == len(cases) == 8


# --- the outbox ------------------------------------------------------------


async def test_an_outbox_row_has_a_unique_key(office: Office) -> None:
    await recorded(office)
    row = await OutboxRow.get(template="acknowledgement")
    assert row.key == f"1|acknowledgement|{JANE}"

    with pytest.raises(IntegrityError):
        await OutboxRow.create(
            **{
                **{name: getattr(row, name) for name in row._meta.db_fields - {"id"}},
                "message_id": "another@example.com",
                "nonce": "another",
            }
        )


async def test_claim_commits_attempt_and_lease_before_anything_is_sent(office: Office) -> None:
    await recorded(office)

    claimed = await outbox.claim(FRIDAY, limit=10, lease=LEASE)

    rows = await OutboxRow.all()
    assert {each.attempts for each in rows} == {1} == {each.attempt for each in claimed}
    assert {each.next_attempt_at for each in rows} == {FRIDAY + LEASE}
    assert await outbox.claim(FRIDAY + LEASE - timedelta(seconds=1), limit=10, lease=LEASE) == []
    assert len(await outbox.claim(FRIDAY + LEASE, limit=10, lease=LEASE)) == 3


async def test_two_workers_never_claim_the_same_letter(office: Office) -> None:
    for uid in range(1, 9):
        await recorded(office, uid, from_number(uid))

    claims = await asyncio.gather(*(outbox.claim(FRIDAY, limit=5, lease=LEASE) for _ in range(8)))

    more = [each for claim in claims for each in claim]
    ids = [each.id for each in more]
    assert len(ids) == len(set(ids))
    while more:
        for each in more:
            await settled(each, Sent("250 Ok"), office, FRIDAY)
        more = await outbox.claim(FRIDAY, limit=5, lease=LEASE)
        ids += [each.id for each in more]
    assert sorted(ids) == sorted([row.id for row in await OutboxRow.all()])
    assert {row.attempts for row in await OutboxRow.all()} == {1}


async def test_letters_of_a_case_to_one_reader_are_never_in_two_hands(office: Office) -> None:
    await recorded(office)
    [first] = await outbox.claim(FRIDAY, limit=1, lease=LEASE)
    assert first.template == "acknowledgement"

    others = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    assert {each.template for each in others} == {"assignment"}
    await settled(first, Sent("250 Ok"), office, FRIDAY)

    [introduction] = await outbox.claim(FRIDAY, limit=10, lease=LEASE)
    assert introduction.template == "introduction"


async def test_the_settling_of_a_stale_claim_does_nothing(office: Office) -> None:
    await recorded(office)
    [stale] = await outbox.claim(FRIDAY, limit=1, lease=LEASE)
    later = FRIDAY + LEASE
    [fresh] = [
        each for each in await outbox.claim(later, limit=3, lease=LEASE) if each.id == stale.id
    ]

    late = await settled(stale, Deferred("for now"), office, later, later)
    assert late == "claimed_by_another"
    row = await OutboxRow.get(id=stale.id)
    assert (row.status, row.attempts) == (Status.QUEUED, 2)

    assert await settled(fresh, Sent("250 Ok"), office, later) == "sent"
    assert (await OutboxRow.get(id=stale.id)).status == Status.SENT


async def test_a_letter_that_was_sent_keeps_its_promise_in_the_same_commit(office: Office) -> None:
    await recorded(office)
    for each in await outbox.claim(FRIDAY, limit=10, lease=LEASE):
        await settled(each, Sent("250 Ok"), office, FRIDAY)

    kept = await ObligationRow.filter(promise__in=["acknowledge", "introduce"])
    assert {each.state for each in kept} == {"met"}
    assert all(each.evidence for each in kept)


async def test_the_outbox_is_never_emptied_of_octets(office: Office) -> None:
    await recorded(office)
    before = {row.id: (row.message_id, bytes(row.content)) for row in await OutboxRow.all()}

    for number in range(3):
        now = FRIDAY + number * LEASE
        for each in await outbox.claim(now, limit=10, lease=LEASE):
            assert (each.message_id, bytes(each.content)) == before[each.id]
            await settled(each, Deferred("for now"), office, now, now + LEASE)

    after = {row.id: (row.message_id, bytes(row.content)) for row in await OutboxRow.all()}
    assert after == before


async def test_a_pause_is_remembered(office: Office, url: str) -> None:
    await orders.pause(Paused.AUTOMATIC, "a test", "tester", FRIDAY)
    assert await control.paused() is Paused.AUTOMATIC
    await orders.pause(Paused.NOTHING, "", "tester", FRIDAY)
    assert await control.paused() is Paused.NOTHING


async def test_a_transaction_that_fails_leaves_nothing(office: Office) -> None:
    async def work(tx: Tx) -> None:
        await EventRow.create(using_db=tx, at=FRIDAY, event="tried", cause="test")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await transact(work)
    assert await EventRow.all().count() == 0


async def test_a_transaction_goes_on_to_its_end_when_its_task_is_cancelled(
    office: Office,
) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Tx) -> None:
        await EventRow.create(using_db=tx, at=FRIDAY, event="entered", cause="test")
        entered.set()
        await go_on.wait()

    task = asyncio.create_task(transact(work))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()

    await transact(_nothing)
    assert await EventRow.all().count() == 1


async def _nothing(tx: Tx) -> None:
    await EventRow.filter(event="never").using_db(tx).update(reason="x")


async def test_a_database_that_is_there_opens_again_as_it_was(empty_url: str, clock: Clock) -> None:
    async with database(empty_url):
        await begun()
    async with database(empty_url):
        assert await LedgerRow.all().count() == 1
