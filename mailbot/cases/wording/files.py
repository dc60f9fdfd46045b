"""
The files that came with a message, in words for the firm's people.
"""

from collections.abc import Iterable

from mailbot.cases.decision import Decision, Event
from mailbot.mail.files.going_along import Files, Stays
from mailbot.mail.files.kinds import what_it_is
from mailbot.mail.message import Attachment

_KB, _MB = 1024, 1024 * 1024
_MOST_NAMED = 40
_NOT_MISSED = frozenset({Stays.LOGO, Stays.SIGNATURE})

#: Why a customer's file is only named in a staff mail, and where it is.
_ASK_FOR_IT = (
    "it is kept in the mailbox with its message, which whoever runs mailbot finds with:"
    " mailbot case {reference}"
)
NOT_SHOWN = {
    Stays.TOO_LARGE: f"not attached, it is too large for our mail server; {_ASK_FOR_IT}",
    Stays.NOT_READ_AGAIN: f"not attached a second time; {_ASK_FOR_IT}",
    Stays.PROGRAM: f"not attached, mail systems refuse programs; {_ASK_FOR_IT}",
    Stays.MISSING: "left out, it could not be taken from the text in which it stood",
}

#: Why a handler's file did not go to the customer.
NOT_PASSED_ON = {
    Stays.TOO_LARGE: "too large for our mail server, alone or with the others; the customer's"
    " mail says that it is not attached",
    Stays.PROGRAM: "a program, which mail systems refuse",
    Stays.MESSAGE: "a message, in which the customer could see what is for you alone",
    Stays.SEALED: "encrypted or in Outlook's own format: the customer could not open it",
    Stays.CLOSED: "packed or encrypted: nobody can tell whether it holds what is for you alone",
    Stays.MISSING: "it could not be taken from the text: attach the picture as a file",
    Stays.NAMES_STAFF: "it holds a reply address or an id that is for you alone",
}


def listed(files: Files, reference: str = "REFERENCE") -> list[str]:
    """
    A line for each: its name, what it is and how large, and why it is not attached and
    where it is.
    """
    return _bounded(
        f"{_described(attachment)}; {NOT_SHOWN[stays].format(reference=reference)}"
        if stays
        else _described(attachment)
        for attachment, stays in files.each
    )


def too_large(files: Files) -> list[str]:
    """
    The names of those that are not in a mail to the customer because of their size: the
    mail itself says so.
    """
    return _bounded(each.name for each, stays in files.staying if stays is Stays.TOO_LARGE)


def left_out(files: Files) -> str:
    """
    The files that did not go to the customer, each with the reason; "" where all went,
    but for a signature and its logo, which nobody misses.
    """
    missed = [each for each in files.staying if each[1] not in _NOT_MISSED]
    said = [f"{each.name} ({NOT_PASSED_ON[stays]})" for each, stays in missed]
    return ", ".join(_bounded(said))


def passed_on(files: Files) -> Decision:
    """
    The record of what went along with a handler's words, and what did not.
    """
    went = ", ".join(_bounded(each.name for each in files.going))
    stayed = ", ".join(
        _bounded(f"{each.name} ({stays.replace('_', ' ')})" for each, stays in files.staying)
    )
    events = (
        Event(name="files_passed_on", cause="message", reason="staff_answer", about=went),
        Event(name="files_not_passed_on", cause="message", reason="staff_answer", about=stayed),
    )
    return Decision(reason="files_looked_at", events=tuple(each for each in events if each.about))


def _bounded(names: Iterable[str]) -> list[str]:
    named = list(names)
    more = len(named) - _MOST_NAMED
    return [*named[:_MOST_NAMED], f"and {more} more"] if more > 0 else named


def _described(attachment: Attachment) -> str:
    if not attachment.content:
        return attachment.name
    return f"{attachment.name}: {what_it_is(attachment)}, {_size(len(attachment.content))}"


def _size(octets: int) -> str:
    if octets >= _MB:
        return f"{octets / _MB:.1f} MB"
    return f"{-(-octets // _KB)} KB"
