"""
The report as one page of HTML: nothing runs in it, and nothing is fetched.
"""

from collections.abc import Iterator

from mailbot.cases.month.tally import ENDINGS
from mailbot.face import PLAIN, Face
from mailbot.page.frame import framed
from mailbot.page.words import said
from mailbot.report.charts import ON_SCREEN, svg
from mailbot.report.sheet import NOTHING, Chart, Item, Row, Sheet, Table
from mailbot.report.style import STYLE

#: References that are written out behind one figure; a page is no archive.
_MOST_BEHIND = 60

_CELLS = {"kept_late": "late", "broken": "broken"}


def html_page(sheet: Sheet, face: Face = PLAIN) -> str:
    return framed(f"{sheet.title}, {sheet.firm}", STYLE, _body(sheet), face)


def _body(sheet: Sheet) -> Iterator[str]:
    yield "<header>"
    yield f'<p class="firm">{said(sheet.firm)}</p>'
    yield f"<h1>{said(sheet.title)}</h1>"
    if sheet.warning:
        yield f'<p class="warning">{said(sheet.warning)}</p>'
    yield f'<p class="lead">{said(" ".join(sheet.lead))}</p>'
    yield from _keys(sheet)
    yield "</header>"
    yield "<main>"
    yield from _table(sheet.promises, "promises")
    yield from _table(sheet.month, "month")
    yield from _items(sheet)
    yield '<section aria-labelledby="year"><h2 id="year">Beside the twelve months before</h2>'
    for each in sheet.charts:
        yield from _chart(each)
    yield "</section>"
    yield from _definitions(sheet)
    yield from _behind(sheet)
    yield "</main>"
    yield "<footer>"
    yield from (f"<p>{said(each)}</p>" for each in sheet.foot)
    yield "</footer>"


def _keys(sheet: Sheet) -> Iterator[str]:
    yield '<dl class="keys">'
    for each in sheet.keys:
        yield f"<div{_class('bad' if each.is_bad else '')}><dt>{said(each.label)}</dt>"
        yield f'<dd class="value">{said(each.value)}</dd>'
        yield f'<dd class="before">{said(each.before)}</dd></div>'
    yield "</dl>"


def _table(table: Table, name: str) -> Iterator[str]:
    yield f'<section aria-labelledby="{name}"><h2 id="{name}">{said(table.heading)}</h2>'
    yield f'<table class="{name}"><thead><tr>'
    yield from (f'<th scope="col">{said(each)}</th>' for each in table.columns)
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield from _row(row, table, name)
    yield "</tbody></table>"
    if table.note:
        yield f'<p class="note">{said(table.note)}</p>'
    yield "</section>"


def _row(row: Row, table: Table, name: str) -> Iterator[str]:
    kinds = " ".join(filter(None, ("bad" if row.is_bad else "", "part" if row.is_part else "")))
    label = f"<b>{said(row.label)}</b>" if row.note else said(row.label)
    note = f"<q>{said(row.note)}</q>" if row.note else ""
    yield f'<tr{_class(kinds)}><th scope="row">{label}{note}</th>'
    for number, (column, cell) in enumerate(zip(table.columns[1:], row.cells, strict=True)):
        ending = ENDINGS[number] if name == "promises" and number < len(ENDINGS) else ""
        kind = _class(_CELLS.get(ending, "") if cell != NOTHING else "")
        yield f'<td{kind} data-of="{said(column)}">{said(cell)}</td>'
    yield "</tr>"


def _items(sheet: Sheet) -> Iterator[str]:
    yield '<section aria-labelledby="broken">'
    yield '<h2 id="broken">The promises that we did not keep in time</h2>'
    if not sheet.items:
        yield "<p>None.</p>"
    else:
        yield '<ol class="items">'
        for each in sheet.items:
            yield from _item(each)
        yield "</ol>"
    yield "</section>"


def _item(each: Item) -> Iterator[str]:
    yield f"<li><p><b>{said(each.reference)}</b>with {said(each.who)}</p>"
    yield f'<div><p><b><span class="bad-word">{said(each.how)}:</span> {said(each.name)}</b></p>'
    yield f"<p>Due {said('; '.join(each.due))}.</p>"
    yield f"<p>{said(each.missing)} {said(each.since)}</p></div></li>"


def _chart(chart: Chart) -> Iterator[str]:
    yield f"<figure><figcaption>{said(chart.title)}</figcaption>"
    # What it shows stands below it as a table.
    yield f'<div class="scrolls" aria-hidden="true">{svg(chart, ON_SCREEN)}</div>'
    yield '<div class="scrolls"><table class="numbers"><thead><tr><th scope="col"></th>'
    yield from (f'<th scope="col">{said(each)}</th>' for each in chart.months)
    yield "</tr></thead><tbody>"
    for each in chart.series:
        yield f'<tr><th scope="row">{said(each.name)}</th>'
        yield from (f"<td>{value}</td>" for value in each.values)
        yield "</tr>"
    yield "</tbody></table></div></figure>"


def _definitions(sheet: Sheet) -> Iterator[str]:
    yield '<section aria-labelledby="counted"><h2 id="counted">How this is counted</h2>'
    yield '<dl class="definitions">'
    yield from (f"<dt>{said(name)}</dt><dd>{said(text)}</dd>" for name, text in sheet.definitions)
    yield "</dl></section>"


def _behind(sheet: Sheet) -> Iterator[str]:
    yield '<section aria-labelledby="behind"><h2 id="behind">The cases behind the figures</h2>'
    yield '<table class="behind"><tbody>'
    for label, references in sheet.behind:
        shown = ", ".join(_times(references[:_MOST_BEHIND]))
        more = len(references) - _MOST_BEHIND
        rest = f" and {more} more" if more > 0 else ""
        yield f'<tr><th scope="row">{said(label)}</th><td>{said(shown)}{rest}</td></tr>'
    yield "</tbody></table></section>"


def _times(references: tuple[str, ...]) -> Iterator[str]:
    """
    Each reference once, with how often it is there.
    """
    for each in dict.fromkeys(references):
        count = references.count(each)
        yield each if count == 1 else f"{each} ({count} times)"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
