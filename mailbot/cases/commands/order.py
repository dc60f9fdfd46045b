"""
One command that is given on a case, and the word that refuses it.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.states import State
from mailbot.cases.triggers import CommandsGiven


class Refused(ValueError):  # noqa: N818 - an answer, not a failure
    """
    A command that the case does not allow; str() says why and what to write instead.
    """


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    One command, on the case as the commands before it have left it.
    """

    case: Case
    firm: Firm
    now: datetime
    given: CommandsGiven
    occasion: str

    @property
    def at(self) -> datetime:
        return self.given.said_at

    @property
    def by(self) -> str:
        return self.given.by

    @property
    def cause(self) -> str:
        return f"command by {self.given.by}"

    def recorded(self, name: str, text: str) -> Decision:
        return Decision(reason=name, events=(self.event(name, text),))

    def event(self, name: str, about: str) -> Event:
        return Event(name=name, cause=self.cause, reason="command", about=about)

    def said(self, by_mail: str, *, on_paper: str) -> str:
        """
        The sentence of the receipt. On paper nothing reaches the customer by being done;
        `sending/by_post` adds what it takes.
        """
        return on_paper if self.case.by_post else by_mail

    def must_be_in_work(self) -> None:
        if self.case.state not in {State.OPEN, State.AWAITING_CONFIRMATION}:
            raise Refused("the case is not in work; #reopen opens it again")
