"""
How far a letter got on its way out, and how much of the mail may leave.
"""

from datetime import timedelta
from enum import StrEnum


class Status(StrEnum):
    QUEUED = "queued"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    BOUNCED = "bounced"


#: On its way: may be claimed.
UNDERWAY = (Status.QUEUED, Status.DEFERRED, Status.UNCERTAIN)

#: Nobody can have accepted it yet.
STILL_HERE = (Status.QUEUED, Status.DEFERRED)

#: Longer than any letter waits for its next attempt, or is in anybody's hand.
LONGEST_WAIT = timedelta(hours=2)

#: While automatic mail is paused these still go: handlers' own words and the law's letters.
NEVER_PAUSED = ("handler-reply", "adr-rights", "deadlock")

#: Why a letter is withheld where nothing leaves at all.
NOT_LIVE = "send_is_none"

#: The promises a customer is owed a letter for: overdue ones are an alarm.
PROMISED = frozenset({"acknowledgement", "introduction", "adr-rights", "deadlock"})

#: What a customer waits for, and a handler's own words: first among what is due.
GOES_FIRST = frozenset({*PROMISED, "handler-reply", "outcome", "call-summary"})


class Paused(StrEnum):
    """
    How much of the mail is stopped.
    """

    NOTHING = ""
    AUTOMATIC = "automatic"
    EVERYTHING = "all"
