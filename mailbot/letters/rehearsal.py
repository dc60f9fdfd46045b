"""
A made-up case, so that every template can be tried before a customer meets it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from mailbot.cases.case import Case, Party
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.life.opening import AT_RECEIPT
from mailbot.cases.morning.mails import SECTIONS
from mailbot.cases.people.handlers import Handler
from mailbot.cases.wording import promise_words, receipt_words
from mailbot.letters.facts import facts
from mailbot.mail.message import Address

_RECEIVED_AT = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
_CUSTOMER = Address(name="Jane Doe", email="jane.doe@example.com")
_HANDLER = Handler(name="A Handler", email="handler@example.com", direct_phone="01495 000 000")
_WORDS: Mapping[str, object] = {
    "words": "The line has been dead since Monday.",
    "attachments": ["bill.pdf"],
    "alerts": ["telecare"],
    "possible_matches": [],
    "from_address": "",
}


def samples(firm: Firm) -> dict[str, dict[str, object]]:
    """
    For every template the facts of a made-up letter, from the firm's own rulebook.
    """
    case = _case(firm)
    due_at = case.obligations[0].due_at
    promise = promise_words.PROMISES["adr_rights"]
    warning = {"promise": promise.name, "what": promise.todo, "due_at": due_at}
    outcome, why, instead = receipt_words.RECEIPTS["nothing_new"]
    rules = firm.rulebook
    elsewhere: Mapping[str, object] = {"adr": rules.adr, "ofcom": rules.ofcom}
    own_words = {"body": "We have found the fault."}
    ways = {f"{word}_address": _way(firm, word) for word in ("yes", "no")}
    day, by = "Tuesday 1 December 2026", "Tuesday 1 December 2026, 5pm"
    own_facts: dict[str, Mapping[str, object]] = {
        "acknowledgement": {},
        "introduction": {},
        "follow-up": {},
        "adr-rights": {},
        "deadlock": {**elsewhere, **own_words},
        "contact-agreed": {"at": by, "how": "by telephone"},
        "contact-missed": {"missed": by, "next_by": by},
        "call-summary": {**own_words, "next_by": by},
        "outcome": {**elsewhere, **own_words, **ways, "confirm_by": by, "ico": rules.dp},
        "confirm-reminder": {**ways, "outcome_on": day},
        "closed": {**elsewhere, "how": f"you told us so on {day}", "ico": rules.dp},
        "reopened": {"why": "you told us that it is not resolved"},
        "escalated": {"to": {"name": "A Manager", "role": "Customer Service Manager"}},
        "correction": {
            "detail": "telephone number",
            "value": "01495 000 001",
            "is_old_address": False,
        },
        "party": {"email": "bob@example.com", "role": "representative", "gets_copies": True},
        "copy": {
            "subject": "Your complaint",
            "words": "Dear Jane Doe,\n\nWe have found the fault.",
            "role": "representative",
            "asks": True,
        },
        "not-complaint": {"why": "You asked for our opening hours."},
        "credit": {
            "amount": "£25.00",
            "month": "December 2026",
            "agreed_with": "",
            "applied": False,
        },
        "handler-reply": {**own_words, "writer": _HANDLER},
        "assignment": _WORDS,
        "customer-reply": {**_WORDS, "news": "on_a_closed_case"},
        "warning": warning,
        "breach": {**warning, "clause": case.obligations[0].clause},
        "receipt": {"outcome": outcome, "why": why, "instead": instead, "original": ""},
        "confirm-command": {
            "asked": "#close phone Jane Doe, 25/11 14:00",
            "direct_to": "",
            "sent": "",
            "passed_on": None,
        },
        "task": {"what": "A task", "why": "A reason", "todo": ["One thing"]},
        "held": {
            "why": "A reason.",
            "held_id": "1",
            "since": day,
            "todo": list(receipt_words.HELD_STAFF_TODO),
            "subject": "A subject",
            "words": "A text.",
        },
        "digest": _a_day(day),
        "report": {
            "month": "November 2026",
            "lead": ["In November 2026 we received 4 complaints and closed 2."],
            "promises": [{"name": promise.name, "said": "1 kept"}],
            "not_kept": [
                {
                    "reference": case.reference,
                    "who": _HANDLER.name,
                    "how": "Broken",
                    "name": promise.name,
                    "due": by,
                    "missing": "A letter.",
                    "since": "",
                }
            ],
            "more": 1,
            "file": "complaints-2026-11.pdf",
        },
    }
    return {
        name: facts(_letter(name, own, to_staff=name in TO_STAFF), case, firm)
        for name, own in own_facts.items()
    }


#: Templates of mail to the firm's own people.
TO_STAFF = frozenset(
    {
        "assignment",
        "customer-reply",
        "warning",
        "breach",
        "receipt",
        "confirm-command",
        "task",
        "held",
        "digest",
        "report",
    }
)


def _a_day(day: str) -> Mapping[str, object]:
    """
    A digest in which every list has something to say.
    """
    line = {"reference": "ISS", "customer": "Jane Doe", "what": "a duty", "when": day, "who": "you"}
    waiting = {"held_id": "1", "since": day, "sender": _CUSTOMER.email, "subject": "", "why": ""}
    return {
        **dict.fromkeys(SECTIONS, (line,)),
        "held": (waiting,),
        "day": day,
        "next_day": day,
        "is_before_a_pause": False,
        "held_count": 1,
        "more": {},
    }


def _letter(template: str, own: Mapping[str, object], *, to_staff: bool) -> Letter:
    to = Address(name=_HANDLER.name, email=_HANDLER.email) if to_staff else _CUSTOMER
    return Letter(template=template, to=to, occasion="rehearsal", to_staff=to_staff, facts=own)


def _way(firm: Firm, word: str) -> str:
    local, _, domain = firm.service_address.rpartition("@")
    return f"{local}+{word}@{domain}"


def _case(firm: Firm) -> Case:
    return Case(
        serial=1,
        reference=f"{firm.reference_prefix}-000001-95",
        received_at=_RECEIVED_AT,
        opened_at=_RECEIVED_AT,
        complainant=Party(address=_CUSTOMER),
        handler=_HANDLER,
        obligations=tuple(
            firm.rulebook.promise(name).book(_RECEIVED_AT, firm.calendar) for name in AT_RECEIPT
        ),
    )
