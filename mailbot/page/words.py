"""
Words and days as they stand in a page.
"""

from datetime import date, timedelta
from html import escape

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.mail.words import one_line
from mailbot.page.story import Moment, Turn


def said(text: str) -> str:
    """
    Somebody's words in one line; whatever they are, they are no markup.
    """
    return escape(one_line(text))


def day_of(moment: Moment | Turn, calendar: Calendar) -> date:
    """
    The local day; 24:00 is of the day that ends, as the words for it say.
    """
    return calendar.local_day(moment.at - timedelta.resolution)
