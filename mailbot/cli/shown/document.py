"""
JSON documents: what scripts read, and what is shown to people is made of.
"""

import codecs
import json
import sys
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
    Print it, and nothing else: in UTF-8 (RFC 8259, section 8.1), or by the escapes of JSON where
    stdout speaks another character set.
    """
    is_utf_8 = codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"
    print(json.dumps(document, indent=2, ensure_ascii=not is_utf_8))
