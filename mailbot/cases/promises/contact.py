"""
Keeping in touch: what counts as contact, and when the next one is owed.

Automatic mail never counts; a relayed answer, a logged call and an outcome do.
"""

from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.promises.settling import settled
from mailbot.cases.rulebook.clock_language import parse_within
from mailbot.cases.rulebook.promise import Promise
from mailbot.cases.states import State

#: Owed to the customer by a person in touch with them.
_BY_CONTACT = ("keep_contact", "answer")

#: An outcome ends the wait for these.
MET_BY_OUTCOME = ("agree_contact", "keep_contact", "answer")


def kept(case: Case, firm: Firm, at: datetime, evidence: str, *, cause: str) -> Decision:
    """
    A person was in touch with the customer at that instant: what was owed is
    met, and the next contact is booked.
    """
    met = Decision(reason="contact_kept")
    for promise in _BY_CONTACT:
        met = met.joined_with(settled(case, promise, at, evidence, cause=cause))
    if not case.owes("keep_contact") or case.state is not State.OPEN:
        return met
    return met.joined_with(
        Decision(reason="contact_booked", booked=(next_contact(case, firm, at),))
    )


def resumed(case: Case, firm: Firm, now: datetime) -> tuple[Obligation, Decision]:
    """
    The contact that the customer can count on once the case is in work again, and
    its booking: one that was agreed meanwhile stands.
    """
    owed = case.obligation("keep_contact")
    if owed and owed.state is ObligationState.OPEN:
        return owed, Decision(reason="contact_is_booked")
    following = next_contact(case, firm, now)
    return following, Decision(reason="contact_booked", booked=(following,))


def next_contact(case: Case, firm: Firm, since: datetime) -> Obligation:
    """
    The next contact by the agreed interval, or by the rulebook's. An interval of
    calendar days may end where nobody is in: then it is due as an instant agreed
    for that day would be.
    """
    promise = firm.rulebook.promise("keep_contact")
    if case.interval:
        promise = _at_interval(promise, case.interval)
    calendar, number = firm.calendar, case.next_number("keep_contact")
    booked = promise.book(since, calendar, number)
    if calendar.is_working_day(calendar.local_day(booked.acts_at)):
        return booked
    return promise.book_agreed(booked.acts_at, calendar, number)


def _at_interval(promise: Promise, interval: str) -> Promise:
    return Promise(
        name=promise.name,
        clause=promise.clause,
        within=parse_within(interval),
        acts=promise.acts,
        due=promise.due,
        steps=promise.steps,
    )
