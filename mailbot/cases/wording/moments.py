"""
Instants as the firm says them: local, in words.
"""

from datetime import datetime, time

from mailbot.cases.firm import Firm
from mailbot.mail.words import end_of_day_words, moment_words


def in_words(instant: datetime, firm: Firm) -> str:
    """
    The local moment in words; 24:00 is the end of the day before.
    """
    local = instant.astimezone(firm.calendar.zone)
    if local.time() == time(0):
        return end_of_day_words(firm.calendar.local_day(instant).fromordinal(local.toordinal() - 1))
    return moment_words(instant, firm.calendar.zone)
