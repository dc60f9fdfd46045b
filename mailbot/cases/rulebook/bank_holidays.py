"""
Which days are bank holidays.
"""

from datetime import date
from functools import cache

import holidays


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """
    The bank holidays of England and Wales in that year, substitute days included.
    """
    # Wales has no holidays of its own; the package keeps both under ENG.
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
