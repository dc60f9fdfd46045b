"""
What a worker says of itself, so that another process can know it: written down with the sign
that it is at work.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: What every worker does, round after round.
PARTS = ("imap", "clock", "smtp")
#: What is done for whoever opens the mailbox in a mail program.
FOLDERS = ("processed_folder", "sent_folder")
#: Whose clock is known by what comes in.
MAIL_SERVER = "mail server"
#: What only the holder of the mailbox does.
IN_THE_MAILBOX = frozenset({"imap", *FOLDERS})


@dataclass(frozen=True, kw_only=True)
class Part:
    """
    When its last round came to its end, and what has kept it from that since then.
    """

    last_round_at: datetime | None = None
    broken_since: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    parts: Mapping[str, Part] = field(default_factory=dict)
    #: When the oldest message came that lies in the mailbox and is not recorded.
    oldest_waiting_at: datetime | None = None
    #: What is wrong beside the parts, by its name, and since when.
    lasting: Mapping[str, datetime] = field(default_factory=dict)
    #: Of the mailbox's space how much is left, and in octets where that is known; None where
    #: its server does not say.
    space_share: float | None = None
    space_octets: int | None = None
    #: Seconds by which this machine's clock is ahead of others, by whose they are.
    clocks: Mapping[str, int] = field(default_factory=dict)
    #: Digests of what it works by and all others have to, by what that is.
    works_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> frozenset[str]:
        """
        What is worth telling at once when it changes: which parts have ended a round, and which
        are broken, but not when.
        """
        broken = {f"broken {name}" for name, each in self.parts.items() if each.fault}
        return frozenset({*self.lasting, *self.parts, *broken})


NOTHING = Told()


def written(told: Told) -> str:
    """
    As it is stored.
    """
    return json.dumps(
        {
            "parts": {name: _part(each) for name, each in told.parts.items()},
            "oldest_waiting_at": _instant(told.oldest_waiting_at),
            "lasting": {name: _instant(at) for name, at in told.lasting.items()},
            "space_share": told.space_share,
            "space_octets": told.space_octets,
            "clocks": dict(told.clocks),
            "works_by": dict(told.works_by),
        }
    )


def read(stored: str) -> Told:
    said = json.loads(stored)
    return Told(
        parts={name: _read_part(each) for name, each in said["parts"].items()},
        oldest_waiting_at=_at(said["oldest_waiting_at"]),
        lasting={name: datetime.fromisoformat(at) for name, at in said["lasting"].items()},
        # A worker of an earlier version does not say.
        space_share=said.get("space_share"),
        space_octets=said.get("space_octets"),
        clocks=said.get("clocks", {}),
        works_by=said.get("works_by", {}),
    )


def _part(part: Part) -> dict[str, str | None]:
    return {
        "last_round_at": _instant(part.last_round_at),
        "broken_since": _instant(part.broken_since),
        "fault": part.fault,
    }


def _read_part(said: dict[str, Any]) -> Part:
    return Part(
        last_round_at=_at(said["last_round_at"]),
        broken_since=_at(said["broken_since"]),
        fault=said["fault"],
    )


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
