"""
An index as HTML: one file, no script, nothing fetched; its links lead into the bundle.
"""

from collections.abc import Iterator
from urllib.parse import quote

from mailbot.bundle.sections import Block, Facts, Index, Line, Lines, Section, Table, Words
from mailbot.face import PLAIN, Face
from mailbot.page.frame import framed
from mailbot.page.words import said

STYLE = """
:root { color-scheme: light dark; --line: #8a8a8a; --faint: #dcdcd4; --ink: #1c1c1a; --paper: #fff;
  --soft: #55554f; --link: #0b4f8a; --bad: #a11212; --good: #1d6130; }
@media (prefers-color-scheme: dark) {
  :root { --line: #8f8f8f; --faint: #3c3c3a; --ink: #ececea; --paper: #171716; --soft: #b5b5ae;
    --link: #8fc3f5; --bad: #ff9d94; --good: #93d8a5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 Arial, Helvetica, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; border-bottom: 2px solid var(--line); }
header p, main > section > p { max-width: 46rem; }
nav { font-size: 0.95rem; }
nav ol { margin: 0; padding-left: 1.5rem; columns: 2; }
a { color: var(--link); }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0;
  border-bottom: 1px solid var(--faint); font-weight: normal; overflow-wrap: break-word; }
thead th { font-weight: bold; border-bottom: 2px solid var(--line); }
dl { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 0.35rem 1rem; margin: 0 0 1rem; }
dt { font-weight: bold; }
dd { margin: 0; }
.l { display: block; }
.l + .l { margin-top: 0.15rem; }
.quote { font-size: 0.92rem; font-style: italic; }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: bold; }
.faint { color: var(--soft); font-size: 0.92rem; }
@media (max-width: 40rem) {
  nav ol { columns: 1; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 0.5rem; }
  table, tbody, tr, th, td { display: block; width: auto !important; }
  thead { position: absolute; clip-path: inset(50%); }
  tr { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
  th, td { border: 0; padding: 0.1rem 0; }
}
@media print { nav { display: none; } body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } a { color: inherit; } }
"""


def as_page(index: Index, face: Face = PLAIN) -> str:
    return framed(index.title, STYLE, _body(index), face)


def _body(index: Index) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{said(index.title)}</h1>"
    yield from (f"<p>{said(each)}</p>" for each in index.lead)
    yield "</header>"
    yield '<nav aria-label="Contents"><ol>'
    for number, each in enumerate(index.sections, 1):
        yield f'<li><a href="#s{number}">{said(each.title)}</a></li>'
    yield "</ol></nav>"
    yield "<main>"
    for number, each in enumerate(index.sections, 1):
        yield from _section(number, each)
    yield "</main>"


def _section(number: int, section: Section) -> Iterator[str]:
    yield f'<section id="s{number}">'
    yield f"<h2>{number}. {said(section.title)}</h2>"
    for each in section.blocks:
        yield from _block(each)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Words():
            yield f"<p>{_lines(block.lines)}</p>"
        case Facts():
            yield "<dl>"
            for name, lines in block.rows:
                yield f"<dt>{said(name)}</dt><dd>{_lines(lines)}</dd>"
            yield "</dl>"
        case Table():
            yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    yield "<table>"
    of_all = sum(table.widths)
    heads = zip(table.headings, table.widths, strict=True)
    cells = (
        f'<th scope="col" style="width: {width * 100 / of_all:.1f}%">{said(name)}</th>'
        for name, width in heads
    )
    yield f"<thead><tr>{''.join(cells)}</tr></thead>"
    yield "<tbody>"
    for first, *others in table.rows:
        rest = "".join(f"<td>{_lines(each)}</td>" for each in others)
        yield f'<tr><th scope="row">{_lines(first)}</th>{rest}</tr>'
    yield "</tbody></table>"


def _lines(lines: Lines) -> str:
    return "".join(map(_line, lines))


def _line(line: Line) -> str:
    words = said(line.text)
    if line.is_quote:
        words = f"“{words}”"
    if line.is_strong:
        words = f"<strong>{words}</strong>"
    if line.href:
        words = f'<a href="{quote(line.href)}">{words}</a>'
    kinds = ["l", *(["quote"] if line.is_quote else []), *([line.tone] if line.tone else [])]
    return f'<span class="{" ".join(kinds)}">{words}</span>'
