"""
The record of contacts: when, by which channel, with whom, about what, what was
agreed, whether it is resolved, and on what basis.

"All disputes are logged" (Response Times). What mailbot sends by itself is no contact;
people are, and everything here is drawn from what they wrote and what was recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from mailbot.cases.letter_status import Status
from mailbot.cases.obligation import ObligationState
from mailbot.cases.people.handlers import People
from mailbot.cases.states import State
from mailbot.cases.wording import account, plain_names
from mailbot.dossier.papers import Papers
from mailbot.dossier.proof import WRITES, of_event
from mailbot.mail.message import Kind
from mailbot.mail.quoting.new_text import new_text
from mailbot.store.tables import EventRow, MessageRow

#: How a complaint that no mail brought came in; `#close` says telephone as people do.
_CHANNELS = {
    "telephone": "telephone",
    "phone": "telephone",
    "fax": "fax",
    "letter": "letter",
    "account_manager": "account manager",
    "email": "email",
}

#: Events in which a person of the firm was in touch with the customer, and how.
_IN_TOUCH = {
    "answer_relayed": "email",
    "telephone_call": "telephone",
    "contact_agreed": "",
    "interval_agreed": "",
    "credit_agreed": "",
    "credit_applied": "email",
    "outcome_sent": "email",
    "case_closed": "",
    "case_reopened": "email",
    "deadlock_declared": "email",
    "judged_not_a_complaint": "email",
    "letter_posted": "letter",
    "case_opened": "",
}

_AGREED = {
    "contact_agreed": "contact on {about}",
    "interval_agreed": "contact every {about}",
    "credit_agreed": "a credit of {about}",
}

_RESOLVED = {
    "outcome_sent": "not yet: the outcome asks the customer whether it resolves it",
    "case_closed": "yes: {about}",
    "case_reopened": "no: the case was opened again",
    "deadlock_declared": "no: we cannot agree, and the deadlock letter says so",
    "judged_not_a_complaint": "judged to be no complaint: {about}",
}

#: By which event a case comes to be over.
_ENDED_BY: Mapping[str, str] = {
    State.CLOSED: "case_closed",
    State.NOT_A_COMPLAINT: "judged_not_a_complaint",
}

_NOT_RECORDED = "not recorded"
_REMOVED = "anonymised"

#: An outcome that is written and has not been accepted, or posted, yet.
NOT_ASKED = "not yet: nothing on record shows that the outcome has reached the customer"

_NOT_POSTED = "not recorded as posted"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """
    One contact. *agreed* and *resolved* are "" where nothing was said of them.
    """

    at: datetime
    channel: str
    who: str
    summary: str
    agreed: str = ""
    resolved: str = ""
    #: What became of the letters by which it happened, where the customer has not got them: as
    #: far as is on record; "" where they have.
    unreached: str = ""


def contacts(papers: Papers, people: People) -> list[Contact]:
    """
    Every contact of the case, oldest first.
    """
    found = [*_from_customers(papers), *_from_staff(papers, people)]
    return sorted(found, key=lambda each: each.at)


def resolution(papers: Papers) -> str:
    """
    Whether the complaint is resolved now, and on what basis.
    """
    state = papers.case.state
    said = [each for each in papers.events if each.event in _RESOLVED]
    if ended_by := _ENDED_BY.get(state):
        said = [each for each in said if each.event == ended_by]
    # A deadlock is what was said last until an outcome goes out after it, or the case is
    # opened again.
    if said and (ended_by or said[-1].event == "deadlock_declared"):
        return _resolved(said[-1:])
    if state == State.AWAITING_CONFIRMATION and not _is_asked(papers):
        return NOT_ASKED
    return f"not yet: {plain_names.STATES[state].lower()}"


def standing(papers: Papers) -> str:
    """
    The state of the case in words, as far as it is known to the customer.
    """
    state = papers.case.state
    if state == State.AWAITING_CONFIRMATION and not _is_asked(papers):
        return "An outcome is written"
    return plain_names.STATES[state]


def _is_asked(papers: Papers) -> bool:
    """
    Whether the customer has the outcome, as far as is on record: the question is asked from then
    on.
    """
    asked = [each for each in papers.obligations if each.promise == "confirm_closure"]
    return any(each.state == ObligationState.OPEN for each in asked)


# --- customers ---------------------------------------------------------------


def _from_customers(papers: Papers) -> Iterator[Contact]:
    for message in papers.messages:
        if message.kind not in {Kind.PERSON, Kind.SPAM} or message.copy_of:
            continue
        with_it = [
            each
            for each in papers.events
            if each.cause == "message" and message in of_event(each, papers).messages
        ]
        yield Contact(
            at=message.received_at,
            channel="email",
            who=f"{_name(message, papers)} wrote",
            summary=_summary(message),
            resolved=_resolved([each for each in with_it if each.event in _RESOLVED]),
        )


def _name(message: MessageRow, papers: Papers) -> str:
    named = {each.email_key: each for each in papers.parties}
    party = named.get(message.sender.lower())
    if party is None:
        # What stands for a sender who is nobody now is no name (store/retention).
        is_removed = message.sender == _REMOVED
        return "somebody whose name was removed" if is_removed else message.sender or "somebody"
    return f"{party.name} ({party.email})" if party.name else party.email


def _summary(message: MessageRow) -> str:
    words = new_text(message.text)
    return ": ".join(filter(None, (message.subject.strip(), " ".join(words.split()))))


# --- the firm ----------------------------------------------------------------


def _from_staff(papers: Papers, people: People) -> Iterator[Contact]:
    """
    What one of the firm's people did at one instant, as one contact: a call and the
    time that was agreed in it are one.
    """
    in_touch = [
        each
        for each in papers.events
        if each.event in _IN_TOUCH and (account.who(each.cause) or each.event == "answer_relayed")
    ]
    on_paper = {each.at for each in papers.events if each.event == "letter_to_be_posted"}
    for (at, cause), group in groupby(in_touch, key=lambda each: (each.at, each.cause)):
        events = list(group)
        yield Contact(
            at=at,
            channel=_channel(events, at in on_paper),
            who=_of_the_firm(cause, events, papers, people),
            summary=_told(events, papers),
            agreed="; ".join(
                _AGREED[each.event].format(about=each.about)
                for each in events
                if each.event in _AGREED
            ),
            resolved=_resolved(events),
            unreached=_unreached(events, papers, is_on_paper=at in on_paper),
        )


def _unreached(events: Sequence[EventRow], papers: Papers, *, is_on_paper: bool) -> str:
    """
    What is on record of the letters that went with these events, where none of them has
    reached the customer.
    """
    by_letter = [each for each in events if _IN_TOUCH[each.event] == "email"]
    templates = {name for each in by_letter for name in WRITES.get(each.event, ())}
    if is_on_paper:
        posted = any(
            each.event == "letter_posted" and each.about in templates and each.at >= events[0].at
            for each in papers.events
        )
        return _NOT_POSTED if templates and not posted else ""
    letters = [letter for each in by_letter for letter in of_event(each, papers).letters]
    states = [each.status for each in letters if each.template in templates]
    is_known = bool(states) and Status.SENT not in states
    return plain_names.STATUSES[states[-1]] if is_known else ""


def _channel(events: Sequence[EventRow], is_on_paper: bool) -> str:
    """
    The one that is on record: a call is one whatever else was said with it. What would have
    gone by mail went by post where a letter was printed instead.
    """
    for each in events:
        if each.event == "case_opened":
            return _CHANNELS.get(each.reason, _NOT_RECORDED)
        if each.event == "case_closed":
            said = [word for word in _CHANNELS if f" told us by {word} " in each.about]
            return _CHANNELS[said[0]] if said else _NOT_RECORDED
    known = [_IN_TOUCH[each.event] for each in events if _IN_TOUCH[each.event]]
    written = ["letter" if is_on_paper and each == "email" else each for each in known]
    return "telephone" if "telephone" in known else next(iter(written), _NOT_RECORDED)


def _of_the_firm(cause: str, events: Sequence[EventRow], papers: Papers, people: People) -> str:
    if by := account.who(cause):
        return f"{by}, for us"
    senders = [each.sender for event in events for each in of_event(event, papers).messages]
    writer = people.by_address(senders[0]) if senders else None
    return f"{writer.name if writer else 'one of our people'}, for us"


def _told(events: Sequence[EventRow], papers: Papers) -> str:
    """
    The words that were said; where none are on record, what happened.
    """
    words = [account.text(each.event, each.about) for each in events]
    words += [
        new_text(mail.text)
        for each in events
        if each.event == "answer_relayed"
        for mail in of_event(each, papers).messages
    ]
    if not any(words):
        words = [account.sentence(each.event, each.reason, each.about) for each in events]
    return " ".join(" ".join(words).split())


def _resolved(events: Sequence[EventRow]) -> str:
    said = [
        _RESOLVED[each.event].format(about=account.for_staff(each.about) or _NOT_RECORDED)
        for each in events
        if each.event in _RESOLVED
    ]
    return "; ".join(said)
