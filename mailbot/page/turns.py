"""
The story in short: its turns, each in a sentence that leads to its moment.
"""

from collections.abc import Iterator

from mailbot.cases.rulebook.working_days import Calendar
from mailbot.page.story import Story
from mailbot.page.words import day_of, said


def turns(story: Story, calendar: Calendar) -> Iterator[str]:
    anchors = {each.at: f"moment-{number}" for number, each in enumerate(story.moments, 1)}
    yield '<section aria-labelledby="turns">'
    yield '<h2 id="turns">The story in short</h2>'
    yield '<ol class="turns">'
    for each in story.turns:
        day = day_of(each, calendar)
        yield (
            f'<li><a href="#{anchors[each.at]}"><time datetime="{day.isoformat()}">'
            f"{day:%a} {day.day} {day:%b}</time></a> <span>{said(each.sentence)}</span></li>"
        )
    yield "</ol>"
    yield "</section>"
