"""
The index of the ombudsman's file: the case in a complaints officer's words, from which
everything else in the file can be reached.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.bundle import manifest
from mailbot.bundle.sections import Block, Index, Line, Section, Words, line
from mailbot.cases.wording.moments import happened
from mailbot.dossier.document import Document
from mailbot.evidence import around, complaint, correspondence
from mailbot.evidence.chronology import chronology
from mailbot.evidence.naming import Naming
from mailbot.evidence.promises import promises

CASE = "case.json"

#: What a reader looks for first, in the order of time.
_OUTCOMES = frozenset(
    {
        *("outcome_sent", "outcome_lost", "outcome_arrived", "case_closed", "case_reopened"),
        *("deadlock_declared", "judged_not_a_complaint", "escalated", "rights_letter_decided"),
        *("judged_not_eligible", "judged_eligible", "credit_agreed", "credit_applied"),
    }
)
#: Letters by post that tell the customer of one of these.
_OF_AN_OUTCOME = frozenset({"outcome", "closed", "reopened", "deadlock", "adr-rights", "credit"})


@dataclass(frozen=True, kw_only=True)
class Maker:
    """
    When the file is made, for whom, and by whose key it is signed.
    """

    made_at: datetime
    fingerprint: str
    #: Through which server letters leave, as configured now.
    relay: str = ""
    is_internal: bool = False


def index(case: Document, parts: Sequence[Document], naming: Naming, maker: Maker) -> Index:
    """
    The index of what *case* says as far as it may be seen; *parts* are the cases that have
    become part of it.
    """
    company, reference = naming.firm.rulebook.company, case["reference"]
    made = happened(maker.made_at, naming.firm)
    owed = [*case["obligations"], *(each for part in parts for each in part["obligations"])]
    return Index(
        title=f"{reference}: the complaint of {complaint.who(case)}",
        lead=(*complaint.in_short(case, owed, naming), _of_the_file(made, naming, maker)),
        sections=tuple(_sections(case, parts, owed, naming, maker)),
        author=company.name,
        foot=f"{company.name}, complaint {reference}; made {made}",
    )


def _of_the_file(made: str, naming: Naming, maker: Maker) -> str:
    whose = (
        " This edition has what our own people wrote to each other." if maker.is_internal else ""
    )
    return (
        f"Made {made} from the record that mailbot keeps of every case. Times are local"
        f" ({naming.firm.calendar.zone.key}). Everything on record is in here but for what “What is"
        f" left out, and why” names.{whose}"
    )


def _sections(
    case: Document,
    parts: Sequence[Document],
    owed: Sequence[Document],
    naming: Naming,
    maker: Maker,
) -> Iterator[Section]:
    every = [*case["events"], *(each for part in parts for each in part["events"])]
    events = sorted(every, key=lambda each: str(each["at"]))
    yield Section("The complaint", tuple(complaint.facts(case, naming)))
    yield Section("The promises of our code", tuple(_promises(case, parts, naming, maker.made_at)))
    yield Section("Outcome, rights and credits", (_outcome(events, naming),))
    yield Section("Chronology", (chronology(events, owed, naming),))
    people = correspondence.contacts(case, naming)
    yield Section("Calls, answers and other contacts of people", (people,))
    if paper := correspondence.by_post(events, naming):
        yield Section("Letters by post", (paper,))
    mails = correspondence.mails(case, naming, maker.relay)
    yield Section("Every mail, in the order of time", tuple(mails))
    yield Section("The code as it was then", tuple(around.rulebook(case, owed, naming)))
    yield Section("What is left out, and why", (around.left_out(case, naming),))
    check = around.check(naming, maker.fingerprint, (CASE, manifest.MANIFEST))
    yield Section("How to check this file", tuple(check))


def _promises(
    case: Document, parts: Sequence[Document], naming: Naming, made_at: datetime
) -> Iterator[Block]:
    yield Words(
        line(
            "Each promise is one of our published complaints code, in its words as the case was"
            " given it. It is kept by evidence alone, which stands beside it. A letter that is"
            " promised by itself counts from when the next mail server had accepted it. What one of"
            " our people answered, agreed or offered as an outcome counts from when it was written,"
            " unless it did not arrive; when the letter with it left stands beside it."
        )
    )
    yield promises(case["obligations"], naming, made_at)
    for each in parts:
        if each["obligations"]:
            yield Words((Line(f"Those of case {each['reference']}", is_strong=True),))
            yield promises(each["obligations"], naming, made_at)


def _outcome(events: Sequence[Document], naming: Naming) -> Block:
    found = [each for each in events if _is_an_outcome(each)]
    if not found:
        return Words(line("No outcome is on record, no letter about rights, and no credit."))
    return chronology(found, [], naming)


def _is_an_outcome(event: Document) -> bool:
    is_by_post = event["event"] in {"letter_to_be_posted", "letter_posted"}
    return event["event"] in _OUTCOMES or (is_by_post and event["about"] in _OF_AN_OUTCOME)
