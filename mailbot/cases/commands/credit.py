"""
Money: #credit promises it for an invoice, #credit applied says that it was given.
"""

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.decision import Decision
from mailbot.cases.letter import Letter
from mailbot.cases.promises import settling
from mailbot.mail.words import month_words


def agree(order: Order, command: orders.Credit) -> tuple[Decision, str]:
    if order.case.owes("credit"):
        raise Refused("a credit is open already; say #credit applied first")
    amount, month = f"£{command.amount:.2f}", month_words(command.month)
    promise = order.firm.rulebook.promise("credit")
    number = order.case.next_number("credit")
    decision = Decision(
        reason="credit_agreed",
        booked=(promise.book_month(command.month, order.firm.calendar, number),),
        letters=(_credit_letter(order, amount, month, is_applied=False),),
        events=(order.event("credit_agreed", f"{amount} in {month}"),),
        changes={"credit": f"{amount} {month}"},
    )
    return decision, order.said(
        f"Recorded, and the confirmation goes to the customer: {amount} in {month}.",
        on_paper=f"Recorded: {amount} in {month}.",
    )


def applied(order: Order, command: orders.CreditApplied) -> tuple[Decision, str]:
    if not order.case.owes("credit"):
        raise Refused("no credit is open; say #credit 25.00 December 2026 first")
    amount, _, month = order.case.credit.partition(" ")
    decision = settling.settled(
        order.case, "credit", order.at, f"applied, says {order.by}", cause=order.cause
    )
    decision = decision.joined_with(
        Decision(
            reason="credit_applied",
            letters=(_credit_letter(order, amount, month, is_applied=True),),
            events=(order.event("credit_applied", order.case.credit),),
        )
    )
    return decision, order.said(
        "Recorded: the credit is applied, and the customer is told.",
        on_paper="Recorded: the credit is applied.",
    )


def _credit_letter(order: Order, amount: str, month: str, *, is_applied: bool) -> Letter:
    return Letter(
        template="credit",
        to=order.case.complainant.address,
        occasion=order.occasion,
        facts={
            "amount": amount,
            "month": month,
            "agreed_with": "",
            "applied": is_applied,
        },
    )
