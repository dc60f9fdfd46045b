"""
Keeping in touch: what counts as contact, and when the next one is owed.

Automatic mail never counts; a relayed answer, a logged call and an outcome do.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.promises import settling
from mailbot.cases.rulebook.clock_language import parse_within
from mailbot.cases.rulebook.promise import Promise
from mailbot.cases.states import State

#: Owed to the customer by a person in touch with them.
_BY_CONTACT = ("keep_contact", "answer")

#: How the evidence begins of a time of which the customer was not told.
_NOT_TOLD = "contact-agreed "

#: How the evidence begins of a promise that the deadlock letter has ended.
_BY_LETTER = "deadlock "

#: Owed as long as a complaint is in work and no deadlock letter has ended them.
IN_TOUCH = ("agree_contact", "keep_contact")


def kept(case: Case, firm: Firm, at: datetime, evidence: str, *, cause: str) -> Decision:
    """
    A person was in touch with the customer at that instant: what was owed is
    met, and the next contact is booked.
    """
    met = Decision(reason="contact_kept")
    for promise in _BY_CONTACT:
        met = met.joined_with(settling.settled(case, promise, at, evidence, cause=cause))
    agreed = case.obligation("agree_contact")
    if agreed and agreed.is_owed and agreed.evidence.startswith(_NOT_TOLD):
        # A time was on record, and whoever had not been told of it has been spoken to.
        met = met.joined_with(settling.met(agreed, at, evidence, cause))
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


def ended(case: Case, at: datetime, evidence: str, *, cause: str) -> Decision:
    """
    We cannot agree, and the customer has been told so: nobody promises to be in touch
    until a contact is agreed, or they write again.
    """
    over = Decision(reason="contact_is_over")
    for promise in IN_TOUCH:
        over = over.joined_with(settling.withdrawn(case, promise, at, evidence, cause=cause))
    return over


def begun_again(case: Case, firm: Firm, now: datetime, since: datetime, *, cause: str) -> Decision:
    """
    The customer has written after the letter that ended it: what is left of the first
    days counts on, else the next contact is booked.
    """
    latest = [each for name in IN_TOUCH if (each := case.obligation(name))]
    if case.state is not State.OPEN or any(each.state is ObligationState.OPEN for each in latest):
        return Decision(reason="contact_is_owed")
    if not any(
        each.state is ObligationState.WITHDRAWN and each.evidence.startswith(_BY_LETTER)
        for each in latest
    ):
        return Decision(reason="contact_was_not_ended")
    agreed = case.obligation("agree_contact")
    if agreed and agreed.state is ObligationState.WITHDRAWN and now < agreed.due_at:
        return settling.owed_again(case, "agree_contact", now, cause=cause)
    return Decision(reason="contact_booked", booked=(next_contact(case, firm, since),))


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
    # Counted all the same: nobody agreed on that instant with the customer.
    return replace(promise.book_agreed(booked.acts_at, calendar, number), since=booked.since)


def _at_interval(promise: Promise, interval: str) -> Promise:
    return Promise(
        name=promise.name,
        clause=promise.clause,
        within=parse_within(interval),
        acts=promise.acts,
        due=promise.due,
        steps=promise.steps,
    )
