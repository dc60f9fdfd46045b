"""
What staff order is carried out, each command by the file of its family.

All commands of one mail are carried out together or not at all: the first that
cannot be refuses the rest, and the refusal says what to write instead.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from mailbot.cases.case import Case
from mailbot.cases.commands import (
    contact,
    contact_details,
    credit,
    handler,
    held,
    merge,
    orders,
    outcome,
    parties,
    record,
    rights,
)
from mailbot.cases.commands.order import Order, Refused
from mailbot.cases.commands.reading.grammar import KNOWN
from mailbot.cases.decision import Decision, Event
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.sending import verdicts
from mailbot.cases.states import IllegalMove
from mailbot.cases.triggers import CommandsGiven
from mailbot.cases.wording.command_words import COMMANDS
from mailbot.cases.wording.tasks import address_of

CARRIED_OUT = "commands_carried_out"


def given(case: Case, trigger: CommandsGiven, firm: Firm, now: datetime) -> Decision:
    """
    Everything that the commands ask for, or a decision whose `refusal` says why not.
    """
    together = Decision(reason=CARRIED_OUT)
    done: list[str] = []
    for number, command in enumerate(trigger.commands):
        order = Order(
            case=together.applied_to(case),
            firm=firm,
            now=now,
            given=trigger,
            occasion=f"{trigger.occasion}.{number}",
        )
        try:
            decision, said = _carried_out(order, command)
            # The table of states has the last word, before anything is written.
            together.joined_with(decision).applied_to(case)
        except Refused as refusal:
            return _refused(trigger, str(refusal))
        except IllegalMove:
            state = order.case.state.value.replace("_", " ")
            return _refused(
                trigger, f"this cannot be done to a case that is {state}; #reopen opens it again"
            )
        together = together.joined_with(decision)
        done.append(said)
    answer = " ".join(done)
    return replace(together.joined_with(_receipt(trigger, answer, "")), answer=answer)


def _refused(trigger: CommandsGiven, why: str) -> Decision:
    event = Event(name="command_refused", cause=f"command by {trigger.by}", reason="refused")
    refusal = Decision(reason="command_refused", events=(event,), refusal=why)
    return refusal.joined_with(_receipt(trigger, "Nothing was done.", why))


def _receipt(trigger: CommandsGiven, outcome: str, why: str) -> Decision:
    """
    Exactly one for a mail; the command line prints the same words.
    """
    if trigger.writer is None:
        return Decision(reason="answered_on_the_command_line")
    letter = Letter(
        template="receipt",
        to=address_of(trigger.writer),
        occasion=trigger.occasion,
        to_staff=True,
        is_reply=True,
        in_reply_to=trigger.in_reply_to,
        facts={
            "outcome": outcome,
            "why": why,
            "instead": f"The commands are: {KNOWN}" if why else "",
            "original": "",
            "commands": _taught(trigger),
        },
    )
    return Decision(reason="receipt_given", letters=(letter,))


def _taught(trigger: CommandsGiven) -> list[str]:
    """
    What every command does, for whoever asks for help.
    """
    asks = any(isinstance(each, orders.Help) for each in trigger.commands)
    return list(COMMANDS) if asks else []


def _carried_out(order: Order, command: orders.Command) -> tuple[Decision, str]:
    """
    What follows from *command*, and the sentence of the receipt.
    """
    if order.case.verdict and not isinstance(command, verdicts.ALLOWED):
        raise Refused(verdicts.KEPT_IN[order.case.verdict])
    return HOW[type(command)](order, command)


#: Each function takes the command beside it.
HOW: dict[type, Callable[[Order, Any], tuple[Decision, str]]] = {
    orders.Note: record.note,
    orders.Need: record.need,
    orders.Status: record.status,
    orders.Help: record.tell_the_commands,
    orders.Contact: contact.agree,
    orders.Call: contact.call,
    orders.Every: contact.every,
    orders.Outcome: outcome.send,
    orders.Close: outcome.close,
    orders.Reopen: outcome.reopen,
    orders.Escalate: handler.escalate,
    orders.Deadlock: outcome.deadlock,
    orders.NotComplaint: outcome.not_complaint,
    orders.Complaint: outcome.complaint,
    orders.Assign: handler.assign,
    orders.NotEligible: rights.not_eligible,
    orders.Eligible: rights.eligible,
    orders.Credit: credit.agree,
    orders.CreditApplied: credit.applied,
    orders.DataProtection: rights.data_protection,
    orders.SubjectAccess: rights.subject_access,
    orders.Post: contact_details.post,
    orders.Email: contact_details.email,
    orders.Posted: contact_details.posted,
    orders.Correct: contact_details.correct,
    orders.AddParty: parties.add,
    orders.RemoveParty: parties.remove,
    orders.Merge: merge.merge,
    orders.Open: held.open_a_case,
    orders.Release: held.release,
    orders.Reject: held.reject,
    orders.FileIn: held.file_in,
    orders.Away: held.away,
    orders.Back: held.away,
}
