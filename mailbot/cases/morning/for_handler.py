"""
What the day wants of one handler, and of those for whom they stand in.
"""

from collections.abc import Iterator
from datetime import datetime

from mailbot.cases.firm import Firm
from mailbot.cases.morning.known import Known, OpenCase, Relayed
from mailbot.cases.morning.lines import Line, age, held_line, letter_on, line, name_of
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.obligation import Obligation, ObligationState
from mailbot.cases.people.handlers import Handler
from mailbot.cases.people.stand_in import acting
from mailbot.cases.wording import digest_words
from mailbot.cases.wording.moments import happened, in_words

#: What mailbot does of itself: nobody has to do it, but the manager hears if it is late.
_OUR_OWN = frozenset({"acknowledge", "introduce", "adr_rights"})


def for_handler(known: Known, person: Handler, of: Morning, firm: Firm) -> dict[str, list[Line]]:
    theirs = [
        each
        for each in known.cases
        if each.handler and acting(each.handler, firm, of.today) == person
    ]
    owed = [(case, duty) for case in theirs for duty in case.owed if duty.promise not in _OUR_OWN]
    contacts = [each for each in owed if each[1].promise == "keep_contact"]
    others = [each for each in owed if each[1].promise != "keep_contact"]
    return {
        "overdue": [
            line(case, person, name_of(duty), f"was due {in_words(duty.due_at, firm)}")
            for case, duty in owed
            if duty.state is ObligationState.BREACHED
        ],
        "due_today": _due(others, person, firm, of.since, of.today_ends),
        "contacts": [
            line(case, person, *_contact(duty, firm))
            for case, duty in contacts
            if duty.state is ObligationState.OPEN and duty.acts_at <= of.next_ends
        ],
        "due_next": _due(others, person, firm, of.today_ends, of.next_ends),
        "to_post": [
            line(case, person, _count(len(case.to_post), "letter"), "say #posted when it is done")
            for case in theirs
            if case.to_post
        ],
        "six_weeks": list(_six_weeks(theirs, person, of, firm)),
        "held": [
            held_line(each, firm)
            for each in known.held
            if firm.people.by_address(each.sender) == person
        ],
        "relayed": [
            _relayed(each, firm)
            for each in known.relayed
            if firm.people.by_address(each.writer) == person
        ],
    }


def _due(
    owed: list[tuple[OpenCase, Obligation]],
    person: Handler,
    firm: Firm,
    after: datetime,
    until: datetime,
) -> list[Line]:
    return [
        line(case, person, name_of(duty), f"by {in_words(duty.due_at, firm)}")
        for case, duty in owed
        if duty.state is ObligationState.OPEN and after < duty.due_at <= until
    ]


def _contact(duty: Obligation, firm: Firm) -> tuple[str, str]:
    """
    What was agreed with the customer, or by when the interval wants it.
    """
    if duty.since is None:
        return "as agreed with the customer", in_words(duty.acts_at, firm)
    return "the next regular contact", f"by {in_words(duty.due_at, firm)}"


def _six_weeks(cases: list[OpenCase], person: Handler, of: Morning, firm: Firm) -> Iterator[Line]:
    for case in cases:
        rights = next((each for each in case.owed if each.promise == "adr_rights"), None)
        if case.is_marked and rights:
            yield line(case, person, age(case, of, firm), letter_on(rights, firm))


def _relayed(each: Relayed, firm: Firm) -> Line:
    return {
        "reference": each.reference,
        "customer": each.customer,
        "what": digest_words.RELAYED.get(each.status, digest_words.NOT_DELIVERED),
        "when": happened(each.at, firm),
        "who": "",
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
