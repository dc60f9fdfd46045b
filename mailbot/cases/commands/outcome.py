"""
How a complaint ends, and what undoes it: #outcome, #close, #reopen, #deadlock,
#not-complaint and #complaint.
"""

from dataclasses import replace

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.life import closing, escalation, outcome, reopening
from mailbot.cases.states import Move, State
from mailbot.cases.wording.moments import happened


def send(order: Order, command: orders.Outcome) -> tuple[Decision, str]:
    decision = outcome.outcome(
        order.case,
        order.at,
        text=command.text,
        occasion=order.occasion,
        by=order.cause,
    )
    return decision, order.said(
        "The outcome goes to the customer, who is asked to confirm it.",
        on_paper="The outcome is written, and asks the customer to confirm it.",
    )


def close(order: Order, command: orders.Close) -> tuple[Decision, str]:
    day = order.firm.calendar.local_day
    if day(command.at) < day(order.case.received_at):
        raise Refused(
            f"the complaint was received on {happened(order.case.received_at, order.firm)}; a"
            " confirmation from before that day closes nothing"
        )
    how = (
        f"{command.who} told us by {command.channel.value} on"
        f" {happened(command.at, order.firm)} that it is resolved"
    )
    decision = closing.closed(
        order.case, order.at, how, order.occasion, move=Move.CLOSED, cause=order.cause
    )
    return decision, order.said(
        "The case is closed, and the customer is told.", on_paper="The case is closed."
    )


def reopen(order: Order, command: orders.Reopen) -> tuple[Decision, str]:
    if order.case.state is State.OPEN:
        raise Refused("the case is open already; #escalate hands it up the ladder")
    return _open_again(order, command.why), "The case is open again, with its original dates."


def deadlock(order: Order, command: orders.Deadlock) -> tuple[Decision, str]:
    if "deadlock" in order.case.rights_letters:
        raise Refused("the deadlock letter has been written already")
    if order.case.not_eligible:
        raise Refused("the customer is marked as not eligible; say #eligible first")
    decision = escalation.deadlocked(order.case, command.text, order.occasion, order.cause)
    return decision, order.said(
        "The deadlock letter goes to the customer.", on_paper="The deadlock letter is written."
    )


def not_complaint(order: Order, command: orders.NotComplaint) -> tuple[Decision, str]:
    # Whoever says why it is none has read it: no verdict keeps the answer in.
    case = replace(order.case, verdict="")
    decision = closing.no_complaint(case, order.at, command.why, order.occasion, order.cause)
    decision = decision.joined_with(
        Decision(reason="judged", changes={"verdict": ""}, frees_withheld=True)
    )
    return decision, order.said(
        "Recorded as no complaint; the customer is told how to object.",
        on_paper="Recorded as no complaint.",
    )


def complaint(order: Order, command: orders.Complaint) -> tuple[Decision, str]:
    if order.case.state is not State.NOT_A_COMPLAINT:
        raise Refused("the case is a complaint already")
    return _open_again(order, command.why), "It is a complaint again, with its original dates."


def _open_again(order: Order, why: str) -> Decision:
    return reopening.reopened(
        order.case,
        order.firm,
        order.now,
        why,
        order.occasion,
        move=Move.REOPENED,
        cause=order.cause,
    )
