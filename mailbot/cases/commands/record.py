"""
What is only put on file, or only told: #note, #need, #status, #help.
"""

from dataclasses import replace

from mailbot.cases.commands import orders
from mailbot.cases.commands.order import Order
from mailbot.cases.commands.reading.grammar import KNOWN
from mailbot.cases.decision import Decision
from mailbot.cases.promises import settling
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.promise_words import PROMISES


def note(order: Order, command: orders.Note) -> tuple[Decision, str]:
    decision = order.recorded("note_filed", command.text)
    if order.case.owes("decide_reopening"):
        stays = settling.settled(
            order.case, "decide_reopening", order.at, command.text, cause=order.cause
        )
        return decision.joined_with(stays), "Your note is filed, and the case stays closed."
    return decision, "Your note is filed."


def need(order: Order, command: orders.Need) -> tuple[Decision, str]:
    decision = order.recorded("need_recorded", command.text)
    needs = (*order.case.needs, " ".join(command.text.split()))
    return replace(decision, changes={"needs": needs}), "The need is shown in every staff mail."


def status(order: Order, command: orders.Status) -> tuple[Decision, str]:
    owed = [
        f"{PROMISES[each.promise].name}, by {in_words(each.due_at, order.firm)}"
        for each in sorted(order.case.obligations, key=lambda each: each.due_at)
        if each.is_owed
    ]
    who = order.case.handler.name if order.case.handler else "nobody"
    state = order.case.state.value.replace("_", " ")
    return Decision(reason="status_told"), (
        f"{order.case.reference} is {state}, with {who}."
        f" Still owed: {'; '.join(owed) or 'nothing'}."
    )


def tell_the_commands(order: Order, command: orders.Help) -> tuple[Decision, str]:
    return Decision(reason="help_given"), f"The commands are: {KNOWN}."
