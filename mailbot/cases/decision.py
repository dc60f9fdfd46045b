"""
Everything that follows from one trigger, and what that makes of the case.

A rule takes values and returns a `Decision`; nobody changes a case but by recording one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from mailbot.cases.case import Case
from mailbot.cases.letter import RIGHTS_LETTERS, Letter
from mailbot.cases.obligation import Obligation, Settlement
from mailbot.cases.people.handlers import Handler
from mailbot.cases.states import Move, after


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
        changed: dict[str, Any] = {}
        if self.booked or self.settled or self.moved:
            changed["obligations"] = self._obligations_of(case)
        if self.handler:
            changed["handler"] = self.handler
        if self.moves:
            changed["state"] = reduce(after, self.moves, case.state)
        changed |= self.changes
        if said := self._rights_letters():
            changed["rights_letters"] = changed.get("rights_letters", case.rights_letters) | said
        return replace(case, **changed) if changed else case

    def _obligations_of(self, case: Case) -> tuple[Obligation, ...]:
        ends = {(each.promise, each.number): each for each in self.settled}
        moved = {(each.promise, each.number): each for each in self.moved}
        everything = (*case.obligations, *self.booked)
        if moved:
            everything = tuple(moved.get((each.promise, each.number), each) for each in everything)
        return tuple(
            replace(each, state=end.state, settled_at=end.at, evidence=end.evidence)
            if (end := ends.get((each.promise, each.number)))
            else each
            for each in everything
        )

    def _rights_letters(self) -> frozenset[str]:
        """
        Which of the two it says. What a verdict keeps in has told nobody anything.
        """
        said = (
            each.encloses.template if each.encloses else each.template
            for each in self.letters
            if not each.withheld
        )
        return RIGHTS_LETTERS.intersection(said)

    def joined_with(self, other: "Decision", *, reason: str = "") -> "Decision":
        """
        Both, one after the other, under *reason*, or that of this one.
        """
        # Written out: `replace` asks each field by its name, and rules join decisions all the time.
        return Decision(
            reason=reason or self.reason,
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
            refusal=self.refusal,
            answer=self.answer,
        )


def reasons(decisions: Sequence[Decision]) -> str:
    return ", ".join(dict.fromkeys(each.reason for each in decisions))
