"""
A story of mails as one page: a calendar, a timeline, and each mail as its reader
would see it. The page needs nothing from anywhere: no script, no picture, no font.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from itertools import groupby
from math import ceil

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.mail.words import date_words, one_line

_WEEK = timedelta(days=7)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

#: How the mails are laid out: characters in a line of a wide and of a narrow frame; in
#: pixels the height of a line, what a list item and a paragraph have below them, the
#: margins, and of the foot a line and the rule above it. A frame without a script cannot
#: measure itself.
_WIDE, _NARROW = 78, 32
_LINE, _ITEM, _GAP, _MARGINS = 24, 6, 16, 40
_FOOT_LINE, _RULE = 21, 40


@dataclass(frozen=True, kw_only=True)
class Shown:
    """
    One mail. With *html* it is shown as a mail client shows it, else as its text.
    """

    heading: str
    subject: str
    text: str
    #: What the writer's mail program put below the text; it is folded away.
    quoted: str = ""
    html: str = ""
    #: The template, or what kind of message it is.
    kind: str = ""
    clause: str = ""
    why: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """
    What happened at one instant; *words* is the local moment in words.
    """

    at: datetime
    words: str
    notes: tuple[str, ...] = ()
    mails: tuple[Shown, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    A promise and what became of it.
    """

    promise: str
    clause: str
    due: str
    end: str
    is_broken: bool = False
    #: What shows that it was kept, or why it ended otherwise.
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """
    A turn of the story, in a sentence; *at* is the moment to which it leads.
    """

    at: datetime
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Story:
    title: str
    lead: tuple[str, ...] = ()
    #: For who reads no further than the first screen.
    turns: tuple[Turn, ...] = ()
    promises: tuple[Row, ...] = ()
    #: What the column of the ends is called: "What became of it".
    ends: str = "What became of it"
    moments: tuple[Moment, ...] = ()
    closing: tuple[str, ...] = ()


def page(story: Story, calendar: Calendar) -> str:
    """
    The whole page; *calendar* says which days are working days, and whose time it is.
    """
    return "\n".join(_page(story, calendar)) + "\n"


def _page(story: Story, calendar: Calendar) -> Iterator[str]:
    title = _said(story.title)
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    # A stranger's words stand in it: whatever they are, nothing is fetched and nothing runs.
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield f"<title>{title}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<header>"
    yield f"<h1>{title}</h1>"
    yield from (f"<p>{_said(each)}</p>" for each in story.lead)
    yield "</header>"
    yield "<main>"
    if story.turns:
        yield '<div class="overview">'
        yield from _turns(story, calendar)
        yield from _calendar(story.moments, calendar)
        yield "</div>"
    if story.promises:
        yield from _promises(story)
    if story.moments:
        if not story.turns:
            yield from _calendar(story.moments, calendar)
        yield from _timeline(story.moments, calendar)
    yield "</main>"
    if story.closing:
        yield "<footer>"
        yield from (f"<p>{_said(each)}</p>" for each in story.closing)
        yield "</footer>"
    yield "</body>"
    yield "</html>"


def _said(text: str) -> str:
    return escape(one_line(text))


# --- the story in short ----------------------------------------------------


def _turns(story: Story, calendar: Calendar) -> Iterator[str]:
    anchors = {each.at: f"moment-{number}" for number, each in enumerate(story.moments, 1)}
    yield '<section aria-labelledby="turns">'
    yield '<h2 id="turns">The story in short</h2>'
    yield '<ol class="turns">'
    for each in story.turns:
        day = _day_of(each, calendar)
        yield (
            f'<li><a href="#{anchors[each.at]}"><time datetime="{day.isoformat()}">'
            f"{day:%a} {day.day} {day:%b}</time></a> <span>{_said(each.sentence)}</span></li>"
        )
    yield "</ol>"
    yield "</section>"


# --- the promises ----------------------------------------------------------


def _promises(story: Story) -> Iterator[str]:
    yield '<section aria-labelledby="promises">'
    yield '<h2 id="promises">What is promised</h2>'
    yield '<table class="promises">'
    yield (
        '<thead><tr><th scope="col">Promise</th><th scope="col">By</th>'
        f'<th scope="col">{_said(story.ends)}</th></tr></thead>'
    )
    # A promise that was made again and again is quoted once, with every date below.
    rows = sorted(story.promises, key=_first_of(story.promises))
    for (promise, clause), same in groupby(rows, key=lambda row: (row.promise, row.clause)):
        dates = list(same)
        yield "<tbody>"
        for number, each in enumerate(dates):
            named = (
                f'<th scope="rowgroup" rowspan="{len(dates)}">{_said(promise)}'
                f"<q>{_said(clause)}</q></th>"
            )
            yield (
                f"<tr>{'' if number else named}<td>{_said(each.due)}</td>"
                f'<td class="{_end_of(each)}">{_said(each.end)}{_evidence(each)}</td></tr>'
            )
        yield "</tbody>"
    yield "</table>"
    yield "</section>"


def _first_of(rows: Sequence[Row]) -> Callable[[Row], int]:
    """
    The order of the promises: each where it is made first.
    """
    first: dict[tuple[str, str], int] = {}
    for number, each in enumerate(rows):
        first.setdefault((each.promise, each.clause), number)
    return lambda row: first[row.promise, row.clause]


def _end_of(row: Row) -> str:
    if row.is_broken:
        return "broken"
    return {"kept": "kept", "kept late": "late"}.get(row.end, "open")


def _evidence(row: Row) -> str:
    return f"<small>{_said(row.evidence)}</small>" if row.evidence else ""


