"""
What was noted by a clock that had run ahead puts nothing off once that clock is put right.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from mailbot.transport.mailbox import Filed
from mailbot.workers.courtesies import PuttingAway
from mailbot.workers.lasting import Lasting

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AHEAD = NOON + timedelta(days=3650)


class Unwilling:
    """
    Folders into which nothing can be put.
    """

    def __init__(self) -> None:
        self.asked = 0

    async def reach(self) -> None:
        pass

    async def file(self, uids: Sequence[int]) -> Filed:
        self.asked += 1
        return Filed(frozenset(), "the mailbox is full")

    async def append(self, folder: str, content: bytes, at: datetime) -> None:
        pass


def test_an_alarm_is_said_by_a_clock_that_was_put_right() -> None:
    lasting = Lasting()

    assert [lasting.is_news("lost", at) for at in (AHEAD, NOON)] == [True, True]


async def test_a_folder_that_refused_is_tried_again_by_a_clock_that_was_put_right() -> None:
    now, folders = AHEAD, Unwilling()
    putting_away = PuttingAway(folders, lambda: now)
    await putting_away.put_away([(1, 1)])
    await putting_away.put_away([(1, 1)])
    assert folders.asked == 1

    now = NOON
    await putting_away.put_away([(1, 1)])
    assert folders.asked == 2
