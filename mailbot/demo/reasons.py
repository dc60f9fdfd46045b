"""
What the record says of a decision, in words for somebody who sees it for the first time.
"""

from collections.abc import Iterable, Iterator, Sequence

from mailbot.cases.letter import KEEPS
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.mail.message import Kind
from mailbot.store.tables import EventRow, MessageRow, ObligationRow

#: event -> why. What is not here says nothing that a mail beside it does not say.
_DECIDED = {
    "case_opened": "A person wrote, and the message belongs to no case: one is opened.",
    "assigned": "The case goes to the handler with the fewest open cases.",
    "answer_relayed": (
        "Passed on to the customer: it came to the reply address that only this handler was"
        " given. Nothing of the mail that it answers goes with it."
    ),
    "contact_agreed": (
        "The agreed time is on record now, and that is what the code asks for by the third"
        " working day. The customer gets it in writing, with an entry for the calendar."
    ),
    "telephone_call": (
        "The handler has rung the customer. What was said goes to the customer in writing; the"
        " commands above it do not."
    ),
    "interval_agreed": "The customer is to hear from the firm at the interval agreed, from now on.",
    "outcome_sent": (
        "The outcome goes to the customer, who is asked to confirm it. The case stays open"
        " until the customer answers."
    ),
    "confirmation_asked_again": (
        "The customer has not answered for five working days, and is asked once more."
        " Silence never closes a case."
    ),
    "not_confirmed": (
        "No answer by the time that was named. The customer breaks no promise by that: the"
        " question stays open, and it is the handler's turn to ask next."
    ),
    "case_reopened": (
        "A no from the customer's own address, at the address that only the mail with the"
        " outcome has: the case is open again, with its first dates."
    ),
    "escalated": (
        "And it goes up the ladder of stage 5. Whoever has it now is introduced to the customer."
    ),
    "case_closed": (
        "A yes from the customer's own address, at the address that only the mail with the"
        " outcome has: that closes the case. Nothing else would have done so today."
    ),
    "credit_agreed": "The credit is a promise like any other from now on.",
    "note_filed": "A note is filed. Nobody outside sees it.",
    "follow_up_decided": (
        "The third working day has come and no contact time is recorded: the customer is"
        " asked, and the handler is warned."
    ),
    "rights_letter_decided": (
        "Six weeks are over and the case is open: the customer is told of the right to go"
        " elsewhere. A bank holiday, a weekend or an absence does not move that day."
    ),
}

_JOINED = (
    "Filed in the same case: it came to the reply address that only this customer was"
    " given. The customer gets no second acknowledgement."
)
_JOINED_CLOSED = (
    "Mail on a closed case wakes nothing by itself, and is never lost: the handler gets it at"
    " once and says whether the case opens again. If nobody had decided by the end of the next"
    " working day, it would open by itself."
)
#: What says more than that a message was filed.
_SAYS_MORE = frozenset({"case_reopened", "case_closed"})

_WARNED = {
    "agree_contact": "The working day before: the handler is asked for a contact time.",
    "keep_contact": "The working day before: the handler is reminded that the customer waits.",
    "answer": "The customer has written and has had no answer: the handler is reminded.",
    "credit": "The month of the credit has begun: the handler is asked to have it applied.",
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
        "Nobody was in touch with the customer as agreed. The customer gets an apology, the"
        " manager is told, and the next contact is booked."
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


def decisions(events: Sequence[EventRow], *, is_over: bool) -> Iterator[str]:
    """
    Why the mails that follow are written; *is_over* says that the customer wrote on a
    closed case.
    """
    names = {each.event for each in events}
    is_followed_up = "follow_up_decided" in names
    for each in events:
        if each.event in _DECIDED:
            yield _DECIDED[each.event]
        elif each.event == "message_joined" and not names & _SAYS_MORE:
            yield _JOINED_CLOSED if is_over else _JOINED
        elif each.event == "warning_decided" and not is_followed_up:
            yield _WARNED.get(each.reason, "The handler is warned.")
        elif each.event == "obligation_breached":
            yield _BROKEN.get(each.reason, "The promise is broken, and the manager is told.")


def kept(events: Sequence[EventRow]) -> Iterator[str]:
    """
    The promises that these mails kept, or what somebody did or said.
    """
    late = {each.reason for each in events if each.event == "obligation_met_late"}
    for each in events:
        if each.event == "obligation_met_late":
            yield f"Promise kept, but late: {name(each.reason)}."
        elif each.event == "obligation_met" and each.reason not in late:
            when = ", now that our mail server has the mail" if each.cause == "delivery" else ""
            yield f"Promise kept{when}: {name(each.reason)}."


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
        return (
            f"The time for a promise has come ({owed}), and a person is to keep it: mailbot waits"
            " for its last moment. Later moments like this one are left out."
        )
    names = ", ".join(name(each.promise) for each in listed)
    if names:
        return (
            f"The last moment for a promise ({names}). It is kept: nobody is written to. Later"
            " moments like this one are left out."
        )
    return (
        "A reminder was booked for now, about a promise that is kept: nobody is written to."
        " Later moments like this one are left out."
    )


def name(promise: str) -> str:
    words = PROMISES.get(promise)
    return words.name if words else promise.replace("_", " ")
