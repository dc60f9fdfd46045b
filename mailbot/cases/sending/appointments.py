"""
An agreed time that the customer has in writing: another one takes its place in words, and
what ends the promise takes it back.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import ObligationState
from mailbot.cases.wording.moments import in_words

#: Letters after which nobody keeps an agreed time any more.
_ENDING = frozenset({"closed", "outcome", "deadlock", "not-complaint"})


def still_to_come(case: Case, now: datetime) -> datetime | None:
    """
    The agreed time that the customer counts on, if there is one.
    """
    owed = case.obligation("keep_contact")
    is_agreed = owed is not None and owed.since is None
    is_open = owed is not None and owed.state is ObligationState.OPEN
    return owed.acts_at if owed and is_agreed and is_open and owed.acts_at > now else None


def instead_of(case: Case, at: datetime, firm: Firm, now: datetime) -> dict[str, object]:
    """
    The facts of a letter that agrees on another time than the one that stood.
    """
    before = still_to_come(case, now)
    return {"instead_of": in_words(before, firm)} if before and before != at else {}


def taken_back(decision: Decision, case: Case, firm: Firm, now: datetime) -> Decision:
    """
    *decision* with the agreed time of *case* taken back in the letter to the customer that
    ends it, for their calendar too.
    """
    at = still_to_come(case, now)
    if at is None or not any(each.template in _ENDING for each in decision.letters):
        return decision
    facts = {"cancelled": in_words(at, firm), "cancelled_at": at}
    return replace(decision, letters=tuple(_saying(each, case, facts) for each in decision.letters))


def _saying(letter: Letter, case: Case, facts: dict[str, object]) -> Letter:
    is_theirs = not letter.to_staff and letter.to.key == case.complainant.address.key
    if not is_theirs or letter.template not in _ENDING:
        return letter
    return replace(letter, facts={**letter.facts, **facts})
