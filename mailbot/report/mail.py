"""
The report of a month as a mail to those who answer for the code, once a month.
"""

from collections.abc import Iterator

from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.month.figures import Figures
from mailbot.cases.month.report import Report
from mailbot.cases.month.tally import ENDINGS, Tally
from mailbot.cases.people.handlers import Role
from mailbot.cases.wording import month_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.cases.wording.tasks import address_of
from mailbot.mail.message import Attachment
from mailbot.report.pdf import pdf_apart
from mailbot.report.sheet import Sheet

#: So many promises that were not kept are written out; the rest is in the attachment.
MOST_ITEMS = 30

_READERS = (Role.MANAGER, Role.HEAD)


def letters(report: Report, sheet: Sheet, firm: Firm) -> tuple[Letter, ...]:
    """
    One to each manager and head, whether they are in or not: it waits for them.
    """
    file = f"complaints-{report.month.name}.pdf"
    printed = pdf_apart(sheet, firm.face)
    attached = Attachment(name=file, content_type="application/pdf", content=printed)
    facts = {
        "month": report.month.words,
        "lead": list(sheet.lead),
        "promises": list(_promises(report.figures)),
        "not_kept": [
            {
                "reference": each.reference,
                "who": each.who,
                "how": each.how,
                "name": each.name,
                "due": "; ".join(each.due),
                "missing": each.missing,
                "since": each.since,
            }
            for each in sheet.items[:MOST_ITEMS]
        ],
        "more": max(len(sheet.items) - MOST_ITEMS, 0),
        "file": file,
    }
    return tuple(
        Letter(
            template="report",
            to=address_of(person),
            occasion=f"{report.month.name}.{person.email.lower()}"[:128],
            to_staff=True,
            facts=facts,
            attachments=(attached,),
        )
        for role in _READERS
        for person in firm.people.in_role(role)
    )


def _promises(figures: Figures) -> Iterator[dict[str, str]]:
    for each in figures.promises:
        if any(getattr(each, ending) for ending in ENDINGS):
            yield {"name": PROMISES[each.promise].title, "said": _said(each)}


def _said(tally: Tally) -> str:
    """
    "8 kept, 1 kept late, 5 broken, 3 still to be kept".
    """
    return ", ".join(
        f"{len(references)} {words.lower()}"
        for ending, words in month_words.ENDINGS.items()
        if (references := getattr(tally, ending))
    )
