"""
Alarms that last, and the line of the log that ends each. Every other line of level error is
told as it comes.
"""

from collections.abc import Mapping

#: the event that begins it -> the one that ends it; of one `part` each.
ENDINGS: Mapping[str, str] = {
    "part_failed": "part_recovered",
    "messages_not_fetched": "messages_fetched_again",
    "people_not_read": "people_changed",
    "clock_doubted": "clock_believed",
    "promised_mail_overdue": "promised_mail_gone",
    "delivery_paused": "delivery_recovered",
    "copy_noticed": "copy_resumed",
}

#: Of these every part is an alarm of its own.
OF_A_PART = frozenset({"part_failed", "part_recovered"})
