"""
What a page tells: the mails and what happened, moment by moment, and the promises.
"""

from dataclasses import dataclass
from datetime import datetime


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
