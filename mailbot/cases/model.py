"""
The values that the rules speak of: people, cases, obligations, letters, decisions.

Everything here is frozen. A rule takes these and returns a `Decision`; nobody
changes a case but by recording one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from typing import Any

from mailbot.cases.states import Move, State, after
from mailbot.mail.message import Address, Attachment


class Illegal(ValueError):  # noqa: N818 - it names the value, as ValueError does
    """
    A value that must not exist was about to be built.
    """


def aware(instant: datetime) -> datetime:
    """
    The same instant, or Illegal if it does not say where on earth it is.
    """
    if instant.tzinfo is None:
        raise Illegal(f"a naive datetime: {instant.isoformat()}")
    return instant


class Role(StrEnum):
    HANDLER = "handler"
    MANAGER = "customer_service_manager"
    HEAD = "head_of_professional_services"
    ACCOUNT_MANAGER = "account_manager"


@dataclass(frozen=True, kw_only=True)
class Absence:
    """
    Local dates, both included.
    """

    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True)
class Handler:
    """
    A person of the firm, as handlers.toml has them.
    """

    name: str
    email: str
    also: tuple[str, ...] = ()
    direct_phone: str = ""
    login: str = ""
    receipts: str = "needed"
    show_direct_email: bool = False
    role: Role = Role.HANDLER
    department: str = ""
    away: tuple[Absence, ...] = ()

    def is_away(self, day: date) -> bool:
        return any(absence.covers(day) for absence in self.away)

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(each.lower() for each in (self.email, *self.also))


@dataclass(frozen=True)
class People:
    """
    Everybody in handlers.toml, in its order.
    """

    handlers: tuple[Handler, ...] = ()

    def by_address(self, email: str) -> Handler | None:
        """
        Whoever writes from this address, by the file; no proof that they did.
        """
        wanted = email.lower()
        return next((each for each in self.handlers if wanted in each.addresses), None)

    @property
    def logins(self) -> dict[str, str]:
        """
        Every address of everybody, lower-case, with the login of who it belongs to; ""
        where the file names none.
        """
        return {address: each.login for each in self.handlers for address in each.addresses}

    def named(self, words: str) -> Handler | None:
        """
        Whoever has this name or address in the file.
        """
        wanted = " ".join(words.split()).lower()
        by_name = (each for each in self.handlers if each.name.lower() == wanted)
        return next(by_name, None) or self.by_address(wanted)

    def in_role(self, role: Role) -> tuple[Handler, ...]:
        return tuple(each for each in self.handlers if each.role is role)

    def also_away(self, periods: Mapping[str, tuple[Absence, ...]]) -> "People":
        """
        The same people with these absences, by address, beside those of the file.
        """
        return People(
            tuple(
                replace(each, away=(*each.away, *more)) if (more := _of(each, periods)) else each
                for each in self.handlers
            )
        )

    def manager(self, day: date) -> Handler | None:
        """
        Who gets tasks and breaches: a customer service manager who is in, else
        one who is not, else the head; None only if the file names none of them.
        """
        ladder = self.in_role(Role.MANAGER) + self.in_role(Role.HEAD)
        present = [each for each in ladder if not each.is_away(day)]
        return next(iter([*present, *ladder]), None)


def _of(handler: Handler, periods: Mapping[str, tuple[Absence, ...]]) -> tuple[Absence, ...]:
    """
    The absences of one person, under whichever of their addresses.
    """
    return tuple(
        period for address in sorted(handler.addresses) for period in periods.get(address, ())
    )


class ObligationState(StrEnum):
    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    WITHDRAWN = "withdrawn"


class Does(StrEnum):
    """
    What is to happen at one instant of an obligation.
    """

    ACT = "act"  # mailbot acts of itself
    WARN = "warn"  # the handler is warned
    ALARM = "alarm"  # the manager gets a task, the promise may still be kept
    DUE = "due"  # the last instant is past


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One instant of an obligation. It is stored when the obligation is booked, so
    that a change of the rulebook moves nothing by itself.
    """

    does: Does
    at: datetime
    #: The obligation it belongs to.
    promise: str = ""
    number: int = 1

    def __post_init__(self) -> None:
        aware(self.at)


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """
    One stored duty towards the complainant: fixed when booked, never paused,
    settled only by evidence.
    """

    promise: str
    #: Which of several: a promise that repeats books the next one.
    number: int = 1
    clause: str
    acts_at: datetime
    due_at: datetime
    steps: tuple[Step, ...] = ()
    state: ObligationState = ObligationState.OPEN
    settled_at: datetime | None = None
    evidence: str = ""
    #: From when its time was counted; None where the instant itself was agreed.
    since: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.acts_at)
        aware(self.due_at)

    @property
    def is_owed(self) -> bool:
        """
        Whether evidence is still wanted: also after a breach, for *met late*.
        """
        return self.state in {ObligationState.OPEN, ObligationState.BREACHED}


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
class Letter:
    """
    One mail that a decision sends, before it is composed.

    *occasion* makes it unique: (case, occasion, template) is said once. For the
    templates in ONCE_PER_RECIPIENT the recipient takes its place.
    """

    template: str
    to: Address
    occasion: str
    to_staff: bool = False
    #: What the template needs beyond what every letter of the case has.
    facts: Mapping[str, object] = field(default_factory=dict)
    #: What goes with it, in order: files of the message that caused it.
    attachments: tuple[Attachment, ...] = ()
    #: The message it answers, so that the reader's client threads it.
    in_reply_to: str | None = None
    #: Auto-Submitted: auto-replied, because the recipient's own message caused it.
    is_reply: bool = False
    #: Why it is written but not sent, if so.
    withheld: str = ""
    #: The letter to the customer that goes with it as a page ready to print.
    encloses: "Letter | None" = None
    #: The octets of a mail that came back, where that letter cannot be written anew.
    on_paper: bytes = field(default=b"", repr=False)
    #: The letter to the complainant that it repeats for somebody else.
    copy_of: "Letter | None" = None


