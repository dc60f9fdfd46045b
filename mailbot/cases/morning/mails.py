"""
The mails of the morning: to each handler what the day wants of them, to the manager
what is at risk, and what is held. Nobody gets one that has nothing to say.
"""

from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.morning.for_handler import for_handler
from mailbot.cases.morning.for_manager import for_manager
from mailbot.cases.morning.known import HeldMail, Known
from mailbot.cases.morning.lines import Line, held_line
from mailbot.cases.morning.working_day import Morning
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.rulebook.working_days import ONE_DAY
from mailbot.cases.wording.tasks import address_of
from mailbot.mail.words import date_words

#: More lines of held mail than this are counted, not listed.
MOST_HELD = 50

#: So many lines of one list, and of all the lists of a digest, are written out. Gmail shows of a
#: mail the first 102 kB of its HTML, and a line takes about 300 octets of that.
MOST_IN_A_LIST, MOST_IN_ALL = 40, 150


def letters(known: Known, of: Morning, firm: Firm) -> tuple[Letter, ...]:
    """
    The mails of this morning, one a reader and sort; none for whoever is away.
    """
    manager = firm.people.manager(of.today)
    wanted = [_held(known.held, of, firm, manager)] if manager and known.held else []
    for person in firm.people.handlers:
        if person.role is Role.ACCOUNT_MANAGER or (person.is_away(of.today) and person != manager):
            continue
        facts = for_handler(known, person, of, firm)
        if person == manager:
            facts |= for_manager(known, of, firm)
        if any(facts.values()):
            wanted.append(_digest(facts, person, of, len(known.held) if person == manager else 0))
    return tuple(wanted)


def _digest(facts: dict[str, list[Line]], person: Handler, of: Morning, held_count: int) -> Letter:
    shown, more = _bounded(facts)
    return Letter(
        template="digest",
        to=address_of(person),
        occasion=_occasion(person, of),
        to_staff=True,
        facts={
            **dict.fromkeys(SECTIONS, ()),
            **shown,
            "more": more,
            "day": date_words(of.today),
            "next_day": date_words(of.next_day),
            "is_before_a_pause": of.next_day != of.today + ONE_DAY,
            "held_count": held_count,
        },
    )


def _occasion(person: Handler, of: Morning) -> str:
    return f"{of.today:%Y%m%d}.{person.email.lower()}"[:128]


#: What is broken, and what nobody has, is never left out for the work of every day.
_PRESSING = (
    *("overdue", "unassigned", "verdicts", "due_today", "contacts", "breaches", "at_risk"),
    *("held", "to_post", "six_weeks", "due_next", "relayed"),
)

#: The lists of a digest, in the order in which they are read.
SECTIONS = (
    *("overdue", "due_today", "contacts", "due_next", "to_post", "six_weeks", "held", "relayed"),
    *("breaches", "unassigned", "at_risk", "verdicts"),
)


def _bounded(facts: dict[str, list[Line]]) -> tuple[dict[str, list[Line]], dict[str, int]]:
    """
    The first lines of each list, what is most pressing first, and how many were left out.
    """
    shown: dict[str, list[Line]] = {}
    room = MOST_IN_ALL
    for section in sorted(facts, key=_PRESSING.index):
        shown[section] = facts[section][: min(MOST_IN_A_LIST, room)]
        room -= len(shown[section])
    return shown, {each: len(facts[each]) - len(shown[each]) for each in facts}


def _held(held: tuple[HeldMail, ...], of: Morning, firm: Firm, manager: Handler) -> Letter:
    return Letter(
        template="held",
        to=address_of(manager),
        occasion=_occasion(manager, of),
        to_staff=True,
        facts={
            "waiting": [held_line(each, firm) for each in held[:MOST_HELD]],
            "count": len(held),
            "more": max(len(held) - MOST_HELD, 0),
            "example": str(held[0].held_id),
        },
    )
