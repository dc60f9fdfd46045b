"""
The index page for the person who asked: what is held, where, why, for how long, who had it,
and what they can do about it. Article 15(1) of the UK GDPR, point by point.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from mailbot.bundle import manifest
from mailbot.bundle.readme import NAME as README
from mailbot.bundle.sections import (
    Block,
    Facts,
    Index,
    Line,
    Lines,
    Section,
    Table,
    Words,
    line,
    lines,
)
from mailbot.cases.firm import Firm
from mailbot.cases.wording.moments import happened
from mailbot.dossier.document import Document
from mailbot.evidence.enclosed import LeftOut
from mailbot.evidence.naming import first_up
from mailbot.mail.words import date_words
from mailbot.person.blackout import MARK
from mailbot.person.document import moment

DATA = "data.json"


@dataclass(frozen=True, kw_only=True)
class Maker:
    """
    *hosts* are the mail servers as configured now.
    """

    firm: Firm
    made_at: datetime
    fingerprint: str
    asked_for: str
    hosts: tuple[str, ...] = ()
    #: How often something was made unreadable.
    blackened: int = 0


def index(told: Document, left_out: Sequence[LeftOut], maker: Maker) -> Index:
    company = maker.firm.rulebook.company
    made = happened(maker.made_at, maker.firm)
    whose = ", ".join(told["addresses"]) or maker.asked_for
    return Index(
        title=f"What {company.short_name} holds about {whose}",
        lead=tuple(_lead(told, maker, made)),
        sections=tuple(_sections(told, left_out, maker)),
        author=company.name,
        foot=f"{company.name}, personal data of {whose}; made {made}",
    )


def _lead(told: Document, maker: Maker, made: str) -> Iterator[str]:
    company = maker.firm.rulebook.company
    mails, own = told["mails"], len(told["complaints"])
    written = sum(each["direction"] == "from you" for each in mails)
    if _is_nothing(told):
        yield (
            f"The complaints mailbox of {company.name} holds nothing about you under"
            f" {maker.asked_for}. If you have written to us from another address, or by post or"
            " telephone alone, tell us, and we look again."
        )
    else:
        yield (
            f"The complaints mailbox of {company.name} holds {_count(own, 'complaint')}"
            f" of yours, {_count(written, 'message')} from you and"
            f" {_count(len(mails) - written, 'letter')} to you. All of it is in this file, but for"
            " what “What is not in here, and why” names."
            + (" In the history of a complaint “the customer” is you." if own else "")
        )
    yield (
        f"Made {made}, because you asked for a copy of your personal data (article 15 of the UK"
        f" GDPR). It is about the mailbox {maker.firm.service_address} and the record of complaints"
        " that belongs to it. What we hold of you elsewhere, such as your contract and your bills,"
        " is not in here; we answer for that separately."
    )


def _is_nothing(told: Document) -> bool:
    return not (told["complaints"] or told["mails"] or told["in_cases_of_others"])


def _count(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _sections(told: Document, left_out: Sequence[LeftOut], maker: Maker) -> Iterator[Section]:
    if not _is_nothing(told):
        why = Facts(tuple(_why(told, maker)))
        yield Section("Why we hold it, for how long, and who has it", (why,))
    for each in told["complaints"]:
        yield Section(f"Your complaint {each['reference']}", tuple(_complaint(each, maker)))
    if told["in_cases_of_others"]:
        yield Section("Your part in other people's complaints", (_elsewhere(told, maker),))
    if told["mails"] or told["by_post"]:
        yield Section("Your emails and our letters to you", tuple(_mails(told, maker)))
    if not _is_nothing(told):
        yield Section("What is not in here, and why", tuple(_left_out(left_out, maker)))
    yield Section("Your rights", tuple(_rights(maker)))
    yield Section("How to check this file", tuple(_check(maker)))


# --- article 15(1) --------------------------------------------------------------


def _why(told: Document, maker: Maker) -> Iterator[tuple[str, Lines]]:
    rulebook = maker.firm.rulebook
    company, months = rulebook.company, rulebook.retention.months
    if told["addresses"]:
        yield "What we looked for", lines(told["addresses"])
    yield (
        "Who is responsible",
        lines(
            [
                f"{company.name}, company number {company.number}",
                company.registered_office,
                f"{maker.firm.service_address}, {company.telephone} ({company.telephone_hours})",
            ]
        ),
    )
    yield (
        "What it is for",
        line(
            "To record your complaint, answer it, keep the dates that our published complaints"
            " code promises, and show afterwards that we did. Nothing else: no marketing, no"
            " profile of you."
        ),
    )
    yield "On which ground", line(rulebook.dp.ground)
    yield (
        "Where it comes from",
        line(
            "From you: your emails, and what our people wrote down of your calls and letters."
            " Whoever else told us something in your complaint is named by their role."
        ),
    )
    yield (
        "For how long",
        lines(
            [
                (
                    f"A complaint is kept for {months} months after it has ended, counted from the last"
                    " message in it or from the letter about your right to independent help, whichever"
                    " is later. Then your name, addresses, words and mails are removed, and dates and"
                    " promises are all that is left."
                ),
                "A complaint that is open is kept as long as it is open.",
            ]
        ),
    )
    yield "Who has had it", tuple(_recipients(told, maker))
    yield (
        "Is anything decided by a program?",
        line(
            "A program sends the acknowledgement and keeps the dates. Whether you are right, and"
            " what becomes of your complaint, is decided by people."
        ),
    )


def _recipients(told: Document, maker: Maker) -> Iterator[Line]:
    own = told["complaints"]
    if handlers := dict.fromkeys(each["handler"] for each in own if each["handler"]):
        yield Line(f"Your case handler: {', '.join(handlers)}")
    yield Line(
        "The customer service manager, and those of our people who stood in or look after the program"
    )
    for role in dict.fromkeys(role for each in own for role in each["others"]):
        yield Line(f"Somebody with a role in your complaint: {role}")
    if maker.hosts:
        hosts = ", ".join(dict.fromkeys(maker.hosts))
        yield Line(f"Those who run our mail servers ({hosts}) and yours")
    yield Line(
        "If you went to the independent scheme or to a regulator: they, as far as they asked us."
        " We tell you on request what they were given."
    )


# --- what is held --------------------------------------------------------------------


def _complaint(each: Document, maker: Maker) -> Iterator[Block]:
    firm, details = maker.firm, each["details"]
    kept = (
        f"until {_day(each['kept_until'], firm)}, unless something happens in it again"
        if each["kept_until"]
        else "as long as it is open, or something is owed in it"
    )
    rows: tuple[tuple[str, Lines], ...] = (
        ("Received", line(happened(moment(each["received_at"]), firm))),
        ("State", line(each["state"])),
        ("Your name", line(details.get("name", ""))),
        ("Your email address", line(details.get("email", ""))),
        ("Your telephone", line(details.get("phone", ""))),
        ("Your postal address", lines(details.get("address", []))),
        ("How you hear from us", line(each["letters"])),
        ("What you need", lines(each["needs"])),
        ("Your case handler", line(each["handler"])),
        ("Credit", line(each["credit"])),
        ("No right to independent help, because", line(each["not_eligible"])),
        ("Held back by our mail system", line(each["distrusted"])),
        ("Others in it", lines([f"{MARK}, {role}" for role in each["others"]])),
        ("One with", lines([f"case {merged}" for merged in each["merged"]])),
        ("Kept", line(kept)),
    )
    yield Facts(tuple((name, said) for name, said in rows if said and said[0].text))
    history = tuple(
        (line(happened(moment(at), firm)), tuple(_entries(list(together))))
        for at, together in groupby(each["history"], key=lambda entry: str(entry["at"]))
    )
    if history:
        yield Table(("When", "What we recorded"), (28, 72), history)


def _entries(entries: Sequence[Document]) -> Iterator[Line]:
    """
    What was recorded at one instant.
    """
    for each in entries:
        yield Line(each["sentence"])
        if each["text"]:
            yield Line(each["text"], is_quote=True)
    if by := " and ".join(dict.fromkeys(each["by"] for each in entries if each["by"])):
        yield Line(f"Recorded by {by}", tone="faint")


def _day(at: str, firm: Firm) -> str:
    return date_words(firm.calendar.local_day(moment(at)))


def _elsewhere(told: Document, maker: Maker) -> Table:
    rows = []
    for each in told["in_cases_of_others"]:
        roles = [
            Line(
                f"{role['role']}: {role['name'] or role['email']}"
                + (", gets copies" if role["gets_copies"] else "")
                + (f", until {_day(role['removed_at'], maker.firm)}" if role["removed_at"] else "")
            )
            for role in each["roles"]
        ]
        kept = (
            _day(each["kept_until"], maker.firm) if each["kept_until"] else "as long as it is open"
        )
        wrote = (Line("none: you wrote in it, or were written to"),)
        rows.append((line(each["reference"]), tuple(roles) or wrote, line(kept)))
    return Table(("Case", "Your role", "Kept until"), (25, 50, 25), tuple(rows))


def _mails(told: Document, maker: Maker) -> Iterator[Block]:
    yield Words(
        line(
            "What you wrote, and what we wrote to you, is as it was: nothing is blacked out in it."
        )
    )
    rows = tuple(
        (
            line(str(each["number"])),
            line(happened(moment(each["at"]), maker.firm)),
            tuple(_about(each)),
            tuple(_files(each)),
        )
        for each in told["mails"]
    )
    if rows:
        yield Table(("No.", "When", "What", "In this file"), (6, 24, 42, 28), rows)
    if told["by_post"]:
        yield Words(line("Printed for you, and given to one of our people to post:"))
        posted = tuple(
            (
                line(happened(moment(each["at"]), maker.firm)),
                line(first_up(each["kind"])),
                tuple(Line(name.partition("/")[2], name) for name in each["files"]),
            )
            for each in told["by_post"]
        )
        yield Table(("When", "Letter", "In this file"), (30, 42, 28), posted)


def _about(each: Document) -> Iterator[Line]:
    way = "from" if each["direction"] == "from you" else "to"
    yield Line(f"{first_up(each['kind'])}, {way} {each['address']}")
    said = [each["became"], f"case {each['case']}" if each["case"] else "in no case"]
    yield Line("; ".join(filter(None, said)), tone="faint")


def _files(each: Document) -> Iterator[Line]:
    yield Line("to read", each["page"])
    if each["as_it_was"]:
        yield Line("as it was", each["as_it_was"])
    yield from (Line(name.partition("/")[2], name) for name in each["files"])


# --- what is not ------------------------------------------------------------------------


def _left_out(left_out: Sequence[LeftOut], maker: Maker) -> Iterator[Block]:
    if maker.blackened:
        times = "Once" if maker.blackened == 1 else f"{maker.blackened} times"
        yield Words(
            line(
                f"{times} you read {MARK}: there stood a name, an address or a number of somebody"
                " else, which is theirs and not ours to give to you, or a telephone number of which"
                " we do not know whose it is."
            )
        )
    else:
        yield Words(line("Nothing is blacked out in this page."))
    if left_out:
        rows = tuple((line(first_up(each.what)), line(first_up(each.why))) for each in left_out)
        yield Table(("What", "Why"), (45, 55), rows)


def _rights(maker: Maker) -> Iterator[Block]:
    rulebook, firm = maker.firm.rulebook, maker.firm
    ico = rulebook.dp
    yield Words(
        line(
            "You may have what is wrong corrected, what is missing added, and what we do not have"
            " to keep erased; you may have us do no more with it than keep it while a doubt is"
            " cleared, and object to what rests on our interests alone. What you gave us you may"
            f" take elsewhere: {DATA} has it for programs. While a complaint is open, and for twelve"
            " months after it, we have to keep it even if you ask us to erase it."
        )
    )
    reach = [*ico.address, ico.telephone, ico.web]
    yield Facts(
        (
            (
                "Tell us",
                line(f"{firm.service_address}, {rulebook.company.telephone}; we answer in a month"),
            ),
            (
                "If you are not content",
                lines(
                    [
                        "You may complain to us about how we use your data, and at any time to:",
                        ico.name,
                        *[each for each in reach if each],
                    ]
                ),
            ),
            ("Or", line("You may go to court.")),
        )
    )


def _check(maker: Maker) -> Iterator[Block]:
    yield Words(
        line(
            f"{manifest.MANIFEST} lists the SHA-256 of every file in here, and is signed with our"
            f" key; {README} says how anybody can check that nothing was altered."
        )
    )
    yield Facts(
        (
            ("Fingerprint of the key", line(maker.fingerprint)),
            ("For programs", (Line(DATA, DATA), Line(manifest.MANIFEST, manifest.MANIFEST))),
        )
    )
