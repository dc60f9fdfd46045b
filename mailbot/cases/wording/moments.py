"""
Instants as the firm says them: local, in words.
"""

from datetime import datetime, time, tzinfo
from functools import lru_cache

from mailbot.cases.firm import Firm
from mailbot.mail.words import end_of_day_words, moment_words


def in_words(instant: datetime, firm: Firm) -> str:
    """
    The local moment by which something is due, in words; 24:00 is the end of the day before.
    """
    return _in_words(instant, firm.calendar.zone)


def happened(instant: datetime, firm: Firm) -> str:
    """
    The local moment at which something happened: what comes as a day begins is of that day,
    and of its month.
    """
    return moment_words(instant, firm.calendar.zone)


# The letters of a case name the same few instants, most of them twice.
@lru_cache(256)
def _in_words(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone)
    if local.time() == time(0):
        return end_of_day_words(local.date().fromordinal(local.toordinal() - 1))
    return moment_words(instant, zone)
