"""
The report as a PDF on A4.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from mailbot.face import PLAIN, Face
from mailbot.letters.typeset import typeset, typeset_apart
from mailbot.report.charts import ON_PAPER, svg
from mailbot.report.sheet import Sheet

_LAYOUT = Path(__file__).with_name("report.typ").read_bytes()


def pdf(sheet: Sheet, face: Face = PLAIN) -> bytes:
    return typeset(_LAYOUT, _words(sheet), face).pdf


def pdf_apart(sheet: Sheet, face: Face = PLAIN) -> bytes:
    """
    The same, for a worker: what it takes to print a report does not stay with it.
    """
    return typeset_apart(_LAYOUT, _words(sheet), face)


def _words(sheet: Sheet) -> dict[str, Any]:
    words = asdict(sheet)
    for chart, drawn in zip(sheet.charts, words["charts"], strict=True):
        drawn["svg"] = svg(chart, ON_PAPER)
    return words
