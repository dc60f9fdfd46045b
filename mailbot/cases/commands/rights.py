"""
What the customer has a right to: #not-eligible, #eligible, #dp for the clock of the
data-protection law, and #subject for a copy of what is held about them.
"""

import shlex
from dataclasses import replace

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.months import months_after
from mailbot.cases.obligation import ObligationState, Settlement
from mailbot.cases.promises import settling, six_weeks
from mailbot.cases.states import State
from mailbot.cases.wording import task_words
from mailbot.cases.wording.tasks import task
from mailbot.mail.words import date_words


def not_eligible(order: Order, command: orders.NotEligible) -> tuple[Decision, str]:
    reasons = order.firm.rulebook.adr.not_eligible_reasons
    wanted = command.reason.strip().lower()
    found = [each for each in reasons if each.lower().startswith(wanted)]
    if len(found) != 1:
        raise Refused(
            f"write one of the reasons behind the word; the reasons are: {'; '.join(reasons)}"
        )
    decision = settling.withdrawn(
        order.case, "adr_rights", order.at, f"not eligible: {found[0]}", cause=order.cause
    )
    decision = decision.joined_with(
        Decision(
            reason="not_eligible",
            changes={"not_eligible": found[0]},
            events=(order.event("judged_not_eligible", found[0]),),
        )
    )
    return decision, f"Recorded, with your name: not eligible, {found[0]}."


def eligible(order: Order, command: orders.Eligible) -> tuple[Decision, str]:
    if not order.case.not_eligible:
        raise Refused("nobody has said that this customer is not eligible")
    decision = Decision(
        reason="eligible",
        changes={"not_eligible": ""},
        events=(order.event("judged_eligible", ""),),
    )
    if order.case.state in {State.OPEN, State.AWAITING_CONFIRMATION}:
        decision = decision.joined_with(
            six_weeks.rights_owed_again(
                replace(order.case, not_eligible=""),
                order.firm,
                order.now,
                order.occasion,
                cause=order.cause,
            )
        )
    return decision, "The customer has the right to the letter after six weeks again."


def data_protection(order: Order, command: orders.DataProtection) -> tuple[Decision, str]:
    if order.case.is_data_protection:
        raise Refused("the clock of the data-protection law runs already")
    promise = order.firm.rulebook.promise("data_protection")
    booked = promise.book(order.case.received_at, order.firm.calendar)
    decision = Decision(
        reason="data_protection",
        booked=(booked,),
        changes={"is_data_protection": True},
        events=(order.event("data_protection_clock", ""),),
    )
    acknowledged = order.case.obligation("acknowledge")
    kept = {ObligationState.MET, ObligationState.MET_LATE}
    if acknowledged and acknowledged.settled_at and acknowledged.state in kept:
        in_time = acknowledged.settled_at <= booked.due_at
        end = Settlement(
            promise="data_protection",
            state=ObligationState.MET if in_time else ObligationState.MET_LATE,
            at=acknowledged.settled_at,
            evidence=acknowledged.evidence,
        )
        decision = decision.joined_with(Decision(reason="acknowledged", settled=(end,)))
    return decision, "The clock of the data-protection law runs beside the others."


def subject_access(order: Order, command: orders.SubjectAccess) -> tuple[Decision, str]:
    """
    A request for access (UK GDPR art. 15) becomes a task for the manager, who decides to whom
    the data goes. The data itself never goes by this way: a mail of it would be one more copy,
    and whoever stole a reply address could have it made.
    """
    customer, asked = order.case.complainant, task_words.ACCESS_REQUESTED
    last = months_after(order.firm.calendar.local_day(order.at), 1)
    who = shlex.quote(customer.address.email or order.case.reference)
    told = {
        "by": date_words(last),
        "command": f"mailbot subject {who} {order.case.reference}.zip",
    }
    said = replace(
        asked,
        why=asked.why.format(**told),
        todo=tuple(each.replace("{command}", told["command"]) for each in asked.todo),
    )
    tasks = task(
        order.firm, order.now, order.occasion, said, why=f"says {order.by}", words=command.text
    )
    decision = replace(order.recorded("access_requested", ""), letters=tasks)
    names = " and ".join(each.to.name for each in tasks) or "Nobody"
    return decision, (
        f"{names} has the task to answer the request, by {told['by']} at the latest."
        " Nothing was sent to the customer."
    )
