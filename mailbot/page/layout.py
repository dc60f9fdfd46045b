"""
The page from its head to its foot.
"""

from collections.abc import Iterator

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.face import PLAIN, Face
from mailbot.page.frame import framed
from mailbot.page.promises import promises
from mailbot.page.story import Story
from mailbot.page.style import STYLE
from mailbot.page.timeline import timeline
from mailbot.page.turns import turns
from mailbot.page.weeks import weeks
from mailbot.page.words import said


def page(story: Story, calendar: Calendar, face: Face = PLAIN) -> str:
    """
    The whole page; *calendar* says which days are working days, and whose time it is.
    """
    return framed(story.title, STYLE, _body(story, calendar), face)


def _body(story: Story, calendar: Calendar) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{said(story.title)}</h1>"
    yield from (f"<p>{said(each)}</p>" for each in story.lead)
    yield "</header>"
    yield "<main>"
    if story.turns:
        yield '<div class="overview">'
        yield from turns(story, calendar)
        yield from weeks(story.moments, calendar)
        yield "</div>"
    if story.promises:
        yield from promises(story)
    if story.moments:
        if not story.turns:
            yield from weeks(story.moments, calendar)
        yield from timeline(story.moments, calendar)
    yield "</main>"
    if story.closing:
        yield "<footer>"
        yield from (f"<p>{said(each)}</p>" for each in story.closing)
        yield "</footer>"
