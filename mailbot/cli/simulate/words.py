"""
A foreseen future in words for the owner: what is promised, what happens, and why.
"""

from collections.abc import Iterator

from mailbot.cases.decision import Event
from mailbot.cases.firm import Firm
from mailbot.cases.identity.triage import Action
from mailbot.cases.obligation import Does, Obligation, Step
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import in_words
from mailbot.cli.simulate.future import Foreseen, Future, Instant
from mailbot.mail.message import Address
from mailbot.mail.words import one_line

#: template -> why it is written. What is not here says its rule by name.
_WHY = {
    "acknowledgement": (
        "A person wrote, and the message belongs to no case: one is opened, and the customer"
        " hears so at once, at any hour."
    ),
    "introduction": (
        "The case goes to the handler who has the fewest open cases and is not away, and the"
        " customer is told who that is."
    ),
    "assignment": "The handler gets the customer's words, and the dates that were promised.",
    "warning": "Nothing on record keeps this promise yet, and the handler is warned in time.",
    "follow-up": "No contact time is on record: the customer is asked when would suit.",
    "breach": "Nothing kept this promise by its last moment, and the manager is told.",
    "contact-missed": "The agreed contact did not take place, and the customer is told so.",
    "confirm-reminder": "The customer has not said whether the outcome settles the complaint.",
    "adr-rights": (
        "The time is over and the case is open: the customer is told of the right to go"
        " elsewhere. No weekend, holiday or absence moves that day."
    ),
}

#: What is worth a sentence beside the mails of an instant.
_HAPPENED = frozenset(
    {"case_opened", "acknowledgement_withheld", "message_held", "letter_superseded"}
)

_DOES = {
    Does.ACT: "the time to act on the promise",
    Does.WARN: "a warning about the promise",
    Does.ALARM: "an alarm about the promise",
    Does.DUE: "the last moment of the promise",
}

_READ_AS = {
    Action.FILE: "It would be filed without a case, and nothing at all would be sent",
    Action.HOLD: "It would be held for a person, and nothing would be sent to whoever wrote it",
}


def end(obligation: Obligation) -> str:
    return plain_names.ENDS[obligation.state]


def who(to: Address, firm: Firm) -> str:
    """
    "Rhian Price, case handler", or the customer with the address.
    """
    person: Handler | None = firm.people.by_address(to.email)
    if person:
        return f"{person.name}, {plain_names.ROLES[person.role]}"
    shown = f"{to.name} <{to.email}>" if to.name else to.email
    return f"{one_line(shown)}, the customer"


def why(foreseen: Foreseen) -> tuple[str, ...]:
    """
    Why the letter is written, and why it does not leave if it does not.
    """
    letter = foreseen.letter
    rule = f"rule: {_rule(foreseen.reason)}"
    told = str(letter.facts.get("why", "")).rstrip(".")
    plain = _WHY.get(letter.template) or f"{told or _plain(foreseen.reason)}."
    said = (f"{plain} ({rule})",)
    if letter.withheld:
        return (*said, f"It is written and NOT sent: {_plain(letter.withheld)}.")
    return said


def read_as(future: Future) -> str:
    """
    What the message is taken for, and what that leads to.
    """
    kind, rule = future.classification.kind, future.classification.rule
    what = f"It is read as {plain_names.KINDS[kind]}: {_rule(rule)}."
    if future.case:
        return f"{what} It opens a case."
    consequence = _READ_AS.get(future.triage.action, "It would open no case")
    by = future.triage.reason
    return f"{what} {consequence}{f': {_rule(by)}' if by != rule else ''}."


def notes(instant: Instant, firm: Firm) -> Iterator[str]:
    """
    What happens at that instant besides the mails.
    """
    for event in instant.events:
        if event.name in _HAPPENED:
            yield _told(event)
    for each in instant.settled:
        due = in_words(each.due_at, firm)
        yield f"Promise {end(each)}: {account.promise(each.promise)}, due by {due}."
    if not instant.letters and not instant.settled:
        yield from (_quiet(each, instant) for each in instant.steps)


def _quiet(step: Step, instant: Instant) -> str:
    """
    Why nobody is written to at a step.
    """
    what = f"{_DOES[step.does].capitalize()}: {account.promise(step.promise)}."
    booked = instant.case.obligations if instant.case else ()
    is_owed = any(
        each.is_owed and (each.promise, each.number) == (step.promise, step.number)
        for each in booked
    )
    if is_owed:
        return f"{what} It is still owed, and a person's to keep: nobody is written to yet."
    return f"{what} Nothing is owed any more, and nobody is written to."


def afterwards(pending: tuple[Step, ...], firm: Firm) -> Iterator[str]:
    """
    What the clock would still do after the last instant shown.
    """
    if pending:
        yield "Nobody has acted, so it goes on until somebody does. Next would come:"
    for each in pending:
        yield f"{in_words(each.at, firm)}: {_DOES[each.does]} ({account.promise(each.promise)})"


def events(instant: Instant) -> str:
    """
    What the case's history says of that instant.
    """
    return " ".join(map(_told, instant.events))


def _told(event: Event) -> str:
    said = account.sentence(event.name, event.reason, event.about)
    rule = account.rule(event.reason)
    return f"{said[:-1]} ({rule})." if rule else said


def _rule(reason: str) -> str:
    return account.rule(reason) or _plain(reason).lower()


def _plain(reason: str) -> str:
    words = account.rule(reason) or reason.replace("_", " ")
    return words[:1].upper() + words[1:]
