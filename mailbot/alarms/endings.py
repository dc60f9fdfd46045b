"""
Alarms that last, and the line of the log that ends each. Every other line of level error is
told as it comes.
"""

from collections.abc import Mapping

#: the event that begins it -> the one that ends it.
ENDINGS: Mapping[str, str] = {
    "part_failed": "part_recovered",
    "messages_not_fetched": "messages_fetched_again",
    "people_not_read": "people_changed",
    "clock_doubted": "clock_believed",
    "promised_mail_overdue": "promised_mail_gone",
    "delivery_paused": "delivery_recovered",
    "copy_noticed": "copy_resumed",
    "unwell": "well_again",
}

#: Of these every part, or every reason, is an alarm of its own.
APART_BY: Mapping[str, str] = {"part_failed": "part", "unwell": "reason"}