# --- the calendar ----------------------------------------------------------


def _calendar(moments: Sequence[Moment], calendar: Calendar) -> Iterator[str]:
    """
    The weeks from the first moment to the last, each day with the number of its mails.
    """
    days = [_day_of(each, calendar) for each in moments]
    first, last = days[0], days[-1]
    counts = dict.fromkeys(days, 0)
    anchors: dict[date, str] = {}
    for number, (day, moment) in enumerate(zip(days, moments, strict=True), 1):
        counts[day] += len(moment.mails)
        if moment.mails:
            anchors.setdefault(day, f"moment-{number}")
    yield '<section aria-labelledby="calendar">'
    yield '<h2 id="calendar">The weeks at a glance</h2>'
    yield (
        "<p>A number in a ring is how many mails a day has, and leads to them."
        " Shaded days are not working days.</p>"
    )
    yield '<table class="weeks">'
    yield "<thead><tr>"
    yield from (
        f'<th scope="col"><abbr title="{each}">{each[:3]}</abbr></th>' for each in _WEEKDAYS
    )
    yield "</tr></thead>"
    yield "<tbody>"
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + timedelta(days=each) for each in range(7)]
        yield "<tr>"
        for day in week:
            if not first <= day <= last:
                yield '<td class="outside"></td>'
                continue
            is_shaded = "" if calendar.is_working_day(day) else ' class="off"'
            yield f"<td{is_shaded}>{_day(day, first)}{_ring(day, counts, anchors)}</td>"
        yield "</tr>"
        monday += _WEEK
    yield "</tbody>"
    yield "</table>"
    yield "</section>"


def _day_of(moment: Moment | Turn, calendar: Calendar) -> date:
    """
    The local day; 24:00 is of the day that ends, as the words for it say.
    """
    return calendar.local_day(moment.at - timedelta.resolution)


def _day(day: date, first: date) -> str:
    # The month where it begins, as wall calendars have it.
    month = f" {day:%b}" if day == first or day.day == 1 else ""
    return f'<time datetime="{day.isoformat()}">{day.day}{month}</time>'


def _ring(day: date, counts: dict[date, int], anchors: dict[date, str]) -> str:
    if day not in anchors:
        return ""
    mails = _counted(counts[day])
    return f'<a href="#{anchors[day]}" aria-label="{mails}, {date_words(day)}">{counts[day]}</a>'


def _counted(mails: int) -> str:
    return f"{mails} mail{'' if mails == 1 else 's'}"


# --- the timeline ----------------------------------------------------------


def _timeline(moments: Sequence[Moment], calendar: Calendar) -> Iterator[str]:
    first = _day_of(moments[0], calendar)
    yield '<section class="timeline" aria-labelledby="timeline">'
    yield '<h2 id="timeline">The timeline</h2>'
    for number, each in enumerate(moments, 1):
        days = (_day_of(each, calendar) - first).days
        yield f'<section class="moment" id="moment-{number}">'
        yield (
            f'<h3><time datetime="{each.at.isoformat()}">{_said(each.words)}</time>'
            f' <span class="count">day {days}</span></h3>'
        )
        if each.notes:
            yield "<ul>"
            yield from (f"<li>{_said(note)}</li>" for note in each.notes)
            yield "</ul>"
        for mail in each.mails:
            yield from _mail(mail)
        yield "</section>"
    yield "</section>"


def _mail(mail: Shown) -> Iterator[str]:
    heading = _said(mail.heading)
    yield '<article class="mail">'
    yield f"<h4>{heading}</h4>"
    yield '<div class="beside">'
    yield "<dl>"
    yield from _fact("Subject", mail.subject)
    yield from _fact("Kind", mail.kind)
    if mail.clause:
        yield f"<dt>What the code says</dt><dd><q>{_said(mail.clause)}</q></dd>"
    if mail.why:
        yield "<dt>Why it is sent</dt>"
        yield from (f"<dd>{_said(each)}</dd>" for each in mail.why)
    yield from _fact("File", mail.file)
    yield "</dl>"
    yield "</div>"
    yield '<div class="read">'
    if mail.html:
        wide, narrow = _height(mail.text, _WIDE), _height(mail.text, _NARROW)
        yield (
            f'<iframe sandbox="" title="{heading}: {_said(mail.subject)}"'
            f' style="--wide: {wide}px; --narrow: {narrow}px"'
            f' srcdoc="{escape(mail.html)}"></iframe>'
        )
        # Paper does not scroll: there the text stands in for the frame.
        yield f'<pre class="paper">{escape(mail.text)}</pre>'
    else:
        yield f"<pre>{escape(mail.text)}</pre>"
        if mail.quoted:
            yield "<details><summary>What is quoted below it</summary>"
            yield f"<pre>{escape(mail.quoted)}</pre></details>"
    yield "</div>"
    yield "</article>"


def _fact(name: str, value: str) -> Iterator[str]:
    if value:
        yield f"<dt>{name}</dt><dd>{_said(value)}</dd>"


def _height(text: str, width: int) -> int:
    """
    About how high the HTML of this text is, in lines of that many characters.
    """
    words, _, foot = "\n".join(text.split("\r\n")).strip().partition("\n--\n")
    height = _MARGINS
    for block in words.split("\n\n"):
        lines = block.splitlines()
        height += _GAP + sum(_LINE * ceil(len(line) / width) for line in lines)
        height += sum(_ITEM for line in lines if line.startswith("- "))
    if foot:
        height += _RULE + sum(_FOOT_LINE * ceil(len(line) / width) for line in foot.splitlines())
    return height


_STYLE = """
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
