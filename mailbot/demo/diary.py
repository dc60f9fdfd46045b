"""
The story as a page: what the screen tells, with each mail as its reader sees it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.demo.letters import html_of, read, text_of, without_quote
from mailbot.demo.telling import Told, moment_of
from mailbot.mail.words import end_of_day_words, moment_words
from mailbot.page.story import Moment, Shown, Turn


@dataclass
class Diary:
    """
    Entries are only ever added, to the latest moment.
    """

    zone: ZoneInfo
    moments: list[Moment] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def moment(self, at: datetime) -> None:
        if not self.moments or self.moments[-1].at != at:
            self.moments.append(Moment(at=at, words=moment_of(at.astimezone(self.zone))))

    def turn(self, sentence: str) -> None:
        """
        What the latest moment means for the story.
        """
        self.turns.append(Turn(at=self.moments[-1].at, sentence=sentence))

    def mail(self, told: Told) -> None:
        latest = self.moments[-1]
        text, html = text_of(told.content), html_of(told.content)
        # A reader's own mail program folds the quote away, too.
        words, quoted = (text, "") if html else without_quote(text)
        shown = Shown(
            heading=f"{told.writer} to {told.reader}",
            kind=told.kind,
            subject=str(read(told.content)["Subject"]),
            text=words,
            quoted=quoted,
            html=html,
            clause=told.clause,
            file=told.file,
        )
        self.moments[-1] = replace(latest, mails=(*latest.mails, shown))

    def notes(self, notes: Iterable[str]) -> None:
        latest = self.moments[-1]
        self.moments[-1] = replace(latest, notes=(*latest.notes, *notes))


def due_words(due_at: datetime, zone: ZoneInfo) -> str:
    """
    The last moment of a promise in words; midnight is the end of the day before.
    """
    local = due_at.astimezone(zone)
    if local.time() == time(0):
        return end_of_day_words(local.date() - timedelta(days=1))
    return moment_words(due_at, zone)
