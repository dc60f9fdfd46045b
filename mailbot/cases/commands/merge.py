"""
One case out of two: #merge.
"""

from mailbot.cases.case import Case
from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.life import merging
from mailbot.cases.life.same_person import SAME_PERSON, is_the_same_person
from mailbot.cases.states import State
from mailbot.mail.message import Address


def merge(order: Order, command: orders.Merge) -> tuple[Decision, str]:
    into = order.given.others.get(command.into)
    if into is None:
        raise Refused(f"there is no case {command.into}")
    if into.serial == order.case.serial:
        raise Refused("a case cannot be merged into itself")
    if into.state in {State.CLOSED, State.NOT_A_COMPLAINT}:
        raise Refused(f"{into.reference} is not in work; #reopen it first")
    if not is_the_same_person(order.case, into):
        raise Refused(_two_people(order.case, into))
    if into.owes("credit") and order.case.owes("credit"):
        raise Refused("both cases owe a credit; say #credit applied in one of them first")
    if len(order.given.commands) > 1:
        raise Refused("#merge stands alone: give the other commands afterwards")
    decision = merging.goes_into(order.case, into, order.at, order.cause)
    said = f"{order.case.reference} is part of {into.reference} now; either leads there."
    mine, theirs = order.case.complainant.address, into.complainant.address
    if mine.key != theirs.key:
        said += (
            f" Letters go to {theirs.email or theirs.name} alone; {mine.email or mine.name} gets"
            " nothing more from us, no letter about the right to independent help either."
        )
    return decision, said


def _two_people(case: Case, into: Case) -> str:
    """
    What the receipt says, and what to write where they are one person after all.
    """
    mine, theirs = case.complainant.address, into.complainant.address
    why = (
        f"{case.reference} is the complaint of {_called(mine)}, and {into.reference} that of"
        f" {_called(theirs)}: another person's, who would never hear from us again. Each of them"
        " keeps their own case"
    )
    if not mine.email:
        return f"{why}; if they are one person, say #correct name in one of the cases first"
    return (
        f"{why}. If they are one person, answer the mail about {into.reference} with"
        f' "#party add {mine.email} {SAME_PERSON}" first, and then say #merge again'
    )


def _called(who: Address) -> str:
    return " ".join(filter(None, (who.name, f"({who.email})" if who.email else "")))
