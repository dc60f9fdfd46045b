"""
The facts that a letter's template is filled with, all in words already.

`letters/stationery.py` has the contract: which template wants which facts.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.cases.letter import Letter
from mailbot.cases.obligation import Obligation
from mailbot.cases.people.handlers import Handler, Role
from mailbot.cases.wording import command_words, plain_names
from mailbot.cases.wording.moments import in_words
from mailbot.cases.wording.plain_names import STATES
from mailbot.cases.wording.tasks import alerts_in
from mailbot.mail.quoting.new_text import MARKER
from mailbot.mail.words import date_words, moment_words, salutation

#: Staff mail whose answers may hold commands beside words for the customer.
_ANSWERABLE = frozenset({"assignment", "customer-reply"})

#: Letters that say who decides when we cannot agree.
_WITH_THE_SCHEME = frozenset({"adr-rights", "deadlock", "outcome", "closed"})

#: Letters that say when the customer hears from us next.
_SAYING_WHEN = frozenset({"reopened", "escalated"})

#: Letters that ask whether an outcome resolves the complaint.
_ASKING = frozenset({"outcome", "confirm-reminder"})

#: What a decision tells the composer, and no reader.
_NOT_FOR_TEMPLATES = frozenset({"due_at", "writer", "agreed_at", "cancelled_at", "alerts"})


def facts(
    letter: Letter, case: Case | None, firm: Firm, now: datetime | None = None
) -> dict[str, object]:
    """
    Everything that *letter* can say: about the firm, the case, and what its
    decision knew. With *now*, nothing is announced to a customer for a time that
    is past, as after an outage.
    """
    said: dict[str, object] = {
        "reference": case.reference if case else "",
        "company": _company(firm),
    }
    if case:
        said |= _of_the_case(letter, case, firm)
    if case and letter.template in _ANSWERABLE:
        said["commands"] = list(command_words.COMMANDS)
        said["copies_to"] = [
            f"{each.address.email} ({each.role})" for each in case.parties if each.gets_copies
        ]
    if letter.to_staff:
        said |= {
            "marker": MARKER,
            "handler_name": letter.to.name or letter.to.email,
            "by_post": case is not None and case.by_post,
            "alerts": alerts_of(letter, firm),
        }
    if letter.template in _WITH_THE_SCHEME:
        is_eligible = case is None or not case.not_eligible
        said["adr"] = firm.rulebook.adr if is_eligible else None
        said["ofcom"] = firm.rulebook.ofcom
        said["ico"] = firm.rulebook.dp if case and case.is_data_protection else None
    if case and letter.template in _SAYING_WHEN:
        said["next_by"] = _by(case.obligation("keep_contact"), firm)
    if case and letter.template in _ASKING:
        said |= _asking(letter, case, firm)
    if case and now and not letter.to_staff:
        said |= dict.fromkeys(_passed(letter, case, now), "")
    own = {name: value for name, value in letter.facts.items() if name not in _NOT_FOR_TEMPLATES}
    if isinstance(due_at := letter.facts.get("due_at"), datetime):
        own["due"] = in_words(due_at, firm)
    if isinstance(writer := letter.facts.get("writer"), Handler):
        own["handler"] = _handler(writer)
    return _taught_in_full(said | own)


def alerts_of(letter: Letter, firm: Firm) -> list[str]:
    """
    The safety words in what a customer wrote, as far as a mail to our own people carries it,
    with those that its decision saw in the subject: whatever kind of mail it is.
    """
    given = letter.facts.get("alerts")
    carried = [letter.facts.get("words")]
    if isinstance(cover := letter.facts.get("cover"), Mapping):
        carried.append(cover.get("words"))
    if isinstance(passed_on := letter.facts.get("passed_on"), Mapping):
        carried += [passed_on.get("subject"), passed_on.get("words"), passed_on.get("comment")]
    text = "\n".join(each for each in carried if isinstance(each, str))
    return list(
        dict.fromkeys([*(given if isinstance(given, list) else ()), *alerts_in(text, firm)])
    )


def _taught_in_full(said: dict[str, object]) -> dict[str, object]:
    """
    Whoever is taught the commands reads which of them are asked about first.
    """
    return said | {"asked_first": list(command_words.ASKED_FIRST)} if said.get("commands") else said


def _passed(letter: Letter, case: Case, now: datetime) -> list[str]:
    """
    The facts that would announce what should have happened by now.
    """
    announced = {
        "introduce_by": case.obligation("introduce"),
        "contact_by": case.obligation("agree_contact"),
    }
    if letter.template not in _WITH_THE_SCHEME:
        # Those say from when the right is there; the others that a letter will go that day.
        announced["rights_on"] = case.obligation("adr_rights")
    return [name for name, each in announced.items() if each and each.due_at < now]


def _asking(letter: Letter, case: Case, firm: Firm) -> dict[str, object]:
    """
    Since when the outcome is known, and when we ask again.
    """
    asked = case.obligation("confirm_closure")
    promise = firm.rulebook.promise("confirm_closure")
    if letter.template == "outcome":
        # Nothing is booked before it has been accepted, which is hoped to be at once.
        since = None if case.by_post else case.outcome_at
        asked = promise.book(since, firm.calendar) if since else None
    elif asked:
        # This is the question; the next one comes an interval later.
        asked = promise.book(asked.due_at, firm.calendar, asked.number + 1)
    return {
        "confirm_by": date_words(firm.calendar.local_day(asked.acts_at)) if asked else "",
        "outcome_on": date_words(firm.calendar.local_day(case.outcome_at))
        if case.outcome_at
        else "",
    }


def _has_been_told(letter: Letter, case: Case) -> bool:
    """
    Whether an earlier letter has told the customer of their rights.
    """
    return bool(case.rights_letters - {letter.template})


# The letters of a case greet and date alike.
_greeting = lru_cache(64)(salutation)
_moment = lru_cache(64)(moment_words)


def _of_the_case(letter: Letter, case: Case, firm: Firm) -> dict[str, object]:
    complainant = case.complainant
    promised = {each.promise: each for each in case.obligations}
    told = _has_been_told(letter, case)
    rights_on = _rights_on(case, promised.get("adr_rights"), firm)
    return {
        # Written for the envelope, where nobody can reply to "this email".
        "on_paper": False,
        "salutation": _greeting(complainant.address.name),
        "handler": _handler(case.handler) if case.handler else None,
        "received": _moment(case.received_at, firm.calendar.zone),
        "customer": {
            "name": complainant.address.name,
            "email": complainant.address.email,
            "phone": complainant.phone,
            "address": ", ".join(complainant.postal_address),
        },
        "status": _status(case),
        "needs": list(case.needs),
        "above": _above(case, firm),
        "rights_told": told,
        "dates": _dates(promised, rights_on, firm),
        "introduce_by": _by(promised.get("introduce"), firm),
        "contact_by": _by(promised.get("agree_contact"), firm),
        "rights_on": "" if told else rights_on,
    }


def _company(firm: Firm) -> Mapping[str, str]:
    company = firm.rulebook.company
    return {
        "name": company.name,
        "short_name": company.short_name,
        "number": company.number,
        "registered_office": company.registered_office,
        "code_url": company.code_url,
        "telephone": company.telephone,
        "telephone_hours": company.telephone_hours,
        "email": firm.service_address,
    }


def _above(case: Case, firm: Firm) -> str:
    """
    To whom the case can still be escalated, by the ladder of the rulebook.
    """
    return _rungs_above(
        case.handler.role if case.handler else None, firm.rulebook.escalation.ladder
    )


@cache
def _rungs_above(has_it: Role | None, rungs: tuple[str, ...]) -> str:
    ladder = [Role(each) for each in rungs]
    above = ladder[ladder.index(has_it) + 1 :] if has_it in ladder else ladder
    return " or ".join(f"the {plain_names.ROLES_IN_LETTERS[each]}" for each in above)


def _handler(handler: Handler) -> Mapping[str, str]:
    role = plain_names.ROLES_IN_LETTERS[handler.role]
    return {
        "name": handler.name,
        "role": role[0].upper() + role[1:],
        "phone": handler.direct_phone,
        # Answers to the service address keep the case whole, whoever is in.
        "email": handler.email if handler.show_direct_email else "",
    }


def _by(obligation: Obligation | None, firm: Firm) -> str:
    return in_words(obligation.due_at, firm) if obligation else ""


def _rights_on(case: Case, obligation: Obligation | None, firm: Firm) -> str:
    """
    The day of the rights letter, as long as there is one to come.
    """
    if obligation is None or not obligation.is_owed or case.not_eligible:
        return ""
    return date_words(firm.calendar.local_day(obligation.acts_at))


#: What a handler reads of each promise. The introduction goes out by itself: who is told to
#: introduce themselves does it a second time.
_DATES = (
    ("A letter of its own introduces you to the customer by", "introduce"),
    ("A contact time has to be agreed by", "agree_contact"),
    ("The customer expects to hear from us by", "keep_contact"),
    ("The customer expects an answer by", "answer"),
    ("The credit has to be applied by", "credit"),
)


def _dates(
    promised: Mapping[str, Obligation], rights_on: str, firm: Firm
) -> list[Mapping[str, str]]:
    owed = sorted(
        (obligation.due_at, what)
        for what, promise in _DATES
        if (obligation := promised.get(promise)) and obligation.is_owed
    )
    entries = [(what, in_words(due_at, firm)) for due_at, what in owed]
    entries.append(("The customer is told of their right to independent help on", rights_on))
    return [{"what": what, "by": by} for what, by in entries if by]


def _status(case: Case) -> str:
    who = f"with {case.handler.name}" if case.handler else "with nobody yet"
    return f"{STATES[case.state]}, {who}"
