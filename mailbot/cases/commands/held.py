"""
What was kept in goes on or not: #release and #reject. Commands about no case are refused here.
"""

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.sending import verdicts


def release(order: Order, command: orders.Release) -> tuple[Decision, str]:
    _is_about_the_case(order, command.held_id)
    decision = verdicts.released(order.case, order.now, order.occasion, order.cause)
    if not order.case.verdict and not decision.letters:
        raise Refused("nothing of this case is kept in")
    return decision, order.said(
        "Released: what is owed to the customer goes out now.", on_paper="Released."
    )


def reject(order: Order, command: orders.Reject) -> tuple[Decision, str]:
    _is_about_the_case(order, command.held_id)
    if not order.case.verdict:
        raise Refused("this case stands under no verdict; #not-complaint says why it is none")
    decision = verdicts.rejected(order.case, order.at, order.occasion, order.cause)
    return decision, "Rejected: the promises stop, and the sender gets nothing."


def file_in(order: Order, command: orders.FileIn) -> tuple[Decision, str]:
    raise Refused("#case is about a held message: mailbot held list, then mailbot do '#case …'")


def away(order: Order, command: orders.Away | orders.Back) -> tuple[Decision, str]:
    raise Refused("#away is about no case: mailbot do '#away NAME: 21 Dec to 2 Jan'")


def open_a_case(order: Order, command: orders.Open) -> tuple[Decision, str]:
    raise Refused("#open opens a case of its own; give it with: mailbot do '#open'")


def _is_about_the_case(order: Order, held_id: int | None) -> None:
    if held_id is not None:
        raise Refused(f"held message {held_id} is no part of this case: use mailbot do")
