"""
What the machine-readable parts of a message say: of deliveries, receipts, appointments.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from mailbot.mail.message import DeliveryStatus
from mailbot.mail.reading.encoded_words import ids_in
from mailbot.mail.reading.parts import (
    DISPOSITIONS,
    HEADERS,
    MESSAGES,
    STATUSES,
    Fields,
    Part,
    fields_in,
)
from mailbot.mail.reading.scan import header_of

_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(rb"^METHOD:([A-Za-z]{1,20})", re.MULTILINE)
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"\b([245])\d\d\b")
_RETURNED_ID = re.compile(
    rb"^(?:message-id|references)[ \t]*:((?:.|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)


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


def delivery_statuses(parts: Iterable[Part]) -> Iterator[DeliveryStatus]:
    """
    One for each recipient of an RFC 3464 report; §2.3 has the fields.
    """
    for part in parts:
        if part.content_type not in STATUSES:
            continue
        for group in _groups(part):
            if status := _status(dict(reversed(group))):
                yield status


def _status(said: Mapping[str, str]) -> DeliveryStatus | None:
    """
    What a group of fields says of a recipient; None if it names none.
    """
    original, final = (
        _recipient(said.get(f"{each}-recipient", "")) for each in ("original", "final")
    )
    if not (original or final):
        return None
    diagnostic = said.get("diagnostic-code", "")
    return DeliveryStatus(
        final_recipient=final or original,
        original_recipient=original if final else "",
        action=_action(said.get("action", "")),
        status=_status_code(said.get("status", "")) or _status_code(diagnostic),
        diagnostic=diagnostic,
    )


def _recipient(value: str) -> str:
    # §2.1.2 "rfc822; jane@example.org"; some leave the type out, or add brackets or a comment.
    return value.rpartition(";")[2].partition("(")[0].strip().strip("<>")


def _action(value: str) -> str:
    """
    A keyword of §2.3.3. "failure" (Lotus) and "error" (OpenSMTPD) are meant for one of them.
    """
    word = value.partition("(")[0].strip().lower()
    return "failed" if word.startswith(("fail", "error")) else word


def _status_code(value: str) -> str:
    """
    The status of RFC 3463 in *value*, or the class of its SMTP reply; "" if neither is there.
    """
    if found := _ENHANCED.search(value):
        return found[0]
    found = _REPLY.search(value)
    return f"{found[1]}.0.0" if found else ""


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


def _groups(part: Part) -> Iterator[Fields]:
    """
    The groups of fields in a report. The library splits them for the ASCII kind
    only; those of RFC 6533 it takes for one message with a body.
    """
    if part.content_type == "message/delivery-status":
        yield from (each.fields for each in part.enclosed)
    else:
        yield from map(fields_in, _EMPTY_LINE.split(part.enclosed_octets))


def returned_ids(parts: Iterable[Part]) -> Iterator[str]:
    """
    The ids in the header of the message that a report returns.
    """
    for part in parts:
        if part.content_type in MESSAGES | HEADERS:
            octets = header_of(part.enclosed_octets)
        elif part.content_type == "text/rfc822-headers":
            octets = part.octets
        else:
            continue
        for found in _RETURNED_ID.findall(octets):
            yield from ids_in([found.decode("ascii", "replace")])
