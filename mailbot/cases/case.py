"""
Our file on one complaint, and the people who have a role in it.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.illegal import aware
from mailbot.cases.obligation import Obligation
from mailbot.cases.people.handlers import Handler
from mailbot.cases.states import State
from mailbot.mail.message import Address


@dataclass(frozen=True, kw_only=True)
class Party:
    """
    Anyone with a role in a case who is not staff, and the thread we keep with them.
    """

    address: Address
    role: str = "complainant"
    phone: str = ""
    #: As on an envelope, a line each.
    postal_address: tuple[str, ...] = ()
    #: The signed id that stands first in References of every mail to them.
    anchor: str = ""
    #: The local-part suffix by which their answers find the case.
    token: str = ""
    #: Whether every letter to the complainant goes to them as a copy, too.
    gets_copies: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    Our file on one complaint, as far as a rule may look at it.
    """

    serial: int
    reference: str
    #: When the complaint first reached the firm; every clock starts here.
    received_at: datetime
    opened_at: datetime
    complainant: Party
    parties: tuple[Party, ...] = ()
    state: State = State.OPEN
    handler: Handler | None = None
    rulebook_version: str = ""
    #: The verdict of our own mail system that keeps mail in: "", "spam_verdict" or "dmarc_verdict".
    verdict: str = ""
    obligations: tuple[Obligation, ...] = ()
    #: Which of RIGHTS_LETTERS have been decided.
    rights_letters: frozenset[str] = frozenset()
    #: How far up the ladder of stage 5 it has gone; 0 is the first handler.
    level: int = 0
    #: Why the customer has no right to the scheme, as a named person said; "" is eligible.
    not_eligible: str = ""
    #: What somebody in touch with this customer should know.
    needs: tuple[str, ...] = ()
    #: The agreed interval of contact, as the rulebook writes lengths; "" is the default one.
    interval: str = ""
    is_data_protection: bool = False
    #: When the latest outcome was decided.
    outcome_at: datetime | None = None
    #: The credit that was agreed last, in words: amount and month.
    credit: str = ""
    #: The customer gets letters, and a person of the firm prints and posts them.
    by_post: bool = False
    #: The templates of the letters that wait to be posted, in the order they were written.
    to_post: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        aware(self.received_at)

    @property
    def is_new(self) -> bool:
        """
        Opened in this very decision: nothing has been promised yet.
        """
        return not self.obligations

    def obligation(self, promise: str) -> Obligation | None:
        """
        The latest obligation of that promise.
        """
        return next((each for each in reversed(self.obligations) if each.promise == promise), None)

    def numbered(self, promise: str, number: int) -> Obligation | None:
        wanted = (promise, number)
        return next(
            (each for each in self.obligations if (each.promise, each.number) == wanted), None
        )

    def next_number(self, promise: str) -> int:
        """
        The number of the next obligation of that promise.
        """
        latest = self.obligation(promise)
        return latest.number + 1 if latest else 1

    def owes(self, promise: str) -> bool:
        obligation = self.obligation(promise)
        return obligation is not None and obligation.is_owed

    def party(self, email: str) -> Party | None:
        wanted = email.lower()
        everyone = (self.complainant, *self.parties)
        return next((each for each in everyone if each.address.key == wanted), None)
