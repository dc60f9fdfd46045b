"""
One case whole as a document: what `mailbot case REF --json` prints, and what the
table for people is made of.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from mailbot.cases.firm import Firm
from mailbot.cases.life import reopening
from mailbot.cases.rulebook.promise_tables import Promises
from mailbot.cases.wording import account
from mailbot.dossier.contacts import Contact, contacts, resolution
from mailbot.dossier.papers import Papers, papers
from mailbot.dossier.proof import Proof, of_event, of_promise
from mailbot.mail.words import in_utc
from mailbot.store.tables import EventRow, MessageRow, ObligationRow, OutboxRow

Document: TypeAlias = Mapping[str, Any]

#: The number under which a mail stands among the messages of the case.
Numbers: TypeAlias = Mapping[tuple[type, int], int]


async def document(reference: str, firm: Firm) -> Document | None:
    """
    The case of that reference, or None if there is none.
    """
    found = await papers(reference)
    return of(found, firm) if found else None


def of(found: Papers, firm: Firm) -> Document:
    """
    Those papers as a document.
    """
    case, complainant = found.case, found.complainant
    clauses = _clauses(found, firm)
    rows = mails(found)
    numbers = numbers_of(rows)
    return {
        "reference": case.reference,
        "state": case.state,
        "resolution": resolution(found),
        "opened_at": instant(case.opened_at),
        "received_at": instant(case.received_at),
        "verdict": case.verdict,
        "rulebook_version": case.rulebook_version,
        "needs": case.needs.splitlines(),
        "not_eligible": case.not_eligible,
        "complainant": {
            "name": complainant.name if complainant else "",
            "email": complainant.email if complainant else "",
            "phone": complainant.phone if complainant else "",
            "address": complainant.postal_address.splitlines() if complainant else [],
        },
        "by_post": case.by_post,
        "to_post": [each for each in case.to_post.split(",") if each],
        "merged": list(found.merged),
        "parties": [
            {
                "role": each.role,
                "name": each.name,
                "email": each.email,
                "gets_copies": each.gets_copies,
                "removed_at": instant(each.removed_at),
            }
            for each in found.parties
        ],
        "handler": {
            "name": handler_of(found, firm),
            "email": case.handler_email,
        },
        "obligations": [_obligation(each, found, numbers) for each in found.obligations],
        "contacts": [_contact(each) for each in contacts(found, firm.people)],
        "messages": [{"number": numbers[key(each)], **_mail(each)} for each in rows],
        "events": [_event(each, found, clauses, numbers) for each in found.events],
    }


def handler_of(found: Papers, firm: Firm) -> str:
    """
    Who has the case by name; who is not in handlers.toml any more, as it was said when the case
    was given to them, if it was; "" where nobody has it.
    """
    email = found.case.handler_email
    if not email:
        return ""
    if known := firm.people.by_address(email):
        return known.name
    given = [each for each in found.events if each.event in {"assigned", "escalated"}]
    is_named = given and given[-1].event == "assigned" and given[-1].about
    return given[-1].about if is_named else "one of our people who has left"


def instant(at: datetime | None) -> str | None:
    return in_utc(at) if at else None


def _clauses(found: Papers, firm: Firm) -> Mapping[str, str]:
    """
    By promise: its clause as this case was promised it; of the others as the rules say now.
    """
    return {
        **{each: firm.rulebook.promise(each).clause for each in Promises.model_fields},
        "decide_reopening": reopening.STAGE_5,
        **{each.promise: each.clause for each in found.obligations},
    }


def _obligation(each: ObligationRow, found: Papers, numbers: Numbers) -> Document:
    return {
        "promise": each.promise,
        "name": account.promise(each.promise),
        "number": each.number,
        "clause": each.clause,
        "acts_at": instant(each.acts_at),
        "due_at": instant(each.due_at),
        "state": each.state,
        "settled_at": instant(each.settled_at),
        "evidence": each.evidence,
        "proof": _proof(of_promise(each, found), numbers),
    }


def _event(each: EventRow, found: Papers, clauses: Mapping[str, str], numbers: Numbers) -> Document:
    return {
        "at": instant(each.at),
        "event": each.event,
        "cause": each.cause,
        "reason": each.reason,
        "about": each.about,
        "sentence": account.sentence(each.event, each.reason, each.about),
        "text": account.text(each.event, each.about),
        "rule": account.rule(each.reason),
        "clause": clauses.get(account.behind(each.event, each.reason), ""),
        "proof": _proof(of_event(each, found), numbers),
    }


def _proof(proof: Proof, numbers: Numbers) -> Document:
    return {
        "by": proof.by,
        "messages": [
            {
                "number": numbers[key(each)],
                "from": each.sender,
                "kind": each.kind,
                "message_id": each.message_id,
                "received_at": instant(each.received_at),
            }
            for each in proof.messages
        ],
        "letters": [
            {"number": numbers[key(each)], "to": each.recipient, **_sending(each)}
            for each in proof.letters
        ],
    }


def _sending(row: OutboxRow) -> Document:
    """
    Which letter it is, word for word, and how it left.
    """
    return {
        "template": row.template,
        "template_hash": row.template_hash,
        "message_id": row.message_id,
        "status": row.status,
        "accepted_at": instant(row.accepted_at),
        "reply": row.reply,
    }


def _contact(each: Contact) -> Document:
    return {
        "at": instant(each.at),
        "channel": each.channel,
        "unreached": each.unreached,
        "who": each.who,
        "summary": each.summary,
        "agreed": each.agreed,
        "resolved": each.resolved,
    }


def mails(found: Papers) -> list[MessageRow | OutboxRow]:
    """
    What came and what was written, in the order of time: their numbers count from it.
    """
    return sorted([*found.messages, *found.letters], key=at_of)


def numbers_of(rows: Sequence[MessageRow | OutboxRow]) -> Numbers:
    return {key(row): number for number, row in enumerate(rows, start=1)}


def at_of(row: MessageRow | OutboxRow) -> datetime:
    if isinstance(row, MessageRow):
        return row.received_at
    return row.accepted_at or row.created_at


def key(row: MessageRow | OutboxRow) -> tuple[type, int]:
    return type(row), row.id


def _mail(row: MessageRow | OutboxRow) -> Document:
    return _incoming(row) if isinstance(row, MessageRow) else _outgoing(row)


def _incoming(each: MessageRow) -> Document:
    return {
        "direction": "in",
        "at": instant(each.received_at),
        "kind": each.kind,
        "message_id": each.message_id,
        "status": None,
        "evidence": each.evidence,
        "silence": each.silence,
        "rule": each.rule,
        "from": each.sender,
    }


def _outgoing(each: OutboxRow) -> Document:
    return {
        "direction": "out",
        "at": instant(at_of(each)),
        "kind": each.template,
        "evidence": each.reply,
        "silence": each.reason,
        "rule": "",
        "to": each.recipient,
        **_sending(each),
    }
