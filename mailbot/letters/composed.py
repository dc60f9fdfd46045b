"""
From a letter that a rule wants to its final octets: filled in, composed, cleaned of secrets.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.cases.case import Case
from mailbot.cases.known.rows import Draft, KnownLetter
from mailbot.cases.letter import Letter
from mailbot.cases.people.handlers import Handler
from mailbot.letters.appointment import entry_words
from mailbot.letters.calendar import agreed_contact
from mailbot.letters.compose import Heading, compose
from mailbot.letters.facts import facts
from mailbot.letters.octets import Enclosure, addressed_to
from mailbot.letters.office import Office
from mailbot.letters.page import Page, page_of
from mailbot.letters.stationery import Rendered
from mailbot.letters.without_files import without_files
from mailbot.mail.signed_ids import Thread, is_relayable, readers_nonce, with_token
from mailbot.mail.words import one_line

#: A handler's own words are the only mail that is not automatic.
_PERSONAL = frozenset({"handler-reply"})

#: How long an agreed call is put into the calendar for.
_CALL_MINUTES = 30

#: Letters that ask for a yes or a no.
_ASKING = frozenset({"outcome", "confirm-reminder"})


def composed(row: KnownLetter, draft: Draft, office: Office) -> KnownLetter:
    """
    The letter with its final octets. One whose recipient was corrected since it was
    decided is the same letter with another address on it.
    """
    letter, case, now = draft.letter, draft.case, draft.at
    if office.firm is not draft.firm:
        office = replace(office, firm=draft.firm)
    if letter.again:
        return replace(row, content=_again(letter, case, office, row, now))
    page = page_of(letter, case, office, now)
    told = (
        facts(letter, case, office.firm, now)
        | _formatted(letter, office)
        | _repeated(letter, case, office, now)
        | ({"words": page.text, "lacking": list(page.missing)} if page else {})
    )
    if not letter.to_staff:
        told = _told_to_strangers(told, office)
    rendered = office.stationery.render(
        letter.template, told | _answer_addresses(letter, office, row.nonce)
    )
    if not letter.to_staff:
        rendered = _for_strangers(rendered, office)
    content = compose(
        rendered,
        _heading(letter, case, office, message_id=row.message_id, nonce=row.nonce, now=now),
        attachments=_enclosures(letter, page, office),
        calendar=_calendar(letter, case, office, now),
    )
    if row.to != letter.to:
        content = addressed_to(content, row.recipient_name, row.recipient)
    return replace(row, content=content)


def _again(
    letter: Letter, case: Case | None, office: Office, row: KnownLetter, now: datetime
) -> bytes:
    heading = _heading(letter, case, office, message_id=row.message_id, nonce=row.nonce, now=now)
    return compose(without_files(letter.again, case.reference if case else ""), heading)


def _heading(
    letter: Letter,
    case: Case | None,
    office: Office,
    *,
    message_id: str,
    nonce: str,
    now: datetime,
) -> Heading:
    is_personal = letter.template in _PERSONAL
    answers = letter.in_reply_to
    in_reply_to = answers if answers and is_relayable(answers) else None
    anchor = _anchor(letter, case, office)
    return Heading(
        from_name=_from_name(letter, office),
        from_address=office.firm.service_address,
        to_name=_to_name(letter, office),
        to_address=letter.to.email,
        reply_to=_reply_to(letter, case, office, nonce),
        message_id=message_id,
        in_reply_to=in_reply_to,
        # The anchor first: it is what survives a relay that gives our mail new ids.
        references=tuple(each for each in (anchor, in_reply_to) if each),
        date=now,
        template=letter.template,
        reference=case.reference if case else "",
        auto_submitted=None
        if is_personal
        else ("auto-replied" if letter.is_reply else "auto-generated"),
        suppress=not is_personal,
    )


def _from_name(letter: Letter, office: Office) -> str:
    company = office.firm.rulebook.company
    writer = letter.facts.get("writer")
    if letter.template in _PERSONAL and isinstance(writer, Handler):
        return f"{writer.name}, {company.short_name}"
    return f"{company.short_name} complaints" if letter.to_staff else company.name


def _to_name(letter: Letter, office: Office) -> str:
    name = letter.to.name
    return name if letter.to_staff else office.keyring.without_staff_secrets(name)


def _reply_to(letter: Letter, case: Case | None, office: Office, nonce: str) -> str:
    service = office.firm.service_address
    if not office.plus_addressing:
        return service
    if letter.to_staff:
        return with_token(service, office.keyring.token(nonce, for_staff=True))
    party = case.party(letter.to.email) if case else None
    return with_token(service, party.token) if party and party.token else service


def _formatted(letter: Letter, office: Office) -> dict[str, object]:
    """
    No formatting where a secret of staff may hide in it, in whatever spelling: the
    plain text is cleaned letter by letter.
    """
    html = letter.facts.get("formatted")
    if letter.to_staff or not isinstance(html, str) or not html:
        return {}
    return {
        "formatted": "" if office.keyring.names_staff(html.encode("utf-8", "replace")) else html
    }


def _enclosures(letter: Letter, page: Page | None, office: Office) -> tuple[Enclosure, ...]:
    """
    The page and the files that go with it. The rules have looked into each file; here
    the last look is at what would leave.
    """
    files = tuple(
        Enclosure(each.name, each.content_type, each.content)
        for each in letter.attachments
        if letter.to_staff
        or not office.keyring.names_staff(each.name.encode() + b"\n" + each.content)
    )
    return (page.enclosure, *files) if page else files


def _told_to_strangers(told: Mapping[str, object], office: Office) -> dict[str, object]:
    """
    The facts without them: once they are marked up, a link may stand in the middle of one.
    """
    clean = office.keyring.without_staff_secrets
    return {name: clean(each) if isinstance(each, str) else each for name, each in told.items()}


def _for_strangers(rendered: Rendered, office: Office) -> Rendered:
    """
    The mail without a staff address or id, whoever wrote it into the text.
    """
    clean = office.keyring.without_staff_secrets
    return replace(
        rendered,
        subject=clean(rendered.subject),
        text=clean(rendered.text),
        html=clean(rendered.html),
    )


def _calendar(letter: Letter, case: Case | None, office: Office, now: datetime) -> bytes:
    """
    The entry for the customer's calendar, where the letter names an agreed time, or takes
    one back.
    """
    agreed, cancelled = letter.facts.get("agreed_at"), letter.facts.get("cancelled_at")
    at = agreed or cancelled
    if case is None or not isinstance(at, datetime):
        return b""
    owed = case.obligation("keep_contact")
    number = owed.number if owed else 0
    domain = office.firm.service_address.rpartition("@")[2]
    said = entry_words(case, office.firm, is_cancelled=not agreed)
    return agreed_contact(
        f"contact.{case.reference.lower()}@{domain}",
        at,
        minutes=_CALL_MINUTES,
        summary=f"{office.firm.rulebook.company.short_name}: your complaint {case.reference}",
        organizer=office.firm.service_address,
        stamp=now,
        location=said.location,
        description=said.description,
        # Each time that is agreed has a number of its own, and comes before what ends it.
        revision=2 * number + (0 if agreed else 1),
        is_cancelled=not agreed,
    )


def _answer_addresses(letter: Letter, office: Office, nonce: str) -> dict[str, object]:
    """
    Where a customer's yes and no to this very outcome go.
    """
    if letter.template not in _ASKING:
        return {}
    service = office.firm.service_address
    return {
        "yes_address": with_token(service, office.keyring.answer_token(nonce, yes=True)),
        "no_address": with_token(service, office.keyring.answer_token(nonce, yes=False)),
    }


def _repeated(
    letter: Letter, case: Case | None, office: Office, now: datetime
) -> dict[str, object]:
    """
    The words of the letter that *letter* is a copy of, without the ways to say yes or no.
    """
    if letter.copy_of is None:
        return {}
    said = facts(letter.copy_of, case, office.firm, now) | _formatted(letter.copy_of, office)
    said = _told_to_strangers(said, office)
    original = office.stationery.render(
        letter.copy_of.template,
        said | {"yes_address": "", "no_address": "", "is_copy": True},
    )
    cleaned = _for_strangers(original, office)
    reference = f"[{case.reference}]" if case else ""
    subject = one_line(cleaned.subject.replace(reference, ""))
    return {"subject": subject, "words": cleaned.text, "formatted": cleaned.html}


def _anchor(letter: Letter, case: Case | None, office: Office) -> str:
    """
    The id that is constant for this case and this reader.
    """
    if case is None:
        return ""
    if letter.to_staff:
        nonce = readers_nonce(letter.to.key)
        return office.keyring.message_id(Thread.STAFF_ANCHOR, case.serial, nonce)
    party = case.party(letter.to.email)
    return party.anchor if party else ""