#: Said once to an address in the life of a case, whatever the occasion.
ONCE_PER_RECIPIENT = frozenset({"acknowledgement", "adr-rights", "deadlock"})

#: The promises that a letter keeps once it has been accepted by the next hop, or posted.
KEEPS: Mapping[str, tuple[str, ...]] = {
    "acknowledgement": ("acknowledge", "data_protection"),
    "introduction": ("introduce",),
    "adr-rights": ("adr_rights",),
    "deadlock": ("adr_rights",),
}

#: A letter to the complainant once more, for somebody else: it keeps no promise.
COPY = "copy"

#: The two letters the law wants: never capped, and sent while automatic mail is paused.
RIGHTS_LETTERS = frozenset({"adr-rights", "deadlock"})


@dataclass(frozen=True, kw_only=True)
class Event:
    """
    One line of a case's history.

    *cause* is what made it happen (message, command, clock, delivery); *reason*
    the rule that decided, by name.
    """

    name: str
    cause: str
    reason: str = ""
    about: str = ""


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


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """
    The state that an obligation takes, since when and on what evidence.
    """

    promise: str
    number: int = 1
    state: ObligationState
    at: datetime
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """
    Everything that follows from one trigger, and why.
    """

    reason: str
    events: tuple[Event, ...] = ()
    letters: tuple[Letter, ...] = ()
    booked: tuple[Obligation, ...] = ()
    settled: tuple[Settlement, ...] = ()
    #: Obligations whose instants are other ones from now on, with their new steps.
    moved: tuple[Obligation, ...] = ()
    handler: Handler | None = None
    #: What happens to the case, in order; `cases/states.py` says where it leads.
    moves: tuple[Move, ...] = ()
    #: Templates of letters to the customer that have become pointless, if they are still here.
    withdraws: frozenset[str] = frozenset()
    #: The serial of the case that this one is part of from now on.
    merged_into: int | None = None
    #: Letters that were withheld so far may be written again.
    frees_withheld: bool = False
    #: What else of the case changes, by the names of its fields.
    changes: Mapping[str, Any] = field(default_factory=dict)
    #: Why a command was not carried out, and what to say instead; then nothing else is set.
    refusal: str = ""
    #: What commands are answered with.
    answer: str = ""

    def applied_to(self, case: Case) -> Case:
        """
        The case as it stands once this decision is recorded.
        """
        ends = {(each.promise, each.number): each for each in self.settled}
        moved = {(each.promise, each.number): each for each in self.moved}
        obligations = tuple(
            replace(each, state=end.state, settled_at=end.at, evidence=end.evidence)
            if (end := ends.get((each.promise, each.number)))
            else each
            for each in (
                moved.get((each.promise, each.number), each)
                for each in (*case.obligations, *self.booked)
            )
        )
        said = {
            each.encloses.template if each.encloses else each.template
            for each in self.letters
            # What a verdict keeps in has told nobody anything.
            if not each.withheld
        }
        changed: dict[str, Any] = {
            "obligations": obligations,
            "handler": self.handler or case.handler,
            "state": reduce(after, self.moves, case.state),
            **self.changes,
        }
        changed["rights_letters"] = changed.get("rights_letters", case.rights_letters) | (
            said & RIGHTS_LETTERS
        )
        return replace(case, **changed)

    def joined_with(self, other: "Decision") -> "Decision":
        """
        Both, one after the other, under the reason of this one.
        """
        return replace(
            self,
            events=self.events + other.events,
            letters=self.letters + other.letters,
            booked=self.booked + other.booked,
            settled=self.settled + other.settled,
            moved=self.moved + other.moved,
            handler=other.handler or self.handler,
            moves=self.moves + other.moves,
            withdraws=self.withdraws | other.withdraws,
            merged_into=other.merged_into or self.merged_into,
            frees_withheld=self.frees_withheld or other.frees_withheld,
            changes={**self.changes, **other.changes},
        )


def reasons(decisions: Sequence[Decision]) -> str:
    return ", ".join(dict.fromkeys(each.reason for each in decisions))
