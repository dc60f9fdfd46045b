"""
What the machine-readable parts of a message say: of deliveries, receipts, appointments.
"""

import re
from collections.abc import Iterable, Iterator

from mailbot.mail.message import DeliveryStatus
from mailbot.mail.reading.delivery_fields import statuses_of
from mailbot.mail.reading.parts import (
    DISPOSITIONS,
    MESSAGES,
    STATUSES,
    Part,
    fields_in,
)

_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(rb"^METHOD:([A-Za-z]{1,20})", re.MULTILINE)
#: RFC 5545 §3.2: a parameter in quotes may have a colon, as the address of the same as HTML has.
_DESCRIPTION = re.compile(
    r"^DESCRIPTION(?:;(?:[^\":\n]|\"[^\"\n]*\")*)?:(.+)", re.MULTILINE | re.IGNORECASE
)
#: §3.6.6: what a program says when it rings ("REMINDER").
_ALARM = re.compile(r"^BEGIN:VALARM\b", re.MULTILINE | re.IGNORECASE)
_ALARM_ENDS = re.compile(r"^END:VALARM\b", re.MULTILINE | re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "N": "\n"}


def calendar_method(parts: Iterable[Part]) -> str:
    """
    RFC 6047 §2.4 wants it as a parameter too; some have it in the calendar only.
    """
    for part in parts:
        if part.content_type == "text/calendar":
            found = _METHOD.search(part.octets)
            inside = found[1].decode() if found else ""
            return str(part.source.get_param("method", inside)).lower()
    return ""


def description_in(part: Part) -> str:
    """
    What an appointment says (RFC 5545 §3.8.1.5, unfolded by §3.1); "" = nothing.
    """
    said = part.text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    first, *alarms = _ALARM.split(said)
    outside = [first, *("".join(_ALARM_ENDS.split(each, 1)[1:]) for each in alarms)]
    found = [each[1] for each in _DESCRIPTION.finditer("".join(outside))]
    return "\n\n".join(
        _ESCAPED.sub(lambda each: _MEANT.get(each[1], each[1]), each) for each in found
    )


def delivery_statuses(parts: Iterable[Part]) -> Iterator[DeliveryStatus]:
    """
    One for each recipient of an RFC 3464 report; §2.3 has the fields.
    """
    for part in parts:
        if part.content_type in STATUSES or _is_kept_as_a_message(part):
            yield from statuses_of(part)


def _is_kept_as_a_message(part: Part) -> bool:
    """
    Whether the fields of a report are attached as if they were a message's: in an .eml file.
    """
    inside = part.enclosed[:1] if part.content_type in MESSAGES else ()
    return any(each.first("reporting-mta") or each.first("final-recipient") for each in inside)


def disposition(parts: Iterable[Part]) -> str:
    """
    What a receipt says was done with the message (RFC 8098 §3.2.6), lower-case.
    """
    for part in parts:
        if part.content_type in DISPOSITIONS:
            for group in _EMPTY_LINE.split(part.enclosed_octets or part.octets):
                for name, value in fields_in(group.lstrip()):
                    if name == "disposition":
                        return value.lower()
    return ""
