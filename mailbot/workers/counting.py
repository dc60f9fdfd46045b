"""
The cases of a year and more, gone through for the report of a month.
"""

import asyncio

from mailbot.cases.firm import Firm
from mailbot.cases.month.known import Known
from mailbot.cases.month.months import Month
from mailbot.cases.month.report import Count, count, first_needed
from mailbot.store import month as stored


def nothing_counted(month: Month, firm: Firm) -> Count:
    """
    What a firm without a case has.
    """
    return count(Known(), month, firm)


async def counted(month: Month, firm: Firm) -> Count:
    so_far = nothing_counted(month, firm)
    async for known in stored.known(first_needed(month, firm)):
        # It takes its time, in which the others go on.
        so_far = so_far.plus(await asyncio.to_thread(count, known, month, firm))
    return so_far
