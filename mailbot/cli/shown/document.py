"""
JSON documents: what scripts read, and what is shown to people is made of.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailbot.mail.words import in_utc

Document = Mapping[str, Any]


def instant(at: datetime | None) -> str | None:
    """
    UTC, ISO 8601 with `Z`.
    """
    return in_utc(at) if at else None


def print_document(document: Document) -> None:
    """
    Print it, and nothing else.
    """
    print(json.dumps(document, indent=2, ensure_ascii=False))
