"""
What can become of a message that we hand to the next hop.

*Final* is only what the recipient's side says about the recipient, and that the message is
larger than anybody takes it. Everything else keeps the mail: an unknown failure is never
the end of a letter.

A *reason* is fit for a log: a code and a fixed phrase. *detail* is what the server
said, word for word; it may name people and is for the file only.
"""

from dataclasses import dataclass

#: How a reason ends that speaks of the recipient alone, and what is in one that says why
#: (RFC 3463 §3.3: X.2.2).
THEIRS = ": the recipient's"
MAILBOX_FULL = " (mailbox full)"


@dataclass(frozen=True)
class Sent:
    """
    Accepted by the next hop; *reply* is its final 250 line.
    """

    reply: str


@dataclass(frozen=True)
class Deferred:
    """
    Not now. *code* is the SMTP reply code where one was given.

    `about_us` marks a permanent-looking refusal that is not about the recipient
    (relay denied, quota, login), `may_be_theirs` one that was said of the recipient in words
    that leave it open, `is_theirs` one of which it is known; `channel` one that will meet
    the next message too (no connection, login refused, 421), `throttled` one that asks for
    fewer at a time and says nothing of this message.
    """

    reason: str
    code: int | None = None
    about_us: bool = False
    channel: bool = False
    detail: str = ""
    may_be_theirs: bool = False
    is_theirs: bool = False
    throttled: bool = False


@dataclass(frozen=True)
class Refused:
    """
    The recipient's own no, a recipient that cannot be written at all, or a message that
    is too big.
    """

    reason: str
    code: int | None = None
    detail: str = ""
    too_big: bool = False


@dataclass(frozen=True)
class Uncertain:
    """
    The line was lost inside DATA: the next hop may or may not have the message.
    """

    reason: str
    detail: str = ""


Outcome = Sent | Deferred | Refused | Uncertain
