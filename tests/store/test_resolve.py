"""
A person who looked says what became of a letter, and that is the end of the question.
"""

from datetime import timedelta

import pytest

from mailbot.cases.known.claimed import Claimed
from mailbot.desk.letter_outcomes import CLAIMED_BY_ANOTHER, Delivered, Statement, Word
from mailbot.letters.office import Office
from mailbot.mail.outcome import Outcome, Refused, Sent, Uncertain
from mailbot.store import outbox
from mailbot.store.tables import EventRow, ObligationRow, OutboxRow
from mailbot.workers.orders import resolve
from tests.flow.house import FRIDAY, JANE, Mail
from tests.statements import recorded
from tests.store.desk import LEASE, Desk, settled

LATER = FRIDAY + timedelta(hours=1)
UNKNOWN = Uncertain("inside the content: the connection was lost")


class Doubtful(Desk):
    """
    A desk whose mail to the customer ends as it is told.
    """

    ends: Outcome = UNKNOWN

    async def deliver(self) -> None:
        for letter in await outbox.claim(self.now, limit=100, lease=LEASE):
            result = self.ends if letter.recipient == JANE else Sent("250 ok")
            next_at = LATER if isinstance(result, Uncertain) else None
            delivered = Delivered(letter=letter, result=result, at=self.now, next_at=next_at)
            await settled(delivered, self.office)


async def a_doubt(office: Office, ends: Outcome = UNKNOWN) -> OutboxRow:
    """
    The acknowledgement of which nobody knows.
    """
    desk = Doubtful(office)
    desk.ends = ends
    await desk.arrives(Mail())
    return await acknowledgement()


async def acknowledgement() -> OutboxRow:
    return await OutboxRow.get(template="acknowledgement")


async def acknowledge() -> ObligationRow:
    return await ObligationRow.get(promise="acknowledge")


def says(row: OutboxRow, word: Word) -> Statement:
    return Statement(outbox_id=row.id, word=word, by="Olwen", reason="the relay's log")


async def test_an_uncertain_letter_that_a_person_says_was_sent_keeps_its_promise(
    office: Office,
) -> None:
    row = await a_doubt(office)
    assert (row.status, (await acknowledge()).state) == ("uncertain", "open")

    assert await resolve(says(row, Word.SENT), office, LATER)

    row = await acknowledgement()
    assert (row.status, row.next_attempt_at, row.reply) == (
        "sent",
        None,
        "says Olwen: the relay's log",
    )
    promise = await acknowledge()
    assert promise.state == "met"
    assert promise.evidence == "acknowledgement sent, says Olwen: the relay's log"
    event = await EventRow.get(event="letter_declared_sent")
    assert (event.cause, event.about) == ("command by Olwen", "acknowledgement")


async def test_an_uncertain_letter_that_a_person_says_failed_is_a_task_and_not_sent_again(
    office: Office,
) -> None:
    row = await a_doubt(office)
    before = await OutboxRow.filter(template="task").count()

    assert await resolve(says(row, Word.FAILED), office, LATER)

    row = await acknowledgement()
    assert (row.status, row.next_attempt_at) == ("refused", None)
    assert row.reason == "says Olwen: the relay's log"
    assert (await acknowledge()).state == "open"
    assert await OutboxRow.filter(template="task").count() == before + 1
    event = await EventRow.get(event="letter_declared_failed")
    assert event.cause == "command by Olwen"
    again = await outbox.claim(LATER, limit=100, lease=LEASE)
    assert row.id not in {each.id for each in again}


async def test_a_refused_letter_may_be_said_to_have_arrived(office: Office) -> None:
    row = await a_doubt(office, Refused("RCPT answered 550 5.1.1: final"))

    assert await resolve(says(row, Word.SENT), office, LATER)

    assert (await acknowledge()).state == "met"


async def test_a_letter_that_failed_already_has_its_task_and_gets_no_second_one(
    office: Office,
) -> None:
    row = await a_doubt(office, Refused("RCPT answered 550 5.1.1: final"))
    tasks = await OutboxRow.filter(template="task").count()

    assert not await resolve(says(row, Word.FAILED), office, LATER)

    assert await OutboxRow.filter(template="task").count() == tasks


@pytest.mark.parametrize("word", Word)
async def test_of_a_letter_that_was_sent_nothing_can_be_said(office: Office, word: Word) -> None:
    row = await a_doubt(office, Sent("250 ok"))

    assert not await resolve(says(row, word), office, LATER)


async def test_a_letter_that_does_not_exist_cannot_be_settled(office: Office) -> None:
    missing = Statement(outbox_id=4711, word=Word.SENT, by="Olwen")

    assert not await resolve(missing, office, LATER)


@pytest.mark.parametrize(("word", "status"), [(Word.SENT, "sent"), (Word.FAILED, "refused")])
async def test_what_a_person_said_stands_when_the_line_ends_in_doubt_once_more(
    office: Office, word: Word, status: str
) -> None:
    row = await a_doubt(office)
    on_the_line = await claimed_again(row)

    assert await resolve(says(row, word), office, LATER)
    delivered = Delivered(letter=on_the_line, result=UNKNOWN, at=LATER, next_at=LATER)

    assert await settled(delivered, office) == CLAIMED_BY_ANOTHER
    assert (await acknowledgement()).status == status


async def claimed_again(row: OutboxRow) -> Claimed:
    found = await outbox.claim(LATER, limit=100, lease=LEASE)
    return next(each for each in found if each.id == row.id)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_a_persons_word_locks_the_case_before_its_letter_as_delivery_does(
    office: Office,
) -> None:
    row = await a_doubt(office)

    with recorded() as statements:
        assert await resolve(says(row, Word.SENT), office, LATER)

    locked = [said for said, _ in statements.said if "FOR UPDATE" in said]
    assert len(locked) == 2
    assert 'FROM "case"' in locked[0]
    assert 'FROM "outbox"' in locked[1]
