"""
The sheet of a month, filled in.
"""

from collections.abc import Iterator
from datetime import datetime

from mailbot import __version__
from mailbot.cases.firm import Firm
from mailbot.cases.month.report import Report
from mailbot.cases.rulebook.working_days import ONE_DAY
from mailbot.cases.wording import month_words
from mailbot.cases.wording.moments import happened
from mailbot.mail.words import date_words
from mailbot.report.listed import behind, items
from mailbot.report.sheet import Sheet
from mailbot.report.tables import keys, month, promises
from mailbot.report.year import charts


def sheet(report: Report, firm: Firm) -> Sheet:
    return Sheet(
        title=f"Complaints in {report.month.words}",
        firm=report.firm,
        lead=report.lead,
        keys=tuple(keys(report.figures, report.before[-1])),
        promises=promises(report.figures),
        month=month(report),
        charts=charts(report),
        items=tuple(items(report.broken, firm)),
        definitions=tuple(month_words.DEFINITIONS.items()),
        behind=tuple(behind(report.figures)),
        foot=tuple(_foot(report, firm)),
        warning=_warning(report, firm),
    )


def _foot(report: Report, firm: Firm) -> Iterator[str]:
    yield f"Made on {happened(report.made_at, firm)} by {report.made_by}, with mailbot {__version__}."
    if len(report.rulebooks) == 1:
        yield f"The complaints were kept by version {report.rulebooks[0]} of the rulebook."
    elif report.rulebooks:
        yield f"The complaints were kept by versions {', '.join(report.rulebooks)} of the rulebook."
    if report.began_at:
        began = date_words(firm.calendar.local_day(report.began_at))
        yield f"Records begin with a complaint of {began}."
    if count := report.figures.anonymised:
        were = "1 old case was" if count == 1 else f"{count} old cases were"
        yield f"{were} anonymised in this month."
    yield "Every figure with the references of its cases: mailbot report --json."


def _warning(report: Report, firm: Firm) -> str:
    if not report.is_unfinished:
        return ""
    last: datetime = report.month.ends(firm.calendar)
    day = date_words(firm.calendar.local_day(last) - ONE_DAY)
    return f"The month is not over: it ends on {day}. These are the figures so far."
