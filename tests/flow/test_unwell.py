"""
What a person has to do, in the log: once when it begins, once a day, once when it is over.
"""

from typing import Any

from mailbot.alarms.endings import ENDINGS
from mailbot.cases.decision import Event
from mailbot.cases.letter_status import Paused
from mailbot.health.reasons import Reason
from mailbot.monitoring.unwell import TOLD_ELSEWHERE, Unwell
from mailbot.store import control
from tests.flow.house import House

PAUSE = Event(name="mail_paused", cause="command", reason="")


def told(house: House, event: str) -> list[Any]:
    return [line["reason"] for line in house.logged(event)]


async def test_a_pause_that_is_forgotten_is_told_once_a_day_and_when_it_ends(house: House) -> None:
    async with house.open() as running:
        unwell = Unwell(running)
        await unwell.look()
        before = set(told(house, "unwell"))
        await control.pause(Paused.AUTOMATIC, PAUSE, house.clock())
        house.clock.move(hours=25)
        await unwell.look()
        house.clock.move(minutes=1)
        await unwell.look()
        assert told(house, "unwell").count("paused") == 1
        house.clock.move(days=1)
        await unwell.look()
        assert told(house, "unwell").count("paused") == 2
        await control.pause(Paused.NOTHING, PAUSE, house.clock())
        await unwell.look()
        assert "paused" in told(house, "well_again")
    assert "paused" not in before


def test_every_reason_has_a_line_of_its_own_or_is_told_as_unwell() -> None:
    assert ENDINGS["unwell"] == "well_again"
    assert set(Reason) > TOLD_ELSEWHERE
    assert not TOLD_ELSEWHERE & {Reason.DISK_FULL, Reason.HELD_TOO_LONG, Reason.MAIL_WAITS}
