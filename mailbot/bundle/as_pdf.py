"""
An index as a PDF to print, to send on, and to put on a desk.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mailbot.bundle.sections import Block, Facts, Index, Line, Lines, Table, Words
from mailbot.face import PLAIN, Face
from mailbot.letters.typeset import Printed, typeset
from mailbot.mail.words import one_line

_LAYOUT = Path(__file__).with_name("index.typ").read_bytes()


def as_pdf(index: Index, face: Face = PLAIN) -> bytes:
    """
    Its pages, A4, which say of themselves what no font here can print.
    """
    printed = _printed(index, face)
    if not printed.missing:
        return printed.pdf
    lacks = f"These characters cannot be printed here, and stand in index.html: {' '.join(printed.missing)}"
    named = lacks.encode("ascii", "backslashreplace").decode()
    return _printed(replace(index, lead=(*index.lead, named)), face).pdf


def _printed(index: Index, face: Face) -> Printed:
    return typeset(
        _LAYOUT,
        {
            "title": one_line(index.title),
            "author": one_line(index.author),
            "foot": one_line(index.foot),
            "lead": [one_line(each) for each in index.lead],
            "sections": [
                {"title": one_line(each.title), "blocks": [_block(block) for block in each.blocks]}
                for each in index.sections
            ],
        },
        face,
    )


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Words():
            return {"kind": "words", "lines": _lines(block.lines)}
        case Facts():
            rows = [{"name": one_line(name), "lines": _lines(each)} for name, each in block.rows]
            return {"kind": "facts", "rows": rows}
        case Table():
            return {
                "kind": "table",
                "headings": list(block.headings),
                "widths": list(block.widths),
                "rows": [[_lines(cell) for cell in row] for row in block.rows],
            }


def _lines(lines: Lines) -> list[dict[str, Any]]:
    return list(map(_line, lines))


def _line(line: Line) -> dict[str, Any]:
    words = one_line(line.text)
    return {
        "text": f"“{words}”" if line.is_quote else words,
        "tone": line.tone,
        "quote": line.is_quote,
        "strong": line.is_strong,
    }
