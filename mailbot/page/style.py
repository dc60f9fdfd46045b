"""
How the page looks: on a wide and on a narrow screen, by day and by night, and on paper.
"""

STYLE = """
:root { color-scheme: light dark; --line: #8a8a8a; --soft: #f1f1ec; --ink: #1c1c1a; --faint: #dcdcd4;
  --paper: #ffffff; --link: #0b4f8a; --broken: #a11212; --kept: #1d6130; }
@media (prefers-color-scheme: dark) {
  :root { --line: #8f8f8f; --soft: #2a2a28; --ink: #ececea; --faint: #3c3c3a; --paper: #171716;
    --link: #8fc3f5; --broken: #ff9d94; --kept: #93d8a5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 Arial, Helvetica, sans-serif; overflow-wrap: break-word; }
header p, footer p, .moment > ul { max-width: 44rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 1.1rem; margin: 0 0 0.5rem; }
h4 { font-size: 1rem; margin: 0 0 0.5rem; }
a { color: var(--link); }
table { border-collapse: collapse; width: 100%; }
.promises th, .promises td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0;
  border-bottom: 1px solid var(--line); }
.promises thead th { border-bottom-width: 2px; }
.promises tbody th { font-weight: bold; }
.promises tbody th::first-letter { text-transform: uppercase; }
.promises tbody td { border-bottom-color: var(--faint); }
.promises tbody tr:last-child td { border-bottom-color: var(--line); }
.promises q { display: block; font-weight: normal; font-size: 0.9rem; }
.promises small { display: block; font-size: 0.85rem; font-weight: normal; color: var(--ink); }
.broken, .late { color: var(--broken); font-weight: bold; }
.kept { color: var(--kept); }
.promises thead th:first-child { width: 45%; }
.promises thead th:nth-child(2) { width: 25%; }
.turns { list-style: none; margin: 0; padding: 0; max-width: 44rem; }
.turns li { display: grid; grid-template-columns: 6rem minmax(0, 1fr); margin: 0 0 0.45rem; }
@media (max-width: 40rem) {
  .promises, .promises tbody, .promises tr, .promises th, .promises td { display: block;
    width: auto !important; }
  .promises thead { position: absolute; clip-path: inset(50%); }
  .promises tbody th, .promises tbody td { border: 0; padding: 0.1rem 0; }
  .promises tr + tr { border-top: 1px solid var(--faint); }
  .promises tr { padding: 0.4rem 0; }
  .promises tbody { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
  .promises td:nth-last-child(2)::before { content: "By "; }
  .turns li { grid-template-columns: minmax(0, 1fr); }
  body { padding: 0.75rem; }
  .moment { margin-left: 0; padding-left: 0.75rem; }
  .mail { padding: 0.6rem; }
}
.overview h2 { margin-top: 1.5rem; }
.weeks { max-width: 34rem; table-layout: fixed; }
.weeks th { font-size: 0.9rem; padding: 0.25rem; }
.weeks abbr { text-decoration: none; }
.weeks td { border: 1px solid var(--line); height: 3.1rem; padding: 0.2rem; vertical-align: top;
  font-size: 0.85rem; }
.weeks .off { background: var(--soft); }
.weeks .outside { border: 0; }
.weeks time { display: block; white-space: nowrap; }
.weeks a { display: block; width: 1.75rem; line-height: 1.5rem; margin: 0 auto; text-align: center;
  border: 2px solid var(--link); border-radius: 1rem; text-decoration: none; font-weight: bold; }
.weeks a:focus, .weeks a:hover { background: var(--link); color: var(--paper); }
.moment { position: relative; border-left: 3px solid var(--line); margin-left: 0.4rem;
  padding: 0 0 2rem 1.25rem; }
.moment::before { content: ""; position: absolute; left: -0.55rem; top: 0.3rem; width: 0.95rem;
  height: 0.95rem; border-radius: 50%; background: var(--link); border: 2px solid var(--paper); }
.moment:target h3 { background: var(--soft); }
.count { font-weight: normal; font-size: 0.9rem; white-space: nowrap; margin-left: 0.5rem; }
.moment > ul { margin: 0 0 1rem; padding-left: 1.2rem; }
.mail { border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.9rem; margin: 0 0 1.25rem; }
.mail dl { margin: 0 0 0.75rem; }
.mail dt { font-size: 0.85rem; font-weight: bold; margin-top: 0.4rem; }
.mail dd { margin: 0; font-size: 0.95rem; }
.mail iframe { display: block; width: 100%; height: var(--narrow);
  border: 1px solid var(--line); background: Canvas; }
.mail pre { margin: 0; white-space: pre-wrap; font: inherit; padding: 0.9rem;
  border: 1px solid var(--line); }
.mail summary { padding: 0.4rem 0; font-size: 0.9rem; cursor: pointer; }
.mail .paper { display: none; }
@media (min-width: 60rem) {
  .overview { display: grid; grid-template-columns: minmax(0, 1fr) 27rem; gap: 0 3rem; }
  .mail { display: grid; grid-template-columns: minmax(0, 40rem) minmax(0, 1fr); gap: 0 1.5rem; }
  .mail h4 { grid-column: 1 / -1; }
  .beside { grid-column: 2; grid-row: 2; }
  .read { grid-column: 1; grid-row: 2; }
  .mail iframe { height: var(--wide); }
}
@media print {
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  .mail { display: block; break-inside: auto; }
  h2, h3, h4, dt { break-after: avoid; }
  .mail iframe { display: none; }
  .mail pre, .mail .paper { display: block; }
  .weeks { max-width: 22rem; }
  .weeks td { height: 2.6rem; }
}
"""
