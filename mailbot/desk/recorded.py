"""
What became of a message, a deadline, a letter or an order, for the log and whoever asked.
"""

from dataclasses import dataclass

from mailbot.cases.case import Case
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.letter import Letter


@dataclass(frozen=True)
class LetGo:
    """
    A held message that may go on by the word of a person, and the receipt that they
    get where nothing else tells them what became of it.
    """

    held_id: int
    vouched: Vouched
    receipt: Letter


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """
    What became of a message, a deadline or a letter.
    """

    reason: str
    action: str = ""
    kind: str = ""
    evidence: str = ""
    case: str = ""
    letters: tuple[str, ...] = ()
    silence: str = ""
    #: The template of a mail to one of our people that it brought back; "" = of none.
    unreached: str = ""
    #: It answers mail that was sent in a past which this database has lost.
    is_of_a_lost_past: bool = False
    #: It may be about somebody at risk, and nobody who is told of it is in.
    is_unheard: bool = False
    #: What commands are answered with, or why they were refused.
    answer: str = ""
    refusal: str = ""
    #: The case as it stands then.
    after: Case | None = None
    #: What goes on in the same transaction.
    lets_go: LetGo | None = None


#: A second sight of what is ours already.
ALREADY_OURS = Recorded(reason="already_ours", silence="already_ours")


@dataclass(frozen=True)
class Ordered:
    """
    Whether commands were carried out, and what to tell whoever gave them.
    """

    is_done: bool
    answer: str
    #: The case that it was about, or that it opened.
    serial: int | None = None
