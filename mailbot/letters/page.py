"""
The letter to a customer that goes with a task: a page for the envelope, and its text.
"""

from dataclasses import dataclass
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.letter import Letter
from mailbot.letters import paper
from mailbot.letters.facts import facts
from mailbot.letters.octets import Enclosure
from mailbot.letters.office import Office
from mailbot.mail.reading.parse import parse_header, text_of
from mailbot.mail.words import date_words

#: What a letter on paper has no links for.
_NO_ADDRESSES = {"yes_address": "", "no_address": ""}


@dataclass(frozen=True)
class Page:
    """
    The page, ready to print, the words on it, and the characters that it lacks.
    """

    enclosure: Enclosure
    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Written:
    subject: str
    text: str
    headings: frozenset[str] = frozenset()


def page_of(letter: Letter, case: Case | None, office: Office, now: datetime) -> Page | None:
    """
    The page that goes with *letter*, if one does.
    """
    if case is None or not (letter.encloses or letter.on_paper):
        return None
    written = (
        _written_anew(letter.encloses, case, office, now)
        if letter.encloses
        else _Written(
            parse_header(letter.on_paper, received_at=now).subject, text_of(letter.on_paper)
        )
    )
    company = office.firm.rulebook.company
    customer = case.complainant
    printed = paper.letter(
        written.text,
        company=paper.Letterhead(
            name=company.name,
            address=company.postal_address,
            telephone=company.telephone,
            telephone_hours=company.telephone_hours,
            email=office.firm.service_address,
            code_url=company.code_url,
            number=company.number,
            registered_office=company.registered_office,
            face=office.stationery.face,
        ),
        recipient=(customer.address.name or customer.address.email, *customer.postal_address),
        date_words=date_words(office.firm.calendar.local_day(now)),
        reference=case.reference,
        subject=written.subject,
        headings=written.headings,
    )
    enclosure = Enclosure(f"{case.reference}.pdf", "application/pdf", printed.pdf)
    return Page(enclosure, written.text, printed.missing)


def _written_anew(letter: Letter, case: Case, office: Office, now: datetime) -> _Written:
    """
    The letter in the words for paper: nobody can reply to "this email" there.
    """
    said = (
        facts(letter, case, office.firm, now) | _NO_ADDRESSES | {"on_paper": True, "formatted": ""}
    )
    rendered = office.stationery.render(letter.template, said)
    return _Written(rendered.subject, rendered.text, paper.headings_in(rendered.html))
