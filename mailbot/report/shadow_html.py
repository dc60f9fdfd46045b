"""
A rehearsal as one page of HTML.
"""

from collections.abc import Iterator

from mailbot.face import PLAIN, Face
from mailbot.page.frame import framed
from mailbot.page.words import said
from mailbot.report.shadow_words import Line, ShadowSheet
from mailbot.report.style import STYLE


def shadow_page(sheet: ShadowSheet, face: Face = PLAIN) -> str:
    return framed(sheet.title, STYLE, _body(sheet), face)


def _body(sheet: ShadowSheet) -> Iterator[str]:
    yield f'<header><h1>{said(sheet.title)}</h1><p class="lead">{said(" ".join(sheet.lead))}</p>'
    yield "</header><main>"
    yield '<section aria-labelledby="look"><h2 id="look">What to look at</h2>'
    if not sheet.findings and not sheet.missed:
        yield "<p>Nothing: people and mailbot did the same.</p>"
    yield '<dl class="definitions">'
    for name, meaning, references in sheet.findings:
        yield f"<dt>{said(name)}: {len(references)}</dt>"
        yield f"<dd>{said(meaning)}</dd><dd>{said(', '.join(references))}</dd>"
    yield "</dl></section>"
    if sheet.missed:
        yield '<section aria-labelledby="missed"><h2 id="missed">'
        yield "What people answered and mailbot would not have</h2><ul>"
        yield from (f"<li>{said(each)}</li>" for each in sheet.missed)
        yield "</ul></section>"
    yield '<section aria-labelledby="cases"><h2 id="cases">Case by case</h2><ol class="items">'
    for each in sheet.lines:
        yield from _line(each)
    yield f"</ol></section></main><footer><p>{said(sheet.foot)}</p></footer>"


def _line(line: Line) -> Iterator[str]:
    yield f"<li><p><b>{said(line.reference)}</b>{said(line.received)}</p><div>"
    yield f"<p><b>People</b>{said(line.theirs)}</p>"
    yield f"<p><b>mailbot</b>{said(line.ours)}</p>"
    yield from (f'<p class="quiet">{said(each)}.</p>' for each in line.promises)
    yield from (f'<p class="bad-word">{said(each)}.</p>' for each in line.findings)
    yield "</div></li>"
