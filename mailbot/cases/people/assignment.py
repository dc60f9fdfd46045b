"""
Who takes a case, and what that person and the customer are told.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.wording.tasks import address_of

#: What an assignment shows where it brings no message: the store puts the complaint in.
THE_COMPLAINT: Mapping[str, object] = MappingProxyType(
    {"words": "", "attachments": [], "alerts": [], "possible_matches": [], "from_address": ""}
)


def assign(firm: Firm, busy: Mapping[str, int], now: datetime) -> Handler | None:
    """
    The handler with the fewest open cases who is not away, else the customer
    service manager, else None.
    """
    today = firm.calendar.local_day(now)
    present = [each for each in firm.people.in_role(Role.HANDLER) if not each.is_away(today)]
    if present:
        return min(present, key=lambda each: busy.get(each.email.lower(), 0))
    managers = firm.people.in_role(Role.MANAGER)
    return next((each for each in managers if not each.is_away(today)), None)


def assigned(case: Case, person: Handler, occasion: str) -> tuple[Letter, ...]:
    """
    The introduction to the customer and the assignment to the person. Who had the case
    introduced themselves to the customer, too: the letter says that it is theirs no more.
    """
    return (
        Letter(
            template="introduction",
            to=case.complainant.address,
            occasion=occasion,
            facts={
                "writer": person,
                "takes_over_from": case.handler.name if case.handler else "",
            },
        ),
        Letter(
            template="assignment",
            to=address_of(person),
            occasion=occasion,
            to_staff=True,
            facts=THE_COMPLAINT,
        ),
    )


def assignment_again(reader: Handler, occasion: str) -> Letter:
    """
    The assignment once more, for the sake of its new reply address.
    """
    return Letter(
        template="assignment",
        to=address_of(reader),
        occasion=f"again.{occasion}",
        to_staff=True,
        facts=THE_COMPLAINT,
    )
