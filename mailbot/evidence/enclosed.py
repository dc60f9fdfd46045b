"""
What goes into the file, and what does not: values.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.bundle.sections import Line

#: Why a mail of an anonymised case is not there.
EMPTIED = "its words and octets were removed when the case was anonymised"


@dataclass(frozen=True)
class File:
    """
    One file of the bundle; *at* is the instant it is of.
    """

    name: str
    octets: bytes
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """
    One mail as it is in the file: by which names, seen from the index.
    """

    number: int
    page: str
    text: str = ""
    #: "" where the mail as it was is left out.
    eml: str = ""
    files: tuple[Line, ...] = ()
    #: What is said beside it: that a copy is altered, that it was emptied.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OnPaper:
    """
    A letter that was given to a person to print and post.
    """

    template: str
    given_at: datetime
    pages: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """
    What is not in the file, and why. *number* is that of a mail, *where* is what it is in.
    """

    what: str
    why: str
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Contents:
    """
    All that the index leads to.
    """

    mails: tuple[Enclosed, ...] = ()
    on_paper: tuple[OnPaper, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def of(self, number: int) -> Enclosed | None:
        return next((each for each in self.mails if each.number == number), None)

    def why_not(self, number: int) -> str:
        return next((each.why for each in self.left_out if each.number == number), "")
