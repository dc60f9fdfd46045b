"""
Who acts for a case today: its handler, or whoever stands in while they are away.

The case stays the handler's, and so do the promises made in their name.
"""

from datetime import date, datetime

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.cases.people.handlers import Handler, Role


def reader(case: Case, firm: Firm, now: datetime) -> Handler | None:
    """
    Who reads what needs somebody in this case: its handler, their stand-in while
    they are away, and the manager where it has nobody; None only if there is no manager.
    """
    return acting(case.handler, firm, firm.calendar.local_day(now))


def acting(handler: Handler | None, firm: Firm, day: date) -> Handler | None:
    """
    Who does the work of *handler* on that day, as `reader`.
    """
    if handler is None:
        return firm.people.manager(day)
    # As the people are today: the case may have been read before an absence was known.
    known = firm.people.by_address(handler.email) or handler
    return _stand_in(known, firm, day) if known.is_away(day) else known


def standing_in(case: Case, person: Handler | None) -> dict[str, object]:
    """
    The fact by which a mail tells *person* for whom they stand in; empty for the handler.
    """
    if case.handler is None or person is None or person.email == case.handler.email:
        return {}
    return {"stands_in_for": case.handler.name}


def _stand_in(away: Handler, firm: Firm, day: date) -> Handler:
    """
    The handler who is in with the fewest open cases, else the manager. What went
    up the ladder does not come down it: there the manager comes first. Where
    everybody is away it stays with the handler, who at least knows the case.
    """
    manager = firm.people.manager(day)
    above = [manager] if manager and not manager.is_away(day) else []
    present = sorted(
        (each for each in firm.people.in_role(Role.HANDLER) if not each.is_away(day)),
        key=lambda each: firm.busy.get(each.email.lower(), 0),
    )
    in_order = [*present, *above] if away.role is Role.HANDLER else [*above, *present]
    return next(iter(in_order), away)
