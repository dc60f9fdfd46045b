"""
The time of an appointment, read from a letter of ours that had it in its calendar entry.
"""

import re
from datetime import UTC, datetime
from email import message_from_bytes

_STARTS = re.compile(r"^DTSTART:(\d{8}T\d{6})Z\s*$", re.MULTILINE)
_ENDS_IT = re.compile(r"^METHOD:CANCEL\s*$", re.MULTILINE)


def agreed_time(content: bytes) -> datetime | None:
    """
    When the contact was agreed for; None if the letter has no entry, or takes one back.
    """
    for part in message_from_bytes(content).walk():
        if part.get_content_type() != "text/calendar":
            continue
        octets = part.get_payload(decode=True)
        text = octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""
        starts = _STARTS.search(text)
        if starts and not _ENDS_IT.search(text):
            return datetime.strptime(starts[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return None
