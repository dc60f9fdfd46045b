"""
Messages at which the process has died, by their own doing or by somebody else's.
"""

import sys
from pathlib import Path

import pytest

from mailbot.cases.known.arrivals import MOST_ATTEMPTS, MOST_DEATHS, Sight, rest_after
from mailbot.desk.recorded import Recorded
from mailbot.letters.office import Office
from mailbot.store import ledger
from mailbot.store.tables import CaseRow, HeldRow, MessageRow
from mailbot.workers.reading import Reader
from tests.flow.house import FRIDAY, Mail

SIGHT = Sight("INBOX", 7, 1, FRIDAY)


async def after(deaths: int, office: Office) -> Recorded:
    """
    What becomes of a complaint that so many have died at, once somebody lives.
    """
    await ledger.begin_first([SIGHT])
    for _ in range(deaths):
        await ledger.begin_again(SIGHT)
    attempt = await ledger.begin_again(SIGHT)
    assert attempt is not None
    return await Reader(office, lambda: FRIDAY).take_in(attempt, bytes(Mail()))


async def test_a_good_message_that_was_in_hand_at_three_kills_is_read_in_full(
    office: Office,
) -> None:
    recorded = await after(MOST_ATTEMPTS, office)

    assert recorded.reason == "case_opened"
    assert (await MessageRow.get()).text == "The line has been dead since Monday."
    assert not await HeldRow.exists()


async def test_one_that_kills_its_reader_kills_nobody_else_and_is_held(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = tmp_path / "deadly"
    deadly.write_text("#!/bin/sh\nkill -9 $$\n")
    deadly.chmod(0o755)
    # The process of its own in which it is read comes to that end.
    monkeypatch.setattr(sys, "executable", str(deadly))

    await after(MOST_ATTEMPTS, office)

    assert (await CaseRow.get()).state == "open"
    held = await HeldRow.get()
    assert (held.reason, held.detail) == ("unreadable", "reading it failed in a process of its own")


async def test_one_at_which_ten_have_died_is_held_by_its_header(office: Office) -> None:
    await after(MOST_DEATHS, office)

    assert (await CaseRow.get()).state == "open"
    assert (await HeldRow.get()).detail == "whoever took it in died, ten times"


def test_a_worker_lives_longer_before_it_tries_what_more_have_died_at() -> None:
    rests = [rest_after(each).total_seconds() for each in range(MOST_DEATHS + 1)]
    assert rests == [0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300]
