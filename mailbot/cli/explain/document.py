"""
An explanation as a document: what `mailbot explain --json` prints, and what the
account for people is made of.
"""

from collections.abc import Iterator

from mailbot.cases.decision import Decision
from mailbot.cases.firm import Firm
from mailbot.cases.identity.match import Candidate, Evidence
from mailbot.cases.identity.triage import Action
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Obligation
from mailbot.cases.reference import reference
from mailbot.cases.wording import account
from mailbot.cli.shown.document import Document, instant
from mailbot.mail.message import InboundMessage
from mailbot.mail.origin.rule_sources import SOURCES
from mailbot.store.recorded_message import Past
from mailbot.store.tables import EventRow, HeldRow, OutboxRow
from mailbot.workers.dry_run import Imagined

#: Decisions of a message that is here already. Read anew, it would be told otherwise.
_OF_A_LATER_READING = frozenset({"read_at_last"})


def foreseen(found: Imagined, firm: Firm, clock: str) -> Document:
    """
    A message that would come, and what would follow. *clock* says whence its time is.
    """
    return {
        "message": {**_message(found.message), "clock": clock},
        "then": None,
        "now": {**_reading(found, firm), **_following(found)},
        "differs": [],
    }


def remembered(then: Past, now: Imagined, firm: Firm) -> Document:
    """
    A message that came: what was decided then, and where it would be read otherwise now.
    """
    past, present = _past(then), _reading(now, firm)
    return {
        "message": _message(now.message),
        "then": past,
        "now": present,
        "differs": list(_differing(past, present)),
    }


def _differing(past: Document, present: Document) -> Iterator[str]:
    for name in ("kind", "rule", "evidence", "decision"):
        is_later = name == "decision" and past[name] in _OF_A_LATER_READING
        if past[name] != present[name] and not is_later:
            yield name
    if present["case"] and past["case"] != present["case"]:
        yield "case"


def _message(read: InboundMessage) -> Document:
    sender = read.sender
    return {
        "message_id": read.message_id,
        "from": {"name": sender.name, "email": sender.email} if sender else None,
        "subject": read.subject,
        "received_at": instant(read.received_at),
    }


# --- how it is read ----------------------------------------------------------


def _reading(found: Imagined, firm: Firm) -> Document:
    named, what = found.named, found.triage
    prefix = firm.reference_prefix
    return {
        "unreadable": found.unreadable,
        "kind": found.classification.kind,
        "rule": found.classification.rule,
        "rule_source": SOURCES[found.classification.rule],
        "signals": list(_signals(found, prefix)),
        "candidates": [_candidate(each, prefix) for each in named.candidates],
        "evidence": named.evidence.label,
        "case": reference(prefix, named.serial) if named.serial is not None else None,
        "is_ambiguous": named.is_ambiguous,
        "possible": [reference(prefix, each) for each in named.possible],
        "near": list(named.near),
        "staff_token": _staff_token(found, firm),
        "staff": _staff(found),
        "same_as": found.same.message_id if found.same else None,
        "action": what.action,
        "decision": what.reason,
        "silence": what.silence or (found.case.verdict if found.case else ""),
    }


def _signals(found: Imagined, prefix: str) -> Iterator[Document]:
    """
    Secrets are named and never shown.
    """
    seen = found.signals
    answers = dict(seen.answers)
    token = Evidence.REPLY_TOKEN.label
    for nonce in seen.tokens:
        is_staff = found.token is not None and found.token.nonce == nonce
        reader = "staff" if is_staff else "customer"
        yield _signal(token, "", reader=reader, answer=answers.get(nonce, ""))
    for place, signed in seen.signed:
        reader = "staff" if signed.thread.is_staff else "customer"
        value = reference(prefix, signed.serial) if signed.serial else ""
        yield _signal(place.label, value, reader=reader)
    for place, message_id in seen.foreign:
        yield _signal(place.label, message_id)
    for place, texts in (
        (Evidence.REFERENCE, seen.in_subject),
        (Evidence.REFERENCE_IN_TEXT, seen.in_text),
    ):
        for serial in texts.serials:
            yield _signal(place.label, reference(prefix, serial))
        for written in texts.near:
            yield {**_signal(place.label, written), "is_valid": False}


