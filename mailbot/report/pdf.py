"""
The report as a PDF on A4.
"""

from dataclasses import asdict
from pathlib import Path

from mailbot.face import PLAIN, Face
from mailbot.letters.typeset import typeset
from mailbot.report.charts import ON_PAPER, svg
from mailbot.report.sheet import Sheet

_LAYOUT = Path(__file__).with_name("report.typ").read_bytes()


def pdf(sheet: Sheet, face: Face = PLAIN) -> bytes:
    words = asdict(sheet)
    for chart, drawn in zip(sheet.charts, words["charts"], strict=True):
        drawn["svg"] = svg(chart, ON_PAPER)
    return typeset(_LAYOUT, words, face).pdf
