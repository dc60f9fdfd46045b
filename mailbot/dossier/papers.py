"""
Everything that the store has of one case, fetched once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.store import query
from mailbot.store.tables import (
    CaseRow,
    EventRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PartyRow,
)


@dataclass(frozen=True, kw_only=True)
class Papers:
    """
    The rows of one case, each sort in the order in which it came to be.
    """

    case: CaseRow
    parties: Sequence[PartyRow] = ()
    obligations: Sequence[ObligationRow] = ()
    messages: Sequence[MessageRow] = ()
    letters: Sequence[OutboxRow] = ()
    events: Sequence[EventRow] = ()
    #: The references of the cases that have become part of it.
    merged: Sequence[str] = ()

    @property
    def complainant(self) -> PartyRow | None:
        return next((each for each in self.parties if each.role == "complainant"), None)


async def papers(reference: str) -> Papers | None:
    """
    The papers of the case of that reference; None if there is none.
    """
    case = await query.case(reference)
    if case is None:
        return None
    return Papers(
        case=case,
        parties=await query.parties(case.serial),
        obligations=await query.obligations(case.serial),
        messages=await query.messages(case.serial),
        letters=await query.letters(case.serial),
        events=await query.events(case.serial),
        merged=await query.merged(case.serial),
    )
