"""
Months of the calendar, counted from a day.
"""

from calendar import monthrange
from datetime import date
from typing import TypeVar

D = TypeVar("D", bound=date)


def months_after(day: D, months: int) -> D:
    """
    The same day of the month, or its last one; of an instant the same time.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))