def _signal(name: str, value: str, *, reader: str = "", answer: str = "") -> Document:
    """
    *reader* is whom a signed one was issued to; "" = it bears no signature of ours.
    """
    return {
        "signal": name,
        "value": value,
        "is_signed": bool(reader),
        "issued_to": reader,
        "answer": answer,
        "is_valid": True,
    }


def _candidate(each: Candidate, prefix: str) -> Document:
    return {
        "case": reference(prefix, each.serial),
        "evidence": each.evidence.label,
        "knows_sender": each.knows_sender,
    }


def _staff_token(found: Imagined, firm: Firm) -> Document | None:
    token = found.token
    if token is None:
        return None
    owner = firm.people.by_address(token.handler_email)
    return {
        "issued_to": owner.name if owner else token.handler_email,
        "issued_at": instant(token.issued_at),
        "template": token.purpose,
        "case": reference(firm.reference_prefix, token.serial) if token.serial else None,
        "is_spent": token.is_spent,
    }


def _staff(found: Imagined) -> Document | None:
    """
    What it is there for and what proves its writer, where that is one of our people.
    """
    staff = found.staff
    if staff is None:
        return None
    return {
        "writer": staff.writer.name,
        "wants": staff.wants,
        "proof": staff.proof.name.lower(),
        "why_not": staff.why_not,
        "mail_host": staff.host_verdict,
    }


# --- what would follow -------------------------------------------------------


def _following(found: Imagined) -> Document:
    is_new = found.triage.action is Action.OPEN
    return {
        "belongs_to": found.case.reference if found.case and not is_new else None,
        "opens_case": is_new,
        "handler": found.case.handler.name if found.case and found.case.handler else None,
        "letters": [_letter(each) for each in found.letters],
        "promises": [_promise(each) for one in found.decisions for each in one.booked],
        "settled": [each for one in found.decisions for each in _settled(one)],
        "events": [
            _event(each.name, each.cause, each.reason, each.about)
            for one in found.decisions
            for each in one.events
        ],
    }


def _letter(each: Letter) -> Document:
    return {
        "template": each.template,
        "to": each.to.email,
        "to_staff": each.to_staff,
        "withheld": each.withheld,
    }


def _promise(each: Obligation) -> Document:
    return {
        "promise": each.promise,
        "name": account.promise(each.promise),
        "clause": each.clause,
        "acts_at": instant(each.acts_at),
        "due_at": instant(each.due_at),
    }


def _settled(decision: Decision) -> Iterator[Document]:
    for each in decision.settled:
        name = account.promise(each.promise)
        yield {"promise": each.promise, "name": name, "state": each.state}


def _event(name: str, cause: str, reason: str, about: str) -> Document:
    return {
        "event": name,
        "cause": cause,
        "reason": reason,
        "sentence": account.sentence(name, reason, about),
        "rule": account.rule(reason),
    }


# --- what was decided --------------------------------------------------------


def _past(then: Past) -> Document:
    row = then.row
    return {
        "recorded_at": instant(row.recorded_at),
        "kind": row.kind,
        "rule": row.rule,
        "rule_source": SOURCES.get(row.rule, ""),
        "evidence": row.evidence,
        "decision": row.decision,
        "silence": row.silence,
        "case": then.reference or None,
        "copy_of": then.copy_of or None,
        "seen_again": then.seen_again,
        "held": _held(then.held) if then.held else None,
        "events": [_past_event(each) for each in then.events],
        "letters": [_past_letter(each) for each in then.letters],
    }


def _held(row: HeldRow) -> Document:
    return {
        "id": row.id,
        "at": instant(row.at),
        "reason": row.reason,
        "resolved_at": instant(row.resolved_at),
        "resolution": row.resolution,
    }


def _past_event(row: EventRow) -> Document:
    return _event(row.event, row.cause, row.reason, row.about)


def _past_letter(row: OutboxRow) -> Document:
    return {
        "template": row.template,
        "to": row.recipient,
        "to_staff": row.to_staff,
        "message_id": row.message_id,
        "status": row.status,
        "reason": row.reason,
    }
