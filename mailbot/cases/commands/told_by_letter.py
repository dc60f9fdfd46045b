"""
The command that a letter tells of, where nothing else does: given at a terminal, whose
history is lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.commands import orders
from mailbot.cases.commands.reading.grammar import parse
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.rulebook.working_days import Calendar
from mailbot.cases.states import State
from mailbot.cases.wording.task_words import MERGED
from mailbot.mail.sent_copy import SentCopy

#: In whose name it stands where the letter names nobody.
NOBODY = "somebody whose command is lost"

#: What it is said to have said.
IN_THE_LETTER = "as the letter to the customer says"

#: They bring an introduction of their own.
_BRING_ANOTHER_HANDLER = frozenset({"escalated", "reopened"})

_CLOSED = re.compile(
    r"closed: (?P<who>[^:]{1,200}?) told us by (?P<channel>phone|letter|email) on"
    r" (?:\w+day )?(?P<at>.{1,60}?) that it is resolved"
)
_CREDIT = re.compile(r"(?P<amount>£?\d+\.\d\d) .{0,80}? invoice for (?P<month>[A-Z][a-z]+ \d{4})")
_MERGED = re.compile(r"\((?P<other>[\w-]{8,40}), by (?P<by>[^()]{1,200})\)")


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    The letter, as far as it tells of a command.
    """

    copy: SentCopy
    #: Its plain text, on one line; and the time in its calendar entry.
    text: str = field(default="", repr=False)
    agreed_at: datetime | None = None
    #: What was written in the same case at the same time, itself among it.
    near: Sequence[SentCopy] = ()


@dataclass(frozen=True)
class Ordered:
    """
    A command, who gave it, and the case that it was given on where that is another.
    """

    command: orders.Command
    by: str = NOBODY
    on: str = ""


def command_behind(case: Case, told: Told, calendar: Calendar) -> Ordered | None:
    """
    The command that must have been given on *case* for the letter to be written; None if
    none is known, or the rules would write it by themselves.
    """
    match told.copy.template:
        case "assignment" | "introduction":
            return _assignment(case, told.near)
        case "contact-agreed":
            return Ordered(orders.Contact(told.agreed_at)) if told.agreed_at else None
        case "reopened":
            is_none = case.state is State.NOT_A_COMPLAINT
            again = orders.Complaint if is_none else orders.Reopen
            return Ordered(again(IN_THE_LETTER))
        case "closed":
            return _closing(told, calendar)
        case "credit":
            return _credit(case, told, calendar)
        case "task":
            return _merger(case, told)
        case template if template in _IN_WORDS:
            return Ordered(_IN_WORDS[template](IN_THE_LETTER))
        case _:
            return None


_IN_WORDS: dict[str, type] = {
    "call-summary": orders.Call,
    "outcome": orders.Outcome,
    "escalated": orders.Escalate,
    "deadlock": orders.Deadlock,
    "not-complaint": orders.NotComplaint,
}


def _assignment(case: Case, near: Sequence[SentCopy]) -> Ordered | None:
    """
    The case given to somebody else, who was introduced to the customer.
    """
    by_template = {each.template: each for each in near}
    to = by_template.get("assignment")
    if to is None or "introduction" not in by_template:
        return None
    if _BRING_ANOTHER_HANDLER.intersection(by_template):
        return None
    has_it = case.handler is not None and to.to.key in case.handler.addresses
    return None if has_it else Ordered(orders.Assign(to.email))


def _closing(told: Told, calendar: Calendar) -> Ordered:
    """
    The confirmation that was given elsewhere, in the words of the letter.
    """
    if found := _CLOSED.search(told.text):
        at = found["at"].replace(",", "")
        read = _read(f"#close {found['channel']} {found['who']}, {at}", told, calendar)
        if read:
            return read
    return Ordered(orders.Close(orders.Channel.LETTER, NOBODY, told.copy.written_at))


def _credit(case: Case, told: Told, calendar: Calendar) -> Ordered | None:
    """
    The sum that was promised for an invoice, or that it was applied.
    """
    if case.owes("credit"):
        return Ordered(orders.CreditApplied())
    found = _CREDIT.search(told.text)
    return _read(f"#credit {found['amount']} {found['month']}", told, calendar) if found else None


def _read(said: str, told: Told, calendar: Calendar) -> Ordered | None:
    try:
        [command] = parse(said, Reckoning(told.copy.written_at, calendar))
    except (orders.Misspoken, ValueError):
        return None
    return Ordered(command)


def _merger(case: Case, told: Told) -> Ordered | None:
    """
    The other case became part of this one, whose handler was told.
    """
    found = _MERGED.search(told.text)
    if found is None or MERGED.what not in told.text or found["other"] == case.reference:
        return None
    return Ordered(orders.Merge(case.reference), by=found["by"], on=found["other"])
