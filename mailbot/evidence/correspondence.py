"""
Who was in touch with whom: contacts of people, letters by post, and every mail.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from mailbot.bundle.sections import Block, Line, Lines, Table, Words, line, lines
from mailbot.cases.wording import account, plain_names
from mailbot.cases.wording.moments import in_words
from mailbot.dossier.document import Document
from mailbot.evidence.chronology import shortened
from mailbot.evidence.enclosed import OnPaper
from mailbot.evidence.naming import Naming, first_up


def contacts(case: Document, naming: Naming) -> Block:
    rows = tuple(
        (
            (Line(naming.moment(each["at"])), Line(_channel(each), tone="faint")),
            line(each["who"]),
            line(shortened(each["summary"])),
            lines([each[name] for name in ("agreed", "resolved") if each[name]]),
        )
        for each in case["contacts"]
    )
    if not rows:
        return Words(line("No contact of a person is on record."))
    heads = ("When, and how", "Who", "What was said", "Agreed, or resolved")
    return Table(heads, (20, 20, 38, 22), rows)


def _channel(contact: Document) -> str:
    channel, unreached = contact["channel"], contact["unreached"]
    how = f"by {channel}" if channel != "not recorded" else "how is not recorded"
    return f"{how}; {unreached}" if unreached else how


# --- on paper ----------------------------------------------------------------


def by_post(events: Sequence[Document], naming: Naming) -> Block | None:
    """
    Each letter that was printed: when it was given to a person, and when they posted it; None
    where nothing went by post.
    """
    posted = [each for each in events if each["event"] == "letter_posted"]
    rows: list[tuple[Lines, ...]] = []
    for each in naming.contents.on_paper:
        went = _posting(each, posted)
        if went:
            posted.remove(went)
        name = naming.letter(each.template) if each.template else "a letter that had come back"
        given = in_words(each.given_at, naming.firm)
        said = _by_whom(went, naming) if went else "not recorded as posted"
        rows.append((line(first_up(name)), line(given), line(said), each.pages))
    for event in posted:
        name = first_up(naming.letter(event["about"]))
        no_page = line("no page of it is on record")
        rows.append((line(name), line("not recorded"), line(_by_whom(event, naming)), no_page))
    heads = ("Letter", "Given to a person to post", "Posted", "As printed")
    return Table(heads, (28, 24, 28, 20), tuple(rows)) if rows else None


def _posting(page: OnPaper, posted: Sequence[Document]) -> Document | None:
    return next(
        (
            each
            for each in posted
            if each["about"] == page.template
            and datetime.fromisoformat(each["at"]) >= page.given_at
        ),
        None,
    )


def _by_whom(event: Document, naming: Naming) -> str:
    return f"{naming.moment(event['at'])}, recorded by {account.who(event['cause'])}"


# --- mails ---------------------------------------------------------------------


def mails(case: Document, naming: Naming, relay: str) -> Iterator[Block]:
    """
    What is in the file. *relay* is the server through which letters leave.
    """
    through = f", {relay} as configured now" if relay else ""
    yield Words(
        line(
            "What came is as our mailbox received it. What we wrote left through our mail"
            f" server{through}, whose answer is quoted. In the folders messages, letters and"
            " attachments the names of files begin with the number of their mail; a number that"
            " is not here is that of a mail that is left out."
        )
    )
    rows = tuple(
        (
            line(str(each["number"])),
            line(naming.moment(each["at"])),
            tuple(_about(each, naming)),
            tuple(_files(each, naming)),
        )
        for each in case["messages"]
        if naming.contents.of(each["number"])
    )
    if rows:
        heads = ("No.", "When", "What, and what became of it", "In this file")
        yield Table(heads, (6, 20, 46, 28), rows)
    else:
        yield Words(line("There is none."))


def kind(mail: Document, naming: Naming) -> str:
    """
    What sort of mail it is.
    """
    if mail["direction"] == "in":
        return plain_names.KINDS[mail["kind"]]
    return naming.letter(mail["kind"])


def _about(mail: Document, naming: Naming) -> Iterator[Line]:
    is_in = mail["direction"] == "in"
    way, other = ("from", mail["from"]) if is_in else ("to", mail["to"])
    yield Line(f"{first_up(kind(mail, naming))}, {way} {naming.person(other)}")
    why = account.rule(mail["silence"]) if mail["silence"] else ""
    if not is_in:
        yield Line(naming.sent(mail) + (f" ({why})" if why else ""), tone="faint")
    elif why:
        # A person may well have answered it.
        yield Line(f"No automatic answer: {why}", tone="faint")
    found = naming.contents.of(mail["number"])
    yield from (Line(f"Note: {each}", tone="bad") for each in (found.notes if found else ()))


def _files(mail: Document, naming: Naming) -> Iterator[Line]:
    found = naming.contents.of(mail["number"])
    if found is None:
        return
    yield Line("to read", found.page)
    yield Line("as it was", found.eml) if found.eml else Line("as it was: left out", tone="faint")
    yield from found.files
