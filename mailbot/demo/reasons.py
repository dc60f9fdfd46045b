"""
What the record says of a decision, in words for somebody who sees it for the first time.
"""

from collections.abc import Iterable, Iterator

from mailbot.cases.model import KEEPS
from mailbot.cases.wording import PROMISES
from mailbot.mail.message import Kind
from mailbot.store.tables import EventRow, MessageRow, ObligationRow

#: event -> why. What is not here says nothing that a mail beside it does not say.
_DECIDED = {
    "case_opened": "A person wrote, and the message belongs to no case: one is opened.",
    "assigned": "The case goes to the handler with the fewest open cases.",
    "message_joined": (
        "Filed in the same case: it came to the reply address that only this customer was"
        " given. The customer gets no second acknowledgement."
    ),
    "answer_relayed": (
        "Passed on to the customer: it came to the reply address that only this handler was"
        " given. Nothing of the mail that it answers goes with it."
    ),
    "follow_up_decided": (
        "The third working day has come and no contact time is recorded: the customer is"
        " asked, and the handler is warned."
    ),
    "rights_letter_decided": (
        "Six weeks are over and the case is open: the customer is told of the right to go"
        " elsewhere. A bank holiday, a weekend or an absence does not move that day."
    ),
}

_WARNED = {
    "agree_contact": "The working day before: the handler is asked for a contact time.",
    "keep_contact": "The working day before: the handler is reminded that the customer waits.",
    "adr_rights": (
        "The case is still open: the handler is warned that the six weeks are running out."
    ),
}

_BROKEN = {
    "agree_contact": (
        "Nobody recorded an agreed contact time. Answers by email are not evidence of one, and"
        " neither is what mailbot sends by itself. The promise is broken, and the manager is"
        " told."
    ),
    "keep_contact": (
        "Nobody was in touch with the customer in time. The customer is told so, and the manager;"
        " the next contact is booked."
    ),
}

#: silence -> what it saw
_SILENT = {
    "out_of_office_subject": "its subject says that nobody is there",
    "auto_submitted": "its header says that a machine sent it (Auto-Submitted)",
}

#: template -> the event whose reason names the promise in whose course it is written
_IN_THE_COURSE_OF = {
    "follow-up": "warning_decided",
    "warning": "warning_decided",
    "breach": "obligation_breached",
    "contact-missed": "obligation_breached",
}

STATES = {
    "open": "open",
    "met": "kept",
    "met_late": "kept late",
    "breached": "broken",
    "withdrawn": "withdrawn",
}


def decisions(events: Iterable[EventRow]) -> Iterator[str]:
    """
    Why the mails that follow are written.
    """
    is_followed_up = any(each.event == "follow_up_decided" for each in events)
    for each in events:
        if each.event in _DECIDED:
            yield _DECIDED[each.event]
        elif each.event == "warning_decided" and not is_followed_up:
            yield _WARNED.get(each.reason, "The handler is warned.")
        elif each.event == "obligation_breached":
            yield _BROKEN.get(each.reason, "The promise is broken, and the manager is told.")


def kept(events: Iterable[EventRow]) -> Iterator[str]:
    """
    The promises that these mails kept.
    """
    for each in events:
        if each.event in {"obligation_met", "obligation_met_late"}:
            state = STATES[each.event.removeprefix("obligation_")]
            yield f"Promise {state}, now that our mail server has the mail: {name(each.reason)}."


def clause(template: str, events: Iterable[EventRow], obligations: Iterable[ObligationRow]) -> str:
    """
    What of the published code demands a mail; "" if nothing does by name.
    """
    event = _IN_THE_COURSE_OF.get(template)
    behind = next((each.reason for each in events if each.event == event), "")
    promises = KEEPS.get(template, (behind,))
    return next((each.clause for each in obligations if each.promise in promises), "")


def silences(messages: Iterable[MessageRow]) -> Iterator[str]:
    """
    Why a message was not answered.
    """
    for each in messages:
        # A person's further mail is silent too: it goes to the handler instead.
        if each.silence and each.kind not in {Kind.PERSON, Kind.STAFF}:
            saw = _SILENT.get(each.silence, "a machine sent it")
            yield (
                f"No answer to this one: {saw}. It is filed in the case, and the reason is"
                f" recorded: {each.silence}."
            )


def nothing_said(due: Iterable[ObligationRow]) -> str:
    """
    Why nobody is written to at an instant at which something was due.
    """
    listed = list(due)
    owed = ", ".join(name(each.promise) for each in listed if each.state == "open")
    if owed:
        return f"The time for a promise has come ({owed}), and a person is to keep it."
    names = ", ".join(name(each.promise) for each in listed)
    if names:
        return f"The last moment for a promise ({names}). It is kept: nobody is written to."
    return "A reminder was booked for now, about a promise that is kept: nobody is written to."


def name(promise: str) -> str:
    words = PROMISES.get(promise)
    return words.name if words else promise.replace("_", " ")
