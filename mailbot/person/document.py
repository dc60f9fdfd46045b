"""
What is held of one person as a document: what stands in data.json, and what the index is
made of. Nothing in it is another person's.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from mailbot.cases.firm import Firm
from mailbot.cases.wording import account, plain_names
from mailbot.dossier.contacts import standing
from mailbot.dossier.document import Document, at_of, handler_of, instant
from mailbot.dossier.papers import Papers
from mailbot.evidence.discretion import OPEN, TO_STAFF
from mailbot.evidence.enclosed import Contents
from mailbot.mail.message import Kind
from mailbot.person.blackout import Blackout
from mailbot.person.held import Held
from mailbot.store.tables import EventRow, MessageRow, OutboxRow, PartyRow

#: What our people wrote about the person for themselves: it is about that person all the same.
_NOTES = frozenset({"note_filed"})


def of(
    held: Held, histories: Sequence[Sequence[EventRow]], contents: Contents, blackout: Blackout
) -> Document:
    """
    *histories* are the events of each complaint, with those of the cases in it.
    """
    firm = blackout.firm
    pairs = zip(held.complaints, histories, strict=True)
    told: dict[str, Any] = {
        "addresses": sorted(held.person.addresses | held.person.within),
        "complaints": [_complaint(each, events, held, firm) for each, events in pairs],
        "in_cases_of_others": list(_elsewhere(held)),
        "mails": [
            _mail(number, row, contents, held)
            for number, row in enumerate(held.mails, start=1)
            if contents.of(number)
        ],
        "by_post": [
            {
                "at": instant(each.given_at),
                "kind": plain_names.LETTERS.get(each.template, "a letter that had come back"),
                "files": [page.href for page in each.pages],
            }
            for each in contents.on_paper
        ],
    }
    # Their own words and what they were told are as they were; the rest is looked through.
    return told | {"complaints": blackout.of_all(told["complaints"])}


def _complaint(found: Papers, events: Sequence[EventRow], held: Held, firm: Firm) -> dict[str, Any]:
    case, person = found.case, found.complainant
    end = held.ends.get(case.serial)
    return {
        "reference": case.reference,
        "merged": list(found.merged),
        "state": standing(found),
        "received_at": instant(case.received_at),
        "details": _details(person),
        "needs": case.needs.splitlines(),
        "letters": "by post" if case.by_post else "by email",
        "handler": handler_of(found, firm),
        "credit": case.credit,
        "not_eligible": case.not_eligible,
        "distrusted": account.rule(case.verdict) if case.verdict else "",
        "about_personal_data": case.is_data_protection,
        "ended_at": instant(end.ended_at) if end else None,
        "kept_until": instant(end.past_since) if end else None,
        "others": [plain_names.ROLES.get(each.role, each.role) for each in _others(found, held)],
        "history": list(_history(events, found, firm)),
    }


def _others(found: Papers, held: Held) -> Iterator[PartyRow]:
    for each in found.parties:
        if each in held.others:
            yield each


def _details(person: PartyRow | None) -> dict[str, Any]:
    if person is None:
        return {}
    return {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "address": person.postal_address.splitlines(),
    }


def _history(events: Sequence[EventRow], found: Papers, firm: Firm) -> Iterator[dict[str, Any]]:
    introduced = {each.about for each in found.events if each.event == "assigned"}
    for each in events:
        is_told = each.event in OPEN | _NOTES and each.about not in TO_STAFF
        if not is_told:
            continue
        yield {
            "at": instant(each.at),
            "event": each.event,
            "sentence": account.sentence(each.event, each.reason, each.about),
            "text": account.text(each.event, each.about),
            "by": _by(account.who(each.cause), introduced, firm),
        }


def _by(named: str, introduced: set[str], firm: Firm) -> str:
    """
    Whom the customer was given by name, by name; anybody else of the firm by their role.
    """
    handler = firm.people.named(named) if named else None
    if handler and any(handler.name in each or handler.email in each for each in introduced):
        return handler.name
    return plain_names.ROLES[handler.role] if handler else ("one of our people" if named else "")


def _elsewhere(held: Held) -> Iterator[dict[str, Any]]:
    for case in held.elsewhere:
        end = held.ends.get(case.serial)
        yield {
            "reference": case.reference,
            "roles": [_role(each) for each in held.roles if each.case_id == case.serial],
            "kept_until": instant(end.past_since) if end else None,
        }


def _role(party: PartyRow) -> dict[str, Any]:
    return {
        "role": plain_names.ROLES.get(party.role, party.role),
        "gets_copies": party.gets_copies,
        "removed_at": instant(party.removed_at),
        **_details(party),
    }


def _mail(
    number: int, row: MessageRow | OutboxRow, contents: Contents, held: Held
) -> dict[str, Any]:
    found = contents.of(number)
    own = [each.case.reference for each in held.complaints if each.case.serial == row.case_id]
    others = [each.reference for each in held.elsewhere if each.serial == row.case_id]
    is_in = isinstance(row, MessageRow)
    return {
        "number": number,
        "at": instant(at_of(row)),
        "direction": "from you" if is_in else "to you",
        "kind": _kind(row),
        "address": row.sender if isinstance(row, MessageRow) else row.recipient,
        "became": "" if isinstance(row, MessageRow) else plain_names.STATUSES[row.status],
        "case": next(iter(own or others), ""),
        "text": found.text if found else "",
        "page": found.page if found else "",
        "as_it_was": found.eml if found else "",
        "files": [each.href for each in found.files] if found else [],
    }


def _kind(row: MessageRow | OutboxRow) -> str:
    if isinstance(row, OutboxRow):
        return plain_names.LETTERS.get(row.template, row.template)
    return "your message" if row.kind == Kind.PERSON else plain_names.KINDS[row.kind]


def moment(at: str) -> datetime:
    return datetime.fromisoformat(at)
