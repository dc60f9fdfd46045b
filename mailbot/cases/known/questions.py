"""
What a rule may ask of memory, as values: whoever decides says what it needs, and whoever
remembers reads it, for many messages at once.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self


class Asks(StrEnum):
    CASE = "case"  # by its serial: the case there, with its people and promises
    STEPS = "steps"  # of a case: the instants of its promises
    LETTERS = "letters"  # of a case: whatever was said in it, without the octets
    REFERENCE = "reference"  # the case that a reference leads to
    NONCE = "nonce"  # the party, or the letter, that a nonce was issued to
    ID = "id"  # the letter or the message with that Message-ID or alias
    IDENTITY = "identity"  # the message that this is another delivery of
    SAME_TEXT = "same_text"  # what somebody has written in the same words (`SameText`)
    CASES_OF = "cases_of"  # the cases in work of a complainant, by address
    WORKLOAD = "workload"  # how many cases in work each handler has
    WORK_OF = "work_of"  # the cases in work of a handler, by address
    SENT_TO = "sent_to"  # the letters of cases that went lately to an address
    ACKNOWLEDGED = "acknowledged"  # acknowledgements of late to an address
    MAILED = "mailed"  # receipts and the like of late to one of our people, by address
    ANSWERS = "answers"  # what came in answer to a staff mail, by its nonce
    KEY = "key"  # whether a letter of that key, which belongs to no case, was written
    OCTETS = "octets"  # of a letter, by its row
    COMPLAINT = "complaint"  # with what a case began, by its serial
    MESSAGE = "message"  # one that is ours, by its row
    HELD = "held"  # what is held under that number
    HELD_FROM = "held_from"  # what is held of one row of the ledger
    LEDGER = "ledger"  # a row of the ledger, and the message that became ours under it
    LETTER = "letter"  # by its row


class Question(NamedTuple):
    asks: Asks
    about: str | int


class SameText(NamedTuple):
    """
    A text by its digest, who has sent it, and since when it counts.
    """

    digest: str
    sender: str
    since: datetime

    @property
    def question(self) -> Question:
        return Question(Asks.SAME_TEXT, f"{self.digest} {self.since.isoformat()} {self.sender}")

    @classmethod
    def read(cls, about: str) -> Self:
        digest, since, sender = about.split(" ", 2)
        return cls(digest, sender, datetime.fromisoformat(since))


class Unread(LookupError):  # noqa: N818 - nothing went wrong yet
    """
    A rule asked what has not been read: read that, and let it decide anew.
    """

    def __init__(self, question: Question) -> None:
        super().__init__(f"not read: {question.asks}")
        self.question = question
