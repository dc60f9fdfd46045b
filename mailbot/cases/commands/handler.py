"""
Who handles the case: #assign, and #escalate up the ladder.
"""

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.commands.reading.entry import without_link
from mailbot.cases.decision import Decision
from mailbot.cases.life import escalation
from mailbot.cases.people import assignment
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.promises import contact, settling
from mailbot.cases.states import Move, State


def assign(order: Order, command: orders.Assign) -> tuple[Decision, str]:
    order.must_be_in_work()
    person = _person(order, command.to)
    if person == order.case.handler:
        raise Refused(f"{person.name} has the case already")
    decision = Decision(
        reason="assigned",
        handler=person,
        letters=assignment.assigned(order.case, person, order.occasion),
        events=(order.event("assigned", person.name),),
    )
    return decision, order.said(
        f"The case is with {person.name} now, and the customer is told.",
        on_paper=f"The case is with {person.name} now.",
    )


def _person(order: Order, words: str) -> Handler:
    wanted = " ".join(without_link(words).split()).lower()
    able = [each for each in order.firm.people.handlers if each.role is not Role.ACCOUNT_MANAGER]
    if wanted.startswith("department:"):
        department = wanted.removeprefix("department:").strip()
        today = order.firm.calendar.local_day(order.now)
        found = [
            each
            for each in able
            if department == each.department.lower() != "" and not each.is_away(today)
        ]
        found.sort(key=lambda each: order.given.busy.get(each.email.lower(), 0))
        found = found[:1]
    else:
        found = [each for each in able if each.name.lower() == wanted or wanted in each.addresses]
    if len(found) != 1:
        names = ", ".join(each.name for each in able)
        raise Refused(f'"{words}" is nobody who can take a case; they are: {names}')
    return found[0]


def escalate(order: Order, command: orders.Escalate) -> tuple[Decision, str]:
    order.must_be_in_work()
    decision = escalation.escalated(
        order.case, order.firm, order.now, command.why, order.occasion, cause=order.cause
    )
    if decision.handler is None:
        return decision, "Nobody is left above; the manager has a task."
    moved = decision.joined_with(Decision(reason="escalated", moves=(Move.ESCALATED,)))
    if order.case.state is State.AWAITING_CONFIRMATION:
        moved = moved.joined_with(_outcome_set_aside(order))
    return moved, f"The case is with {decision.handler.name} now."


def _outcome_set_aside(order: Order) -> Decision:
    """
    The case is in work again: nobody is asked to confirm, and contact is kept.
    """
    decision = settling.settled(
        order.case, "confirm_closure", order.at, "escalated", cause=order.cause
    )
    _, booking = contact.resumed(order.case, order.firm, order.now)
    return decision.joined_with(booking)
