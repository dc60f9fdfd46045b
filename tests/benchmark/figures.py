"""
Numbers to lines that a person reads.
"""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """
    The smallest of the values that so many percent do not exceed.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 50)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """
    The least and the median.
    """
    return f"{min(values):.{digits}f} / {median(values):.{digits}f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """
    Columns as wide as they must be: words to the left, numbers to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [each.rjust(width) for each, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
