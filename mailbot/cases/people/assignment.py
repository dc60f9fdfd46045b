"""
Who takes a case, and what that person and the customer are told.
"""

from collections.abc import Mapping
from types import MappingProxyType

from mailbot.cases.case import Case
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording.tasks import address_of

#: What an assignment shows where it brings no message: the store puts the complaint in.
THE_COMPLAINT: Mapping[str, object] = MappingProxyType(
    {"words": "", "attachments": [], "alerts": [], "possible_matches": [], "from_address": ""}
)


def assigned(case: Case, person: Handler, occasion: str) -> tuple[Letter, ...]:
    """
    The introduction to the customer and the assignment to the person.
    """
    return (
        Letter(
            template="introduction",
            to=case.complainant.address,
            occasion=occasion,
            facts={"writer": person},
        ),
        Letter(
            template="assignment",
            to=address_of(person),
            occasion=occasion,
            to_staff=True,
            facts=THE_COMPLAINT,
        ),
    )
