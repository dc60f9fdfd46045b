"""
For how long something has lasted, and how long that may be.
"""

from datetime import datetime, timedelta

from mailbot.health.facts import Facts, is_ahead

#: A server is restarted, a worker brought to a later version, a line lost and had again.
PATIENCE = timedelta(minutes=10)
#: A part that neither ends a round nor says why.
STALLED_AFTER = timedelta(minutes=30)


def is_over(since: datetime, facts: Facts, patience: timedelta) -> bool:
    """
    Whether what began then has lasted for longer; of what a clock that ran ahead has dated nobody
    knows, and it is told of at once.
    """
    return facts.now - since > patience or is_ahead(since, facts.now)


def for_so_long(time: timedelta) -> str:
    """
    A length in words; what began by a clock that ran ahead has lasted less than nothing.
    """
    if time < timedelta():
        return "an unknown time"
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else days(hours // 24)


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
