"""
The health of mailbot as a document for scripts and for /health.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mailbot.health.facts import (
    Facts,
    Memory,
    Waiting,
    Worker,
    at_work,
    clocks,
    holder,
    last_round_at,
    part,
)
from mailbot.health.reasons import Trouble
from mailbot.health.told import FOLDERS, NOTHING, PARTS, Told

Document = dict[str, Any]


def document(facts: Facts, troubles: Sequence[Trouble]) -> Document:
    """
    All of it; what only the database could tell is null where that cannot be asked. Instants
    are UTC, ISO 8601 with `Z`.
    """
    memory = facts.memory
    return {
        "status": "failing" if troubles else "ok",
        "asked_at": _instant(facts.now),
        "reasons": [_reason(each) for each in troubles],
        "disk_free": facts.free_space,
        "credentials": [{"key": each.key, "ends_in_days": each.days} for each in facts.ending],
        **_remembered(memory or Memory(), facts.now),
        **({} if memory else dict.fromkeys(("held", "set_aside", "kept_out_by_readers"))),
    }


def unusable(problems: Sequence[str]) -> Document:
    """
    The same where nothing can be asked, because nobody knows where: of the configuration each
    thing that is wrong.
    """
    wrong = [
        {
            "reason": "configuration_unusable",
            "part": None,
            "since": None,
            "says": each,
            "remedy": "mend the file that is named; mailbot check tries it all at once",
        }
        for each in problems
    ]
    return {"status": "failing", "reasons": wrong}


def _reason(trouble: Trouble) -> Document:
    return {
        "reason": trouble.reason.value,
        "part": trouble.part or None,
        "since": _instant(trouble.since),
        "says": trouble.sentence,
        "remedy": trouble.remedy,
    }


def _remembered(memory: Memory, now: datetime) -> Document:
    its = holder(memory, now)
    return {
        "last_round_at": _instant(last_round_at(memory, now)),
        "last_recorded_at": _instant(memory.recorded_at),
        "oldest_waiting_at": _instant(its.told.oldest_waiting_at if its else None),
        "oldest_unsent_promised_at": _instant(_first(memory.promised, memory.kept_out)),
        "kept_out_by_readers": memory.kept_out.count,
        "held": memory.held.count,
        "set_aside": memory.set_aside.count,
        "mailbox_space": _space(its.told if its else NOTHING),
        "next_due_at": _instant(memory.next_due_at),
        "paused": memory.paused.value or None,
        "parts": {name: _part(memory, name, now) for name in (*PARTS, *FOLDERS)},
        "workers": [_worker(each) for each in at_work(memory, now)],
    }


def _part(memory: Memory, name: str, now: datetime) -> Document:
    found = part(memory, name, now)
    told: Document = {
        "last_round_at": _instant(found.last_round_at),
        "broken_since": _instant(found.broken_since),
        "fault": found.fault or None,
    }
    if name == "clock":
        told["doubted"] = memory.doubted.doubt.value if memory.doubted else None
        told["ahead_of"] = clocks(memory, now)
    return told


def _first(*waiting: Waiting) -> datetime | None:
    return min((each.since for each in waiting if each.since), default=None)


def _space(told: Told) -> Document | None:
    if told.space_share is None:
        return None
    return {"left": round(told.space_share, 4), "octets": told.space_octets}


def _worker(worker: Worker) -> Document:
    return {
        "host": worker.host,
        "pid": worker.pid,
        "holds_mailbox": worker.holds_mailbox,
        "seen_at": _instant(worker.seen_at),
        "started_at": _instant(worker.started_at),
    }


def _instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
