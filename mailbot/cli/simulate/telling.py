"""
A foreseen future, told: as lines on a console, or as a page.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from mailbot.cases.firm import Firm
from mailbot.cases.wording import account
from mailbot.cases.wording.moments import in_words
from mailbot.cli.simulate import words
from mailbot.cli.simulate.future import Foreseen, Future, Instant
from mailbot.letters.facts import facts
from mailbot.letters.logo import LOGO_ID
from mailbot.letters.stationery import Rendered, Stationery
from mailbot.mail.words import one_line
from mailbot.page.pictures import address_of, with_pictures
from mailbot.page.story import Moment, Row, Shown, Story

#: Lines read longer than this are hard to follow, however wide the screen is.
_WIDEST = 100


@dataclass(frozen=True)
class Telling:
    """
    What it is told with: the firm, and the paper its letters are written on.
    """

    firm: Firm
    stationery: Stationery
    #: Where the time of receipt was taken from, in words.
    clock: str

    def lines(self, future: Future) -> Iterator[tuple[str, str]]:
        """
        Every line with its style.
        """
        yield self._title(future), "bold"
        for each in self._lead(future):
            yield each, ""
        if future.case:
            yield "", ""
            yield f"What is promised, under rulebook {future.case.rulebook_version}", "bold"
            for row in self._rows(future):
                yield f"  {row.promise}: by {row.due}; {row.end}", ""
                yield f'    "{row.clause}"', "dim"
        for instant in future.instants:
            yield "", ""
            yield f"== {self._moment(instant)} ==", "bold cyan"
            yield from self._instant(instant)
        closing = list(words.afterwards(future.pending, self.firm))
        if closing:
            yield "", ""
        for each in closing:
            yield each, ""

    def _instant(self, instant: Instant) -> Iterator[tuple[str, str]]:
        for each in instant.letters:
            rendered = self._rendered(each)
            yield "", ""
            yield f"{each.letter.template} to {words.who(each.letter.to, self.firm)}", "bold"
            yield f"  Subject: {rendered.subject}", "bold"
            if each.promise:
                yield f'  Clause:  "{each.promise.clause}"', ""
            for reason in words.why(each):
                yield f"  Why:     {reason}", ""
            yield "", ""
            for line in rendered.text.rstrip().splitlines():
                yield f"    {line}".rstrip(), ""
        yield "", ""
        for note in words.notes(instant, self.firm):
            yield f"  * {note}", "green"
        if events := words.events(instant):
            yield f"  * recorded: {events}", "green"

    def story(self, future: Future) -> Story:
        """
        The same for a page.
        """
        return Story(
            title=self._title(future),
            lead=tuple(self._lead(future)),
            promises=tuple(self._rows(future)),
            ends="If nobody acts",
            moments=tuple(
                Moment(
                    at=each.at,
                    words=self._moment(each),
                    notes=tuple(words.notes(each, self.firm)),
                    mails=tuple(self._shown(letter) for letter in each.letters),
                )
                for each in future.instants
            ),
            closing=tuple(words.afterwards(future.pending, self.firm)),
        )

    def _title(self, future: Future) -> str:
        subject = one_line(future.message.subject) or "a message without a subject"
        return f"What follows from “{subject}” if nobody does anything"

    def _lead(self, future: Future) -> Iterator[str]:
        sender = future.message.sender
        shown = f"{sender.name} <{sender.email}>" if sender and sender.name else ""
        wrote = one_line(shown or (sender.email if sender else "nobody that it names"))
        at = in_words(future.message.received_at, self.firm)
        yield f"Written by {wrote}; received {at} ({self.clock})."
        yield words.read_as(future)
        if future.named:
            yield (
                f"It names {', '.join(future.named)}. If that case exists and the sender belongs"
                " to it, the message would join it; here it is read as if there were no case."
            )
        if future.case:
            yield (
                "Every mail is taken to be accepted at once by the next mail server, no other case"
                f" exists, and {future.case.reference} stands for the reference it would get."
                " Nothing was sent and nothing recorded."
            )

    def _rows(self, future: Future) -> Iterator[Row]:
        for each in future.case.obligations if future.case else ():
            end = words.end(each)
            yield Row(
                promise=account.promise(each.promise),
                clause=each.clause,
                due=in_words(each.due_at, self.firm),
                end=end,
                is_broken=end == "broken",
            )

    def _moment(self, instant: Instant) -> str:
        said = in_words(instant.at, self.firm)
        return said[:1].upper() + said[1:]

    def _shown(self, foreseen: Foreseen) -> Shown:
        rendered = self._rendered(foreseen)
        letter = foreseen.letter
        return Shown(
            heading=f"To {words.who(letter.to, self.firm)}",
            kind=letter.template,
            subject=rendered.subject,
            text=rendered.text,
            html=with_pictures(
                rendered.html, {LOGO_ID: address_of("image/png", self.firm.face.logo)}
            ),
            clause=foreseen.promise.clause if foreseen.promise else "",
            why=words.why(foreseen),
        )

    def _rendered(self, foreseen: Foreseen) -> Rendered:
        letter = foreseen.letter
        return self.stationery.render(letter.template, facts(letter, foreseen.case, self.firm))


def tell(console: Console, telling: Telling, future: Future) -> None:
    """
    Print it. Text, not markup: strangers wrote parts of it.
    """
    for line, style in telling.lines(future):
        printable = "".join(
            each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line
        )
        for part in _wrapped(printable, min(console.width, _WIDEST)) or [""]:
            console.print(Text(part, style=style), soft_wrap=True)


def _wrapped(line: str, width: int) -> list[str]:
    """
    The line in parts that stand below their own beginning.
    """
    depth = len(line) - len(line.lstrip(" -*"))
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * depth,
        break_long_words=False,
        break_on_hyphens=False,
    )
