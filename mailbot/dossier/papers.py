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
    #: And their serials.
    parts: Sequence[int] = ()

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
    parts = await query.parts(case.serial)
    return Papers(
        case=case,
        parties=await query.parties(case.serial),
        obligations=await query.obligations(case.serial),
        messages=await query.messages(case.serial),
        letters=await query.letters(case.serial),
        events=await query.events(case.serial),
        merged=[each.reference for each in parts],
        parts=[each.serial for each in parts],
    )


async def papers_of_parts(whole: Papers) -> list[Papers]:
    """
    The papers of the cases that have become part of that one: they keep a history and
    promises of their own, and their mail is among that of the whole.
    """
    return [
        Papers(
            case=case,
            parties=await query.parties(case.serial),
            obligations=await query.obligations(case.serial),
            messages=whole.messages,
            letters=whole.letters,
            events=await query.events(case.serial),
        )
        for case in await query.parts(whole.case.serial)
    ]
