"""
Being in touch: #contact agrees a time, #call records one, #every agrees how often.
"""

from datetime import timedelta

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.letter import Letter
from mailbot.cases.promises import contact, settling
from mailbot.cases.sending.appointments import instead_of
from mailbot.cases.wording.moments import in_words

#: A promise to be in touch that is further off than this is none, or a slip of the finger.
_FURTHEST_CONTACT, _LONGEST_WITHOUT_CONTACT = timedelta(weeks=26), timedelta(weeks=6)


def agree(order: Order, command: orders.Contact) -> tuple[Decision, str]:
    order.must_be_in_work()
    if command.at <= order.now:
        return _agreed_and_over(order, command)
    if command.at - order.at > _FURTHEST_CONTACT:
        raise Refused(
            f"{in_words(command.at, order.firm)} is more than half a year off;"
            ' agree a nearer time, such as "#contact tomorrow 10:00"'
        )
    words = in_words(command.at, order.firm)
    promise = order.firm.rulebook.promise("keep_contact")
    number = order.case.next_number("keep_contact")
    letter = Letter(
        template="contact-agreed",
        to=order.case.complainant.address,
        occasion=order.occasion,
        facts={
            "at": words,
            "how": "by telephone",
            "agreed_at": command.at,
            **instead_of(order.case, command.at, order.firm, order.now),
        },
    )
    decision = Decision(
        reason="contact_agreed",
        letters=(letter,),
        booked=(promise.book_agreed(command.at, order.firm.calendar, number),),
        events=(order.event("contact_agreed", words),),
        withdraws=frozenset({"follow-up"}),
    )
    for end in (
        settling.settled(
            order.case,
            "agree_contact",
            order.at,
            # The customer has to know of it: the time is agreed as long as that arrives.
            settling.by_letter(f"agreed: {words}", order.occasion),
            cause=order.cause,
        ),
        settling.overtaken(
            order.case, "keep_contact", order.at, f"agreed anew: {words}", cause=order.cause
        ),
    ):
        # Settled before the new one is booked, so that the old one is meant.
        decision = end.joined_with(decision)
    return decision, order.said(
        f"Recorded, and the confirmation goes to the customer: contact on {words}.",
        on_paper=f"Recorded: contact on {words}.",
    )


def _agreed_and_over(order: Order, command: orders.Contact) -> tuple[Decision, str]:
    """
    The time was still to come when they wrote it, and the mail waited for us or for
    their yes: it was agreed, and nobody is told of a time that has passed.
    """
    words = in_words(command.at, order.firm)
    agreed = settling.settled(
        order.case, "agree_contact", order.at, f"agreed: {words}", cause=order.cause
    )
    _, following = contact.resumed(order.case, order.firm, order.now)
    recorded = Decision(reason="contact_agreed", events=(order.event("contact_agreed", words),))
    return recorded.joined_with(agreed).joined_with(following), (
        f"Recorded: contact was agreed for {words}. That is over by now, so the customer was"
        " not told. If you rang, say #call; if not, agree a new time."
    )


def call(order: Order, command: orders.Call) -> tuple[Decision, str]:
    order.must_be_in_work()
    kept = contact.kept(
        order.case, order.firm, order.at, f"telephone call by {order.by}", cause=order.cause
    )
    next_by = in_words(kept.booked[0].due_at, order.firm) if kept.booked else ""
    letter = Letter(
        template="call-summary",
        to=order.case.complainant.address,
        occasion=order.occasion,
        facts={"body": command.text, "next_by": next_by},
    )
    decision = Decision(
        reason="call_recorded",
        letters=(letter,),
        events=(order.event("telephone_call", command.text),),
    )
    return decision.joined_with(kept), order.said(
        "The call is on record and its summary goes to the customer.",
        on_paper="The call is on record.",
    )


def every(order: Order, command: orders.Every) -> tuple[Decision, str]:
    order.must_be_in_work()
    today = order.firm.calendar.local_day(order.at)
    last = command.interval.day_after(today, order.firm.calendar)
    if last - today > _LONGEST_WITHOUT_CONTACT:
        raise Refused(
            f'{command.interval} are more than six weeks; agree less, such as "#every 5 working days"'
        )
    interval = str(command.interval)
    decision = Decision(
        reason="interval_agreed",
        events=(order.event("interval_agreed", interval),),
        changes={"interval": interval},
    )
    return decision, f"From the next contact on, the interval is {interval}."
