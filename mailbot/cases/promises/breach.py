"""
A promise is broken: who is told, and what follows from it.
"""

from datetime import date, datetime, timedelta

from mailbot.cases.case import Case
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Obligation, ObligationState, Settlement, Step
from mailbot.cases.promises import contact
from mailbot.cases.promises.settling import NO_EVIDENCE
from mailbot.cases.wording import promise_words
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import address_of


def after_breach(
    case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime
) -> Decision:
    """
    A missed contact is apologised for, and the next one is booked.
    """
    if step.promise == "credit":
        return _credit_still_owed(case, obligation, firm)
    if step.promise not in {"agree_contact", "keep_contact"}:
        return Decision(reason="nothing_follows")
    if step.promise == "agree_contact" and case.owes("keep_contact"):
        return Decision(reason="contact_is_booked")
    following = contact.next_contact(case, firm, step.at)
    if following.due_at <= now:
        # After an outage the next contact lies ahead, and one apology is enough.
        following = contact.next_contact(case, firm, now)
    decision = Decision(reason="contact_booked", booked=(following,))
    if step.promise == "agree_contact":
        return decision
    letter = Letter(
        template="contact-missed",
        to=case.complainant.address,
        occasion=step.occasion,
        facts={
            # An agreed moment is what the customer was told; else the last one in time is.
            "missed": in_words(obligation.due_at if obligation.since else obligation.acts_at, firm),
            "next_by": in_words(following.due_at, firm),
        },
    )
    event = Event(name="contact_missed", cause="clock", reason="no_contact_in_time")
    return decision.joined_with(
        Decision(reason="contact_missed", letters=(letter,), events=(event,))
    )


def _credit_still_owed(case: Case, obligation: Obligation, firm: Firm) -> Decision:
    """
    Nobody stops asking for a credit before it is applied: next month again.
    """
    # `due_at` is the midnight at which the next month begins.
    first = firm.calendar.local_day(obligation.due_at).replace(day=1)
    if first <= firm.calendar.local_day(obligation.acts_at):
        first = _next_month(first)
    number = case.next_number("credit")
    booked = firm.rulebook.promise("credit").book_month(first, firm.calendar, number)
    return Decision(reason="credit_still_owed", booked=(booked,))


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def breached(case: Case, step: Step, obligation: Obligation, firm: Firm, now: datetime) -> Decision:
    end = Settlement(
        promise=step.promise,
        number=step.number,
        state=ObligationState.BREACHED,
        at=obligation.due_at,
        evidence=NO_EVIDENCE,
    )
    event = Event(name="obligation_breached", cause="clock", reason=step.promise)
    manager = firm.people.manager(firm.calendar.local_day(now))
    if manager is None:
        return Decision(reason="breached", settled=(end,), events=(event,))
    letter = Letter(
        template="breach",
        to=address_of(manager),
        occasion=step.occasion,
        to_staff=True,
        facts={
            "promise": promise_words.PROMISES[step.promise].name,
            "clause": obligation.clause,
            "what": promise_words.PROMISES[step.promise].mend,
            "due_at": obligation.due_at,
        },
    )
    return Decision(reason="breached", settled=(end,), letters=(letter,), events=(event,))
