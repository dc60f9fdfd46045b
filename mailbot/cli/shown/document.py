"""
JSON documents: what scripts read, and what is shown to people is made of.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Document = Mapping[str, Any]


def instant(at: datetime | None) -> str | None:
    """
    UTC, ISO 8601 with `Z`.
    """
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def print_document(document: Document) -> None:
    """
    Print it, and nothing else.
    """
    print(json.dumps(document, indent=2, ensure_ascii=False))
