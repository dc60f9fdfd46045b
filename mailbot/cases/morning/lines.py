"""
One line of a morning mail: which case, what, and by when.
"""

from mailbot.cases.firm import Firm
from mailbot.cases.morning.known import HeldMail, OpenCase
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.obligation import Obligation
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import promise_words
from mailbot.cases.wording.account import rule
from mailbot.cases.wording.moments import happened
from mailbot.mail.words import date_words

Line = dict[str, str]


def age(case: OpenCase, of: Morning, firm: Firm) -> str:
    return f"day {(of.today - firm.calendar.local_day(case.received_at)).days}"


def letter_on(rights: Obligation, firm: Firm) -> str:
    day = date_words(firm.calendar.local_day(rights.acts_at))
    return f"the letter about independent help goes out on {day}"


def line(case: OpenCase, person: Handler | None, what: str, when: str) -> Line:
    """
    One line about a case; *person* is told for whom they stand in, and None,
    the manager, whose case it is.
    """
    who = case.handler.name if case.handler else "nobody"
    if person is None:
        said = f"with {who}"
    else:
        said = "" if case.handler == person else f"for {who}, who is away"
    return {
        "reference": case.reference,
        "customer": case.customer,
        "what": what,
        "when": when,
        "who": said,
    }


def name_of(duty: Obligation) -> str:
    return promise_words.PROMISES[duty.promise].name


def held_line(each: HeldMail, firm: Firm) -> Line:
    return {
        "held_id": str(each.held_id),
        "since": happened(each.at, firm),
        "sender": each.sender,
        "subject": each.subject[:80],
        "why": rule(each.reason),
    }
