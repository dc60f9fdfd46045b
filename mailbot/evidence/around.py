"""
What stands around the case: the code as it was then, what is left out, and how the file is
checked.
"""

from collections.abc import Iterator, Sequence

from mailbot.bundle import manifest
from mailbot.bundle.readme import NAME as README
from mailbot.bundle.sections import Block, Facts, Line, Table, Words, line
from mailbot.dossier.document import Document
from mailbot.evidence.correspondence import kind
from mailbot.evidence.enclosed import LeftOut
from mailbot.evidence.naming import Naming, first_up


def rulebook(case: Document, obligations: Sequence[Document], naming: Naming) -> Iterator[Block]:
    """
    The edition of the code that the case was given, and what of it is known.
    """
    now, then = naming.firm.rulebook, case["rulebook_version"]
    today = (
        "The same edition is in force."
        if now.version == then
        else f"Today's edition is “{now.version}”. Of edition “{then}” this file tells what was"
        " promised in this case: the words of each clause and each date, as they were stored when"
        " they were promised. The new edition has changed neither, but where the chronology says so."
    )
    scheme = now.adr.scheme or "none named: customers are sent to Ofcom"
    yield Facts(
        (
            ("Edition of the case", line(then)),
            ("Today", line(today)),
            ("Published at", line(now.company.code_url)),
            ("Independent scheme", line(f"{scheme} (as configured now)")),
        )
    )
    clauses = {each["clause"]: each["name"] for each in obligations}
    if clauses:
        rows = tuple(
            (line(first_up(name)), (Line(clause, is_quote=True),))
            for clause, name in clauses.items()
        )
        heads = ("Promise", "In the words of the code, as this case was given them")
        yield Table(heads, (30, 70), rows)


def left_out(case: Document, naming: Naming) -> Block:
    rows = tuple(
        (line(_what(each, case, naming)), line(first_up(each.why)))
        for each in naming.contents.left_out
    )
    return Table(("What", "Why"), (60, 40), rows) if rows else Words(line("Nothing."))


def _what(left: LeftOut, case: Document, naming: Naming) -> str:
    mail = next((each for each in case["messages"] if each["number"] == left.number), None)
    if mail is None:
        return first_up(left.what)
    return f"{first_up(left.what)}, {naming.moment(mail['at'])}: {kind(mail, naming)}"


def check(naming: Naming, fingerprint: str, for_programs: Sequence[str]) -> Iterator[Block]:
    company = naming.firm.rulebook.company
    yield Words(
        line(
            f"{manifest.MANIFEST} lists the SHA-256 of every file in here and of the whole. It is"
            f" signed (Ed25519) with a key of {company.name}; {manifest.PUBLIC_KEY} is the half of"
            f" it that everybody may have. {README} says in a few lines how to check all of it"
            " without any program of ours."
        )
    )
    yield Facts(
        (
            ("Fingerprint of the key", line(fingerprint)),
            (
                "Is it really theirs?",
                line(
                    f"Ring {company.telephone} ({company.telephone_hours}), a number that you"
                    " should have from elsewhere, and have the fingerprint read to you."
                ),
            ),
            ("For programs", tuple(Line(each, each) for each in for_programs)),
        )
    )
