"""
The mails of the morning: to each handler what the day wants of them, to the manager
what is at risk, and what is held. Nobody gets one that has nothing to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from mailbot.cases.firm import Firm
from mailbot.cases.model import Handler, Letter, Obligation, ObligationState, Role
from mailbot.cases.promises.stand_in import acting
from mailbot.cases.rulebook.workdays import END_OF_DAY, ONE_DAY, Calendar
from mailbot.cases.wording import digest_words, promise_words
from mailbot.cases.wording.account import rule
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.tasks import address_of
from mailbot.mail.words import date_words

#: More lines of held mail than this are counted, not listed.
MOST_HELD = 50

#: What mailbot does of itself: nobody has to do it, but the manager hears if it is late.
_OUR_OWN = frozenset({"acknowledge", "introduce", "adr_rights"})

#: Work of every day; whether it is at risk, the handler knows best.
_ROUTINE = frozenset({"adr_rights", "keep_contact", "confirm_closure"})

Line = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Morning:
    """
    The working day that begins: from the opening before this one to the next two.
    """

    #: The opening of the working day before; what happened since then is news.
    since: datetime
    opens: datetime
    #: The local midnight at which the working day before ended, and the next one.
    last_day_ended: datetime
    midnight: datetime
    #: The local midnights before the next working day and before the one after it.
    today_ends: datetime
    next_ends: datetime
    today: date
    next_day: date


def morning(now: datetime, calendar: Calendar) -> Morning | None:
    """
    The morning whose mails are due at *now*; None outside working hours. Mail of the
    morning that comes in the evening helps nobody.
    """
    today = calendar.local_day(now)
    if not calendar.is_working_day(today):
        return None
    opens = calendar.at(today, calendar.opens)
    if not opens <= now < calendar.at(today, calendar.closes):
        return None
    before = calendar.previous_working_day(today)
    following = calendar.next_working_day(today)
    return Morning(
        since=calendar.at(before, calendar.opens),
        opens=opens,
        last_day_ended=calendar.at(before, END_OF_DAY),
        midnight=calendar.at(today, END_OF_DAY),
        today_ends=calendar.at(following, time.min),
        next_ends=calendar.at(calendar.next_working_day(following), time.min),
        today=today,
        next_day=following,
    )


@dataclass(frozen=True, kw_only=True)
class OpenCase:
    """
    A case in which something is still to be done, as far as a digest looks at it.
    """

    reference: str
    customer: str
    received_at: datetime
    opened_at: datetime
    handler: Handler | None = None
    #: As the case has it; whoever left handlers.toml is no handler any more.
    handler_email: str = ""
    verdict: str = ""
    #: The latest of each promise that may still be kept, and older ones that were broken.
    owed: tuple[Obligation, ...] = ()
    #: Broken before a newer one of the same promise was booked.
    broken_before: tuple[Obligation, ...] = ()
    to_post: tuple[str, ...] = ()
    #: Whether one of the warnings before the six weeks falls on this morning.
    is_marked: bool = False


@dataclass(frozen=True, kw_only=True)
class HeldMail:
    held_id: int
    at: datetime
    sender: str
    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Relayed:
    """
    A handler's answer that went out to the customer, or is on its way.
    """

    reference: str
    customer: str
    at: datetime
    writer: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """
    What the store knows of the firm's work on a morning.
    """

    cases: tuple[OpenCase, ...] = ()
    held: tuple[HeldMail, ...] = ()
    relayed: tuple[Relayed, ...] = ()


def letters(known: Known, of: Morning, firm: Firm) -> tuple[Letter, ...]:
    """
    The mails of this morning, one a reader and sort; none for whoever is away.
    """
    manager = firm.people.manager(of.today)
    wanted = [_held(known.held, of, firm, manager)] if manager and known.held else []
    for person in firm.people.handlers:
        if person.role is Role.ACCOUNT_MANAGER or (person.is_away(of.today) and person != manager):
            continue
        facts = _for_handler(known, person, of, firm)
        if person == manager:
            facts |= _for_manager(known, of, firm)
        if any(facts.values()):
            wanted.append(_digest(facts, person, of, len(known.held) if person == manager else 0))
    return tuple(wanted)


def _digest(facts: dict[str, list[Line]], person: Handler, of: Morning, held_count: int) -> Letter:
    return Letter(
        template="digest",
        to=address_of(person),
        occasion=_occasion(person, of),
        to_staff=True,
        facts={
            **dict.fromkeys(SECTIONS, ()),
            **facts,
            "day": date_words(of.today),
            "next_day": date_words(of.next_day),
            "is_before_a_pause": of.next_day != of.today + ONE_DAY,
            "held_count": held_count,
        },
    )


def _occasion(person: Handler, of: Morning) -> str:
    return f"{of.today:%Y%m%d}.{person.email.lower()}"[:128]


#: The lists of a digest, in the order in which they are read.
SECTIONS = (
    *("overdue", "due_today", "contacts", "due_next", "to_post", "six_weeks", "held", "relayed"),
    *("breaches", "unassigned", "at_risk", "verdicts"),
)


# --- to a handler ----------------------------------------------------------


def _for_handler(known: Known, person: Handler, of: Morning, firm: Firm) -> dict[str, list[Line]]:
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
            _line(case, person, _name(duty), f"was due {in_words(duty.due_at, firm)}")
            for case, duty in owed
            if duty.state is ObligationState.BREACHED
        ],
        "due_today": _due(others, person, firm, of.since, of.today_ends),
        "contacts": [
            _line(case, person, *_contact(duty, firm))
            for case, duty in contacts
            if duty.state is ObligationState.OPEN and duty.acts_at <= of.next_ends
        ],
        "due_next": _due(others, person, firm, of.today_ends, of.next_ends),
        "to_post": [
            _line(case, person, _count(len(case.to_post), "letter"), "say #posted when it is done")
            for case in theirs
            if case.to_post
        ],
        "six_weeks": list(_six_weeks(theirs, person, of, firm)),
        "held": [
            _held_line(each, firm)
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
        _line(case, person, _name(duty), f"by {in_words(duty.due_at, firm)}")
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
            yield _line(case, person, _age(case, of, firm), _letter_on(rights, firm))


def _age(case: OpenCase, of: Morning, firm: Firm) -> str:
    return f"day {(of.today - firm.calendar.local_day(case.received_at)).days}"


def _letter_on(rights: Obligation, firm: Firm) -> str:
    day = date_words(firm.calendar.local_day(rights.acts_at))
    return f"the letter about independent help goes out on {day}"


def _relayed(each: Relayed, firm: Firm) -> Line:
    return {
        "reference": each.reference,
        "customer": each.customer,
        "what": digest_words.RELAYED.get(each.status, digest_words.NOT_DELIVERED),
        "when": in_words(each.at, firm),
        "who": "",
    }


def _line(case: OpenCase, person: Handler | None, what: str, when: str) -> Line:
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


def _name(duty: Obligation) -> str:
    return promise_words.PROMISES[duty.promise].name


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# --- to the manager --------------------------------------------------------


def _for_manager(known: Known, of: Morning, firm: Firm) -> dict[str, list[Line]]:
    cases = known.cases
    return {
        "breaches": [
            _line(case, None, _name(duty), f"was due {in_words(duty.due_at, firm)}")
            for case in cases
            for duty in (*case.broken_before, *case.owed)
            if duty.state is ObligationState.BREACHED
            and (duty in case.owed or duty.due_at >= of.since)
        ],
        "unassigned": [
            _line(case, None, _why_nobody(case), f"received {in_words(case.received_at, firm)}")
            | {"who": ""}
            for case in cases
            if case.handler is None
        ],
        "at_risk": list(_at_risk(cases, of, firm)),
        "verdicts": [
            _line(case, None, digest_words.VERDICTS[case.verdict], f"since {_day(case, firm)}")
            for case in cases
            if case.verdict
        ],
    }


def _at_risk(cases: tuple[OpenCase, ...], of: Morning, firm: Firm) -> Iterator[Line]:
    """
    What has to be done within the day, and the cases that near their six weeks.
    """
    for case in cases:
        for duty in case.owed:
            is_last_day = of.since < duty.due_at <= of.today_ends
            if duty.state is ObligationState.OPEN and is_last_day and duty.promise not in _ROUTINE:
                yield _line(case, None, _name(duty), f"by {in_words(duty.due_at, firm)}")
            if duty.promise == "adr_rights" and case.is_marked:
                yield _line(case, None, _age(case, of, firm), _letter_on(duty, firm))


def _why_nobody(case: OpenCase) -> str:
    if case.handler_email:
        return f"its handler, {case.handler_email}, is not in handlers.toml any more"
    return "nobody has it yet"


def _day(case: OpenCase, firm: Firm) -> str:
    return date_words(firm.calendar.local_day(case.opened_at))


def _held(held: tuple[HeldMail, ...], of: Morning, firm: Firm, manager: Handler) -> Letter:
    return Letter(
        template="held",
        to=address_of(manager),
        occasion=_occasion(manager, of),
        to_staff=True,
        facts={
            "waiting": [_held_line(each, firm) for each in held[:MOST_HELD]],
            "count": len(held),
            "more": max(len(held) - MOST_HELD, 0),
            "example": str(held[0].held_id),
        },
    )


def _held_line(each: HeldMail, firm: Firm) -> Line:
    return {
        "held_id": str(each.held_id),
        "since": in_words(each.at, firm),
        "sender": each.sender,
        "subject": each.subject[:80],
        "why": rule(each.reason),
    }
