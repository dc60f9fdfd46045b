"""
A mailbot that is well, and what can be wrong with it: values.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.health.facts import Facts, Memory, Worker
from mailbot.health.told import PARTS, Part, Told

#: A Wednesday, in the firm's hours.
NOW = datetime(2026, 11, 25, 11, tzinfo=UTC)
LONDON = Calendar(zone=ZoneInfo("Europe/London"))
A_MOMENT = timedelta(seconds=20)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def a_worker(told: Told | None = None, **other: Any) -> Worker:
    given: dict[str, Any] = {
        "host": "one",
        "pid": 11,
        "started_at": ago(days=3),
        "seen_at": NOW - A_MOMENT,
        "holds_mailbox": True,
        "told": told or Told(parts=dict.fromkeys(PARTS, Part(last_round_at=NOW - A_MOMENT))),
    }
    return Worker(**(given | other))


def told(part: str = "", since: datetime | None = None, fault: str = "", **more: Any) -> Told:
    """
    What a worker says whose parts are well, all but one.
    """
    parts = dict.fromkeys(PARTS, Part(last_round_at=NOW - A_MOMENT))
    if part:
        parts[part] = Part(last_round_at=since, broken_since=since, fault=fault)
    return Told(parts=parts, **more)


WELL = Facts(
    now=NOW,
    calendar=LONDON,
    memory=Memory(
        workers=[a_worker()], recorded_at=ago(days=2), next_due_at=NOW + timedelta(hours=3)
    ),
    free_space=50 * 1024**3,
)


def facts(**memory: Any) -> Facts:
    """
    All well but for what the database says there.
    """
    assert WELL.memory
    return replace(WELL, memory=replace(WELL.memory, **memory))


def with_worker(told: Told, **other: Any) -> Facts:
    return facts(workers=[a_worker(told, **other)])
