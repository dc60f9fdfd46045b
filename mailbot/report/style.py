"""
How the page looks: on a wide and on a narrow screen, by day and by night, and on paper.
"""

STYLE = """
:root { color-scheme: light dark; --line: #8a8a8a; --soft: #f1f1ec; --ink: #1c1c1a; --faint: #dcdcd4;
  --paper: #ffffff; --quiet: #5c5c57; --bad: #a11212; }
@media (prefers-color-scheme: dark) {
  :root { --line: #8f8f8f; --soft: #2a2a28; --ink: #ececea; --faint: #3c3c3a; --paper: #171716;
    --quiet: #b4b4ae; --bad: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 Arial, Helvetica, sans-serif; overflow-wrap: break-word; }
header p, .note, .definitions { max-width: 46rem; }
header .firm { margin: 0; color: var(--quiet); }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 0.6rem; }
.lead { font-size: 1.1rem; }
.warning { border-left: 4px solid var(--bad); padding-left: 0.75rem; font-weight: bold; }
.note, figcaption, .quiet { color: var(--quiet); font-size: 0.9rem; }
.keys { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 0.75rem;
  margin: 1.25rem 0 0; padding: 0; }
.keys div { border-top: 3px solid var(--ink); padding: 0.4rem 0 0; display: flex;
  flex-direction: column; }
.keys .bad { border-color: var(--bad); }
.keys dt { order: 2; font-weight: bold; line-height: 1.25; }
.keys dd { margin: 0; }
.keys .value { font-size: 2rem; line-height: 1.15; order: 1; font-variant-numeric: tabular-nums; }
.keys .bad .value, .bad-word { color: var(--bad); }
.keys .before { order: 3; color: var(--quiet); font-size: 0.85rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; vertical-align: top; padding: 0.35rem 0 0.35rem 0.75rem;
  border-bottom: 1px solid var(--faint); }
thead th { border-bottom: 2px solid var(--line); vertical-align: bottom; font-size: 0.9rem; }
tbody th, thead th:first-child { text-align: left; font-weight: normal; padding-left: 0; }
tbody th b { font-weight: bold; }
q { display: block; color: var(--quiet); font-size: 0.85rem; line-height: 1.35; max-width: 34rem; }
tr.part th { padding-left: 1.25rem; }
tr.part th, tr.part td { border-bottom-style: dotted; padding-top: 0.15rem; padding-bottom: 0.15rem; }
tr.bad td.late, tr.bad td.broken { color: var(--bad); font-weight: bold; }
.promises tbody tr:last-child > *, .numbers tbody tr:last-child > * {
  border-bottom: 2px solid var(--line); }
.promises tbody tr:last-child > * { font-weight: bold; }
figure { margin: 0 0 1.75rem; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; max-width: 56rem; margin-bottom: 0.5rem; }
figcaption { color: var(--ink); font-weight: bold; font-size: 1rem; }
.numbers { font-size: 0.8rem; }
.numbers th, .numbers td { padding: 0.15rem 0 0.15rem 0.4rem; }
.numbers tbody th { white-space: nowrap; }
.items { list-style: none; margin: 0; padding: 0; }
.items li { border-top: 1px solid var(--faint); padding: 0.6rem 0; break-inside: avoid;
  display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 0 1.5rem; }
.items b { display: block; }
.items p { margin: 0; }
.definitions dt { font-weight: bold; margin-top: 0.5rem; }
.definitions dd { margin: 0; }
.behind { font-size: 0.9rem; }
.behind th { width: 22rem; }
.behind td { text-align: left; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--quiet);
  font-size: 0.9rem; }
footer p { margin: 0.3rem 0; }
@media (max-width: 44rem) {
  body { padding: 0.75rem; }
  .keys { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .items li { grid-template-columns: minmax(0, 1fr); }
  .promises, .promises tbody, .promises tr, .promises tbody th, .promises td { display: block; }
  .promises thead { position: absolute; clip-path: inset(50%); }
  .promises tr { padding: 0.6rem 0; border-bottom: 1px solid var(--faint); }
  .promises th, .promises td, .promises tbody tr:last-child > * { border: 0; padding: 0;
    text-align: left; }
  .promises td { display: inline-block; margin-right: 1rem; }
  .promises td::before { content: attr(data-of) " "; color: var(--quiet); font-size: 0.9rem;
    font-weight: normal; }
  .month { font-size: 0.85rem; }
  .month th, .month td { padding-left: 0.4rem; }
  .scrolls { overflow-x: auto; }
  figure svg { min-width: 40rem; }
  .behind th { width: 45%; }
}
@media print {
  :root { --line: #8a8a8a; --soft: #f1f1ec; --ink: #000; --faint: #c8c8c0; --paper: #fff;
    --quiet: #444; --bad: #8a0f0f; }
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; }
  h2 { break-after: avoid; margin-top: 1.5rem; }
  tr { break-inside: avoid; }
  * { print-color-adjust: exact; }
  @page { size: A4; margin: 16mm; }
}
"""
