"""
The timeline: what happened at each moment, and its mails as their readers see them.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.page.story import Moment, Shown
from mailbot.page.words import day_of, said

#: How the mails are laid out: characters in a line of a wide and of a narrow frame; in
#: pixels the height of a line, what a list item and a paragraph have below them, the
#: margins, and of the foot a line and the rule above it. A frame without a script cannot
#: measure itself.
_WIDE, _NARROW = 78, 32
_LINE, _ITEM, _GAP, _MARGINS = 24, 6, 16, 40
_FOOT_LINE, _RULE = 21, 40


def timeline(moments: Sequence[Moment], calendar: Calendar) -> Iterator[str]:
    first = day_of(moments[0], calendar)
    yield '<section class="timeline" aria-labelledby="timeline">'
    yield '<h2 id="timeline">The timeline</h2>'
    for number, each in enumerate(moments, 1):
        days = (day_of(each, calendar) - first).days
        yield f'<section class="moment" id="moment-{number}">'
        yield (
            f'<h3><time datetime="{each.at.isoformat()}">{said(each.words)}</time>'
            f' <span class="count">day {days}</span></h3>'
        )
        if each.notes:
            yield "<ul>"
            yield from (f"<li>{said(note)}</li>" for note in each.notes)
            yield "</ul>"
        for mail in each.mails:
            yield from _mail(mail)
        yield "</section>"
    yield "</section>"


def _mail(mail: Shown) -> Iterator[str]:
    heading = said(mail.heading)
    yield '<article class="mail">'
    yield f"<h4>{heading}</h4>"
    yield '<div class="beside">'
    yield "<dl>"
    yield from _fact("Subject", mail.subject)
    yield from _fact("Kind", mail.kind)
    if mail.clause:
        yield f"<dt>What the code says</dt><dd><q>{said(mail.clause)}</q></dd>"
    if mail.why:
        yield "<dt>Why it is sent</dt>"
        yield from (f"<dd>{said(each)}</dd>" for each in mail.why)
    yield from _fact("File", mail.file)
    yield "</dl>"
    yield "</div>"
    yield '<div class="read">'
    if mail.html:
        wide, narrow = _height(mail.text, _WIDE), _height(mail.text, _NARROW)
        yield (
            f'<iframe sandbox="" title="{heading}: {said(mail.subject)}"'
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
        yield f"<dt>{name}</dt><dd>{said(value)}</dd>"


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
