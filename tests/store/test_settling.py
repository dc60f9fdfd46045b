"""
A letter that cannot be settled stops no other's settling, and nothing more is sent on top.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import structlog

from mailbot.desk import letter_outcomes
from mailbot.desk.letter_outcomes import Delivered
from mailbot.desk.turn import Turn
from mailbot.letters.office import Office
from mailbot.mail.outcome import Outcome, Sent
from mailbot.store.database import DatabaseFault
from mailbot.store.tables import OutboxRow
from mailbot.workers import delivery
from mailbot.workers.delivery import Delivery
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
    monkeypatch.setattr(delivery, "_SETTLED_WITHIN", 0.05)
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
