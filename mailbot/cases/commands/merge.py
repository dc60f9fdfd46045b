"""
One case out of two: #merge.
"""

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.life import merging
from mailbot.cases.states import State


def merge(order: Order, command: orders.Merge) -> tuple[Decision, str]:
    into = order.given.others.get(command.into)
    if into is None:
        raise Refused(f"there is no case {command.into}")
    if into.serial == order.case.serial:
        raise Refused("a case cannot be merged into itself")
    if into.state in {State.CLOSED, State.NOT_A_COMPLAINT}:
        raise Refused(f"{into.reference} is not in work; #reopen it first")
    if into.owes("credit") and order.case.owes("credit"):
        raise Refused("both cases owe a credit; say #credit applied in one of them first")
    if len(order.given.commands) > 1:
        raise Refused("#merge stands alone: give the other commands afterwards")
    decision = merging.goes_into(order.case, into, order.at, order.cause)
    said = f"{order.case.reference} is part of {into.reference} now; either leads there."
    mine, theirs = order.case.complainant.address, into.complainant.address
    if mine.key != theirs.key:
        said += f" Letters go to {theirs.email or theirs.name} alone, not to {mine.email}."
    return decision, said
