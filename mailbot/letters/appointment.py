"""
What an entry in the customer's calendar says beside the time: on the day, the mail that
it came with is far away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm


@dataclass(frozen=True)
class EntryWords:
    """
    LOCATION and DESCRIPTION of the entry (RFC 5545 §3.8.1.7 and §3.8.1.5).
    """

    location: str
    description: str


def entry_words(case: Case, firm: Firm, *, is_cancelled: bool = False) -> EntryWords:
    """
    Who rings whom, under which reference, and the numbers by which they are reached; of one
    that is taken back, that nobody rings.
    """
    if is_cancelled:
        return EntryWords(location="", description="\n".join(_taken_back(case, firm)))
    handler = case.handler
    ours = (handler.direct_phone if handler else "") or firm.rulebook.company.telephone
    theirs = f" on {case.complainant.phone}" if case.complainant.phone else ""
    rings = f"{handler.name} rings you" if handler else "we ring you"
    return EntryWords(
        location=f"By telephone: {rings}{theirs}. Our number: {ours}",
        description="\n".join(_described(case, firm)),
    )


def _described(case: Case, firm: Firm) -> Iterator[str]:
    handler = case.handler
    yield f"A conversation about your complaint, reference {case.reference}."
    if handler:
        direct = f", direct line {handler.direct_phone}" if handler.direct_phone else ""
        yield f"Your case handler: {handler.name}{direct}"
    yield _reached(firm)
    yield "If the time does not suit you, ring us, or reply to the email that this came with."


def _taken_back(case: Case, firm: Firm) -> Iterator[str]:
    yield f"This conversation about your complaint, reference {case.reference}, does not take place."
    yield "The email that this came with says what happens next."
    yield _reached(firm)


def _reached(firm: Firm) -> str:
    company = firm.rulebook.company
    return f"{company.name}: {company.telephone} ({company.telephone_hours})"
