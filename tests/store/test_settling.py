"""
A letter that cannot be settled stops no other's settling, and nothing more is sent on top.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from mailbot.cases.known.claimed import Claimed
from mailbot.desk import letter_outcomes
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.outcome import Deferred, Outcome, Sent, Uncertain
from mailbot.store import outbox
from mailbot.store.database import DatabaseFault
from mailbot.store.tables import OutboxRow
from mailbot.workers import settling
from mailbot.workers.delivery import LEASE, Delivery
from tests.flow.house import FRIDAY, Clock, Mail
from tests.store.desk import Desk

UNLUCKY = "jane2@example.com"


class SlowLine:
    """
    A channel that takes five letters at once, and each further one only after settling
    was tried once more; it remembers to whom they went.
    """

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.tried = asyncio.Event()

    async def connect(self) -> None:
        pass

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        if len(self.taken) >= 5:
            await self.tried.wait()
            self.tried.clear()
        self.taken.append(recipient)
        return Sent("250 ok")

    def cut(self) -> None:
        pass

    async def close(self) -> None:
        pass


class Watched(Delivery):
    """
    Delivery that tells its line whenever it has tried to settle.
    """

    def __init__(self, lines: Sequence[SlowLine], office: Office, now: Clock) -> None:
        super().__init__(lines, office, now)
        self.lines = lines

    async def _settle(self, delivered: Sequence[Delivered]) -> Exception | None:
        try:
            return await super()._settle(delivered)
        finally:
            for each in self.lines:
                each.tried.set()


class Broken:
    """
    The rule of what became of a letter, with a fault put before it.
    """

    def __init__(self, fault: Exception, *, times: int, recipient: str = "") -> None:
        self.fault, self.times, self.recipient = fault, times, recipient
        self.settle = letter_outcomes.settle

    def __call__(self, turn: Turn, some: Sequence[Delivered]) -> list[str]:
        if self.times and any(self.recipient in each.letter.recipient for each in some):
            self.times -= 1
            raise self.fault
        return self.settle(turn, some)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> SlowLine:
    monkeypatch.setattr(settling, "_WITHIN", 0.05)
    return SlowLine()


async def twelve_letters(office: Office) -> None:
    desk = Desk(office)
    for number in range(1, 5):
        sender = f"jane{number}@example.com"
        await desk.arrives(Mail(sender=sender, message_id=f"m{number}@example.com"))
    await OutboxRow.all().update(status="queued", next_attempt_at=FRIDAY)


async def by_status() -> dict[str, list[OutboxRow]]:
    found: dict[str, list[OutboxRow]] = {}
    for row in await OutboxRow.all():
        found.setdefault(row.status, []).append(row)
    return found


def said_as_sent(logged: Sequence[Any]) -> set[int]:
    return {each["outbox"] for each in logged if each["event"] == "letter_sent"}


async def test_a_letter_that_cannot_be_settled_stops_no_other_and_no_more_are_sent(
    office: Office, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twelve_letters(office)
    broken = Broken(ValueError("a defect"), times=99, recipient=UNLUCKY)
    monkeypatch.setattr(letter_outcomes, "settle", broken)

    with structlog.testing.capture_logs() as logged, pytest.raises(ValueError, match="a defect"):
        await Watched([line], office, Clock()).step()

    found = await by_status()
    sent, left = found["sent"], found["queued"]
    unlucky = [each for each in left if each.recipient == UNLUCKY and each.attempts == 2]
    assert unlucky
    assert len(line.taken) == len(sent) + len(unlucky) < 12
    # Those that were not tried are due at once, and nothing counts against them.
    given_back = [each for each in left if each not in unlucky]
    assert {(each.attempts, each.next_attempt_at) for each in given_back} == {(1, FRIDAY)}
    assert said_as_sent(logged) == {each.id for each in sent}


async def test_what_the_database_could_not_take_is_settled_before_the_batch_ends(
    office: Office, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twelve_letters(office)
    monkeypatch.setattr(letter_outcomes, "settle", Broken(DatabaseFault("full"), times=1))

    with structlog.testing.capture_logs() as logged, pytest.raises(DatabaseFault, match="full"):
        await Watched([line], office, Clock()).step()

    found = await by_status()
    assert len(line.taken) == len(found["sent"]) < 12
    assert {each.attempts for each in found["queued"]} == {1}
    assert said_as_sent(logged) == {each.id for each in found["sent"]}


class Line:
    """
    A channel with one answer for everybody, which takes a while for each letter.
    """

    def __init__(self, answer: Outcome | Exception, seconds: float = 0.0) -> None:
        self.answer, self.seconds, self.taken = answer, seconds, 0

    async def connect(self) -> None:
        pass

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        self.taken += 1
        await asyncio.sleep(self.seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def cut(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def away() -> bool:
    raise DatabaseFault("away")


async def test_what_became_of_a_letter_is_not_lost_when_the_database_cannot_be_asked_about_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twelve_letters(office)
    monkeypatch.setattr(outbox, "are_ids_rewritten", away)

    await Delivery([Line(Uncertain("lost")), Line(Sent("250"), 0.01)], office, Clock()).step()

    found = await by_status()
    assert found.keys() == {"sent", "uncertain"}
    # As long as where ids are rewritten: nobody could say.
    assert {each.next_attempt_at for each in found["uncertain"]} == {FRIDAY + timedelta(hours=1)}


async def test_nothing_is_sent_on_when_one_of_two_lines_has_met_a_defect(office: Office) -> None:
    await twelve_letters(office)
    slow = Line(Sent("250"), 0.05)

    with pytest.raises(ValueError, match="a defect"):
        await Delivery([Line(ValueError("a defect")), slow], office, Clock()).step()

    assert asyncio.all_tasks() == {asyncio.current_task()}
    found = await by_status()
    # But for the one whose fate nobody knows.
    assert len(found["sent"]) == slow.taken == 11


class SlowToAnswer(Line):
    """
    A channel to a server that takes its time until there is a connection.
    """

    def __init__(self, clock: Clock, wait: timedelta) -> None:
        super().__init__(Sent("250"))
        self.clock, self.wait = clock, wait
        self.in_hand_until: set[datetime | None] = set()

    async def connect(self) -> None:
        self.clock.at += self.wait

    async def deliver(self, content: bytes, recipient: str) -> Outcome:
        rows = await OutboxRow.filter(claimed_until__isnull=False)
        self.in_hand_until |= {each.claimed_until for each in rows}
        return await super().deliver(content, recipient)


async def test_what_was_waited_for_before_a_letter_was_claimed_takes_nothing_from_its_lease(
    office: Office,
) -> None:
    await twelve_letters(office)
    clock = Clock()
    line = SlowToAnswer(clock, timedelta(minutes=8))

    await Delivery([line], office, clock).step()

    assert line.in_hand_until == {clock() + LEASE}


async def test_a_letter_of_which_less_was_wanted_is_given_back_once_the_database_is_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twelve_letters(office)
    give_back = outbox.give_back

    async def no(claimed: Claimed, now: datetime) -> None:
        monkeypatch.setattr(outbox, "give_back", give_back)
        raise DatabaseFault("away")

    monkeypatch.setattr(outbox, "give_back", no)
    wants_less = Line(Deferred("450 4.7.1 slow down", channel=True, throttled=True))
    delivery = Delivery([wants_less, Line(Sent("250"), 0.01)], office, Clock())

    with pytest.raises(DatabaseFault, match="away"):
        await delivery.step()
    await delivery.step()

    found = await by_status()
    assert {status: {each.attempts for each in some} for status, some in found.items()} == {
        "sent": {2}
    }
