"""
The page from its head to its foot.
"""

from collections.abc import Iterator

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.page.promises import promises
from mailbot.page.story import Story
from mailbot.page.style import STYLE
from mailbot.page.timeline import timeline
from mailbot.page.turns import turns
from mailbot.page.weeks import weeks
from mailbot.page.words import said


def page(story: Story, calendar: Calendar) -> str:
    """
    The whole page; *calendar* says which days are working days, and whose time it is.
    """
    return "\n".join(_page(story, calendar)) + "\n"


def _page(story: Story, calendar: Calendar) -> Iterator[str]:
    title = said(story.title)
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
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<header>"
    yield f"<h1>{title}</h1>"
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
    yield "</body>"
    yield "</html>"
