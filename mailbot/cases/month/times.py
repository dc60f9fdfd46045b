"""
How long things took: the one in the middle, and the one that nine of ten did not exceed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Spread:
    """
    In the unit that was asked for; None where there was nothing to measure.
    """

    median: float | None = None
    p90: float | None = None


NOT_MEASURED = Spread()


def spread(lengths: Sequence[timedelta], unit: timedelta) -> Spread:
    """
    *p90* is the shortest length that at least nine of ten did not exceed (nearest rank).
    """
    if not lengths:
        return NOT_MEASURED
    inside = sorted(each / unit for each in lengths)
    return Spread(round(median(inside), 1), round(inside[ceil(0.9 * len(inside)) - 1], 1))
