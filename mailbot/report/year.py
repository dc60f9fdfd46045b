"""
The months beside the twelve before, as charts.
"""

from collections.abc import Callable

from mailbot.cases.month.figures import Figures
from mailbot.cases.month.report import Report
from mailbot.report.sheet import Chart, Series


def charts(report: Report) -> tuple[Chart, ...]:
    months = (*report.before, report.figures)
    names = tuple(map(_short, months))

    def series(name: str, count: Callable[[Figures], int], *, is_bad: bool = False) -> Series:
        return Series(name=name, values=tuple(count(each) for each in months), is_bad=is_bad)

    return (
        Chart(
            name="received",
            title="Complaints received and closed",
            months=names,
            series=(
                series("Received", lambda each: len(each.received)),
                series("Closed", lambda each: len(each.closed)),
            ),
        ),
        Chart(
            name="broken",
            title="Promises broken, and kept late",
            months=names,
            series=(
                series("Broken", lambda each: each.of("broken"), is_bad=True),
                series("Kept late", lambda each: each.of("kept_late")),
            ),
        ),
        Chart(
            name="open",
            title="Complaints open at the end of the month",
            months=names,
            series=(
                series(
                    "Over six weeks",
                    lambda each: len(each.open_by_age["over_six_weeks"]),
                    is_bad=True,
                ),
                series("Up to six weeks", _young),
            ),
        ),
    )


def _short(figures: Figures) -> str:
    """
    "Dec", and with its year where one begins.
    """
    first = figures.month.first
    return f"{first:%b} \u2019{first:%y}" if first.month == 1 else f"{first:%b}"


def _young(figures: Figures) -> int:
    return len(figures.open_at_end) - len(figures.open_by_age["over_six_weeks"])
