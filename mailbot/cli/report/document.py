"""
A report as JSON: each figure, and beside it the cases that it counts.
"""

from dataclasses import asdict

from mailbot.cases.month.broken import Broken
from mailbot.cases.month.figures import Figures
from mailbot.cases.month.report import Report
from mailbot.cases.month.tally import ENDINGS, Tally
from mailbot.cases.month.times import Spread
from mailbot.cli.shown.document import Document, instant

_COUNTED = (
    *("received", "not_complaints", "rejected", "merged", "closed", "open_at_end"),
    *("rights_letters", "deadlock_letters", "reopened", "escalated"),
)
_SPREADS = ("days_to_close", "hours_to_acknowledge", "hours_to_introduce")


def report_document(report: Report) -> Document:
    """
    The month, and under `before` the twelve months before it, oldest first.
    """
    return {
        **month_document(report.figures),
        "unfinished": report.is_unfinished,
        "broken_promises": [_broken(each) for each in report.broken],
        "rulebooks": list(report.rulebooks),
        "made_at": instant(report.made_at),
        "made_by": report.made_by,
        "before": [month_document(each) for each in report.before],
    }


def month_document(figures: Figures) -> Document:
    agreed = figures.credits
    return {
        "month": figures.month.name,
        **{each: len(getattr(figures, each)) for each in _COUNTED},
        "by_channel": {name: len(each) for name, each in figures.by_channel.items()},
        "open_by_age": {name: len(each) for name, each in figures.open_by_age.items()},
        "oldest_open": _oldest(figures),
        "promises": {each.promise: _tally(each) for each in figures.promises},
        "credits": {"count": len(agreed.references), "amount": float(agreed.amount)},
        **{each: _spread(getattr(figures, each)) for each in _SPREADS},
        "anonymised": figures.anonymised,
        "cases": _cases(figures),
    }


def _cases(figures: Figures) -> Document:
    """
    The references behind each figure.
    """
    return {
        **{each: list(getattr(figures, each)) for each in _COUNTED},
        "by_channel": {name: list(each) for name, each in figures.by_channel.items()},
        "open_by_age": {name: list(each) for name, each in figures.open_by_age.items()},
        "promises": {
            each.promise: {ending: list(getattr(each, ending)) for ending in ENDINGS}
            for each in figures.promises
        },
        "credits": list(figures.credits.references),
    }


def _oldest(figures: Figures) -> Document | None:
    if figures.oldest is None:
        return None
    reference, received_at = figures.oldest
    return {"reference": reference, "received_at": instant(received_at)}


def _tally(tally: Tally) -> Document:
    return {"clause": tally.clause, **{each: len(getattr(tally, each)) for each in ENDINGS}}


def _spread(spread: Spread) -> Document:
    return asdict(spread)


def _broken(each: Broken) -> Document:
    return {
        "reference": each.reference,
        "promise": each.promise,
        "due_at": instant(each.due_at),
        "late": each.is_late,
        "handler": each.who,
        "missing": each.missing,
        "since": each.since,
    }
