"""
Thirty kills at random instants (`python -m tests.kills` makes a thousand), and a count at the
end that would see whatever they had done.
"""

import random
from pathlib import Path

import pytest

from mailbot.store.database import database
from mailbot.store.tables import ObligationRow
from tests import kills
from tests.conftest import missing
from tests.flow.house import template_of
from tests.killing.journal import Journal
from tests.killing.reckoning import Count, count
from tests.servers import dovecot as dovecot_server
from tests.servers import postgres as postgres_server

# Each waits for workers that start anew, and the first for as many as it kills.
pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _has_dovecot() -> None:
    if not dovecot_server.PROGRAM.exists():
        missing("Dovecot")


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("postgres", 2)])
async def test_fifteen_kills_lose_nothing_double_nothing_and_break_no_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, workers: int
) -> None:
    if kind == "postgres" and postgres_server.programs() is None:
        missing("PostgreSQL")
    monkeypatch.setattr(kills, "_BETWEEN", 0.25)

    seed = random.randrange(1_000_000)
    trouble, counted = await kills.survive(tmp_path, 15, kind, workers, seed=seed)

    assert counted.wrong == [], seed
    assert trouble.killed.total() == 15
    assert counted.letters >= 3 * len(trouble.stream.complaints) > 0


async def test_the_count_sees_what_is_lost_missing_doubled_or_misjudged(tmp_path: Path) -> None:
    async with kills.a_firm(tmp_path, "sqlite", 1, random.Random(1)) as firm:
        firm.stream.complain()
        assert await firm.come_to_rest()
        relay, url = tmp_path / "relay", firm.house.url

        async def seen() -> Count:
            firm.stream.journal = Journal(relay)
            return await count(firm.house, firm.stream)

        assert (await seen()).wrong == []

        [put_away] = firm.house.mailbox.files("Processed")
        put_away.unlink()
        assert len((await seen()).lost) == 1

        letter = {template_of(each.read_bytes()): each for each in relay.glob("*.eml")}
        said = letter["introduction"].read_bytes()
        again = said.replace(b"Message-ID: <", b"Message-ID: <x")
        (relay / "000004.eml").write_bytes(again)
        (relay / "000004.json").write_bytes(
            letter["introduction"].with_suffix(".json").read_bytes()
        )
        assert len((await seen()).doubled) == 2  # and the database knows nothing of it
        (relay / "000004.json").unlink()

        async with database(url):
            await ObligationRow.filter(promise="introduce").update(state="met_late")
        assert len((await seen()).misjudged) == 2  # by itself, and by what was accepted when

        letter["acknowledgement"].with_suffix(".json").unlink()
        assert len((await seen()).missing) == 2  # it was wanted, and is said to have been sent
